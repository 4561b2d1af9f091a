"""The widgets of chapter 02."""

from tests.course.scenarios.common import run_again


def episode_02a(lesson) -> None:
    """The quiz: where the answers stand below, it is locked; run again, a verdict is given by keyboard alone."""
    tick = lesson.outputs.get_by_role("checkbox", name="writable")
    lesson.wait_for_status("full: your verdict: nothing")
    assert tick.is_disabled()
    run_again(lesson, "verdicts")
    lesson.wait_for_status("State 1 of 4, full: a socket")
    keyboard = lesson.page.keyboard
    lesson.button("Next state").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("State 2 of 4, pipe ended: the reading end")
    lesson.outputs.get_by_role("checkbox", name="readable").focus()
    keyboard.press("Space")
    for _ in range(3):  # past the other two, to the first button
        keyboard.press("Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("pipe ended: your verdict: readable; the kernel: readable. 1 of 1 verdicts are right")
    assert tick.is_disabled()
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("State 3 of 4, refused: a TCP socket")
    assert tick.is_enabled()
