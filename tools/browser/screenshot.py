"""Take screenshots of a lesson: open it in a real JupyterLab, run all of it, and save pictures of it.

    python -m tools.browser.screenshot 08 [--dark] [--out screenshots] [--width 1200]

The command prints the names of the pictures, the time of the run, and any error output.
"""

import argparse
import shutil
import sys
from pathlib import Path

from tools.browser import session


def take_screenshots(notebook: Path, out: Path, width: int, dark: bool) -> list[str]:
    """Save pictures of a lesson, and print their names.

    Args:
        notebook: the lesson's file.
        out: the folder for the pictures.
        width: the width of the window, in pixels.
        dark: use JupyterLab's dark theme.

    Returns:
        The error outputs of the lesson.
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
    """Take the screenshots of the command line; return the exit code, which is 1 after an error output."""
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
