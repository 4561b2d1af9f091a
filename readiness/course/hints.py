"""Hints for three errors of a cell: a name of a cell further up, a server that has ended, an interrupted measurement.

If a cell further up defines the name, the hint and the line stand instead of the traceback. A name that no cell
defines, such as a misspelled one, gets no hint. The other hints are notes below IPython's own message. The client of a
server that has ended only sees a TimeoutError or a ConnectionError: its hint says what ended the server.
If a learner interrupts a cell while a function of the course runs, one sentence stands instead of the traceback.
"""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

from readiness.base import background
from readiness.base.code_location import error_location
from readiness.base.messages import UserError, _

NOTEBOOK_ENV = "JPY_SESSION_NAME"
"""The environment variable in which Jupyter's server gives a kernel the path of its notebook."""


def add_hints(shell: Any) -> None:
    """Add a hint to each error of a cell that has one of the three causes.

    Args:
        shell: the kernel's IPython shell (`InteractiveShell`).
    """
    shell.set_custom_exc((NameError, TimeoutError, ConnectionError, KeyboardInterrupt), _show_with_hint)


def _show_with_hint(
    shell: Any, kind: type[BaseException], error: BaseException, traceback: TracebackType, tb_offset: int | None = None
) -> None:
    """Show the error as IPython does, with a hint if there is one. IPython calls this for the errors of `add_hints`."""
    if isinstance(error, KeyboardInterrupt):
        if _is_in_package(traceback):
            text = _("You interrupted this cell. Run it again to get its result.")
            shell._showtraceback(kind, KeyboardInterrupt(text), [f"KeyboardInterrupt: {text}"])
        else:
            shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
        return
    if isinstance(error, NameError):
        if hint := _hint(shell, error):
            text = _("{hint}\n{kind}: {error}\n  at: {line}")
            text = text.format(hint=hint, kind=kind.__name__, error=error, line=error_location(error))
            shell._showtraceback(kind, error, text.splitlines())
            return
    else:
        for end in background.ended():
            error.add_note(_describe_end(end))
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _is_in_package(traceback: TracebackType) -> bool:
    """Return whether a function of the package `readiness` was running."""
    return any(frame.f_globals.get("__name__", "").startswith("readiness.") for frame, _line in walk_tb(traceback))


def _describe_end(server: background.BackgroundServer) -> str:
    """Return sentences on a server in the background that has ended: what ended it, and what to do."""
    advice = _("Correct the server, then run its cell again.")
    if server.error is None:
        text = _("The server “{name}” has ended: its method serve returned before it was asked to stop.")
        return text.format(name=server.name) + "\n" + advice
    if isinstance(server.error, UserError):
        return f"{server.error}\n{advice}"
    text = _("The server “{name}” has ended. {kind}: {error}\n  at: {line}")
    kind, line = type(server.error).__name__, error_location(server.error)
    return text.format(name=server.name, kind=kind, error=server.error, line=line) + "\n" + advice


def _hint(shell: Any, error: NameError) -> str:
    """Return the hint for this error, or an empty text if there is none."""
    try:
        notebook = json.loads(Path(os.environ.get(NOTEBOOK_ENV, "")).read_text(encoding="utf-8"))
        cell_id = shell.get_parent().get("metadata", {}).get("cellId")
        above = list(_code_above(notebook["cells"], cell_id))
        is_defined = any(error.name in set(names_defined(source)) for source in above)
    except Exception:  # no notebook of this form: the error itself says enough
        return ""
    if type(error) is not NameError or not is_defined:  # an UnboundLocalError is a fault within a function
        return ""
    if question := _open_question(shell.user_ns, above, str(error.name)):
        text = _("A cell below the question “{question}” defines {name}: answer it, then run the cells below it.")
        return text.format(question=question, name=error.name)
    text = _("A cell further up defines {name}: choose Run, Run All Above Selected Cell, then run this cell again.")
    if any("@lab.check(" in source for source in above):
        text += _(
            "\nA red check stops that run. Then run the cells below that check one by one, also the collapsed ones."
        )
    return text.format(name=error.name)


def _open_question(names: dict[str, Any], above: list[str], missing: str) -> str:
    """Return the question without an answer whose curtain has held back the cell that defines a name, or "".

    Args:
        names: the names of the notebook. A question is a `readiness.widgets.Prediction`.
        above: the texts of the code cells, from the top.
        missing: the name that is not defined.
    """
    question = ""
    for source in above:
        defined = set(names_defined(source))
        if missing in defined:
            return question
        for value in (names[name] for name in defined if name in names):
            if type(value).__module__ == "readiness.widgets.prediction" and getattr(value, "is_open", False):
                question = value.question
    return ""


def _code_above(cells: list[dict[str, Any]], cell_id: str | None) -> Iterator[str]:
    """Yield the texts of the code cells above a cell. If no cell has this id, yield those of all cells."""
    ids = [cell.get("id") for cell in cells]
    above = cells[: ids.index(cell_id)] if cell_id in ids else cells
    for cell in above:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"])


def names_defined(source: str) -> Iterator[str]:
    """Yield the names that a cell defines: by an assignment, an import, a function or a class outside of any function.

    Args:
        source: the text of the cell. Lines with a magic command (``%`` or ``!``) define nothing.
    """
    lines = ["" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        pending: list[ast.AST] = [ast.parse("\n".join(lines))]
    except SyntaxError:
        return
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            pending += ast.iter_child_nodes(node)
