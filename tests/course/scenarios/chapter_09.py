"""The widgets of chapter 09."""

import re

from tests.course.scenarios.common import run_again


def episode_09(lesson) -> None:
    """A freeze and its end, a death and a new server, by keyboard and by mouse."""
    keyboard = lesson.page.keyboard
    lesson.wait_for_status("The server serves. Bystander: gets answers.")
    lesson.button("Slow reader").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("The server answers no client. Slow reader: reads nothing")
    lesson.outputs.get_by_role("alert").filter(has_text="No client gets an answer").wait_for()
    lesson.button("Disconnect all").focus()
    keyboard.press("Space")
    lesson.wait_for_status("The server serves. Bystander: gets answers.")
    lesson.button("Out of descriptors").click()
    lesson.outputs.get_by_role("alert").filter(has_text="Too many open files").wait_for()
    lesson.button("Start again").click()
    lesson.wait_for_status("The server serves. Bystander: gets answers.")


def episode_09b(lesson) -> None:
    """The final server survives each scenario; an older panel shows that it is closed, and runs when run again."""
    lesson.button("Slow reader").last.click()
    lesson.button("Out of descriptors").last.click()
    lesson.wait_for_status("The server serves. Out of descriptors: 29")
    lesson.outputs.get_by_text("This panel is closed: run its cell again.").first.wait_for()
    run_again(lesson, "panel-1")
    lesson.wait_for_status("The server serves. Bystander: gets answers.")
    lesson.button("NonBlocking").click()
    lesson.button("Half-close").first.click()
    lesson.wait_for_status(re.compile("letters never came back"))
