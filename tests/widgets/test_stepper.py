"""A story is stepped through by hand and played, and its saved form holds one picture and all texts."""

import contextlib

import pytest

from readiness.base.background import wait_until
from readiness.base.messages import UserError
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.widgets import Stepper, stepper
from tests.widgets.helpers import buttons, html, press, saved_forms, warns


@pytest.fixture
def drawn():
    return []


@pytest.fixture
def story(drawn):
    def draw(n):
        drawn.append(n)
        return StaticFigure(lambda figure: figure.text(0.5, 0.5, f"picture {n}"), f"picture {n}", (2, 1))

    steps = [Step(f"step <{n}>", f"Words {n}.", lambda n=n: draw(n)) for n in range(3)]
    shown = Stepper(steps, name="story", saved_step=2)
    yield shown
    shown.close()


def test_a_story_is_leafed_through_and_stays_at_its_ends(story, drawn):
    assert 'role="status"' in html(story)
    assert "Step 1 of 3: step &lt;0&gt;" in html(story)
    for button, at in [("Previous", 0), ("Next", 1), ("Next", 2), ("Next", 2), ("Previous", 1)]:
        press(story, button)
        assert story.index == at
        assert f"picture {at}" in html(story)
        assert f"Words {at}." in html(story)
    assert drawn == [0, 1, 2]  # each picture once, when it is first seen


def test_a_button_without_a_step_to_go_to_is_pale_and_keeps_the_focus(story):
    for step, pale in [(0, {"Previous"}), (1, set()), (2, {"Next"}), (1, set()), (0, {"Previous"})]:
        story.go_to(step)
        assert {name for name, button in buttons(story).items() if stepper.AT_END in button._dom_classes} == pale
        assert not any(button.disabled for button in buttons(story).values())


def test_a_story_plays_to_its_end_and_again(story, monkeypatch):
    monkeypatch.setattr(stepper, "STEP_SECONDS", 0.01)
    for _ in range(2):
        press(story, "Play")
        assert wait_until(lambda: story.index == 2 and not story.playing, 5)
    monkeypatch.setattr(stepper, "STEP_SECONDS", 60)
    press(story, "Play")
    assert wait_until(lambda: story.index == 0, 5)
    assert story.playing
    assert "Pause" in buttons(story)
    press(story, "Next")  # by hand: it pauses
    assert story.index == 1
    assert not story.playing
    assert "Play" in buttons(story)
    press(story, "Play")
    press(story, "Pause")
    assert not story.playing
    assert "Play" in buttons(story)


def test_a_story_is_saved_with_one_picture_and_all_its_texts(story):
    saved = saved_forms(story)
    assert saved["text/plain"].splitlines() == [f"{n + 1}. step <{n}>. Words {n}." for n in range(3)]
    assert saved["image/png"] == story.story[1].draw().png


@pytest.fixture
def failing():
    def fail():
        raise UserError("No picture here.")

    good = StaticFigure(lambda figure: None, "nothing", (1, 1))
    with contextlib.closing(Stepper([Step("a", "A.", lambda: good), Step("b", "B.", fail)], "failing")) as panel:
        yield panel


def test_a_picture_that_fails_is_shown_as_an_error_while_the_story_plays(failing):
    press(failing, "Play")
    assert warns(failing, "No picture here.")


def test_a_picture_that_fails_is_shown_as_an_error_of_a_button(failing):
    press(failing, "Next")
    assert failing.alert_text == "No picture here."
    press(failing, "Previous")
    assert failing.alert_text == ""
