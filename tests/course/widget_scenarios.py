"""How a reader works the widgets of a lesson: `lesson_NN` for each lesson with widgets of its own.

Each gets the lesson, run from the top (`browser.session.Lesson`), and asserts what its widgets then show. This is no
test file: `test_browser.py` calls it, with the page of its other tests.
"""

import re


def stepper(lesson, number: int = 0) -> None:
    """A stepper, worked by keyboard alone: forward, back, play and pause."""
    keyboard = lesson.page.keyboard
    at = re.compile(r"Step (\d+) of (\d+)")

    def shown() -> tuple[int, int]:
        found = [at.search(text) for text in lesson.statuses()]
        return tuple(map(int, [match for match in found if match][number].groups()))

    def until(step: int) -> None:
        lesson.wait_for_status(f"Step {step} of {last}")

    first, last = shown()
    assert first == 1
    lesson.button("Next").nth(number).focus()
    keyboard.press("Enter")
    until(2)
    keyboard.press("Space")
    until(3)
    keyboard.press("Shift+Tab")  # to Previous
    keyboard.press("Enter")
    until(2)
    keyboard.press("Tab")
    keyboard.press("Tab")  # to Play
    keyboard.press("Enter")
    until(3)
    keyboard.press("Enter")
    lesson.button("Play").nth(number).wait_for()
    assert shown() == (3, last)


def lesson_13(lesson) -> None:
    """The loop's buttons, by mouse and by keyboard: the tables and the status line follow."""
    lesson.button("Connect a client").click()
    lesson.outputs.get_by_text("4 descriptors").wait_for()
    lesson.button("Timer in 3 seconds").focus()
    lesson.page.keyboard.press("Enter")
    lesson.outputs.get_by_text("1, the first in").wait_for()
    lesson.wait_for_status("the loop sleeps in its wait")
    lesson.button("Disconnect all").click()
    lesson.outputs.get_by_text("3 descriptors").wait_for()


def lesson_06(lesson) -> None:
    """Level beside edge: by keyboard, then by mouse; the table follows."""
    keyboard = lesson.page.keyboard
    lesson.button("Wait").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("Step 3, wait. Level-triggered: event. Edge-triggered: nothing.")
    keyboard.press("Tab")  # to Modify
    keyboard.press("Space")
    lesson.wait_for_status("Step 4, modify.")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("Step 5, wait. Level-triggered: event. Edge-triggered: event.")
    assert lesson.outputs.get_by_role("row").filter(has_text="modify").count() == 1
    lesson.button("pipe").click()
    lesson.wait_for_status("A new pipe")
    lesson.button("Write 3 bytes").click()
    lesson.button("Wait").click()
    lesson.wait_for_status("Step 2, wait. Level-triggered: event. Edge-triggered: event.")
    lesson.button("Start again").click()
    lesson.wait_for_status("Nothing is done yet.")


def run_again(lesson, cell: str) -> None:
    """One cell, as its reader runs it again."""
    lesson.page.evaluate(
        """async id => {
            const notebook = jupyterapp.shell.currentWidget.content
            notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === id)
            await jupyterapp.commands.execute('notebook:run-cell')
        }""",
        cell,
    )


def lesson_02(lesson) -> None:
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


def lesson_10(lesson) -> None:
    """The kernel's path, leafed through; its picture follows the words."""
    stepper(lesson)
    picture = lesson.outputs.locator("svg[role=img][aria-label^='Row 3, ask']")
    picture.wait_for()
    assert "tcp_poll" in picture.get_attribute("aria-label")


def lesson_03(lesson) -> None:
    """The eight steps of one select."""
    stepper(lesson)


def lesson_11(lesson) -> None:
    """The cards, by keyboard alone: a verdict, an experiment that can't decide, the one that does, the next claim."""

    def press(*keys: str) -> None:
        for key in keys:
            lesson.page.keyboard.press(key)

    lesson.button("Next").focus()
    press("Tab", "Tab", "Space")  # the verdict: false
    press("Tab", "Tab", "Space")  # the first experiment
    press("Tab", "Tab", "Enter")  # Run the experiment
    lesson.wait_for_status("can't decide the case")
    press("Shift+Tab", "Space", "Tab", "Enter")  # the second one
    lesson.wait_for_status("Ruling: half true. Your verdict did not hold")
    lesson.wait_for_status("1 of 12 cases closed; your verdict held in 0")
    assert lesson.button("false").is_disabled()
    lesson.button("Next").focus()
    press("Enter")
    lesson.wait_for_status("Claim 2 of 12")
    press("Shift+Tab", "Enter")  # Previous
    lesson.wait_for_status("Claim 1 of 12")
    lesson.wait_for_status("Ruling: half true")


def lesson_09(lesson) -> None:
    """A freeze and its end, a death and a new server, by keyboard and by mouse."""
    keyboard = lesson.page.keyboard
    lesson.wait_for_status("The server serves. Bystander: has its answers.")
    lesson.button("Slow reader").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("The server answers no client. Slow reader: reads nothing")
    lesson.outputs.get_by_role("alert").filter(has_text="No client gets an answer").wait_for()
    lesson.button("Everyone leaves").focus()
    keyboard.press("Space")
    lesson.wait_for_status("The server serves. Bystander: has its answers.")
    lesson.button("Out of descriptors").click()
    lesson.outputs.get_by_role("alert").filter(has_text="Too many open files").wait_for()
    lesson.button("Start again").click()
    lesson.wait_for_status("The server serves. Bystander: has its answers.")


def lesson_09b(lesson) -> None:
    """The final server survives each scenario; an older panel shows that it is closed, and runs when run again."""
    lesson.button("Slow reader").last.click()
    lesson.button("Out of descriptors").last.click()
    lesson.wait_for_status("The server serves. Out of descriptors: 29")
    lesson.outputs.get_by_text("This panel is closed: run its cell again.").first.wait_for()
    run_again(lesson, "panel-1")
    lesson.wait_for_status("The server serves. Bystander: has its answers.")
    lesson.button("NonBlocking").click()
    lesson.button("Half-close").first.click()
    lesson.wait_for_status(re.compile("letters never came back"))


def lesson_12(lesson) -> None:
    """A download by hand, by keyboard alone; the monitor below follows it. A typed line is sent by the Enter key."""

    def press(*names: str) -> None:
        for name in names:
            lesson.button(name).focus()
            lesson.page.keyboard.press("Enter")

    press("Connect", "USER anonymous", "PASS me", "TYPE I", "PASV")
    lesson.wait_for_status("For data the server listens at port")
    lesson.outputs.get_by_role("row").filter(has_text="passive").wait_for()
    press("Dial", "RETR large.bin")
    lesson.wait_for_status("the server: waits for WRITE")
    lesson.outputs.get_by_role("row").filter(has_text="WRITE").wait_for()
    lesson.outputs.locator("svg[role=img][aria-label*='waits for WRITE']").wait_for()
    press("ABOR", "NOOP")
    lesson.outputs.get_by_role("log").filter(has_text="426 ").filter(has_text="200 Done").wait_for()
    lesson.wait_for_status("Sessions: 1. Sockets: 2.")
    lesson.box("Command").fill("SIZE letter.txt")
    lesson.page.keyboard.press("Enter")
    lesson.outputs.get_by_role("log").filter(has_text="213 27").wait_for()
