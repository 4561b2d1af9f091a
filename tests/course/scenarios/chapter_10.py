"""The widgets of chapter 10."""

from tests.course.scenarios.common import stepper


def episode_10a(lesson) -> None:
    """The kernel's path, leafed through; its picture follows the words."""
    stepper(lesson)
    picture = lesson.outputs.locator("svg[role=img][aria-label*='Row 3, ask']")
    picture.wait_for()
    assert "tcp_poll" in picture.get_attribute("aria-label")
    the_picture_keeps_its_place(lesson)


def the_picture_keeps_its_place(lesson) -> None:
    """However long a step's text is, the picture stays, and on a small laptop its last row is seen."""
    before = lesson.page.viewport_size
    lesson.page.set_viewport_size({"width": 997, "height": 800})  # as with the file browser open
    try:
        steps = [button_and_picture(lesson, step) for step in range(4, 9)]
        assert len(set(steps)) == 1, steps
        bottom = lesson.notebook.locator(".jp-WindowedPanel-outer").bounding_box()
        picture = lesson.outputs.locator("svg[role=img][aria-label*='Row 8']").bounding_box()
        assert picture["y"] + picture["height"] < bottom["y"] + bottom["height"]
    finally:
        lesson.page.set_viewport_size(before)


def button_and_picture(lesson, step: int) -> float:
    """Go on to this step. Return how far its picture stands below the button."""
    button, picture = lesson.button("Next"), lesson.outputs.locator(f"svg[role=img][aria-label*='Row {step}']")
    button.click()
    picture.wait_for()
    return picture.bounding_box()["y"] - button.bounding_box()["y"]
