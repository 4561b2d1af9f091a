"""What a check notes of the methods that a learner's code calls."""

from types import SimpleNamespace

import pytest

from readiness.course.recorded_calls import MAX_SHOWN, RecordedCalls


@pytest.fixture
def session():
    control = SimpleNamespace(flush=lambda: None, lines=["a"])
    session = SimpleNamespace(control=control, can_dispatch=lambda: bool(control.lines), dispatch=lambda _line: None)
    session.close = lambda: session.control.flush()
    return session


def recorded(session):
    return RecordedCalls(session, "can_dispatch", "dispatch", "close", "control.flush")


def test_calls_are_noted_in_their_order_with_a_bool_that_they_return(session):
    calls = recorded(session)
    assert session.can_dispatch() is True
    session.dispatch(b"NOOP")
    session.dispatch(_line=len)
    session.control.flush()
    assert calls == [
        "self.can_dispatch() is True",
        "self.dispatch(b'NOOP')",
        "self.dispatch(len)",
        "self.control.flush()",
    ]
    assert (calls.number("dispatch"), calls.number("close")) == (2, 0)


def test_what_a_noted_method_calls_itself_is_not_noted(session):
    calls = recorded(session)
    session.close()
    session.control.flush()
    assert calls == ["self.close()", "self.control.flush()"]


def test_a_method_that_raises_is_noted_and_so_is_the_next_one(session):
    calls = recorded(session)
    with pytest.raises(TypeError):
        session.dispatch()
    session.control.flush()
    assert calls == ["self.dispatch()", "self.control.flush()"]


def test_a_sentence_names_no_call_or_all(session):
    calls = recorded(session)
    assert str(calls) == "The check saw these calls of your code: none."
    session.close()
    session.can_dispatch()
    assert str(calls).endswith(": self.close(); self.can_dispatch() is True.")


def test_many_calls_are_shown_by_method_and_result(session):
    calls = recorded(session)
    for number in range(MAX_SHOWN):
        session.dispatch(number)
    session.can_dispatch()
    session.control.lines.clear()
    session.can_dispatch()
    assert str(calls).partition(": ")[2] == (
        f"self.dispatch(0) and {MAX_SHOWN - 1} more; self.can_dispatch() is True; self.can_dispatch() is False."
    )
