"""The kind of a returned value is judged first, and the sentence says what was expected and what was seen."""

import collections
import warnings
from collections.abc import Iterable

import pytest

from readiness.course import expect

Triple = collections.namedtuple("Triple", "data why rest")


def message(function, *args):
    with pytest.raises(AssertionError) as caught:
        function(*args)
    return str(caught.value)


async def coroutine():
    pass


def generator():
    yield 1


class Unprintable:
    def __repr__(self):
        raise KeyError("text")


def test_a_value_of_the_kind_is_returned():
    bits = bytearray(8)
    assert expect.kind(bits, bytearray, "to_bits([], 0)") is bits
    assert expect.kind([1], (tuple, list), "f()") == [1]
    assert expect.kind((1,), Iterable, "f()") == (1,)


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, "saw None. Is a return missing?"),
        ([0, 8], "saw a list: [0, 8]."),
        (b"\0", r"saw a bytes: b'\x00'."),
        (7, "saw an int: 7."),
        (ValueError("no"), "saw a ValueError: ValueError('no'). An error is raised, not returned: write raise."),
        (bytearray, "saw the class bytearray itself. Are the parentheses of a call missing?"),
        (generator, "saw a function. Are the parentheses of a call missing?"),
        (Unprintable(), "saw an Unprintable: <its repr raises KeyError>."),
    ],
)
def test_another_kind_is_named_with_its_value(value, seen):
    text = message(expect.kind, value, bytearray, "to_bits([3], 3)")
    assert text == f"Expected to_bits([3], 3) to return a bytearray, {seen}"


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_is_no_number(value):
    text = message(expect.kind, value, int, "f()")
    assert text == f"Expected f() to return an int, saw a bool: {value}. Return a number: {int(value)}, not {value}."
    assert "Return a number" in message(expect.kind, value, (float, int, type(None)), "f()")
    assert message(expect.kind, value, list, "f()") == f"Expected f() to return a list, saw a bool: {value}."
    assert expect.kind(value, bool, "f()") is value
    assert expect.kind(value, (bool, int), "f()") is value


def test_a_coroutine_and_a_generator_have_their_advice_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = message(expect.kind, coroutine(), int, "f()")
        assert text.startswith("Expected f() to return an int, saw a coroutine. A function with async def")
        assert "contains yield" in message(expect.kind, generator(), (list, tuple), "f()")
        expression = message(expect.kind, (each for each in ()), list, "f()")
        assert "write square brackets" in expression
        assert "yield" not in expression


def test_several_kinds_are_named():
    assert message(expect.kind, 1, (list, tuple), "f()") == "Expected f() to return a list or a tuple, saw an int: 1."
    assert message(expect.kind, 1, (int, type(None))[1:], "f()") == "Expected f() to return None, saw an int: 1."


def test_a_long_value_is_cut():
    text = message(expect.kind, [0] * 10_000, bytes, "f()")
    assert len(text) < 150
    assert "..." in text
    text = expect.short_repr(b"\n" * 100)
    assert text.startswith(r"b'\n\n")
    assert text.endswith(r"\n\n'")
    assert "\\\\" not in text


@pytest.mark.parametrize("value", [(1, 2, 3), [1, 2, 3], Triple(1, 2, 3)])
def test_any_sequence_with_that_number_of_items_is_right(value):
    assert expect.items(value, 3, "on_event(…)", "(data, why, rest)") == (1, 2, 3)


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, "None from on_event(…). Is a return missing?"),
        ((1, 2), "a tuple: (1, 2) from on_event(…)."),
        ("abc", "a str: 'abc' from on_event(…)."),
        (b"abc", "a bytes: b'abc' from on_event(…)."),
        ({1, 2, 3}, "a set: {1, 2, 3} from on_event(…)."),
    ],
)
def test_what_is_no_such_sequence_is_named(value, seen):
    text = message(expect.items, value, 3, "on_event(…)", "(data, why, rest)")
    assert text == f"Expected (data, why, rest), saw {seen}"
