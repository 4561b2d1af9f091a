"""Take screenshots of a lesson: open it in a real JupyterLab, run all cells, and save pictures of the whole notebook.

    python -m tools.browser.screenshot 08 [--dark] [--out screenshots] [--width 1200]

The command prints the names of the pictures, the seconds that the run took, and the text of each error output.
"""

import argparse
import shutil
import sys
from pathlib import Path

from tools.browser import session


def take_screenshots(notebook: Path, out: Path, width: int, dark: bool) -> list[str]:
    """Run a lesson in a browser, save pictures of it, and print the paths of the pictures.

    Args:
        notebook: the path of the lesson's file.
        out: the folder for the pictures.
        width: the width of the browser's window, in pixels.
        dark: whether to use JupyterLab's dark theme.

    Returns:
        The text of each error output in the lesson.
    """
    with session.scratch_course() as course:
        shutil.copy(notebook, course / "notebooks")
        with session.jupyterlab(course) as address, session.chromium() as chromium:
            lesson = session.Lesson(session.open_page(chromium, address, width), f"notebooks/{notebook.name}")
            if dark:
                lesson.set_theme("JupyterLab Dark")
            print(f"{notebook.name}: ran in {lesson.run_all(300):.1f} s")
            for file in lesson.save_screenshots(out, notebook.stem + ("-dark" if dark else "")):
                print(file)
            return lesson.errors()


def main() -> int:
    """Take the screenshots that the command line asks for. Return the exit code: 1 after an error output, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", help="a number such as 08, or a notebook's path")
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    parser.add_argument("--out", type=Path, default=session.COURSE / "screenshots", help="where the pictures go")
    parser.add_argument("--width", type=int, default=1200, help="of the window, in pixels")
    options = parser.parse_args()
    path = Path(options.lesson)
    matches = [path] if path.suffix == ".ipynb" else sorted((session.COURSE / "notebooks").glob(f"{path}-*.ipynb"))
    if len(matches) != 1:
        parser.error(f"{len(matches)} notebooks begin with {path}-: give one number or path")
    errors = take_screenshots(matches[0], options.out, options.width, options.dark)
    for error in errors:
        print(f"error output: {error}", file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
