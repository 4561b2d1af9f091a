"""The notebooks are saved as readers get them, and nbval has something to compare in each cell.

It doesn't run the lessons: `pytest --nbval notebooks` does, with sanitize.cfg. It proves on a sample that this run can
fail, and that freezing does what it promises.
"""

import base64
import io
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from nbval.plugin import get_sanitize_patterns
from PIL import Image

from readiness.widgets.panel import SETTLED_KEY
from tests import ROOT
from tests.course.sample_lesson import cell, frozen_lesson, good_lesson
from tools.notebooks import freeze, normalize

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))


def test_there_are_notebooks():
    assert LESSONS


@pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_notebook_is_frozen(path):
    found = freeze.check(path)
    assert not found, "\n".join(found)


# Freezing


@pytest.fixture
def lesson(tmp_path) -> Path:
    path = tmp_path / "08-sample.ipynb"
    save(path, frozen_lesson())
    return path


def save(path: Path, nb: nbformat.NotebookNode) -> None:
    path.write_text(normalize.to_text(nb), encoding="utf-8")


def run_freeze(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tools.notebooks.freeze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100)


def test_a_frozen_notebook_is_clean(lesson):
    assert freeze.check(lesson) == []
    assert run_freeze("--check", lesson).returncode == 0


def output(kind: str, **fields: object):
    """Gives cell `say` one more output."""

    def change(nb):
        cell(nb, "say").outputs.append(new_output(kind, **fields))

    return change


def shown(**data: str):
    return output("display_data", data={name.replace("_", "/"): value for name, value in data.items()})


def in_cell(name: str, **fields: object):
    def change(nb):
        cell(nb, name).update(fields)

    return change


def in_metadata(**fields: object):
    def change(nb):
        nb.metadata.update(fields)

    return change


def error(nb):
    output("error", ename="OSError", evalue="gone", traceback=[])(nb)


def widget(nb):
    data = {normalize.WIDGET_MIME: {"model_id": "1"}, "text/plain": "A panel"}
    output("display_data", data=data)(nb)


def picture(mode: str) -> str:
    data = io.BytesIO()
    Image.new(mode, (4, 4)).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode() + "\n"


NOT_FROZEN = {
    "html": (shown(image_png=picture("P"), text_html="<b>x</b>"), "cell say its outputs aren't as frozen"),
    "svg": (shown(**{"image_png": picture("P"), "image_svg+xml": "<svg/>"}), "cell say its outputs aren't as frozen"),
    "many colours": (shown(image_png=picture("RGB")), "cell say its outputs aren't as frozen"),
    "not executed": (in_cell("add", execution_count=None), "cell add was never executed"),
    "out of order": (in_cell("add", execution_count=7), "cell add has execution count 7 instead of 1"),
    "error": (error, "cell say is saved with OSError: gone"),
    "stderr": (output("stream", name="stderr", text="bad\n"), "cell say writes to stderr: bad"),
    "cut stream": (output("stream", name="stdout", text="more\n"), "cell say its outputs aren't as frozen"),
    "widget": (widget, "cell say its outputs aren't as frozen"),
    "bare box": (shown(text_plain="VBox(children=(Button(),))"), "cell say shows a bare widget, VBox"),
    "bare subclass": (shown(text_plain="EchoPanel(children=(Button(),))"), "cell say shows a bare widget, EchoPanel"),
    "bare slider": (shown(text_plain="IntSlider(value=0)"), "cell say shows a bare widget, IntSlider"),
    "machine": (shown(text_plain=f"in {sys.prefix}/lib"), "cell say shows a path of this machine"),
    "widget state": (in_metadata(widgets={"state": {}}), "metadata 'widgets' isn't as frozen"),
    "kernel": (in_metadata(kernelspec={"name": "conda"}), "metadata 'kernelspec' isn't as frozen"),
    "version": (in_metadata(language_info={"name": "python", "version": "3.14"}), "metadata 'language_info'"),
    "timing": (in_cell("add", metadata={"execution": {}}), "cell add its metadata isn't as frozen"),
    "random id": (in_cell("add", id="0a1b2c3d"), "cell 0a1b2c3d needs an id that speaks"),
    "size": (shown(text_plain="x" * 300_000), "KB, more than 300"),
}


@pytest.mark.parametrize("kind", NOT_FROZEN)
def test_what_is_not_frozen_is_named(lesson, kind):
    change, message = NOT_FROZEN[kind]
    nb = frozen_lesson()
    change(nb)
    save(lesson, nb)
    found = freeze.check(lesson)
    assert any(sentence.startswith(f"{lesson}: ") and message in sentence for sentence in found), found


