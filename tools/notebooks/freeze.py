"""Freeze notebooks: execute them and save them as readers get them. With --check, name those that are not frozen.

    python -m tools.notebooks.freeze [--check] [notebook ...]      all of notebooks/ and solutions/ if none is named

A frozen notebook holds pictures and text, and looks the same on GitHub and in JupyterLab. It holds no widget, no time
of day, and no path of the machine that ran it. If a notebook ends with an error, its file is not changed.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ipywidgets
import nbformat
from nbformat import NotebookNode

from tools import COURSE
from tools.lessons.frame import ids
from tools.notebooks.execute import ExecutionError, execute
from tools.notebooks.normalize import normalize, to_text

MAX_BYTES = 300_000
WIDGET_CLASSES = {name for name, value in vars(ipywidgets).items() if isinstance(value, type)}


class FreezeError(Exception):
    """A notebook can't be frozen. The message has one sentence for each reason."""


def violations(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield the reasons why a normalized notebook can't be frozen, each as a tuple (cell id, sentence).

    The cell id is empty if the reason is about the whole notebook.
    """
    yield from ids(nb, "")
    count = 0
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        if cell.source.strip():
            count += 1
            if cell.execution_count is None:
                yield cell.id, "was never executed, so nothing would be compared there"
            elif cell.execution_count != count:
                yield cell.id, f"has execution count {cell.execution_count} instead of {count}"
        elif cell.execution_count is not None or cell.outputs:
            yield cell.id, "is empty, but has a count or outputs"
        for output in cell.outputs:
            for sentence in _output_violations(output, cell.metadata.get("tags", [])):
                yield cell.id, sentence
    if (size := len(to_text(nb).encode())) > MAX_BYTES:
        yield "", f"{size // 1000} KB, more than {MAX_BYTES // 1000}"


def _output_violations(output: NotebookNode, tags: list[str]) -> Iterator[str]:
    if output.output_type == "error" and "raises-exception" not in tags:
        yield f"is saved with {output.ename}: {output.evalue}"
    if output.output_type == "stream" and output.name == "stderr":
        yield f"writes to stderr: {output.text.strip().splitlines()[-1]}"
    data = output.get("data", {})
    text = data.get("text/plain", "")
    shown = re.match(r"(\w+)\((children=\()?", text)
    if "image/png" not in data and shown and (shown[2] or shown[1] in WIDGET_CLASSES):
        yield f"shows a bare widget, {text[:40]}…: give it a _repr_mimebundle_ with image/png and text/plain"
    if "image/png" in data and not output.metadata.get("image/png", {}).get("alt"):
        yield "shows a picture without an alternative text in the output's metadata: use charts.StaticFigure"
    everything = "\n".join([output.get("text", ""), text, data.get("text/html", ""), *output.get("traceback", [])])
    for folder in {str(COURSE), sys.prefix, str(Path.home()), tempfile.gettempdir()}:
        if len(Path(folder).parts) > 1 and re.search(rf"(?<![\w/.]){re.escape(folder)}(?=[\\/])", everything):
            yield f"shows a path of this machine, {folder}"


def differences(before: NotebookNode, after: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield the differences between a notebook and its normalized copy, each as a tuple (cell id, sentence).

    The cell id is empty if the difference is not in a cell.

    Args:
        before: the notebook.
        after: the normalized copy (see `normalize`).
    """
    for key in sorted(before.metadata.keys() | after.metadata.keys()):
        if before.metadata.get(key) != after.metadata.get(key):
            yield "", f"metadata {key!r} isn't as frozen"
    for old, new in zip(before.cells, after.cells, strict=True):
        for key in sorted(old.keys() | new.keys()):
            # `violations` names a count that is out of order.
            if old.get(key) != new.get(key) and key != "execution_count":
                yield new.id, f"its {key} aren't as frozen" if key == "outputs" else f"its {key} isn't as frozen"


def check(path: Path) -> list[str]:
    """Check that a notebook is frozen, but do not run it. Return a sentence, with file and cell, for each violation."""
    text = path.read_text(encoding="utf-8")
    nb = nbformat.reader.reads(text)  # `nbformat.read` would invent ids for cells that have none
    normalized = normalize(nb)
    found = [*violations(nb), *differences(nb, normalized)]
    if not found and text != to_text(normalized):
        found = [("", "isn't written as freezing writes it (order of keys, indent, last newline)")]
    return [_sentence(path, cell, sentence) for cell, sentence in found]


def freeze(path: Path, timeout: int) -> None:
    """Execute one notebook and save it as readers get it. If that fails, the file is not changed.

    Args:
        path: the notebook's file.
        timeout: seconds that each cell may take.

    Raises:
        ExecutionError: The notebook did not run to its end.
        FreezeError: The notebook breaks a rule for frozen notebooks (see `violations`), or has an output in two forms
            that nbval would compare.
    """
    executed = execute(path, timeout, settle=True)
    for cell in executed.cells:
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            duplicates = sorted(data.keys() & {"text/html", "image/svg+xml"}) if "image/png" in data else []
            if duplicates and "nbval-ignore-output" not in cell.metadata.get("tags", []):
                raise FreezeError(
                    f"{path}: cell {cell.id} gives {', '.join(duplicates)} beside image/png; readers get the picture "
                    "alone, and nbval would call that a difference"
                )
    normalized = normalize(executed)
    found = [_sentence(path, cell, sentence) for cell, sentence in violations(normalized)]
    if found:
        raise FreezeError("\n".join(found))
    path.write_text(to_text(normalized), encoding="utf-8", newline="\n")


def _sentence(path: Path, cell: str, sentence: str) -> str:
    return f"{path}: " + (f"cell {cell} " if cell else "") + sentence


def main() -> int:
    """Freeze or check the notebooks that the command line names. Return the exit code: 1 if one failed, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="notebook")
    parser.add_argument("--check", action="store_true", help="run nothing; fail on what isn't frozen")
    parser.add_argument("--timeout", type=int, default=120, help="seconds that a cell may take")
    options = parser.parse_args()
    paths = options.notebooks or [
        p for name in ("notebooks", "solutions") for p in sorted((COURSE / name).glob("*.ipynb"))
    ]
    if not paths:
        parser.error("no notebook found")
    count = 0
    for path in paths:
        if options.check:
            found = check(path)
        else:
            try:
                freeze(path, options.timeout)
                found = []
                print(f"{path}: {path.stat().st_size // 1000} KB")
            except (ExecutionError, FreezeError) as error:
                found = [str(error)]
        print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
        count += len(found)
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main())
