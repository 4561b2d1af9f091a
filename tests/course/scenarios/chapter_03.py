"""The widgets of chapter 03."""

from tests.course.scenarios.common import stepper


def episode_03b(lesson) -> None:
    """The eight steps of one select."""
    stepper(lesson)