def test_what_readers_need_stays(lesson):
    nb = frozen_lesson()
    png = {"image/png": picture("P"), "text/plain": "A panel"}
    output("display_data", data=png, metadata={"image/png": {"alt": "A panel"}})(nb)
    shown(text_html="<table></table>", text_plain="A table")(nb)
    shown(text_plain="Sample(value=3)")(nb)
    save(lesson, nb)
    assert freeze.check(lesson) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"readiness": {"seconds": 0.049}}, {}),
        ({"readiness": {"seconds": 0.05001}}, {"readiness": {"seconds": 0.1}}),
        ({"readiness": {"seconds": 12.34, "presses": ["A"]}}, {"readiness": {"seconds": 12.3, "presses": ["A"]}}),
        ({"readiness": {"seconds": 12.34}, "settled": 10.0}, {"readiness": {"seconds": 2.3}}),
        ({"readiness": {}, "jupyter": {"source_hidden": True}}, {"jupyter": {"source_hidden": True}}),
    ],
)
def test_of_a_cells_metadata_stay_its_presses_its_seconds_and_that_it_is_collapsed(before, after):
    nb = frozen_lesson()
    cell(nb, "add").metadata = nbformat.from_dict(before)
    once = normalize.normalize(nb)
    assert cell(once, "add").metadata == after
    assert normalize.normalize(once) == once


def test_the_panels_and_the_tools_agree_on_the_key_of_the_seconds():
    assert normalize.SETTLED_KEY == SETTLED_KEY


def test_an_output_says_that_it_was_a_widget():
    nb = frozen_lesson()
    widget(nb)
    once = normalize.normalize(nb)
    assert cell(once, "say").outputs[-1].metadata == {"readiness": {"widget": True}}
    assert normalize.normalize(once) == once


def test_a_traceback_names_no_file_of_this_machine():
    nb = frozen_lesson()
    frames = ["Traceback", "\x1b[36mFile \x1b[39m\x1b[32m/usr/lib/json.py:1", "\x1b[36mCell\x1b[39m In[1], line 1"]
    output("error", ename="OSError", evalue="gone", traceback=frames)(nb)
    assert cell(normalize.normalize(nb), "say").outputs[-1].traceback == [frames[0], frames[2]]


def test_another_layout_of_the_file_is_named(lesson):
    lesson.write_text(lesson.read_text(encoding="utf-8").replace("\n ", "\n  "), encoding="utf-8")
    assert "isn't written as freezing writes it" in freeze.check(lesson)[0]


def test_the_command_fails_with_the_sentence(lesson):
    nb = frozen_lesson()
    error(nb)
    save(lesson, nb)
    result = run_freeze("--check", lesson)
    assert result.returncode == 1
    assert "cell say is saved with OSError: gone" in result.stderr


PANEL = """import base64, io
from matplotlib.figure import Figure
class Panel:
    def _repr_mimebundle_(self, **kwargs):
        picture = io.BytesIO()
        Figure().savefig(picture)
        data = {"image/png": base64.b64encode(picture.getvalue()).decode(), "text/plain": "A panel", %s}
        return data, {"image/png": {"alt": "Nothing is drawn"}}
Panel()"""


@pytest.mark.skipif(sys.platform == "win32", reason="kernels are stopped differently there")
def test_freezing_runs_and_saves_for_readers(tmp_path):
    path = tmp_path / "08-sample.ipynb"
    nb = good_lesson()
    cell(nb, "count").source = PANEL % '"application/vnd.jupyter.widget-view+json": {"model_id": "1"}'
    cell(nb, "say").source = "print(1, flush=True)\nprint(2)\nthreading.Event().wait(0.3)"
    cell(nb, "add").source = "import threading"
    save(path, nb)
    result = run_freeze(path)
    assert result.returncode == 0, result.stderr
    assert freeze.check(path) == []
    frozen = nbformat.read(path, as_version=4)
    assert [c.execution_count for c in frozen.cells if c.cell_type == "code"] == [1, 2, 3, 4, 5]
    assert cell(frozen, "say").outputs[0].text == "1\n2\n"
    assert cell(frozen, "say").metadata.readiness.seconds >= 0.3
    assert sorted(cell(frozen, "count").outputs[0].data) == ["image/png", "text/plain"]
    assert cell(frozen, "count").outputs[0].metadata["image/png"] == {"alt": "Nothing is drawn"}
    assert b"Matplotlib" not in base64.b64decode(cell(frozen, "count").outputs[0].data["image/png"])


NOT_FREEZABLE = {
    "error": ("1 / 0", "cell add ends in ZeroDivisionError: division by zero"),
    "html beside": (PANEL % '"text/html": "<b>A panel</b>"', "cell add gives text/html beside image/png"),
    "no alternative text": (
        PANEL.replace('{"alt": "Nothing is drawn"}', "{}") % '"x/y": "z"',
        "cell add shows a picture without an alternative text",
    ),
    "slow": ("import threading\nthreading.Event().wait()", "cell add takes more than 10 s"),
    "ended": ("import os\nos._exit(1)", "cell add ends its kernel"),
    "widget": ("import ipywidgets\nipywidgets.HTML('x')", "cell add shows a bare widget, HTML"),
}


