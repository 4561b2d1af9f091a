"""The widgets of chapter 10."""

from tests.course.scenarios.common import stepper


def episode_10a(lesson) -> None:
    """The kernel's path, leafed through; its picture follows the words."""
    stepper(lesson)
    picture = lesson.outputs.locator("svg[role=img][aria-label*='Row 3, ask']")
    picture.wait_for()
    assert "tcp_poll" in picture.get_attribute("aria-label")
