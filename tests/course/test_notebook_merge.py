"""A learner's notebook is merged with a newer course. Nothing that the learner wrote is lost, and the news arrive."""

import copy
import json

import nbformat
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from readiness.course import notebook_merge
from readiness.course.notebook_merge import ConflictError, merge
from tests import ROOT

TEXTS = st.sampled_from(["a = 1", "a = 2", "b = 3", ""])
PLACES = st.integers(0, 9)
WRITE, DELETE, MOVE = (
    st.tuples(st.just("write"), PLACES, TEXTS),
    st.tuples(st.just("delete"), PLACES, st.none()),
    st.tuples(st.just("move"), PLACES, PLACES),
)
ADD, RUN = st.tuples(st.just("add"), PLACES, TEXTS), st.tuples(st.just("run"), PLACES, TEXTS)
COURSE_EDITS = st.lists(st.one_of(WRITE, DELETE, MOVE, ADD, RUN), max_size=4)
LEARNER_EDITS = st.lists(st.one_of(WRITE, DELETE, MOVE, ADD, RUN), max_size=4)


def code(cell_id: str, source: str, result: str = "") -> dict:
    outputs = [{"output_type": "stream", "name": "stdout", "text": result}] if result else []
    made = {"cell_type": "code", "id": cell_id, "source": source, "metadata": {}, "outputs": outputs}
    return made | {"execution_count": 1 if result else None}


def prose(cell_id: str, source: str) -> dict:
    return {"cell_type": "markdown", "id": cell_id, "source": source, "metadata": {}}


def notebook(*cells: dict, **metadata) -> dict:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}


def edited(nb: dict, edits: list[tuple], side: str) -> dict:
    """Return the notebook after some edits. The course saves it frozen; a learner who runs a cell does not."""
    nb = copy.deepcopy(nb)
    cells = nb["cells"]
    if side == "mine" and any(kind == "run" for kind, *_ in edits):
        nb["metadata"].pop("frozen", None)
        for cell in cells:
            cell.update(outputs=[], execution_count=None) if cell["cell_type"] == "code" else None
    for number, (kind, place, what) in enumerate(edits):
        at = place % len(cells) if cells else 0
        if kind == "add":
            cells.insert(place % (len(cells) + 1), code(f"{side}{number}", what))
        elif not cells:
            continue
        elif kind == "write":
            cells[at]["source"] = what + f"  # {side}"
        elif kind == "delete":
            del cells[at]
        elif kind == "move":
            cells.insert(what % len(cells), cells.pop(at))
        elif cells[at]["cell_type"] == "code":
            cells[at] |= {"outputs": code("", "", f"{what} by {side}")["outputs"], "execution_count": number}
    return nb


BASE = notebook(
    prose("title", "# Title"),
    code("setup", "import os", "nothing"),
    prose("text", "Press."),
    code("call", "f()", "3"),
    code("check", "assert f() == 3"),
    frozen=True,
)
BASES = st.lists(st.sampled_from(BASE["cells"]), unique_by=lambda cell: cell["id"], max_size=5).map(
    lambda cells: notebook(*cells, frozen=True)
)


def by_id(nb: dict) -> dict[str, dict]:
    return {cell["id"]: cell for cell in nb["cells"]}


def sides(base, course_edits, learner_edits) -> tuple[dict, dict]:
    return edited(base, learner_edits, "mine"), edited(base, course_edits, "new")


@given(base=BASES, course=COURSE_EDITS, learner=LEARNER_EDITS)
def test_no_cell_of_the_learners_is_lost(base, course, learner):
    mine, new = sides(base, course, learner)
    try:
        merged = merge(base, mine, new)
    except ConflictError:
        return  # the learner's notebook is then kept whole, beside the new one
    old, theirs, found = by_id(base), by_id(new), by_id(merged)
    for cell_id, cell in by_id(mine).items():
        if cell["source"] != old.get(cell_id, {}).get("source"):
            assert found[cell_id]["source"] == cell["source"]
        if theirs.get(cell_id, old.get(cell_id, cell))["source"] == cell["source"] and cell_id in found:
            results = cell.get("outputs"), cell.get("execution_count")
            if not mine["metadata"].get("frozen"):
                assert (found[cell_id].get("outputs"), found[cell_id].get("execution_count")) == results
    for cell_id in set(old) - set(by_id(mine)):
        assert cell_id not in found


