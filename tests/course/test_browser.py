"""Each lesson in a real JupyterLab and a real Chromium: Run All, no error, readable to all, in both themes.

It compares no output and no number: nbval does. What went wrong is kept as pictures in screenshots/.
"""

import re
from collections.abc import Iterator

import nbformat
import pytest

from tests.course import widget_scenarios
from tests.course.sample_lesson import cell, good_lesson

browser = pytest.importorskip("tools.browser.session", reason="install the test extra: pip install -e '.[test]'")

LESSONS = sorted((browser.COURSE / "notebooks").glob("*.ipynb"))
RUN = 60  # seconds that all cells of a lesson may take, on a busy machine


@pytest.fixture(scope="module")
def address(need) -> Iterator[str]:
    need(browser.find_chromium(), "the browser tests need Chromium: apt install chromium")
    with browser.scratch_course() as course:
        nbformat.write(broken_lesson(), course / "notebooks" / "99-broken.ipynb")
        with browser.jupyterlab(course) as address:
            yield address


@pytest.fixture(scope="module")
def chromium(address):
    with browser.chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def lesson(request, chromium, address) -> Iterator["browser.Lesson"]:
    """One lesson, opened and run once for all the tests that look at it."""
    with browser.Lesson(chromium, address, f"notebooks/{request.param.name}") as lesson:
        lesson.number = request.param.name.partition("-")[0]
        lesson.shown_before = lesson.outputs.locator(".jp-OutputArea-output").count()
        lesson.seconds = lesson.run_all(RUN)
        yield lesson


@pytest.fixture
def looked_at(request, lesson) -> Iterator["browser.Lesson"]:
    """The lesson; if the test fails, pictures of it are kept."""
    failed = request.session.testsfailed
    yield lesson
    if request.session.testsfailed > failed:
        lesson.pictures(browser.COURSE / "screenshots", request.node.name)


def test_there_are_lessons():
    assert LESSONS


def test_no_answer_stands_below_its_question_when_a_lesson_is_opened(looked_at):
    assert looked_at.shown_before == 0


def test_run_all_ends_without_an_error(looked_at):
    assert looked_at.errors() == []
    assert looked_at.unrun() == 0


def test_axe_finds_nothing_in_the_outputs(looked_at):
    assert looked_at.axe() == []


def test_axe_finds_nothing_in_the_dark(looked_at):
    looked_at.theme("JupyterLab Dark")
    try:
        assert looked_at.axe() == []
    finally:
        looked_at.theme("JupyterLab Light")


def test_its_widgets_do_what_they_say(looked_at):
    if drive := getattr(widget_scenarios, f"lesson_{looked_at.number}", None):
        drive(looked_at)
    else:
        assert looked_at.button("Next").count() == 0, (
            "a lesson with a stepper needs a drive: tests/course/widget_scenarios.py"
        )


# The harness sees what is wrong


WIDGETS = """import ipywidgets
box, button, said = ipywidgets.Text(description="Words"), ipywidgets.Button(description="Send"), ipywidgets.HTML()
slider = ipywidgets.IntSlider(description="Idle")
button.on_click(lambda _: setattr(said, "value", f'<p role="status">{box.value.upper()} {slider.value}</p>'))
ipywidgets.VBox([box, slider, button, said])"""


def broken_lesson() -> nbformat.NotebookNode:
    nb = good_lesson()
    sources = {"say": "HTML('<button></button>')", "shape": "HTML('<p style=\"color: #eee\">pale, and far below</p>')"}
    for name, source in sources.items():
        cell(nb, name).source = f"from IPython.display import HTML\n{source}"
    cell(nb, "count").source = WIDGETS
    cell(nb, "add").source = "1 / 0"
    cell(nb, "add").metadata.tags = ["raises-exception"]  # so that Run All goes on
    return nb


@pytest.fixture(scope="module")
def broken(chromium, address):
    with browser.Lesson(chromium, address, "notebooks/99-broken.ipynb") as lesson:
        yield lesson


def test_the_harness_sees_what_is_wrong(broken, tmp_path):
    assert broken.unrun() == 5
    broken.run_all(RUN)
    assert broken.unrun() == 0
    assert ["ZeroDivisionError" in text for text in broken.errors()] == [True]
    found = " ".join(broken.axe())
    assert "button-name" in found
    assert "color-contrast" in found
    light, dark = [], []
    for theme, files in (("JupyterLab Light", light), ("JupyterLab Dark", dark)):
        broken.theme(theme)
        files += broken.pictures(tmp_path, theme)
    assert len(light) > 1
    assert light[0].read_bytes() != dark[0].read_bytes()


def test_the_harness_drives_widgets(broken):
    broken.restart()
    broken.run_all(RUN)
    broken.box("Words").fill("hello")
    broken.slider("Idle").press("ArrowRight")
    broken.button("Send").click()
    broken.wait_for_status("HELLO 1")
    assert broken.statuses() == ["HELLO 1"]


# Lesson 08, as its reader uses it


@pytest.fixture(scope="module")
def stage(chromium, address):
    with browser.Lesson(chromium, address, "notebooks/08-selectors.ipynb") as lesson:
        lesson.run_all(RUN)
        yield lesson


def test_two_clients_talk_by_mouse_and_by_keyboard(stage):
    stage.box("Client 1").fill("by mouse")
    stage.button("Connect").nth(0).click()
    stage.wait_for_status("connected")
    stage.button("Send").nth(0).click()
    stage.wait_for_status("BY MOUSE_SB")
    stage.button("Connect").nth(1).focus()
    keyboard = stage.page.keyboard
    keyboard.press("Enter")
    keyboard.press("Tab")  # to the text
    keyboard.press("Control+A")
    keyboard.type("by keyboard")
    keyboard.press("Enter")
    stage.wait_for_status("BY KEYBOARD_SB")
    keyboard.press("Tab")  # to Send
    keyboard.press("Tab")  # to Disconnect
    keyboard.press("Enter")
    stage.wait_for_status("not connected")


def test_the_chart_moves_and_the_switch_switches(stage):
    charts = stage.outputs.locator(".widget-html svg[role=img]")
    before = charts.nth(0).inner_html()
    stage.page.wait_for_function(
        "before => [...document.querySelectorAll('.widget-html svg[role=img]')].every(svg => svg.innerHTML !== before)",
        arg=before,
    )
    assert charts.count() == 2
    stage.outputs.get_by_role("spinbutton", name="Idle clients").fill("900")
    stage.page.keyboard.press("Enter")
    for backend in ("poll", "select", "epoll"):
        stage.button(backend).click()
        stage.wait_for_status(re.compile(rf"{backend}: 90\d descriptors registered"))


def test_run_all_again_begins_anew(stage):
    stage.run_all(RUN)
    assert stage.errors() == []
    assert stage.box("Client 1").count() == 1
    stage.button("Send").nth(0).click()
    stage.wait_for_status("HELLO_SB")


def test_a_new_kernel_in_the_midst_of_it_begins_anew(stage):
    stage.restart()
    stage.run_all(RUN)
    assert stage.errors() == []