# Each waits for a kernel of its own: one kind here, the others in make thorough.
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind == "error" else pytest.mark.thorough) for kind in NOT_FREEZABLE]
)
def test_a_notebook_that_cannot_be_frozen_is_left_as_it_was(tmp_path, kind):
    source, message = NOT_FREEZABLE[kind]
    path = tmp_path / "08-sample.ipynb"
    nb = good_lesson()
    cell(nb, "add").source = source
    save(path, nb)
    before = path.read_bytes()
    result = run_freeze("--timeout=10", path)
    assert result.returncode == 1
    assert message in result.stderr
    assert path.read_bytes() == before


# The comparison

SAME = {
    "port": ("at 127.0.0.1:34567", "at 127.0.0.1:60001"),
    "address": ("('127.0.0.1', 34567)", "('127.0.0.1', 9)"),
    "object": ("<Meter at 0x7f12ab34cd56>", "<Meter at 0x7fffab34cd56>"),
    "descriptor": ("fd=41, family", "fd=7, family"),
    "in a sentence": ("descriptor 41 is ready", "descriptor 105 is ready"),
    "time": ("took 3.25 ms, 1,200 µs", "took 10.1 ms, 7 µs"),
    "process": ("pid=2001", "pid=31"),
    "limit": (
        "The soft limit is already the hard limit, 20,000.",
        "The soft limit of open descriptors is raised from 256 to 1,048,576.",
    ),
}
DIFFERENT = {
    "count": ("3 ready of 10", "4 ready of 10"),
    "limit": ("descriptor 1024", "descriptor 1023"),
    "host": ("127.0.0.1:9", "127.0.0.2:9"),
    "reply": ("b'HELLO_SB'", "b'HELLO_SA'"),
}


def sanitized(text: str) -> str:
    for pattern, new in get_sanitize_patterns((ROOT / "tests" / "sanitize.cfg").read_text(encoding="utf-8")):
        text = re.sub(pattern, new, text)
    return text


@pytest.mark.parametrize("kind", SAME)
def test_what_may_differ_is_the_same(kind):
    one, other = SAME[kind]
    assert sanitized(one) == sanitized(other)


@pytest.mark.parametrize("kind", DIFFERENT)
def test_what_counts_stays_different(kind):
    one, other = DIFFERENT[kind]
    assert sanitized(one) != sanitized(other)


@pytest.fixture(scope="module")
def nbval_run(tmp_path_factory) -> tuple[Path, str]:
    """The folder of three lessons, and what pytest says of their cells: run once, as `make test` calls it."""
    folder = tmp_path_factory.mktemp("nbval")
    same, changed, empty = frozen_lesson(), frozen_lesson(), frozen_lesson()
    cell(same, "add").source = "'127.0.0.1:%d' % id(nothing := object()).bit_length()"
    cell(same, "add").outputs[0].data["text/plain"] = "'127.0.0.1:60999'"
    cell(changed, "count").outputs[0].data["text/plain"] = "46"
    cell(empty, "count").update(execution_count=None, outputs=[])
    for name, nb in {"same": same, "changed": changed, "empty": empty}.items():
        save(folder / f"{name}.ipynb", nb)
    options = ["--nbval-sanitize-with", ROOT / "tests" / "sanitize.cfg", "--nbval-cell-timeout=60", "--color=no", "-rA"]
    options += ["-n", "1", "--dist", "loadfile"]  # in another process of pytest-xdist
    command = [sys.executable, "-m", "pytest", "--nbval", folder, "-p", "no:cacheprovider"]
    command += ["-c", ROOT / "pyproject.toml", *options]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100)
    return folder, run.stdout


def outcomes(printed: str, name: str) -> list[str]:
    """What pytest printed of each cell of one lesson: PASSED or FAILED."""
    return re.findall(rf"^([A-Z]+) \S*\b{name}\.ipynb::", printed, re.MULTILINE)


def test_nbval_is_green_on_what_stays_and_on_what_may_differ(nbval_run):
    assert outcomes(nbval_run[1], "same") == ["PASSED"] * 5, nbval_run[1]


def test_nbval_is_red_on_an_output_that_changed(nbval_run):
    assert sorted(outcomes(nbval_run[1], "changed")) == ["FAILED", *["PASSED"] * 4], nbval_run[1]


def test_where_nbval_compares_nothing_our_check_is_red(nbval_run):
    folder, printed = nbval_run
    assert outcomes(printed, "empty") == ["PASSED"] * 5, printed  # which is why the check exists
    assert any("cell count was never executed" in sentence for sentence in freeze.check(folder / "empty.ipynb"))
