"""Execute notebooks and save them as readers get them; with --check, say what isn't saved so.

    python -m tools.notebooks.freeze [--check] [notebook ...]      all of notebooks/ and solutions/ where none is named

A frozen notebook holds pictures and text, on GitHub as in JupyterLab: no widget, no state, no time of day, no trace of
the machine that ran it. A notebook that ends in an error is left as it was.
"""

import argparse
import base64
import copy
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ipywidgets
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from PIL import Image

from readiness.course import checks
from readiness.course.contents import FROZEN
from tools.check_lessons import ids

COURSE = Path(__file__).resolve().parents[2]
LARGEST = 300_000  # bytes
METADATA = {
    FROZEN: True,
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
CELL_METADATA = {"tags", "jupyter", "editable", "deletable", "nbgrader"}
WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGETS = {name for name, value in vars(ipywidgets).items() if isinstance(value, type)}
ANSI = re.compile(r"\x1b\[[\d;]*m")


class Stop(Exception):
    """Why a notebook can't be frozen, in one sentence."""


def execute(path: Path, seconds: int) -> NotebookNode:
    """The notebook with the outputs of a run from the top, in a kernel of its own and the notebook's folder."""
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    running = ["?"]
    client = NotebookClient(
        nb,
        timeout=seconds,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=lambda cell, cell_index: running.append(cell.id),
    )
    try:
        with tempfile.TemporaryDirectory() as folder:  # whoever freezes may have a progress of their own
            client.execute(env=os.environ | {checks.PROGRESS: str(Path(folder) / "progress.json")})
    except CellTimeoutError:
        raise Stop(f"{path}: cell {running[-1]} takes more than {seconds} s") from None
    except DeadKernelError:
        raise Stop(f"{path}: cell {running[-1]} ends its kernel") from None
    except CellExecutionError as error:
        raise Stop(f"{path}: cell {running[-1]} ends in {error.ename}: {error.evalue}") from None
    return nb


def settle(nb: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook as readers get it. Settling twice changes nothing more."""
    nb = copy.deepcopy(nb)
    nb.metadata = nbformat.from_dict(METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5
    count = 0
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in CELL_METADATA and v != []})
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = [_settle_output(output, count) for output in _merge(cell.outputs)]
    return nb


def _merge(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """The same outputs, with neighbours that are the same stream made one: how they were cut is chance."""
    last = None
    for output in outputs:
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            if last:
                yield last
            last = output
    if last:
        yield last


def _settle_output(output: NotebookNode, count: int) -> NotebookNode:
    if output.output_type == "error":
        # Frames outside the notebook name files of this machine.
        output.traceback = [frame for frame in output.traceback if not ANSI.sub("", frame).startswith("File ")]
    if output.output_type == "execute_result":
        output.execution_count = count
    if "data" in output:
        data = output.data
        data.pop(WIDGET, None)
        if "image/png" in data:
            data.pop("text/html", None)
            data.pop("image/svg+xml", None)
            data["image/png"] = _small(data["image/png"])
        # What is said about a picture (its alt text) stays; what is said about a kind that has gone goes too.
        known = {key: value for key, value in output.metadata.items() if "/" not in key or key in data}
        output.metadata = nbformat.from_dict(known)
    return output


def _small(png: str) -> str:
    """A chart needs few colours: at most 256, without the name and version of what drew it."""
    image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "P" and not getattr(image, "text", None):
        return png if png.endswith("\n") else png + "\n"
    image = image.convert("RGBA")
    if image.getextrema()[3] == (255, 255):
        image = image.convert("RGB")
    method = Image.Quantize.MEDIANCUT if image.mode == "RGB" else Image.Quantize.FASTOCTREE
    small = io.BytesIO()
    image.quantize(256, method, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode() + "\n"


def faults(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """What keeps a settled notebook from being a frozen one, as (cell id, sentence)."""
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
            for sentence in _output_faults(output, cell.metadata.get("tags", [])):
                yield cell.id, sentence
    if (size := len(write(nb).encode())) > LARGEST:
        yield "", f"{size // 1000} KB, more than {LARGEST // 1000}"


def _output_faults(output: NotebookNode, tags: list[str]) -> Iterator[str]:
    if output.output_type == "error" and "raises-exception" not in tags:
        yield f"is saved with {output.ename}: {output.evalue}"
    if output.output_type == "stream" and output.name == "stderr":
        yield f"writes to stderr: {output.text.strip().splitlines()[-1]}"
    data = output.get("data", {})
    text = data.get("text/plain", "")
    shown = re.match(r"(\w+)\((children=\()?", text)
    if "image/png" not in data and shown and (shown[2] or shown[1] in WIDGETS):
        yield f"shows a bare widget, {text[:40]}…: give it a _repr_mimebundle_ with image/png and text/plain"
    said = "\n".join([output.get("text", ""), text, data.get("text/html", ""), *output.get("traceback", [])])
    for place in {str(COURSE), sys.prefix, str(Path.home()), tempfile.gettempdir()}:
        if len(Path(place).parts) > 1 and re.search(rf"(?<![\w/.]){re.escape(place)}(?=[\\/])", said):
            yield f"shows a path of this machine, {place}"


def changes(before: NotebookNode, after: NotebookNode) -> Iterator[tuple[str, str]]:
    """What freezing would still change, as (cell id, sentence)."""
    for key in sorted(before.metadata.keys() | after.metadata.keys()):
        if before.metadata.get(key) != after.metadata.get(key):
            yield "", f"metadata {key!r} isn't as frozen"
    for old, new in zip(before.cells, after.cells, strict=True):
        for key in sorted(old.keys() | new.keys()):
            # A count that is out of order is told by `faults`, with its number.
            if old.get(key) != new.get(key) and key != "execution_count":
                yield new.id, f"its {key} aren't as frozen" if key == "outputs" else f"its {key} isn't as frozen"


def write(nb: NotebookNode) -> str:
    return nbformat.writes(nb).rstrip("\n") + "\n"


def check(path: Path) -> list[str]:
    """The faults of a saved notebook, each with file and cell; nothing is run."""
    text = path.read_text(encoding="utf-8")
    nb = nbformat.reader.reads(text)  # `nbformat.read` would invent ids for cells that have none
    settled = settle(nb)
    found = [*faults(nb), *changes(nb, settled)]
    if not found and text != write(settled):
        found = [("", "isn't written as freezing writes it (order of keys, indent, last newline)")]
    return [_sentence(path, cell, sentence) for cell, sentence in found]


def freeze(path: Path, seconds: int) -> None:
    """Execute and save one notebook, or raise `Stop` and leave the file as it was."""
    ran = execute(path, seconds)
    for cell in ran.cells:
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            double = sorted(data.keys() & {"text/html", "image/svg+xml"}) if "image/png" in data else []
            if double and "nbval-ignore-output" not in cell.metadata.get("tags", []):
                raise Stop(
                    f"{path}: cell {cell.id} gives {', '.join(double)} beside image/png; readers get the picture "
                    "alone, and nbval would call that a difference"
                )
    settled = settle(ran)
    found = [_sentence(path, cell, sentence) for cell, sentence in faults(settled)]
    if found:
        raise Stop("\n".join(found))
    path.write_text(write(settled), encoding="utf-8", newline="\n")


def _sentence(path: Path, cell: str, sentence: str) -> str:
    return f"{path}: " + (f"cell {cell} " if cell else "") + sentence


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="notebook")
    parser.add_argument("--check", action="store_true", help="run nothing; fail on what isn't frozen")
    parser.add_argument("--seconds", type=int, default=120, help="that a cell may take")
    options = parser.parse_args()
    paths = options.notebooks or [
        p for name in ("notebooks", "solutions") for p in sorted((COURSE / name).glob("*.ipynb"))
    ]
    if not paths:
        parser.error("no notebook found")
    bad = 0
    for path in paths:
        if options.check:
            found = check(path)
        else:
            try:
                freeze(path, options.seconds)
                found = []
                print(f"{path}: {path.stat().st_size // 1000} KB")
            except Stop as stop:
                found = [str(stop)]
        print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
        bad += len(found)
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
