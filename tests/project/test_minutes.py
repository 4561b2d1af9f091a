"""The model of minutes counts each part of an episode once, and writes its result into the episode."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import minutes
from tools.lessons import episode, next_cell
from tools.minutes import Parts
from tools.notebooks.normalize import normalize, to_text

HEAD = "# Wait\n\n**The question:** Who waits?\n\n**0 minutes**; the cells run for 0 seconds."


def code(source: str = "1", outputs: tuple = (), **metadata: object):
    return new_code_cell(source, id="run", metadata=metadata, outputs=list(outputs))


def shown(metadata: dict | None = None, **data: str):
    return new_output(
        "display_data", data={k.replace("_", "/", 1): v for k, v in data.items()}, metadata=metadata or {}
    )


def printed(text: str):
    return new_output("stream", name="stdout", text=text)


def count(*cells) -> Parts:
    return minutes.minutes(new_notebook(cells=list(cells)))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (new_markdown_cell("Three short words. <!-- not these --> [one](a-link.md) `x`"), Parts(words=5)),
        (code("a = 1\n\n# why\nb = [\n]"), Parts(open_lines=4, cells=1)),
        (code("a = 1\n\nb = 2", jupyter={"source_hidden": True}), Parts(collapsed_lines=2, cells=1)),
        (code(""), Parts()),
        (
            code("guess = widgets.Prediction('?')\nguess", [shown(text_plain="?\n  - yes\n  - no")]),
            Parts(open_lines=2, predictions=1, cells=1),
        ),
        (code("1", [shown(image_png="x", text_plain="a\nchart")]), Parts(open_lines=1, charts=1, cells=1)),
        (
            code("1", [shown({"readiness": {"cells": 20}}, image_png="x")]),
            Parts(open_lines=1, charts=1, cells=1),
        ),
        (
            code("1", [shown({"readiness": {"cells": 21}}, image_png="x")]),
            Parts(open_lines=1, charts=2, cells=1),
        ),
        (code("1", [shown(text_html="<td>" * 20, text_plain="x")]), Parts(open_lines=1, charts=1, cells=1)),
        (code("1", [shown(text_html="<td>" * 21, text_plain="x")]), Parts(open_lines=1, charts=2, cells=1)),
        (
            code("1", [shown({"readiness": {"widget": True}}, text_plain="Eight buttons")]),
            Parts(open_lines=1, charts=1, cells=1),
        ),
        (code("1", [shown(text_plain="[ ] [ ] [ ] a\n" * 7)]), Parts(open_lines=1, charts=2, cells=1)),
        (code("ClaimCards()", [shown(text_plain=" 1. a\n 2. b")]), Parts(open_lines=1, charts=1, cells=1)),
        (
            code("ClaimCards()", [shown(text_plain=" 1. a\n" * 12)]),
            Parts(open_lines=1, charts=2, cells=1),
        ),
        (
            code("1", [printed("Passed: it is"), shown(text_html="<div>1 of 9 <progress></progress></div>")]),
            Parts(open_lines=1, outputs=1, cells=1),
        ),
        (code("1", [shown(text_plain="4")]), Parts(open_lines=1, outputs=1, cells=1)),
        (code("1", [printed("x\n" * 9)]), Parts(open_lines=1, outputs=1, cells=1)),
        (code("1", [printed("x\n" * 25)]), Parts(open_lines=1, outputs=3, cells=1)),
        (code("1", readiness={"presses": ["Wait", "Idle = 9"]}), Parts(open_lines=1, presses=2, cells=1)),
        (code("1", readiness={"seconds": 2.5}), Parts(open_lines=1, seconds=2.5, cells=1)),
        (
            code("### BEGIN SOLUTION\nx\n### END SOLUTION"),
            Parts(open_lines=3, decisions=1, cells=1),
        ),
    ],
)
def test_each_part_is_counted(cell, expected):
    assert count(cell) == expected


def test_the_closing_parts_and_the_last_cell_are_not_counted():
    text = "One.\n\n## On your own\n\nTry this.\n\n```\n## no heading\n```"
    cells = [
        new_markdown_cell(text),
        code(),
        new_markdown_cell("## Key points\n\nTwo."),
        new_markdown_cell("3", id="next"),
    ]
    assert count(*cells) == Parts(words=4)


def test_the_model_is_the_agreed_one():
    parts = Parts(180, 12, 48, 2, 2, 4, 5, 20, 60, 2)
    assert parts.minutes == pytest.approx(1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 7)
    assert Parts(words=181).stated_minutes == 2
    assert (Parts().stated_seconds, Parts(seconds=1.1).stated_seconds) == (1, 2)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Three episodes of two chapters, and two labs of the second."""
    for folder, names in {
        "notebooks": ["01a-wait", "02a-ask", "02b-run"],
        "labs": ["02-1-one", "02-2-two", "02-2-two-mine-1", "03-later"],
    }.items():
        (tmp_path / folder).mkdir()
        for name in names:
            title = f"# Lab {name[:4]}: Do {name}" if folder == "labs" else HEAD.replace("Wait", name)
            cells = [new_markdown_cell(title, id="title"), code(), new_markdown_cell("→", id="next")]
            text = to_text(normalize(new_notebook(cells=cells)))
            (tmp_path / folder / f"{name}.ipynb").write_text(text)
    monkeypatch.setattr(episode, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(episode, "LABS", tmp_path / "labs")
    return tmp_path


def test_the_last_cell_links_to_the_neighbours_and_to_the_labs_of_the_chapter(course):
    labs = "[Do 02-1-one](../labs/02-1-one.ipynb), [Do 02-2-two](../labs/02-2-two.ipynb)"
    assert next_cell.next_text("01a-wait.ipynb") == "Next: [02a-ask](02a-ask.ipynb)"
    assert next_cell.next_text("02a-ask.ipynb") == (
        f"Previous: [01a-wait](01a-wait.ipynb) · Next: [02b-run](02b-run.ipynb) · Labs after 02b: {labs}"
    )
    assert next_cell.next_text("02b-run.ipynb") == f"Previous: [02a-ask](02a-ask.ipynb) · Labs: {labs}"


def test_episodes_and_labs_of_a_chapter_link_to_each_other():
    for path in episode.episode_paths():
        labs = next_cell.chapter_labs(path.name[:2])
        last = episode.read(path).cells[-1].source
        assert [lab.name for lab in labs if f"](../labs/{lab.name})" not in last] == [], path.name
        for lab in labs:
            assert f"](../notebooks/{path.name})" in episode.read(lab).cells[0].source, lab.name


def test_writing_changes_the_head_and_the_last_cell_and_is_stable(course):
    path = course / "notebooks" / "02a-ask.ipynb"
    assert minutes.write(path)
    nb = nbformat.read(path, as_version=4)
    assert nb.cells[0].source.endswith("**1 minute**; the cells run for 1 second.")
    assert nb.cells[-1].source.startswith("Previous: ")
    assert not minutes.write(path)


@pytest.mark.parametrize("old", ["**0 minutes**", '"next"'])
def test_an_episode_that_cannot_be_written_is_named(course, old):
    path = course / "notebooks" / "02a-ask.ipynb"
    path.write_text(path.read_text().replace(old, '"x"' if "next" in old else "long"))
    with pytest.raises(ValueError, match=r"02a-ask\.ipynb: the (first|last) cell"):
        minutes.write(path)
