"""The widgets of chapter 11."""


def episode_11a(lesson) -> None:
    """The cards, by keyboard alone: a verdict, an experiment that can't decide, the one that does, the next claim."""

    def press(*keys: str) -> None:
        for key in keys:
            lesson.page.keyboard.press(key)

    lesson.button("Next").focus()
    press("Tab", "Tab", "Space")  # the verdict: false
    press("Tab", "Tab", "Enter")  # the first experiment
    lesson.wait_for_status("can't decide the claim")
    press("Tab", "Enter")  # the second one
    lesson.wait_for_status("Ruling: half true. Your verdict is not right")
    lesson.wait_for_status("1 of 6 claims are decided; your verdict is right in 0")
    assert lesson.button("false").is_disabled()
    lesson.button("Next").focus()
    press("Enter")
    lesson.wait_for_status("Claim 2 of 6")
    press("Shift+Tab", "Enter")  # Previous
    lesson.wait_for_status("Claim 1 of 6")
    lesson.wait_for_status("Ruling: half true")


def episode_11b(lesson) -> None:
    """The cards count on from seven; the right verdict and the deciding experiment close the first one."""
    lesson.wait_for_status("Claim 7 of 12")
    lesson.button("false").click()
    lesson.button("Register a socket in a thread that ends; wait in another thread; send a byte").click()
    lesson.wait_for_status("Ruling: false. Your verdict is right")
    lesson.button("Next").click()
    lesson.wait_for_status("Claim 8 of 12")
