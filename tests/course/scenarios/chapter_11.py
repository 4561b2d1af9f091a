"""The widgets of chapter 11."""


def episode_11(lesson) -> None:
    """The cards, by keyboard alone: a verdict, an experiment that can't decide, the one that does, the next claim."""

    def press(*keys: str) -> None:
        for key in keys:
            lesson.page.keyboard.press(key)

    lesson.button("Next").focus()
    press("Tab", "Tab", "Space")  # the verdict: false
    press("Tab", "Tab", "Space")  # the first experiment
    press("Tab", "Tab", "Enter")  # Run the experiment
    lesson.wait_for_status("can't decide the claim")
    press("Shift+Tab", "Space", "Tab", "Enter")  # the second one
    lesson.wait_for_status("Ruling: half true. Your verdict is not right")
    lesson.wait_for_status("1 of 12 claims are decided; your verdict is right in 0")
    assert lesson.button("false").is_disabled()
    lesson.button("Next").focus()
    press("Enter")
    lesson.wait_for_status("Claim 2 of 12")
    press("Shift+Tab", "Enter")  # Previous
    lesson.wait_for_status("Claim 1 of 12")
    lesson.wait_for_status("Ruling: half true")
