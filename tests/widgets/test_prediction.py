"""A prediction is locked when the measurement is shown, and kept when its cell is run again."""

import pytest

from readiness.widgets import Prediction
from tests.widgets.helpers import control


def test_a_prediction_is_locked_once_it_is_revealed(capsys):
    guess = Prediction("Which?", ["this", "that"])
    guess.choice = "that"
    guess.reveal("this")
    assert guess.locked
    guess.choice = "this"
    assert guess.choice == "that"
    assert capsys.readouterr().out == "You predicted: that. Measured: this.\n"
    assert "Which?" in repr(guess)
    assert guess._repr_mimebundle_()["text/plain"] == repr(guess)


def test_no_prediction_is_fine_too(capsys):
    Prediction("Which?", ["this", "that"]).reveal("this")
    assert "nothing, this time" in capsys.readouterr().out


def test_a_number_is_predicted_locked_and_compared_with_the_measured_one(capsys):
    guess = Prediction("How many?", unit="µs")
    assert guess.choice is None
    for text, number in {"12": 12, " 1,000 µs": 1000, "0.5": 0.5, "10 %": 10, "a lot": None, ".5": 0.5}.items():
        control(guess, "Your guess").value = text
        assert guess.choice == number, text
        assert ("as a number" in guess.status_text) == (number is None)
    guess.choice = 1500
    guess.reveal("1,200 µs")
    assert capsys.readouterr().out == "You predicted: 1,500 µs. Measured: 1,200 µs.\n"
    assert guess.locked
    guess.choice = 3
    assert guess.choice == 1500
    assert repr(guess) == "How many?\n  [      ] µs"


def test_no_number_is_no_guess(capsys):
    guess = Prediction("How many?")
    guess.reveal("3")
    assert capsys.readouterr().out == "You predicted: nothing, this time. Measured: 3.\n"


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
