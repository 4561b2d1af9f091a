"""What the file of this kernel's lab says: which cell defines a name, and which checks there are.

Without a file that can be read, as in a program or another front end, less is said.
"""

import ast
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from readiness.base.messages import _
from readiness.course import cell_runs, progress_store
from readiness.course.hints import NOTEBOOK_ENV, names_defined

CHECK = re.compile(r"(?:# Check: (?P<title>.*)\n)?@lab\.check\([\s\S]*?^def (?P<name>\w+)", re.MULTILINE)


def _code_cells() -> list[str]:
    """Return the texts of the code cells of this kernel's notebook, or nothing."""
    try:
        cells: list[dict[str, Any]] = json.loads(Path(os.environ[NOTEBOOK_ENV]).read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, TypeError, LookupError):
        return []


def advice(name: str, check: str, misspelt: str = "") -> str:
    """Return what to do about a name that is not defined: which cell to run.

    Args:
        name: the name.
        check: the name of the function of the check that needs it.
        misspelt: what to say of a similar name, if no cell defines this one.
    """
    if name == "self":
        return _("No parameter of this function has the name self. A function takes its object as another parameter.")
    cells = _code_cells()
    defining = next((number for number, cell in enumerate(cells) if name in names_defined(cell)), None)
    if defining is None:
        return misspelt or _(
            "Is it misspelt, or is an import missing? If a cell above defines it, run that cell first."
        )
    text = _("The cell that begins with “{line}” defines it: run that cell.")
    text = text.format(line=cells[defining].strip().splitlines()[0])
    failed, title = cell_runs.of_kernel().stopped_at
    checks = {match["name"]: number for number, cell in enumerate(cells) if (match := CHECK.match(cell))}
    if checks.get(failed, defining) < min(defining, checks.get(check, defining)):
        stop = _("\nRun All stops at the first check that is red. “{check}” is red: run the cells below it yourself.")
        text += stop.format(check=title)
    return text


def missing_after(check: str, lab: str) -> list[str]:
    """Return the titles of the checks that have not passed, if this check is the lab's last one. Else return nothing.

    Args:
        check: the name of the check that has just run.
        lab: the number of the lab.
    """
    found = _check_cells()
    if not found or found[-1]["name"] != check:
        return []
    passed = progress_store.load_progress().get(lab, {}).get("checks", {})
    return [_title(match) for match in found if not passed.get(match["name"])]


def checks_of(answers: Iterable[str], before: str) -> list[str]:
    """Return the titles of the checks that judge one of these answers, and that the lab has above a check.

    Args:
        answers: the names of the answers.
        before: the name of that check's function.
    """
    found = _check_cells()
    names = [match["name"] for match in found]
    above = found[: names.index(before)] if before in names else []
    return [_title(match) for match in above if _judged(match.string) & set(answers)]


def _check_cells() -> list[re.Match[str]]:
    return [match for cell in _code_cells() if (match := CHECK.match(cell))]


def _title(check: re.Match[str]) -> str:
    return str(check["title"] or check["name"]).rstrip(".")


def _judged(cell: str) -> set[str]:
    """Return the names of the answers that a check's cell judges."""
    try:
        calls = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)]
        given = {each.arg: each.value for call in calls if _is_check(call) for each in call.keywords}
        judged = ast.literal_eval(given["answer"]) if "whole" not in given else ()
    except (SyntaxError, ValueError, KeyError):
        return set()
    return {judged} if isinstance(judged, str) else set(judged)


def _is_check(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "lab.check"