@given(base=BASES, course=COURSE_EDITS, learner=LEARNER_EDITS)
def test_each_change_of_the_course_arrives(base, course, learner):
    mine, new = sides(base, course, learner)
    try:
        merged = merge(base, mine, new)
    except ConflictError:
        return
    old, own, found = by_id(base), by_id(mine), by_id(merged)
    for cell_id, cell in by_id(new).items():
        if cell["source"] != old.get(cell_id, {}).get("source"):
            assert found[cell_id]["source"] == cell["source"]
            if not mine["metadata"].get("frozen") and own.get(cell_id, {}).get("source") != cell["source"]:
                assert not found[cell_id].get("outputs")  # no answer that the learner has not made
    assert set(found) <= set(own) | set(by_id(new))
    assert len(merged["cells"]) == len(found)
    for cell_id in set(old) - set(by_id(new)):
        assert cell_id not in found


@given(base=BASES, edits=COURSE_EDITS)
def test_an_untouched_notebook_becomes_the_new_one(base, edits):
    new = edited(base, edits, "new")
    assert merge(base, base, new) == new


@given(base=BASES, edits=LEARNER_EDITS)
def test_without_news_the_learners_notebook_stays(base, edits):
    mine = edited(base, edits, "mine")
    assert merge(base, mine, base) == mine
    data = json.dumps(mine).encode()
    assert notebook_merge.merge_files(json.dumps(base).encode(), data, json.dumps(base).encode()) is data


@given(base=BASES, course=COURSE_EDITS, learner=LEARNER_EDITS)
def test_a_second_merge_changes_nothing(base, course, learner):
    """The base of the second one is the old one if the first was interrupted, else the new one."""
    mine, new = sides(base, course, learner)
    try:
        merged = merge(base, mine, new)
    except ConflictError:
        assume(False)
    assert merge(base, merged, new) == merged
    assert merge(new, merged, new) == merged


@given(base=BASES, course=COURSE_EDITS, learner=LEARNER_EDITS)
def test_what_is_merged_is_a_valid_notebook(base, course, learner):
    mine, new = sides(base, course, learner)
    try:
        files = [json.dumps(nb).encode() for nb in (base, mine, new)]
        merged = notebook_merge.merge_files(*files)
    except ConflictError:
        return
    nbformat.validate(json.loads(merged))


MINE = edited(BASE, [("run", 1, "mine"), ("run", 3, "mine")], "mine")


def changed(nb: dict, cell_id: str, **what) -> dict:
    nb = copy.deepcopy(nb)
    by_id(nb)[cell_id].update(what)
    return nb


def test_a_cell_that_was_only_run_is_replaced_and_shows_no_result():
    merged = by_id(merge(BASE, MINE, changed(BASE, "call", source="g()", outputs=code("", "", "4")["outputs"])))
    assert (merged["call"]["source"], merged["call"]["outputs"], merged["call"]["execution_count"]) == ("g()", [], None)
    assert merged["setup"] == by_id(MINE)["setup"]


@pytest.mark.parametrize("cell_id", ["call", "check"])
def test_new_results_of_the_course_alone_are_not_shown_to_a_learner_who_ran_the_notebook(cell_id):
    assert merge(BASE, MINE, changed(BASE, cell_id, outputs=code("", "", "4")["outputs"])) == MINE


def test_metadata_are_merged_key_by_key_and_the_learners_key_is_kept():
    base = changed(BASE, "call", metadata={"tags": ["old"], "points": 1, "gone": 1})
    mine = changed(base, "call", metadata={"tags": ["mine"], "points": 1, "gone": 1, "collapsed": True})
    new = changed(base, "call", metadata={"tags": ["new"], "points": 2})
    metadata = by_id(merge(base, mine, new))["call"]["metadata"]
    assert metadata == {"tags": ["mine"], "points": 2, "collapsed": True}


