"""Mark the cells of solutions/ for nbgrader, and derive labs/. With --check, name the files that are not so.

    python -m tools.notebooks.derive_labs [--check] [--force] [number ...]      all of solutions/ if none is named

A lab that was edited and not committed is not overwritten, and the command names it. --force overwrites it.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from readiness.base.messages import UserError
from readiness.course import labs
from tools import COURSE
from tools.notebooks import marks


def committed(path: Path) -> str | None:
    """Return the text of a file as it is in git's index: the staged version, or else the committed one.

    None if there is no git, or no such file in the index.
    """
    name = path.relative_to(COURSE).as_posix()
    try:
        shown = subprocess.run(["git", "show", f":{name}"], cwd=COURSE, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return shown.stdout.decode()


def pairs(numbers: list[str]) -> Iterator[tuple[Path, Path]]:
    """Yield the paths (solution, lab) for each number of a lab, or for all solutions if `numbers` is empty."""
    folder = COURSE / "solutions"
    chosen = [labs.find_notebook(folder, number) for number in numbers] or sorted(folder.glob("[0-9]*.ipynb"))
    if not chosen:
        raise UserError("solutions/ holds no notebook.")
    yield from ((solution, COURSE / "labs" / solution.name) for solution in chosen)


def violations(numbers: list[str]) -> Iterator[str]:
    """Yield a sentence for each lab that differs from what its solution gives, and for each without a solution.

    A cell of a solution that is not marked for nbgrader has a sentence, too.

    The compared text of a lab is the committed one, if there is one.
    """
    for solution, lab in pairs(numbers):
        for cell in marks.unmarked(nbformat.read(solution, as_version=4)):
            yield f"solutions/{solution.name}: the cell {cell.id} is not marked for nbgrader: run make labs"
        text = committed(lab)
        if text is None:
            text = lab.read_text(encoding="utf-8") if lab.exists() else ""
        if text != labs.render_lab(solution):
            yield f"labs/{lab.name} is not what solutions/{solution.name} makes: run make labs"
    known = {path.name for path in (COURSE / "solutions").glob("*.ipynb")}
    for lab in sorted((COURSE / "labs").glob("[0-9]*.ipynb")):
        if lab.name not in known and "-mine-" not in lab.name:
            yield f"labs/{lab.name} has no solution"


def write(numbers: list[str], force: bool) -> Iterator[str]:
    """Mark the solutions with these numbers, or all, and derive their labs.

    Yield a sentence for each lab that was not overwritten.

    Args:
        numbers: the numbers of the labs, such as "03"; empty for all labs.
        force: whether to overwrite a lab that was edited and not committed.
    """
    for solution, lab in pairs(numbers):
        marks.write(solution)
        text = labs.render_lab(solution)
        current = lab.read_text(encoding="utf-8") if lab.exists() else None
        if current in (None, text) or force or current == committed(lab):
            lab.write_text(text, encoding="utf-8", newline="\n")
        else:
            yield f"labs/{lab.name} was edited and not committed, and is left as it is (--force overwrites it)"


def main() -> int:
    """Write or check the labs that the command line names. Return the exit code: 1 if there was a problem, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", metavar="number", help="such as 03")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on what differs")
    parser.add_argument("--force", action="store_true", help="overwrite a lab that was edited")
    options = parser.parse_args()
    try:
        sentences = list(violations(options.numbers) if options.check else write(options.numbers, options.force))
    except UserError as error:
        sentences = [str(error)]
    print(*sentences, sep="\n", end="\n" if sentences else "", file=sys.stderr)
    return min(len(sentences), 1)


if __name__ == "__main__":
    sys.exit(main())
