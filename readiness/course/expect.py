"""Judge the kind of a value that a learner's function returned, before a check looks into the value.

Each function returns the value, or raises an AssertionError. Its sentence names the call, the kind that was expected,
and the kind that was seen.
"""

import inspect
from collections.abc import Sequence
from typing import Any

from readiness.base.messages import _

SHORT_REPR = 80  # characters of a value's repr in a message
SHORT_LITERAL = 40
LITERALS = (bool, int, float, str, bytes, bytearray, tuple, list, dict, set, type(None))
NO_VALUES = (str, bytes, bytearray, memoryview)  # sequences whose items are not values of their own


class NoneReturnedError(AssertionError):
    """A learner's function has returned None, and a value was expected.

    Attributes:
        sentence: what was expected and seen, without advice.
    """

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence + _advice(None))


def kind(value: Any, kinds: type | tuple[type, ...], call: str) -> Any:
    """Return `value` if it is of the expected kind. A bool is no int: it is refused unless `kinds` has bool.

    Args:
        value: what the learner's function returned.
        kinds: a type, a class of `collections.abc`, or a tuple of these.
        call: the call as the learner reads it, such as "to_bits([3], 3)".

    Returns:
        The value.

    Raises:
        AssertionError: The value is of another kind.
    """
    choices = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(value, choices) and (type(value) is not bool or bool in choices):
        return value
    text = _("Expected {call} to return {kinds}, saw {seen}.")
    names = _(" or ").join(_with_article(each) for each in choices)
    sentence = text.format(call=call, kinds=names, seen=described(value))
    if type(value) is bool and int in choices:
        raise AssertionError(
            sentence + _(" Return a number: {number}, not {value}.").format(number=int(value), value=value)
        )
    raise NoneReturnedError(sentence) if value is None else AssertionError(sentence + _advice(value))


def items(value: Any, count: int, call: str, form: str) -> tuple[Any, ...]:
    """Return the items of a sequence that has the expected number of them.

    A tuple, a list and a named tuple are equally right. A text or bytes is none of them.

    Args:
        value: what the learner's function returned.
        count: the number of items.
        call: the call as the learner reads it, such as "on_event(conn, EPOLLIN, b'')".
        form: what was expected, such as "(data, why, rest)".

    Returns:
        The items.

    Raises:
        AssertionError: The value is no sequence, or has another number of items.
    """
    if isinstance(value, Sequence) and not isinstance(value, NO_VALUES) and len(value) == count:
        return tuple(value)
    text = _("Expected {form}, saw {seen} from {call}.")
    sentence = text.format(form=form, seen=described(value), call=call)
    raise NoneReturnedError(sentence) if value is None else AssertionError(sentence + _advice(value))


def described(value: Any) -> str:
    """Return the kind of a value and its shortened repr, such as "a list: [0, 0, 8]", or "None"."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return _("the class {name} itself").format(name=value.__name__)
    if inspect.iscoroutine(value) or inspect.isgenerator(value) or inspect.isroutine(value):
        return _with_article(type(value))
    return f"{_with_article(type(value))}: {short_repr(value)}"


def value_or_kind(value: Any) -> str:
    """Return the repr of a value that has a short literal, and of any other object its kind, such as "a socket"."""
    is_short = type(value) in LITERALS and (not hasattr(value, "__len__") or len(value) <= SHORT_LITERAL)
    literal = short_repr(value) if is_short else ""
    return literal if 0 < len(literal) <= SHORT_LITERAL else _with_article(type(value))


def short_repr(value: Any) -> str:
    """Return the repr of a value with at most `SHORT_REPR` characters. A class whose repr fails is only named."""
    try:
        text = repr(value)
    except Exception as error:  # a learner's __repr__
        return _("<its repr raises {kind}>").format(kind=type(error).__name__)
    if len(text) <= SHORT_REPR:
        return text
    end = SHORT_REPR // 2 - 2
    return f"{text[: SHORT_REPR - end - 3]}...{text[-end:]}"


def _with_article(each: type) -> str:
    """Return the name of a type with its article: "a list", "an int". NoneType is "None"."""
    if each is type(None):
        return "None"
    name = {"function": "function", "builtin_function_or_method": "built-in function"}.get(each.__name__, each.__name__)
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _advice(value: Any) -> str:
    """Return a question or a sentence on the likely mistake, with a space before it, or an empty text."""
    if value is None:
        return _(" Is a return missing?")
    if isinstance(value, BaseException):
        return _(" An error is raised, not returned: write raise.")
    if inspect.iscoroutine(value):
        value.close()  # else Python warns that it was never awaited
        return _(" A function with async def returns a coroutine when it is called: write def.")
    if inspect.isgenerator(value) and value.__name__ == "<genexpr>":
        return _(" In parentheses, `... for ... in ...` is a generator: write square brackets for a list.")
    if inspect.isgenerator(value):
        return _(" A function that contains yield returns a generator when it is called: write return.")
    if isinstance(value, type) or inspect.isroutine(value):
        return _(" Are the parentheses of a call missing?")
    return ""
