"""The widgets of chapter 02."""

from tests.course.scenarios.common import run_again


def episode_02(lesson) -> None:
    """The quiz: where the answers stand below, it is locked; run again, a verdict is given by keyboard alone."""
    tick = lesson.outputs.get_by_role("checkbox", name="writable")
    lesson.wait_for_status("full: your verdict: nothing")
    assert tick.is_disabled()
    run_again(lesson, "verdicts")
    lesson.wait_for_status("State 1 of 8, full: a socket")
    keyboard = lesson.page.keyboard
    lesson.button("Next state").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("State 2 of 8, pending: a listening socket")
    lesson.outputs.get_by_role("checkbox", name="readable").focus()
    keyboard.press("Space")
    for _ in range(3):  # past the other two, to the first button
        keyboard.press("Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("pending: your verdict: readable; the kernel: readable. 1 of 1 verdicts are right")
    assert tick.is_disabled()
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("State 3 of 8, file: a regular file")
    assert tick.is_enabled()
