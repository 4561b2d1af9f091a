"""A prediction is locked when the measurement is shown, and kept when its cell is run again."""

import pytest

from readiness.widgets import Prediction
from tests.widgets.helpers import buttons, control, html, press, saved_forms


def test_a_prediction_is_locked_once_it_is_revealed(capsys):
    guess = Prediction("Which?", ["this", "that"])
    guess.choice = "that"
    guess.reveal("this")
    assert guess.locked
    guess.choice = "this"
    assert guess.choice == "that"
    assert capsys.readouterr().out == "You chose: that. Measured: this.\n"
    assert "Which?" in repr(guess)
    assert saved_forms(guess)["text/plain"] == repr(guess)


def test_no_prediction_is_fine_too_and_can_still_be_made(capsys):
    guess = Prediction("Which, without an answer?", ["this", "that"])
    guess.reveal("this")
    assert capsys.readouterr().out == "You made no prediction. Measured: this.\n"
    assert not hides(guess)
    press(guess, "that")
    assert guess.status_text == "You chose: that. The measurement was already shown: this."
    guess.reveal("this")
    assert capsys.readouterr().out == "You chose: that. Measured: this.\n"
    assert guess.locked
    again = Prediction("Which, without an answer?", ["this", "that"])
    assert (again.choice, hides(again)) == (None, True)


def test_a_number_is_predicted_locked_and_compared_with_the_measured_one(capsys):
    guess = Prediction("How many?", unit="µs")
    assert guess.choice is None
    for text, number in {
        "12": 12,
        " 1,000 µs": 1000,
        "0.5": 0.5,
        "10 %": 10,
        "a lot": None,
        ".5": 0.5,
        "12,5": 12.5,
    }.items():
        control(guess, "Your guess").value = text
        assert guess.choice == number, text
        assert ("Give a number, such as 12 or 0.5." in guess.alert_text) == (number is None)
    guess.choice = 1500
    guess.reveal("1,200 µs")
    assert capsys.readouterr().out == "You predict: 1,500 µs. Measured: 1,200 µs.\n"
    assert guess.locked
    guess.choice = 3
    assert guess.choice == 1500
    assert repr(guess) == "How many?\n  - a number (µs)\nYou predict: 1,500 µs. Measured: 1,200 µs."


@pytest.mark.parametrize("typed", ["12", "2,5", "2.5", "-1", "abc", "1-2"])
def test_a_count_is_asked_for_with_its_range(typed):
    guess = Prediction("How many of the six?", unit="of 6", most=6, whole=True)
    control(guess, "Your guess").value = typed
    assert guess.choice is None
    assert guess.alert_text == f"“{typed}” is not taken. Give a whole number from 0 to 6."
    control(guess, "Your guess").value = "5"
    assert (guess.choice, guess.alert_text) == (5, "")


def test_a_number_that_is_taken_is_repeated_in_full():
    guess = Prediction("How long is it?", unit="µs")
    for text, note in {
        "1,000,000": "You predict: 1,000,000 µs.",
        "1234567.5": "You predict: 1,234,567.5 µs.",
        "0": "You predict: 0 µs.",
        "1e3 µs": "You predict: 1,000 µs.",
        "": "",
    }.items():
        control(guess, "Your guess").value = text
        assert guess.status_text == note


@pytest.mark.parametrize(
    ("most", "typed", "advice"),
    [
        ({}, "-3", "Give 0 or a greater number."),
        ({}, "−3", "Give 0 or a greater number."),
        ({"most": 100}, "-0.5 %", "Give a number from 0 to 100."),
        ({"most": 100}, "1000000", "Give a number from 0 to 100."),
    ],
)
def test_a_number_out_of_range_is_not_taken_and_a_sentence_says_so(most, typed, advice):
    guess = Prediction(f"How many, not {typed}?", unit="%", **most)
    control(guess, "Your guess").value = typed
    assert guess.choice is None
    assert (guess.alert_text, guess.status_text) == (f"“{typed}” is not taken. {advice}", "")
    assert hides(guess)
    control(guess, "Your guess").value = "100"
    assert (guess.choice, guess.status_text, guess.alert_text) == (100, "You predict: 100 %.", "")


def test_no_number_is_no_guess(capsys):
    guess = Prediction("How many?")
    guess.reveal("3")
    assert capsys.readouterr().out == "You made no prediction. Measured: 3.\n"


@pytest.mark.parametrize(("how", "answer"), [({"choices": ["a", "b"]}, "b"), ({"unit": "µs"}, 7.0)])
def test_a_cell_that_is_run_again_keeps_its_answer_until_it_is_locked(how, answer):
    question = f"Asked again, with {how}?"
    Prediction(question, **how).choice = answer
    assert Prediction("Another question?", **how).choice is None
    again = Prediction(question, **how)
    assert again.choice == answer
    assert Prediction(question, ["b", "c"]).choice is None  # the question is not the same
    Prediction(question, **how).choice = answer
    locked = Prediction(question, **how)
    locked.reveal("b")
    assert Prediction(question, **how).choice is None


def hides(guess):
    return "readiness-curtain" in html(guess)


def test_a_curtain_hides_what_follows_until_there_is_an_answer(capsys):
    guess = Prediction("Behind a curtain?", ["yes", "no"])
    assert hides(guess)
    assert 'aria-hidden="true"' in html(guess)
    press(guess, "no")
    assert not hides(guess)
    number = Prediction("How many behind a curtain?", unit="µs")
    for text, hidden in (("", True), ("a lot", True), ("12", False), ("", False)):  # once lifted, it stays away
        control(number, "Your guess").value = text
        assert hides(number) == hidden, text
    late = Prediction("Behind a curtain to the end?", ["yes", "no"])
    late.reveal("no")
    assert not hides(late)


def test_a_cell_that_is_run_again_has_no_curtain_once_there_is_an_answer():
    Prediction("Hidden once?", ["yes", "no"]).choice = "yes"
    assert not hides(Prediction("Hidden once?", ["yes", "no"]))


def test_a_saved_prediction_is_its_text_with_the_answer_and_without_a_curtain():
    guess = Prediction("Saved?", ["yes", "no"])
    assert saved_forms(guess)["text/plain"] == "Saved?\n  - yes\n  - no"
    guess.choice = "no"
    assert saved_forms(guess)["text/plain"] == "Saved?\n  - yes\n  - no\nYou chose: no."
    guess.reveal("yes")
    assert saved_forms(guess)["text/plain"] == "Saved?\n  - yes\n  - no\nYou chose: no. Measured: yes."


def test_the_chosen_button_is_marked_by_a_sign_and_as_pressed():
    guess = Prediction("Which one is pressed?", ["yes", "no"])
    press(guess, "no")
    marks = {name: (b.icon, "mod-active" in b._dom_classes) for name, b in buttons(guess).items()}
    assert marks == {"yes": ("", False), "no": ("check", True)}
