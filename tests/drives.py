"""What a reader's hand does to the widgets of a lesson, `lesson_NN` for each lesson with widgets of its own.

Each gets the lesson, run from the top (`browser.Lesson`), and asserts what its widgets then say. It is no test file:
`test_browser.py` calls it, with the page that its other tests look at.
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
    assert lesson.outputs.get_by_role("radio", name="false", exact=True).is_disabled()
    lesson.button("Next").focus()
    press("Enter")
    lesson.wait_for_status("Claim 2 of 12")
    press("Shift+Tab", "Enter")  # Previous
    lesson.wait_for_status("Claim 1 of 12")
    lesson.wait_for_status("Ruling: half true")
