"""The widgets of chapter 12."""


def episode_12b(lesson) -> None:
    """A download by hand, by keyboard alone; the drawing follows it. A typed line is sent by the Enter key."""

    def press(*names: str) -> None:
        for name in names:
            lesson.button(name).focus()
            lesson.page.keyboard.press("Enter")

    press("Connect", "USER anonymous", "PASS me", "TYPE I", "PASV")
    lesson.wait_for_status("The server listens for a data connection at port")
    press("Connect data", "RETR large.bin")
    lesson.wait_for_status("The server waits for WRITE")
    lesson.outputs.locator("svg[role=img][aria-label*='waits for WRITE']").wait_for()
    press("ABOR", "NOOP")
    lesson.outputs.get_by_role("log").filter(has_text="426 ").filter(has_text="200 Done").wait_for()
    lesson.wait_for_status("the server waits for READ on it")
    lesson.box("Command").fill("SIZE letter.txt")
    lesson.page.keyboard.press("Enter")
    lesson.outputs.get_by_role("log").filter(has_text="213 27").wait_for()


def episode_12c(lesson) -> None:
    """The monitor shows the server after both clients have gone."""
    lesson.wait_for_status("Sessions: 0. Sockets: 1.")
    lesson.outputs.get_by_role("row").filter(has_text="listener").wait_for()
