"""The widgets of chapter 13."""


def episode_13a(lesson) -> None:
    """The loop's buttons, by mouse and by keyboard: the tables and the status line follow."""
    lesson.button("Connect a client").click()
    lesson.outputs.get_by_text("4 descriptors").wait_for()
    lesson.button("Timer in 3 seconds").focus()
    lesson.page.keyboard.press("Enter")
    lesson.outputs.get_by_text("1, the first in").wait_for()
    lesson.wait_for_status("the loop sleeps in its wait")
    lesson.button("Disconnect all").click()
    lesson.outputs.get_by_text("3 descriptors").wait_for()
