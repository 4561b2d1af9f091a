"""Normalize an executed notebook: keep what readers need, and remove what differs between runs or machines.

This module runs nothing and judges nothing.
"""

import base64
import copy
import io
import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode
from PIL import Image

from readiness.course.contents import FROZEN_KEY

OURS = "readiness"
"""The key of the metadata that the course's own tools read.

In a cell's metadata it holds `presses` (what the text asks a reader to press), `expects_alert` (the presses bring an
alert) and `seconds` (how long the cell ran). In an output's metadata it holds `cells` (of a grid) and `widget` (true if
the output showed a widget).
"""
SETTLED_KEY = "settled"
"""The key, in a cell's metadata, of the seconds that its panels took to settle. No learner waits for them.

`readiness.widgets.panel` has the same constant. Its import takes seconds, because it imports the charts.
"""
METADATA = {
    FROZEN_KEY: True,
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
CELL_METADATA = {"tags", "jupyter", "editable", "deletable", "nbgrader", OURS}
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
ANSI = re.compile(r"\x1b\[[\d;]*m")


def normalize(nb: NotebookNode) -> NotebookNode:
    """Return a normalized copy of an executed notebook, as readers get it.

    A normalized notebook is not changed by a second normalization.
    """
    nb = copy.deepcopy(nb)
    nb.metadata = nbformat.from_dict(METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5
    count = 0
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in _cell_metadata(cell).items() if v not in ([], {})})
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = [_normalize_output(output, count) for output in _merge_streams(cell.outputs)]
    return nb


def _cell_metadata(cell: NotebookNode) -> dict[str, Any]:
    """Return the metadata of a cell that are kept. Seconds have one decimal, and are left out below 0.05."""
    kept = {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
    if OURS in kept:
        kept[OURS] = dict(kept[OURS])
        seconds = round(kept[OURS].pop("seconds", 0) - cell.metadata.get(SETTLED_KEY, 0), 1)
        if seconds >= 0.1:
            kept[OURS]["seconds"] = seconds
    return kept


def _merge_streams(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """Yield the outputs, with consecutive outputs of the same stream joined to one.

    A kernel splits the text of a stream at random places.
    """
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


def _normalize_output(output: NotebookNode, count: int) -> NotebookNode:
    if output.output_type == "error":
        # Frames outside the notebook name files of this machine.
        output.traceback = [frame for frame in output.traceback if not ANSI.sub("", frame).startswith("File ")]
    if output.output_type == "execute_result":
        output.execution_count = count
    if "data" in output:
        data = output.data
        ours = dict(output.metadata.get(OURS, {}))
        if data.pop(WIDGET_MIME, None):
            ours["widget"] = True
        if "image/png" in data:
            data.pop("text/html", None)
            data.pop("image/svg+xml", None)
            data["image/png"] = _quantized(data["image/png"])
        # Metadata about a picture (its alt text) stays; metadata about a removed type is removed.
        kept = {key: value for key, value in output.metadata.items() if "/" not in key or key in data}
        kept.pop(OURS, None)
        output.metadata = nbformat.from_dict(kept | ({OURS: ours} if ours else {}))
    return output


def _quantized(png: str) -> str:
    """Return the picture (PNG in base64) with at most 256 colours, and without the name of the program that drew it."""
    image: Image.Image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "P" and not getattr(image, "text", None):
        return png if png.endswith("\n") else png + "\n"
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):  # opaque
        image = image.convert("RGB")
    method = Image.Quantize.MEDIANCUT if image.mode == "RGB" else Image.Quantize.FASTOCTREE
    small = io.BytesIO()
    image.quantize(256, method, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode() + "\n"


def to_text(nb: NotebookNode) -> str:
    """Return the notebook as the text of its file."""
    return nbformat.writes(nb).rstrip("\n") + "\n"