CONFLICTS = {
    "both wrote": (changed(BASE, "call", source="mine"), changed(BASE, "call", source="new")),
    "mine deleted": (edited(BASE, [("delete", 3, None)], "mine"), changed(BASE, "call", source="new")),
    "the course deleted": (changed(BASE, "call", source="mine"), edited(BASE, [("delete", 3, None)], "new")),
    "both added one id": (
        notebook(*BASE["cells"], code("x", "mine"), frozen=True),
        notebook(*BASE["cells"], code("x", "new"), frozen=True),
    ),
    "both moved": (edited(BASE, [("move", 0, 4)], "mine"), edited(BASE, [("move", 4, 0)], "new")),
    "another type": (changed(BASE, "text", cell_type="raw"), changed(BASE, "text", source="Press again.")),
}


@pytest.mark.parametrize("kind", CONFLICTS)
def test_what_both_sides_have_changed_is_a_conflict(kind):
    with pytest.raises(ConflictError):
        merge(BASE, *CONFLICTS[kind])


@pytest.mark.parametrize("kind", ["both wrote", "both added one id", "both moved"])
def test_the_same_change_on_both_sides_is_no_conflict(kind):
    mine, _new = CONFLICTS[kind]
    assert merge(BASE, mine, mine) == mine


def test_a_cell_that_the_learner_added_stays_after_its_neighbour():
    mine = edited(BASE, [("add", 3, "mine = 1")], "mine")
    new = edited(BASE, [("add", 0, "new = 1"), ("delete", 3, None)], "new")  # "text", the neighbour, is gone
    assert [cell["id"] for cell in merge(BASE, mine, new)["cells"]] == [
        "new0",
        "title",
        "setup",
        "mine0",
        "call",
        "check",
    ]


def without(key: str) -> dict:
    nb = copy.deepcopy(BASE)
    del nb["cells"][1][key]
    return nb


TEXT = json.dumps(BASE)
NO_NOTEBOOKS = {
    "empty": b"",
    "no JSON": b"<<<<<<< mine",
    "cut off": TEXT.encode()[:100],
    "no UTF-8": b"\xff\x00",
    "a list": b"[]",
    "a number": b"7",
    "nothing in it": b"{}",
    "deep": b"[" * 100_000,
}
NOT_MERGED = NO_NOTEBOOKS | {
    "no cell ids": json.dumps(without("id")).encode(),
    "no source": json.dumps(without("source")).encode(),
    "no metadata": json.dumps(without("metadata")).encode(),
    "one id twice": json.dumps(notebook(code("x", "1"), code("x", "2"))).encode(),
    "format 3": json.dumps(BASE | {"nbformat": 3}).encode(),
    "no minor": json.dumps(BASE | {"nbformat_minor": None}).encode(),
    "cells of text": json.dumps(BASE | {"cells": ["x"]}).encode(),
    "a half character": TEXT.replace("import os", r"'\ud800'").encode(),
}


@pytest.mark.parametrize("kind", NOT_MERGED)
def test_what_cannot_be_merged_is_a_conflict(kind):
    new = json.dumps(changed(BASE, "call", source="new")).encode()
    with pytest.raises(ConflictError):
        notebook_merge.merge_files(TEXT.encode(), NOT_MERGED[kind], new)
    assert notebook_merge.is_notebook(NOT_MERGED[kind]) is (kind not in NO_NOTEBOOKS)


def test_a_merged_file_has_the_form_that_jupyter_gives_it():
    path = ROOT / "notebooks" / "05a-one-call-becomes-three.ipynb"
    base = path.read_bytes()
    new = base.replace(b"The question", b"A question")
    mine = json.dumps(json.loads(base), indent=2).encode()  # another program's form
    assert new != base
    assert notebook_merge.merge_files(base, mine, base) is mine
    assert notebook_merge.merge_files(base, mine, new) == new
