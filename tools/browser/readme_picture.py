"""Take the README's picture: the panel of lesson 08 in a real JupyterLab, after two clients have sent a line each.

python -m tools.browser.readme_picture
"""

from tools.browser import session

PICTURE = session.COURSE / "notebooks" / "pictures" / "lesson-08.png"


def main() -> None:
    """Run lesson 08 in a browser, send two lines, and save a picture of the lesson's panel."""
    with (
        session.scratch_course() as course,
        session.jupyterlab(course) as address,
        session.chromium() as chromium,
        session.Lesson(session.open_page(chromium, address), "notebooks/08-selectors.ipynb") as lesson,
    ):
        lesson.run_all()
        for number, text in enumerate(("who is ready?", "epoll is")):
            lesson.box(f"Client {number + 1}").fill(text)
            lesson.button("Send").nth(number).click()
            lesson.wait_for_status(text.upper())
        lesson.page.wait_for_timeout(4000)  # the status line is refreshed within this time
        PICTURE.parent.mkdir(exist_ok=True)
        panel = lesson.outputs.filter(has_text="One more client").locator(".jp-OutputArea-output").first
        PICTURE.write_bytes(panel.screenshot(animations="disabled"))
        print(PICTURE.relative_to(session.COURSE))


if __name__ == "__main__":
    main()
