"""The cards: a verdict is locked by the ruling alone, a card keeps its state, and nothing is lost on an error."""

import pytest

from readiness.experiments import claims
from readiness.experiments.claims.claim import Claim, Experiment
from readiness.widgets import Cards


def count():
    return {"n": 1}


def fail():
    raise OSError(24, "Too many open files")


def claim(key, ruling, run=count, holds=True):
    vague = Experiment("Look once", count, "Seen: {n}.", lambda e: True, inconclusive_because="Once is not always.")
    sharp = Experiment("Look well", run, "Seen well: {n}.", lambda e: holds)
    return Claim(key, f"It is <{key}>.", "a text", (vague, sharp), ruling, "So it is.")


@pytest.fixture
def cards():
    return Cards([claim("a", "true"), claim("b", "false"), claim("c", "half true", fail)], name="tried")


def press(cards, name):
    """Press a button of the panel by its name."""
    found = [w for box in (cards.widget, cards.widget.children[0]) for w in box.children]
    next(w for w in found if getattr(w, "description", None) == name).click()


def decide(cards, verdict, trial):
    cards.card.verdict.value = verdict
    cards.card.trial.value = cards.card.claim.experiments[trial]
    press(cards, "Run the experiment")
    return cards.card.said.value


def test_without_a_verdict_or_a_choice_nothing_runs(cards):
    press(cards, "Run the experiment")
    assert "Give your verdict" in cards.card.said.value
    cards.card.verdict.value = "true"
    press(cards, "Run the experiment")
    assert "Give your verdict" in cards.card.said.value
    assert cards.score() == "No case is closed yet."


def test_what_cannot_decide_says_why_and_leaves_the_verdict_open(cards):
    said = decide(cards, "false", 0)
    assert "Seen: 1." in said
    assert "Once is not always." in said
    assert "Ruling" not in said
    assert not cards.card.verdict.disabled
    said = decide(cards, "true", 1)
    assert "Ruling: true. Your verdict held." in said
    assert "So it is." in said
    assert cards.score() == "1 of 3 cases closed; your verdict held in 1."
    assert cards.score() in cards._score.widget.value


def test_the_ruling_locks_the_verdict_and_other_experiments_may_still_run(cards):
    assert "Your verdict did not hold." in decide(cards, "half true", 1)
    assert cards.card.verdict.disabled
    cards.card.trial.value = cards.card.claim.experiments[0]
    press(cards, "Run the experiment")
    assert "Choose another" not in cards.card.said.value
    assert cards.card.ruled
    assert cards.score() == "1 of 3 cases closed; your verdict held in 0."


def test_each_card_keeps_its_own_state_and_the_ends_hold(cards):
    press(cards, "Previous")
    assert "Claim 1 of 3" in cards._head.value
    assert "It is &lt;a&gt;." in cards._head.value
    decide(cards, "true", 1)
    for _ in range(3):
        press(cards, "Next")
    assert "Claim 3 of 3" in cards._head.value
    assert cards.card.verdict.value is None
    assert cards._place.children == (cards.card.choices,)
    cards.card.verdict.value = "half true"  # right, but not yet ruled
    assert cards.score() == "1 of 3 cases closed; your verdict held in 1."
    press(cards, "Previous")
    decide(cards, "true", 1)
    press(cards, "Previous")
    assert cards._place.children == (cards.card.choices,)
    assert cards.card.verdict.value == "true"
    assert "Ruling: true" in cards.card.said.value
    assert cards.score() == "2 of 3 cases closed; your verdict held in 1."


def test_an_error_is_said_and_nothing_is_lost(cards):
    cards.go(2)
    said = decide(cards, "half true", 1)
    assert 'role="alert"' in said
    assert "Too many open files" in said
    assert cards.card.verdict.value == "half true"
    assert not cards.card.ruled


def test_evidence_that_comes_out_otherwise_shows_what_the_ruling_rests_on(monkeypatch):
    monkeypatch.setattr(claims, "load_recorded", lambda trial: claims.ExperimentResult({}, "Seen well: 7.", True, "Recorded."))
    cards = Cards([claim("d", "false", holds=False)], name="tried")
    said = decide(cards, "false", 1)
    for words in (
        "Seen well: 1.",
        "came out otherwise",
        "Seen well: 7.",
        "Recorded.",
        "Ruling: false. Your verdict held",
    ):
        assert words in said


def test_the_buttons_keep_the_focus_and_the_words_are_read_out(cards):
    decide(cards, "true", 1)
    assert not any(getattr(w, "disabled", False) for w in cards.widget.children[0].children)
    for html in (cards._head.value, cards.card.said.value, cards._score.widget.value):
        assert 'role="status"' in html


def test_what_is_saved_gives_no_ruling_away():
    cards = Cards(name="tried")
    saved = cards._repr_mimebundle_()["text/plain"]
    assert saved.count("\n") == 12
    assert all(one.text in saved and one.explanation not in saved for one in claims.CLAIMS)


def test_a_cell_that_is_run_again_keeps_its_cards_until_every_case_is_closed():
    claims = [claim("e", "true"), claim("f", "false")]
    first = Cards(claims, name="again")
    first.go(1)
    decide(first, "false", 1)
    again = Cards(claims, name="again")
    assert again.score() == first.score() == "1 of 2 cases closed; your verdict held in 1."
    assert again.card.claim.key == "f"
    again.go(0)
    decide(again, "false", 1)
    assert Cards(claims, name="again").score() == "No case is closed yet."
    assert Cards(claims, name="other").score() == "No case is closed yet."


def test_an_experiment_that_cannot_decide_leaves_the_ruling_to_be_read(cards):
    decide(cards, "true", 1)
    said = decide(cards, "true", 0)
    assert "decide the case" in said
    assert "Ruling: true. Your verdict held." in said
