"""The widgets of chapter 12."""


def episode_12b(lesson) -> None:
    """A download by hand, by keyboard alone; the monitor below follows it. A typed line is sent by the Enter key."""

    def press(*names: str) -> None:
        for name in names:
            lesson.button(name).focus()
            lesson.page.keyboard.press("Enter")

    press("Connect", "USER anonymous", "PASS me", "TYPE I", "PASV")
    lesson.wait_for_status("For data the server listens at port")
    lesson.outputs.get_by_role("row").filter(has_text="passive").wait_for()
    press("Connect data", "RETR large.bin")
    lesson.wait_for_status("the server: waits for WRITE")
    lesson.outputs.get_by_role("row").filter(has_text="WRITE").wait_for()
    lesson.outputs.locator("svg[role=img][aria-label*='waits for WRITE']").wait_for()
    press("ABOR", "NOOP")
    lesson.outputs.get_by_role("log").filter(has_text="426 ").filter(has_text="200 Done").wait_for()
    lesson.wait_for_status("Sessions: 1. Sockets: 2.")
    lesson.box("Command").fill("SIZE letter.txt")
    lesson.page.keyboard.press("Enter")
    lesson.outputs.get_by_role("log").filter(has_text="213 27").wait_for()
