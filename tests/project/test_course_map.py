"""The map of the course is made from the notebooks: README.md, docs/teachers.md and episode 00a show it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tools import course_map
from tools.lessons import plan
from tools.lessons.plan import Item

NOTEBOOKS, LABS = ROOT / "notebooks", ROOT / "labs"


def item(number: str, minutes: int, is_lab: bool = False) -> Item:
    folder = LABS if is_lab else NOTEBOOKS
    return Item(number, folder / f"{number}-x.ipynb", f"Title {number}", "" if is_lab else "Why?", minutes, is_lab)


ITEMS = plan.with_sittings([item("00b", 14), item("05a", 12), item("05", 70, is_lab=True), item("07a", 10)])


@pytest.fixture(autouse=True)
def short_ways(monkeypatch):
    monkeypatch.setattr(plan, "CLASS_HOUR", ("00b", "05a"))
    monkeypatch.setattr(course_map, "TEACHERS", {"One hour": (60, ("00b", "05a"))})


def made(name: str, text: str = "", folder: Path = ROOT) -> str:
    return getattr(course_map.Map(ITEMS, folder, text), name)()


def test_a_long_lab_is_two_sittings_and_no_sitting_is_too_long():
    assert [i.sittings for i in ITEMS] == [(1,), (1,), (2, 3), (3,)]
    assert plan.sitting_minutes(ITEMS) == [26, 35, 45]
    short = plan.with_sittings([item("05a", 12), item("05", 35, is_lab=True), item("06", 35, is_lab=True)])
    assert [i.sittings for i in short] == [(1,), (2,), (3,)]


def test_the_tables_link_from_the_folder_of_the_document():
    assert "| 00b | [Title 00b](notebooks/00b-x.ipynb) | Why? | 14 | 1 |" in made("episodes").splitlines()
    assert (
        "| 05 | [Title 05](../labs/05-x.ipynb) | *a lab* | 70 | 2 and 3 |" in made("map", folder=NOTEBOOKS).splitlines()
    )
    assert (
        "| 2 | [lab 05](../labs/05-x.ipynb) (first half) | 35 |" in made("sittings", folder=ROOT / "docs").splitlines()
    )


def test_the_ways_state_their_minutes():
    assert made("ways").splitlines() == [
        "- **Fifteen minutes**: [Title 00b](notebooks/00b-x.ipynb), 14 minutes.",
        "- **A class hour**: [00b](notebooks/00b-x.ipynb), [05a](notebooks/05a-x.ipynb), together 26 minutes.",
        "- **Everything**: 3 episodes and 1 labs, in 3 sittings of 45 minutes at most.",
    ]


def test_the_table_of_labs_keeps_what_a_learner_writes():
    old = "| 05 | [Old title](labs/05-old.ipynb) | a search by halves | 3 |\n"
    assert "| 05 | [Title 05](labs/05-x.ipynb) | a search by halves | 70 | 2 and 3 |" in made("labs", old).splitlines()
    assert made("labs", made("labs", old)) == made("labs", old)


def test_each_part_between_its_marks_is_made_again_and_nothing_else():
    end = "<!-- course map -->"
    text = f"a\n<!-- course map: ways -->\nold\n{end}\nb\n<!-- course map: episodes -->\n{end}\nc"
    once = course_map.written(text, ITEMS, ROOT)
    assert once.startswith(f"a\n<!-- course map: ways -->\n{made('ways')}\n<!-- course map -->\nb\n")
    assert once.endswith(f"{made('episodes')}\n<!-- course map -->\nc")
    assert course_map.written(once, ITEMS, ROOT) == once
    plain = course_map.written("<!-- course map -->\n<!-- course map -->", ITEMS, NOTEBOOKS)
    assert plain == f"<!-- course map -->\n{made('map', folder=NOTEBOOKS)}\n<!-- course map -->"


@pytest.mark.parametrize(
    ("most", "numbers", "message"),
    [(20, ("00b", "05a"), "26 minutes, more than 20"), (60, ("01a",), "there is no 01a")],
)
def test_a_time_of_a_teacher_that_is_too_short_is_named(most, numbers, message, monkeypatch):
    assert list(course_map.too_long(ITEMS)) == []
    monkeypatch.setattr(course_map, "TEACHERS", {"One hour": (most, numbers)})
    [sentence] = course_map.too_long(ITEMS)
    assert sentence == f"tools/course_map.py: One hour: {message}"


def test_the_map_that_is_written_is_that_of_the_notebooks():
    done = subprocess.run([sys.executable, "-m", "tools.course_map"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_lab_counts_its_own_words_and_the_decisions_of_its_solution():
    lab = next(iter(sorted(LABS.glob("03-*.ipynb"))))
    assert 3 * 3.5 < plan.lab_minutes(lab) < 60
