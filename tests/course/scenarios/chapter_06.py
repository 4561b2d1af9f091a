"""The widgets of chapter 06."""


def episode_06a(lesson) -> None:
    """Level beside edge: by keyboard, then by mouse; the table follows."""
    keyboard = lesson.page.keyboard
    lesson.button("Wait").focus()
    keyboard.press("Enter")
    lesson.wait_for_status("Step 4, wait. Level-triggered: event. Edge-triggered: nothing.")
    keyboard.press("Tab")  # to Modify
    keyboard.press("Space")
    lesson.wait_for_status("Step 5, modify.")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    lesson.wait_for_status("Step 6, wait. Level-triggered: event. Edge-triggered: event.")
    assert lesson.outputs.get_by_role("row").filter(has_text="modify").count() == 1
    lesson.button("pipe").click()
    lesson.wait_for_status("A new pipe")
    lesson.button("Write 3 bytes").click()
    lesson.button("Wait").click()
    lesson.wait_for_status("Step 2, wait. Level-triggered: event. Edge-triggered: event.")
    lesson.button("Start again").click()
    lesson.wait_for_status("Nothing is done yet.")
