"""What the scenarios of several chapters share."""

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
