"""Merge a learner's notebook with a newer version of the course, cell by cell.

A cell is known by its id. What it says is its type, its text and its attachments. If only one side has changed that,
the changed cell is taken. If both sides have changed it, the notebooks can't be merged. To run a cell is no change.

This module reads and writes no file.
"""

import json
from collections.abc import Container, Iterable
from typing import Any

from nbformat import from_dict
from nbformat.v4 import reads_json, writes_json

from readiness.course.contents import FROZEN_KEY

Cell = dict[str, Any]
Cells = dict[str, Cell]
Notebook = dict[str, Any]

RESULTS = ("outputs", "execution_count")
MISSING = object()


class ConflictError(ValueError):
    """Both sides have changed the same cell, or a notebook can't be merged at all."""


def parse(data: bytes) -> Notebook:
    """Return the notebook that a file holds.

    Args:
        data: the bytes of the file.

    Raises:
        ConflictError: It is no notebook of format 4, or its cells can't be told apart by their ids.
    """
    try:
        nb = reads_json(data.decode("utf-8"))
        cells = nb["cells"]
        texts = [cell[key] for cell in cells for key in ("id", "cell_type", "source")]
        known = nb["nbformat"] == 4 and isinstance(nb["nbformat_minor"], int) and isinstance(nb["metadata"], dict)
        known = known and all(isinstance(text, str) for text in texts)
        known = known and all(isinstance(cell["metadata"], dict) for cell in cells)
        distinct = len({cell["id"] for cell in cells}) == len(cells)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ConflictError(str(error)) from None
    if not (known and distinct):
        raise ConflictError("not a notebook whose cells can be told apart")
    return nb


def is_notebook(data: bytes) -> bool:
    """Return whether the bytes of a file are a notebook, even if it is one that can't be merged."""
    try:
        return isinstance(json.loads(data)["cells"], list)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def merge_files(base: bytes, mine: bytes, new: bytes) -> bytes:
    """Merge the bytes of three notebook files as `merge` does, and return the bytes of the result.

    They are `mine` itself, if there is nothing to take from `new`.

    Raises:
        ConflictError: They can't be merged.
    """
    learners = parse(mine)
    merged = merge(parse(base), learners, parse(new))
    if merged == learners:
        return mine
    try:
        return (writes_json(from_dict(merged)).rstrip("\n") + "\n").encode("utf-8")
    except ValueError as error:  # a text that is no Unicode
        raise ConflictError(str(error)) from None


def merge(base: Notebook, mine: Notebook, new: Notebook) -> Notebook:
    """Return a notebook with the changes of both sides.

    A cell that the learner only ran is taken from `new` if the course has changed it, without the old result. All
    other results of the learner are kept. If both sides have changed a key of the metadata, the learner's is kept.

    Args:
        base: the version of the course that the learner's notebook began as.
        mine: the learner's notebook.
        new: the newer version of the course.

    Raises:
        ConflictError: Both sides have changed the same cell, or the order of the cells.
    """
    metadata = _merge_keys(base["metadata"], mine["metadata"], new["metadata"])
    bases, mines, news = ({cell["id"]: cell for cell in nb["cells"]} for nb in (base, mine, new))
    cells = _merge_cells(bases, mines, news, frozen=bool(metadata.get(FROZEN_KEY)))
    order = _merge_order(list(bases), _only(mines, cells), _only(news, cells))
    minor = max(mine["nbformat_minor"], new["nbformat_minor"])
    return {**mine, "cells": [cells[i] for i in order], "metadata": metadata, "nbformat_minor": minor}


def _merge_cells(bases: Cells, mines: Cells, news: Cells, frozen: bool) -> Cells:
    """Return the cells of the merged notebook by their ids.

    `frozen` says whether the merged notebook is frozen. If not, it shows only results that the learner has made.
    """
    cells = {}
    for cell_id in {**mines, **news}:
        base, mine, new = bases.get(cell_id), mines.get(cell_id), news.get(cell_id)
        if mine and new:
            cells[cell_id] = _merge_cell(base, mine, new, frozen)
        elif base:  # one side has deleted the cell
            if _content(mine or new or base) != _content(base):
                raise ConflictError(f"one side has deleted the cell {cell_id}, and the other side has changed it")
        elif mine:
            cells[cell_id] = mine
        elif new:
            cells[cell_id] = new if frozen else _without_results(new)
    return cells


def _merge_cell(base: Cell | None, mine: Cell, new: Cell, frozen: bool) -> Cell:
    begun: Cell = base or {"metadata": {}}
    metadata = _merge_keys(begun["metadata"], mine["metadata"], new["metadata"])
    was, is_now, becomes = (_content(cell) for cell in (begun, mine, new))
    if becomes in (was, is_now):
        cell = _merge_keys(begun, mine, new)
        if not frozen:
            cell |= {key: mine[key] for key in RESULTS if key in mine}
    elif is_now == was:
        cell = new if frozen else _without_results(new)
    else:
        raise ConflictError(f"both sides have changed the cell {mine['id']}")
    return cell | {"metadata": metadata}


def _without_results(cell: Cell) -> Cell:
    return cell | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell


def _content(cell: Cell) -> tuple[Any, ...]:
    return cell.get("cell_type"), cell.get("source"), cell.get("attachments") or {}


def _merge_keys(base: dict[str, Any], mine: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Take from `new` what is in `mine` as in `base`, and all else from `mine`."""
    chosen = {
        key: (new if mine.get(key, MISSING) == base.get(key, MISSING) else mine).get(key, MISSING)
        for key in {**mine, **new}
    }
    return {key: value for key, value in chosen.items() if value is not MISSING}


def _merge_order(base: list[str], mine: list[str], new: list[str]) -> list[str]:
    """Return the ids of both sides in one order. A cell of one side alone follows the cell that it followed there."""
    common = set(base) & set(mine) & set(new)
    bases, mines, news = _only(base, common), _only(mine, common), _only(new, common)
    if news == bases:
        order, others = list(mine), new
    elif mines in (bases, news):
        order, others = list(new), mine
    else:
        raise ConflictError("both sides have moved cells")
    place = 0
    for cell_id in others:
        if cell_id in order:
            place = order.index(cell_id) + 1
        else:
            order.insert(place, cell_id)
            place += 1
    return order


def _only(ids: Iterable[str], kept: Container[str]) -> list[str]:
    return [i for i in ids if i in kept]
