"""The widgets of chapter 09."""

from tests.course.access import TWO_FRAMES
from tests.course.scenarios.common import run_again


def episode_09a(lesson) -> None:
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


def tables_fit(lesson) -> None:
    """The tables of the panel are not cut in a window of 800 pixels with the file browser open."""
    before = lesson.page.viewport_size
    lesson.page.set_viewport_size({"width": 550, "height": 800})
    try:
        lesson.page.evaluate(TWO_FRAMES)
        tables = lesson.outputs.locator(".widget-html-content table")
        edges = tables.evaluate_all(
            """found => found.map(table => [
                table.getBoundingClientRect().right, table.closest('.jp-OutputArea').getBoundingClientRect().right
            ])"""
        )
        assert len(edges) == 2
        assert [pair for pair in edges if pair[0] > pair[1] + 1] == []
    finally:
        lesson.page.set_viewport_size(before)


def episode_09c(lesson) -> None:
    """One server takes everything from the slow reader, the other does not. The cell runs again."""
    lesson.button("Slow reader").click()
    lesson.wait_for_status("Slow reader: reads nothing; has sent everything.")
    tables_fit(lesson)
    lesson.button("Bounded").click()
    lesson.wait_for_status("The server serves. Bystander: gets answers.")
    lesson.button("Slow reader").click()
    lesson.wait_for_status("The server serves. Slow reader: reads nothing, and waits.")
    run_again(lesson, "panel")
    lesson.wait_for_status("The server serves. Bystander: gets answers.")
