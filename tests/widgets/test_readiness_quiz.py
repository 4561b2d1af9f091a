"""The readiness quiz: showing the answer locks the verdict, and no answer is shown before."""

import re
from html import unescape

import ipywidgets as widgets
import pytest

from readiness.system import socket_states
from readiness.widgets import ReadinessQuiz
from tests.widgets.helpers import hidden_text, html, parts, press, saved_forms

NOTHING = dict.fromkeys(("readable", "writable", "exceptional"), False) | {"poll": "0", "epoll": "0"}


@pytest.fixture
def panel():
    states = {
        "full": NOTHING,
        "file": NOTHING | {"readable": True, "writable": True, "poll": "POLLIN|POLLOUT", "epoll": "EPERM"},
        "urgent": NOTHING | {"writable": True, "exceptional": True, "poll": "POLLPRI|POLLOUT"},
    }
    ReadinessQuiz(states).reveal()  # the next one keeps no verdicts
    return ReadinessQuiz(states)


def text_of(panel):
    """The texts of the panel without their tags."""
    return re.sub(r"<[^>]+>", " ", html(panel))


def boxes(panel):
    return parts(panel.widget, widgets.Checkbox)


def test_the_answer_is_kept_back_until_there_is_a_verdict(panel):
    panel.go_to(1)
    panel.set_choice("readable")
    assert "EPERM" not in text_of(panel) + repr(panel)
    press(panel, "Show the kernel's answer")
    about = f"file: {socket_states.describe_state('file')}. Your verdict: readable (partly right); "
    why = socket_states.explain_state("file")
    assert f"{about}the kernel: readable, writable. {why} 0 of 1 verdicts" in panel.status_text
    assert re.search(r"file\s+readable \(partly right\)\s+readable, writable\s+POLLIN\|POLLOUT\s+EPERM", text_of(panel))
    assert "urgent" not in text_of(panel)


def test_what_was_shown_is_locked(panel):
    panel.go_to(1)
    panel.set_choice("readable")
    panel.show()
    assert all(box.disabled for box in boxes(panel))
    panel.go_to(2)
    panel.set_choice("writable", "exceptional")
    assert not any(box.disabled for box in boxes(panel))
    panel.show()
    panel.go_to(1)
    panel.set_choice("readable", "writable")
    assert [box.value for box in boxes(panel)] == [True, False, False]
    panel.show()
    assert panel.answers_given["file"] == {"readable"}
    assert "1 of 2 verdicts are right, and 1 partly." in panel.status_text


def test_no_box_ticked_is_a_verdict(panel):
    press(panel, "Show the kernel's answer")
    assert "Your verdict: none of the three (right); the kernel: none of the three." in panel.status_text
    assert "1 of 1 verdicts are right." in panel.status_text


@pytest.mark.parametrize(
    ("ticked", "judged"),
    [
        (["writable", "exceptional"], "writable, exceptional (right)"),
        (["exceptional"], "exceptional (partly right)"),
        (["readable", "writable"], "readable, writable (partly right)"),
        (["readable"], "readable (wrong)"),
        ([], "none of the three (wrong)"),
    ],
)
def test_a_verdict_is_right_or_wrong_or_partly_right(panel, ticked, judged):
    panel.go_to(2)
    panel.set_choice(*ticked)
    panel.show()
    assert f"Your verdict: {judged};" in panel.status_text
    assert (", and 1 partly" in panel.status_text) == ("partly" in judged)


def test_the_buttons_go_round_and_begin_each_state_unticked(panel):
    panel.set_choice("writable")
    for name, n, state in [
        ("Previous", 3, "urgent"),
        ("Previous", 2, "file"),
        ("Next", 3, "urgent"),
        ("Next", 1, "full"),
    ]:
        press(panel, f"{name} state")
        assert (
            f"State {n} of 3, {state}: {socket_states.describe_state(state)}. What do you expect?" in panel.status_text
        )
        assert not any(box.value for box in boxes(panel))


def test_the_rest_is_shown_without_a_verdict(panel, capsys):
    panel.show()
    panel.reveal()
    assert capsys.readouterr().out == "1 of 1 verdicts are right.\n"
    assert re.search(r"urgent\s+nothing\s+writable, exceptional", text_of(panel))
    panel.go_to(2)
    assert all(box.disabled for box in boxes(panel))
    assert "Your verdict: nothing; the kernel: writable, exceptional" in panel.status_text


def test_without_a_verdict_nothing_is_locked_and_one_can_still_be_given(panel, capsys):
    panel.reveal()
    assert capsys.readouterr().out == "No verdict was given.\n"
    assert panel.answers_given == {}
    assert not any(box.disabled for box in boxes(panel))
    press(panel, "Show the kernel's answer")
    panel.reveal()
    assert capsys.readouterr().out == "1 of 1 verdicts are right.\n"


def test_an_error_is_shown(panel):
    panel.answers = {"full": {"poll": "0"}}
    press(panel, "Show the kernel's answer")
    assert "KeyError" in panel.alert_text


def test_what_is_saved_names_the_states_and_no_answer(panel):
    bundle = saved_forms(panel)
    assert bundle["text/plain"].count("[ ] [ ] [ ]") == 3
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_cell_that_is_run_again_keeps_its_verdicts_until_all_is_revealed():
    answers = {"full": NOTHING, "reset": NOTHING}
    first = ReadinessQuiz(answers)
    first.go_to(1)
    first.show()
    again = ReadinessQuiz(answers)
    assert again.answers_given == {"reset": set()}
    assert again.state == "reset"
    assert "reset" in text_of(again)
    again.reveal()
    assert ReadinessQuiz(answers).answers_given == {}


def test_the_text_that_is_saved_has_the_verdicts_and_the_answers_that_were_shown(panel):
    assert "kernel" not in repr(panel)
    panel.go_to(1)
    panel.set_choice("readable")
    press(panel, "Show the kernel's answer")
    full, file, urgent, score = repr(panel).split("\n")[1:]
    assert file.startswith("  [x] [ ] [ ]  file: ")
    assert file.endswith("; the kernel: readable, writable")
    assert score == "0 of 1 verdicts are right, and 1 partly."
    assert "kernel" not in full + urgent
    panel.reveal()
    assert "[ ] [ ] [ ]  urgent" in repr(panel)
    assert "no verdict; the kernel: writable, exceptional" in repr(panel)
    assert unescape(hidden_text(panel)) == repr(panel)
