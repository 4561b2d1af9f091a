"""The widgets of chapter 02."""

from tests.course.scenarios.common import run_again


def episode_02a(lesson) -> None:
    """The quiz: Run All locks nothing; run again, a verdict is given by keyboard alone."""
    tick = lesson.outputs.get_by_role("checkbox", name="writable")
    if not lesson.pressed:  # a verdict that was given before is kept, and locked
        lesson.outputs.get_by_role("checkbox", name="writable", disabled=False).wait_for()
    run_again(lesson, "verdicts")
    lesson.wait_for_status("State 1 of 3, full: a socket")
    keyboard = lesson.page.keyboard
    lesson.button("Next state").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("State 2 of 3, refused: a TCP socket")
    lesson.outputs.get_by_role("checkbox", name="readable").focus()
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.press("Space")  # writable
    for _ in range(2):  # past the third box, to the first button
        keyboard.press("Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("refused: a TCP socket whose non-blocking connect was refused. Your verdict: readable, ")
    lesson.wait_for_status("writable (right); the kernel: readable, writable. A read or a write would return an error")
    lesson.wait_for_status("1 of 1 verdicts are right.")
    assert tick.is_disabled()
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("State 3 of 3, urgent: a TCP socket")
    assert tick.is_enabled()
