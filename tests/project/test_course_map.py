"""The map of the course is made from the notebooks: README.md, docs/teachers.md and episode 00a show it."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests import ROOT
from tools import course_map
from tools.lessons import episode, plan
from tools.lessons.plan import Item

NOTEBOOKS, LABS = ROOT / "notebooks", ROOT / "labs"


def item(number: str, minutes: int, is_lab: bool = False) -> Item:
    folder = LABS if is_lab else NOTEBOOKS
    question, first_half = ("", minutes // 2) if is_lab else ("Why?", 0)
    return Item(number, folder / f"{number}-x.ipynb", f"Title {number}", question, minutes, is_lab, first_half)


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


def test_the_halves_of_a_long_lab_need_not_be_equal():
    uneven = plan.with_sittings([item("05a", 12), replace(item("05", 50, is_lab=True), first_half=20), item("06a", 16)])
    assert [i.sittings for i in uneven] == [(1,), (1, 2), (3,)]
    assert plan.sitting_minutes(uneven) == [32, 30, 16]
    both = plan.with_sittings([replace(item("05", 44, is_lab=True), first_half=20)])
    assert both[0].sittings == (1, 2)
    assert plan.sitting_minutes(both) == [20, 24]


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


def test_a_half_of_a_lab_that_is_too_long_is_named():
    uneven = replace(item("05", 50, is_lab=True), first_half=14)
    assert list(course_map.too_long([*ITEMS, uneven])) == [
        "05-x.ipynb: a sitting of 36 minutes, more than 35: cut it, or break it elsewhere"
    ]


def test_the_map_that_is_written_is_that_of_the_notebooks():
    done = subprocess.run([sys.executable, "-m", "tools.course_map"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def solution():
    text = "# Lab 05: Wait\n\n**15 minutes.** It belongs to lesson 05.\nIt needs Linux.\n\n*What you'll write.* One."
    answer = "def wait():\n    ### BEGIN SOLUTION\n    pass\n    pass\n    ### END SOLUTION"
    outputs = [new_output("stream", text="1")]
    check = new_code_cell("assert True", id="check", metadata={"readiness": {"seconds": 60.0}}, outputs=outputs)
    return new_notebook(cells=[new_markdown_cell(text, id="title"), new_code_cell(answer, id="wait"), check])


def test_a_lab_counts_its_own_lines_and_the_decisions_outputs_and_seconds_of_its_solution(solution):
    words, lines, cells = 18 / 180, 3 / 12, 2 * 0.05
    expected = words + lines + cells + 3.5 + 0.2 + 1
    assert plan.lab_minutes(solution, "05-wait.ipynb") == math.ceil(expected) == 6


def test_the_head_of_a_lab_states_its_minutes_and_links_to_the_episodes_of_its_chapter(solution, monkeypatch):
    paths = [NOTEBOOKS / name for name in ("04b-a.ipynb", "05a-b.ipynb", "05b-c.ipynb")]
    monkeypatch.setattr(episode, "episode_paths", lambda: paths)
    made = plan.with_lab_head(solution, "05-wait.ipynb")
    line = "**6 minutes**. *Episodes:* [05a](../notebooks/05a-b.ipynb), [05b](../notebooks/05b-c.ipynb)."
    assert made.cells[0].source == f"# Lab 05: Wait\n\n{line}\nIt needs Linux.\n\n*What you'll write.* One."
    assert plan.with_lab_head(made, "05-wait.ipynb") == made
    made.cells[2].metadata.readiness.seconds = 31 * 60.0
    assert plan.lab_head(made, "05-wait.ipynb").startswith("**36 minutes**, in two sittings. ")


def in_sections(*seconds: float):
    """A lab of one decision and one check in each section; each check runs so long."""
    cells = [new_markdown_cell("# Lab 05: Wait\n\n**15 minutes**", id="title")]
    for number, duration in enumerate(seconds, 1):
        cells.append(new_markdown_cell(f"## {number}. Part\n\nDo it.", id=f"task-{number}"))
        answer = f"def part_{number}():\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION"
        cells.append(new_code_cell(answer, id=f"part-{number}"))
        cells.append(new_code_cell("assert True", id=f"check-{number}", metadata={"readiness": {"seconds": duration}}))
    cells.append(new_markdown_cell("## The whole\n\nRun it.", id="whole"))
    return new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("seconds", "section", "first"),
    [
        ((600, 600, 600, 600), "3. Part", 28),
        ((1200, 60, 60, 60), "2. Part", 24),
        ((60, 60, 60, 1800), "4. Part", 15),
        ((2400,), "", 23),
    ],
)
def test_the_second_sitting_begins_with_the_section_that_makes_the_halves_even(seconds, section, first):
    found = plan.lab_break(in_sections(*seconds), "05-wait.ipynb")
    assert found == (section, first)


def test_the_head_of_a_long_lab_names_the_section_with_which_the_second_sitting_begins():
    made = plan.with_lab_head(in_sections(900, 900), "05-wait.ipynb")
    assert ", in two sittings: the second one begins with “2. Part”. *Episodes:* [05a]" in made.cells[0].source


def test_a_collapsed_check_takes_a_quarter_of_the_time():
    nb = in_sections(0)
    nb.cells[-2].source = "\n".join(["assert True"] * 48)
    open_minutes = plan.lab_minutes(nb, "05-wait.ipynb")
    nb.cells[-2].metadata["jupyter"] = {"source_hidden": True}
    assert open_minutes - plan.lab_minutes(nb, "05-wait.ipynb") == 3
