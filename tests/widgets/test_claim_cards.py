"""The claim cards: only the ruling locks a verdict, a card keeps its state, and an error loses nothing."""

from html import unescape

import ipywidgets as widgets
import pytest

from readiness.experiments import claims
from readiness.experiments.claims.claim import Claim, Experiment
from readiness.widgets import ClaimCards
from readiness.widgets.status_line import ALERT_SIGN
from tests.widgets.helpers import hidden_text, html, parts, press, saved_forms


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
    return ClaimCards([claim("a", "true"), claim("b", "false"), claim("c", "half true", fail)], name="test")


def choices(cards):
    """The choices of those cards that are shown."""
    shown = parts(cards.widget)
    return [card.choices for card in cards.cards if card.choices in shown]


def decide(cards, verdict, experiment):
    cards.card.verdict.value = verdict
    return run(cards, experiment)


def run(cards, experiment):
    cards.card.experiments[experiment].click()
    return cards.card.output.value


def test_without_a_verdict_nothing_runs(cards):
    assert 'role="alert"' in run(cards, 1)
    assert f"{ALERT_SIGN}<span>Give your verdict" in cards.card.output.value
    assert not any(made.icon for made in cards.card.experiments)
    assert cards.score() == "No claim is decided yet."


def test_what_cannot_decide_says_why_and_leaves_the_verdict_open(cards):
    output = decide(cards, "false", 0)
    assert "Seen: 1." in output
    assert "Once is not always." in output
    assert "Ruling" not in output
    assert not cards.card.verdict.disabled
    output = decide(cards, "true", 1)
    assert "Ruling: true. Your verdict is right." in output
    assert "So it is." in output
    assert cards.score() == "1 of 3 claims are decided; your verdict is right in 1."
    assert cards.score() == cards.status_text


def test_the_ruling_locks_the_verdict_and_other_experiments_may_still_run(cards):
    assert "Your verdict is not right." in decide(cards, "half true", 1)
    assert cards.card.verdict.disabled
    assert [made.icon for made in cards.card.experiments] == ["", "check"]
    assert "Press another" not in run(cards, 0)
    assert cards.card.decided
    assert cards.score() == "1 of 3 claims are decided; your verdict is right in 0."


def test_each_card_keeps_its_own_state_and_the_ends_hold(cards):
    press(cards, "Previous")
    assert "Claim 1 of 3" in html(cards)
    assert "It is &lt;a&gt;." in html(cards)
    decide(cards, "true", 1)
    for _ in range(3):
        press(cards, "Next")
    assert "Claim 3 of 3" in html(cards)
    assert cards.card.verdict.value is None
    assert choices(cards) == [cards.card.choices]
    cards.card.verdict.value = "half true"  # right, but not yet ruled
    assert cards.score() == "1 of 3 claims are decided; your verdict is right in 1."
    press(cards, "Previous")
    decide(cards, "true", 1)
    press(cards, "Previous")
    assert choices(cards) == [cards.card.choices]
    assert cards.card.verdict.value == "true"
    assert "Ruling: true" in cards.card.output.value
    assert cards.score() == "2 of 3 claims are decided; your verdict is right in 1."


def test_an_error_is_shown_and_nothing_is_lost(cards):
    cards.go_to(2)
    output = decide(cards, "half true", 1)
    assert 'role="alert"' in output
    assert "Too many open files" in output
    assert cards.card.verdict.value == "half true"
    assert not cards.card.decided


def test_evidence_that_comes_out_otherwise_shows_what_the_ruling_rests_on(monkeypatch):
    monkeypatch.setattr(
        claims, "load_recorded", lambda trial: claims.ExperimentResult({}, "Seen well: 7.", True, "Recorded.")
    )
    cards = ClaimCards([claim("d", "false", holds=False)], name="test")
    output = decide(cards, "false", 1)
    for text in (
        "Seen well: 1.",
        "the result is different",
        "Seen well: 7.",
        "Recorded.",
        "Ruling: false. Your verdict is right",
    ):
        assert text in output


def test_the_buttons_keep_the_focus_and_the_text_is_read_out(cards):
    decide(cards, "true", 1)
    assert not any(button.disabled for button in parts(cards.widget, widgets.Button))
    assert html(cards).count('role="status"') == 3  # the score, the claim, and the ruling


def test_what_is_saved_gives_no_ruling_away():
    cards = ClaimCards(name="test")
    saved = saved_forms(cards)["text/plain"]
    assert saved.count("\n") == 12
    assert all(one.text in saved and one.explanation not in saved for one in claims.CLAIMS)


def test_a_cell_that_is_run_again_keeps_its_cards_until_every_case_is_closed():
    claims = [claim("e", "true"), claim("f", "false")]
    first = ClaimCards(claims, name="again")
    first.go_to(1)
    decide(first, "false", 1)
    again = ClaimCards(claims, name="again")
    assert again.score() == first.score() == "1 of 2 claims are decided; your verdict is right in 1."
    assert again.card.claim.key == "f"
    again.go_to(0)
    decide(again, "false", 1)
    assert ClaimCards(claims, name="again").score() == "No claim is decided yet."
    assert ClaimCards(claims, name="other").score() == "No claim is decided yet."


def test_the_claims_are_numbered_from_the_first_on():
    cards = ClaimCards([claim("g", "true"), claim("h", "false")], name="numbered", first=7)
    assert "Claim 7 of 8" in html(cards)
    assert " 8. It is <h>." in repr(cards)
    press(cards, "Next")
    assert "Claim 8 of 8" in html(cards)


def test_an_experiment_that_cannot_decide_leaves_the_ruling_to_be_read(cards):
    decide(cards, "true", 1)
    output = decide(cards, "true", 0)
    assert "decide the claim" in output
    assert "Another experiment has decided it. Ruling: true. Your verdict is right." in output


def test_when_all_claims_are_decided_the_score_says_that_the_cards_are_finished():
    cards = ClaimCards([claim("i", "true"), claim("j", "false")], name="finished")
    decide(cards, "true", 1)
    assert "Go on below" not in cards.status_text
    press(cards, "Next")
    decide(cards, "true", 1)
    press(cards, "Next")
    assert cards.status_text == "All 2 claims are decided; your verdict is right in 1. Go on below the cards."


def test_the_text_that_is_saved_has_the_verdicts_and_the_rulings_that_were_shown(cards):
    decide(cards, "false", 1)
    cards.go_to(1)
    cards.card.verdict.value = "half true"
    assert repr(cards).split("\n")[1:] == [
        " 1. It is <a>.",
        "    Your verdict: false. Ruling: true. Your verdict is not right.",
        " 2. It is <b>.",
        "    Your verdict: half true.",
        " 3. It is <c>.",
    ]
    assert unescape(hidden_text(cards)) == repr(cards)
