"""Each lesson in a real JupyterLab and a real Chromium: Run All, no error, readable to all, in both themes.

It compares no output and no number: nbval does. What went wrong is kept as pictures in screenshots/.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from readiness.course import labs
from tests.course import scenarios
from tests.course.sample_lesson import cell, good_lesson

browser = pytest.importorskip("tools.browser.session", reason="install the test extra: pip install -e '.[test]'")
presses = pytest.importorskip("tools.browser.presses")
access = pytest.importorskip("tests.course.access")
playwright = pytest.importorskip("playwright.sync_api")

RUN_TIMEOUT = 60  # seconds that all cells of a lesson may take, on a busy machine


def has_panel(path: Path) -> bool:
    """Whether an episode has other widgets than questions for a prediction."""
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return bool(set(re.findall(r"\bwidgets\.([A-Z][a-z]\w*)", code)) - {"Prediction"})


LESSONS = sorted((browser.COURSE / "notebooks").glob("*.ipynb"))
WITH_PANEL = [path for path in LESSONS if has_panel(path)]
ALIKE = [path for path in LESSONS if path not in WITH_PANEL]
IN_MAKE_TEST = WITH_PANEL + ALIKE[:1]
"""Every episode with a panel, and one of the others, which look alike in a page. These are in make thorough."""


@pytest.fixture(scope="module")
def course(need) -> Iterator[Path]:
    need(browser.find_chromium(), "the browser tests need Chromium: apt install chromium")
    with browser.scratch_course() as folder:
        nbformat.write(broken_lesson(), folder / "notebooks" / "99-broken.ipynb")
        shutil.copytree(browser.COURSE / "labs", folder / "labs")
        yield folder


@pytest.fixture(scope="module")
def address(course) -> Iterator[str]:
    with browser.jupyterlab(course) as address:
        yield address


@pytest.fixture(scope="module")
def page(address):
    """One JupyterLab, in which a lesson after another is opened and closed."""
    with browser.chromium() as chromium:
        yield browser.open_page(chromium, address)


@pytest.fixture(
    scope="module",
    params=[pytest.param(p, id=p.stem, marks=[] if p in IN_MAKE_TEST else pytest.mark.thorough) for p in LESSONS],
)
def lesson(request, page) -> Iterator["browser.Lesson"]:
    """One lesson, opened and run once for all the tests that use it."""
    with browser.Lesson(page, f"notebooks/{request.param.name}") as lesson:
        lesson.number = labs.number_of(request.param.name)
        lesson.name, lesson.nb = request.param.name, nbformat.read(request.param, as_version=4)
        lesson.pressed = False
        lesson.changed_by_opening = lesson.is_changed()
        lesson.save()
        lesson.shown_before = lesson.outputs.locator(".jp-OutputArea-output").count()
        lesson.seconds = lesson.run_all(RUN_TIMEOUT)
        yield lesson


@pytest.fixture
def lesson_with_screenshots(request, lesson) -> Iterator["browser.Lesson"]:
    """The lesson; if the test fails, pictures of it are kept."""
    failed = request.session.testsfailed
    yield lesson
    if request.session.testsfailed > failed:
        lesson.save_screenshots(browser.COURSE / "screenshots", request.node.name)


def test_there_are_lessons():
    assert WITH_PANEL
    assert ALIKE


def test_no_answer_stands_below_its_question_when_a_lesson_is_opened(lesson_with_screenshots):
    assert lesson_with_screenshots.shown_before == 0


def test_to_open_and_save_a_lesson_changes_nothing(lesson, course):
    assert not lesson.changed_by_opening
    original = browser.COURSE / "notebooks" / lesson.name
    assert (course / "notebooks" / lesson.name).read_bytes() == original.read_bytes()


def test_run_all_ends_without_an_error(lesson_with_screenshots):
    assert lesson_with_screenshots.errors() == []
    assert lesson_with_screenshots.unexecuted_cells() == 0


def test_axe_finds_nothing_in_the_outputs(lesson_with_screenshots):
    assert lesson_with_screenshots.axe_violations() == []


def test_axe_finds_nothing_in_the_dark(lesson_with_screenshots):
    lesson_with_screenshots.set_theme("JupyterLab Dark")
    try:
        assert lesson_with_screenshots.axe_violations() == []
    finally:
        lesson_with_screenshots.set_theme("JupyterLab Light")


def test_the_presses_that_the_text_asks_for_bring_no_error(lesson_with_screenshots):
    lesson = lesson_with_screenshots
    assert lesson.errors() == []  # else the panels are not there
    expecting = presses.expecting_alerts(lesson.nb)
    for cell_id, names in presses.declared(lesson.nb).items():
        lesson.pressed = True
        presses.make(lesson, cell_id, names)
        found = presses.alerts(lesson, cell_id, expected=cell_id in expecting)
        assert cell_id in expecting or found == [], (cell_id, found)
    assert lesson.errors() == []


def test_its_widgets_do_what_they_say(lesson_with_screenshots):
    if lesson_with_screenshots.pressed:  # a scenario begins with an episode that has just been run
        lesson_with_screenshots.run_all(RUN_TIMEOUT)
    if scenario := scenarios.find(lesson_with_screenshots.number):
        scenario(lesson_with_screenshots)
    else:
        assert lesson_with_screenshots.button("Next").count() == 0, (
            "a lesson with a stepper needs a scenario: tests/course/scenarios"
        )


# The harness sees what is wrong


WIDGETS = """import ipywidgets
box, button, status = ipywidgets.Text(description="Words"), ipywidgets.Button(description="Send"), ipywidgets.HTML()
slider, number = ipywidgets.IntSlider(description="Idle"), ipywidgets.BoundedIntText(description="Number", max=9)
die, alert = ipywidgets.Button(description="Die"), ipywidgets.HTML('<p role="alert"></p>')
button.on_click(lambda _: setattr(status, "value", f'<p role="status">{box.value.upper()} {slider.value}</p>'))
die.on_click(lambda _: setattr(alert, "value", f'<p role="alert">{number.value} died</p>'))
ipywidgets.VBox([box, slider, number, button, status, die, alert])"""


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
def broken(page):
    with browser.Lesson(page, "notebooks/99-broken.ipynb") as lesson:
        yield lesson


def test_the_harness_sees_what_is_wrong(broken, tmp_path):
    assert broken.unexecuted_cells() == 5
    broken.run_all(RUN_TIMEOUT)
    assert broken.unexecuted_cells() == 0
    assert ["ZeroDivisionError" in text for text in broken.errors()] == [True]
    found = " ".join(broken.axe_violations())
    assert "button-name" in found
    assert "color-contrast" in found
    light, dark = [], []
    for theme, files in (("JupyterLab Light", light), ("JupyterLab Dark", dark)):
        broken.set_theme(theme)
        files += broken.save_screenshots(tmp_path, theme)
    assert len(light) > 1
    assert light[0].read_bytes() != dark[0].read_bytes()


def test_the_harness_drives_widgets(broken):
    broken.restart()
    broken.run_all(RUN_TIMEOUT)
    broken.box("Words").fill("hello")
    broken.slider("Idle").press("ArrowRight")
    broken.button("Send").click()
    broken.wait_for_status("HELLO 1")
    assert broken.statuses() == ["HELLO 1"]


def test_the_harness_makes_presses_and_sees_alerts(broken):
    broken.restart()
    broken.run_all(RUN_TIMEOUT)
    presses.make(broken, "count", ["Words = hello", "Send"])
    assert broken.statuses() == ["HELLO 0"]
    assert presses.alerts(broken, "count", expected=False) == []
    presses.make(broken, "count", ["Number = 7", "Die"])
    assert presses.alerts(broken, "count", expected=True) == ["7 died"]
    assert presses.alerts(broken, "count", expected=False) == ["7 died"]
    broken.page.set_default_timeout(500)
    with pytest.raises(playwright.TimeoutError):
        presses.make(broken, "say", ["Send"])  # that button is another cell's
    broken.page.set_default_timeout(browser.JUPYTER_TIMEOUT * 1000)


# Episode 00b, as its reader uses it


def episodes(*numbers: str) -> pytest.MarkDecorator:
    """Return a mark for a test that gets these episodes, open and run, from the tests of all episodes above."""
    chosen = [path for path in LESSONS if path.name.startswith(numbers)]
    return pytest.mark.parametrize("lesson", chosen, indirect=True, ids=[path.stem for path in chosen])


episode_00b = episodes("00b-")


@pytest.fixture
def echo_lesson(lesson_with_screenshots) -> "browser.Lesson":
    return lesson_with_screenshots


@episode_00b
def test_two_clients_send_by_mouse_and_by_keyboard(echo_lesson):
    echo_lesson.box("Client 1").fill("by mouse")
    echo_lesson.button("Connect").nth(0).click()
    echo_lesson.wait_for_status("connected")
    echo_lesson.button("Send").nth(0).click()
    echo_lesson.wait_for_status("BY MOUSE")
    echo_lesson.button("Connect").nth(1).focus()
    keyboard = echo_lesson.page.keyboard
    keyboard.press("Enter")
    keyboard.press("Tab")  # to the text
    keyboard.press("Control+A")
    keyboard.type("by keyboard")
    keyboard.press("Enter")
    echo_lesson.wait_for_status("BY KEYBOARD")
    keyboard.press("Tab")  # to Send
    keyboard.press("Tab")  # to Disconnect
    keyboard.press("Enter")
    echo_lesson.wait_for_status("not connected")


@episode_00b
def test_run_all_again_starts_again(echo_lesson):
    echo_lesson.run_all(RUN_TIMEOUT)
    assert echo_lesson.errors() == []
    assert echo_lesson.box("Client 1").count() == 1
    echo_lesson.button("Send").nth(0).click()
    echo_lesson.wait_for_status("HELLO")


@episode_00b
def test_a_new_kernel_during_a_run_starts_again(echo_lesson):
    echo_lesson.restart()
    echo_lesson.run_all(RUN_TIMEOUT)
    assert echo_lesson.errors() == []


# For people who see, press and zoom differently: two episodes and a lab here, all the others in make thorough


def fits_every_size(lesson) -> None:
    for name, size in access.SIZES.items():
        with access.page_of(lesson, *size):
            assert access.cut(lesson) == [], name


def can_be_seen_in_forced_colors(lesson) -> None:
    for scheme in ("light", "dark"):
        with access.forced_colors(lesson, scheme):
            assert access.faint(lesson) == [], scheme
    with access.forced_colors(lesson, "dark"):
        assert lesson.axe_violations() == []


def can_be_used_by_keyboard(lesson, cell_id: str) -> None:
    """Tab reaches each control of a cell in its order, with a frame, and then the next cell. Shift-Tab leads back."""
    names, forward, back = access.walk(lesson, cell_id)
    assert [place["number"] for place in forward] == [*range(len(names)), None]
    assert [name for name, place in zip(names, forward, strict=False) if not place["framed"]] == []
    cells = [cell.id for cell in lesson.nb.cells]
    assert forward[-1]["cell"] == cells[cells.index(cell_id) + 1]
    assert [place["number"] for place in back] == [*reversed(range(len(names)))]


@episodes("00b-", "06a-")
def test_nothing_is_cut_on_a_narrow_page(lesson_with_screenshots):
    fits_every_size(lesson_with_screenshots)


@episodes("00b-", "06a-")
def test_charts_and_controls_are_seen_in_forced_colors(lesson_with_screenshots):
    can_be_seen_in_forced_colors(lesson_with_screenshots)


@episodes("00b-", "06a-")
def test_each_control_is_reached_by_keyboard(lesson_with_screenshots):
    for cell_id in presses.declared(lesson_with_screenshots.nb):
        can_be_used_by_keyboard(lesson_with_screenshots, cell_id)


@episodes("06a-")
def test_the_focus_stays_where_a_key_was_pressed(lesson_with_screenshots):
    lesson = lesson_with_screenshots
    for button in presses.outputs_of(lesson, "panel").get_by_role("button").all():
        for key in ("Enter", "Space"):
            button.press(key)
            lesson.page.evaluate(presses.HANDLED)
            assert button.evaluate("button => button === document.activeElement"), (button.inner_text(), key)


@pytest.mark.thorough
@pytest.mark.parametrize("lesson", LESSONS, indirect=True, ids=lambda path: path.stem)
def test_an_episode_is_for_everyone(lesson_with_screenshots):
    lesson = lesson_with_screenshots
    fits_every_size(lesson)
    can_be_seen_in_forced_colors(lesson)
    for cell_id in presses.declared(lesson.nb):
        can_be_used_by_keyboard(lesson, cell_id)


def lab_fits_and_can_be_seen(page, path: Path) -> None:
    with browser.Lesson(page, f"labs/{path.name}") as lesson:
        lesson.run_all(RUN_TIMEOUT)
        fits_every_size(lesson)
        can_be_seen_in_forced_colors(lesson)


LABS = sorted((browser.COURSE / "labs").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=p.stem, marks=[] if p.name.startswith("05-") else pytest.mark.thorough) for p in LABS],
)
def test_a_lab_fits_a_narrow_page_and_is_seen_in_forced_colors(page, path):
    lab_fits_and_can_be_seen(page, path)
