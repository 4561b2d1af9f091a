"""The lab's file says which cell defines a name, and which checks have not passed when the last one has."""

import json

import pytest

from readiness.course import cell_runs, lab_page, progress_store
from readiness.course.hints import NOTEBOOK_ENV

CELLS = [
    "# Make the {sockets}.\ndef pair():\n    return 1\n",
    "# Check: the first one.\n@lab.check('a#b', answer='pair')\ndef first():\n    pass\n",
    "# Check: the second one.\n@lab.check('a#b', timeout=3, answer=('other', 'Pair.close'))\ndef second():\n    pass\n",
    "# A helper.\nbelow = 2\n",
    "# Check: both.\n@lab.check('a#b', answer=('pair', 'other'), whole=True)\ndef both():\n    pass\n",
    "# Check: the last one.\n@lab.check('a#b', answer='pair')\ndef third():\n    pass\n",
]


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch):
    cells = [{"cell_type": "code", "source": source.splitlines(keepends=True)} for source in CELLS]
    path = tmp_path / "03-lab.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    monkeypatch.setenv(NOTEBOOK_ENV, str(path))
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))
    monkeypatch.setattr(cell_runs.of_kernel(), "stopped_at", ("", ""))
    return path


def test_the_cell_that_defines_a_name_is_named():
    assert (
        lab_page.advice("pair", "second")
        == "The cell that begins with “# Make the {sockets}.” defines it: run that cell."
    )


def test_a_name_of_no_cell_may_be_misspelt():
    assert lab_page.advice("piar", "second").startswith("Is it misspelt, or is an import missing?")


def test_no_cell_defines_self():
    assert lab_page.advice("self", "second").startswith("No parameter of this function has the name self.")


RUN_ALL = "Run All stops at the first check that is red."


def stopped_at(monkeypatch, name):
    monkeypatch.setattr(cell_runs.of_kernel(), "stopped_at", (name, "It {works}"))


def test_the_check_at_which_run_all_stopped_is_named(monkeypatch):
    stopped_at(monkeypatch, "first")
    text = lab_page.advice("below", "third")
    assert "“# A helper.” defines it: run that cell." in text
    assert f"{RUN_ALL} “It {{works}}” is red: run the cells below it yourself." in text


@pytest.mark.parametrize(
    ("name", "failed", "check"),
    [
        ("below", "third", "third"),  # the check itself
        ("below", "third", "second"),  # a check below it
        ("pair", "first", "second"),  # the cell is above the red check: Run All has run it
        ("below", "second", "second"),  # the cell comes after this check
        ("below", "second", "first"),
        ("piar", "first", "third"),  # a misspelt name
        ("below", "gone", "third"),  # a check of another file
    ],
)
def test_a_check_that_did_not_stop_the_cell_of_the_name_is_not_named(monkeypatch, name, failed, check):
    stopped_at(monkeypatch, failed)
    assert RUN_ALL not in lab_page.advice(name, check)


def test_the_last_check_says_which_ones_are_missing():
    for name, passed in (("first", True), ("second", False), ("third", True)):
        progress_store.record_result("03", name, passed, 3)
    assert lab_page.missing_after("third", "03") == ["the second one", "both"]
    assert lab_page.missing_after("first", "03") == []


@pytest.mark.parametrize(
    ("answers", "before", "titles"),
    [
        (["pair"], "third", ["the first one"]),  # not the whole program, not the check itself
        (["Pair.close", "pair"], "third", ["the first one", "the second one"]),
        (["pair"], "first", []),
        (["unknown"], "third", []),
        (["pair"], "of another file", []),
    ],
)
def test_the_checks_of_an_answer_are_found_by_their_titles(answers, before, titles):
    assert lab_page.checks_of(answers, before) == titles


@pytest.mark.parametrize("text", ["", "[]", '{"cells": [1]}'])
def test_without_a_readable_file_less_is_said(lab, text):
    lab.write_text(text)
    assert lab_page.missing_after("third", "03") == []
    assert lab_page.advice("pair", "second").startswith("Is it misspelt, or is an import missing?")
