"""The page itself, in a real JupyterLab and a real Chromium: opened, closed, opened again, used by mouse and keyboard.

The notebooks of these tests are their own: what a lesson holds is tested elsewhere.
"""

import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks.normalize import normalize

browser = pytest.importorskip("tools.browser.session", reason="install the test extra: pip install -e '.[test]'")

PREDICTION = """from readiness.widgets import Prediction
guess = Prediction("Which?", ["this", "that"])
guess"""
NUMBER = """from readiness.widgets import Prediction
number = Prediction("How many?", unit="µs")
number"""
PANEL = """import ipywidgets
from readiness.graphics.charts import StaticFigure
from readiness.widgets.panel import Panel
from readiness.widgets.switch import switch
class Squares(Panel):
    def __init__(self):
        super().__init__()
        self.switch = switch("Number", ["one", "two"], print)
        self.widget = ipywidgets.VBox([self._hold_button(), self.switch, self._alert.widget, self._status.widget])
        self.call_safely(lambda: 1 / 0)
    def _show(self):
        self._status.update("calm" if self._motion._calm else "lively")
    def picture(self):
        return StaticFigure(lambda figure: figure.subplots(), "An empty chart.", (2, 1))
Squares()"""
LONG = "\n\n".join(["A paragraph."] * 40)
CELLS = {
    "title": "# A page\n\n[There](97-there.ipynb#The-time-limit)",
    "ask": PREDICTION,
    "answer": "## The answer\n\nIt is that.",
    "panel": PANEL,
    "words": "print('many words, ' * 200)",
    "story": """from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.widgets import Stepper
Stepper([Step(str(n), "text", lambda: StaticFigure(lambda figure: None, "nothing", (1, 1))) for n in range(3)], "s")""",
    "reveal": "guess.reveal('that')",
    "typo": "print(guess, gues)",
}


def write(path, cells):
    made = [
        (new_markdown_cell if text.startswith("#") else new_code_cell)(text, id=name) for name, text in cells.items()
    ]
    nbformat.write(normalize(new_notebook(cells=made)), path)


@pytest.fixture(scope="module")
def course(need):
    need(browser.find_chromium(), "the browser tests need Chromium: apt install chromium")
    with browser.scratch_course() as folder:
        write(folder / "notebooks" / "96-page.ipynb", CELLS)
        below = {"top": f"# There\n\n{LONG}", "lead": "## The question", "ask": PREDICTION, "answer": "## The answer"}
        below |= {"number": NUMBER, "told": "print('I predicted', number.choice)"}
        write(folder / "notebooks" / "98-below.ipynb", below | {"end": f"# The end\n\n{LONG}"})
        write(folder / "notebooks" / "97-there.ipynb", {"top": f"# There\n\n{LONG}", "limit": "## The time limit"})
        yield folder


@pytest.fixture(scope="module")
def page(course):
    with browser.jupyterlab(course) as address, browser.chromium() as chromium:
        yield browser.open_page(chromium, address, 1280, 800)


@pytest.fixture
def lesson(page):
    with browser.Lesson(page, "notebooks/96-page.ipynb") as lesson:
        yield lesson


def run_cell(lesson, cell_id: str) -> None:
    """Run one cell as a reader does: select it, and press Shift-Enter."""
    lesson.page.evaluate(
        """async id => {
            const notebook = jupyterapp.shell.currentWidget.content
            notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === id)
            notebook.mode = 'command'
            notebook.activate()
        }""",
        cell_id,
    )
    lesson.page.keyboard.press("Shift+Enter")
    lesson.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")


def visible_top(locator) -> float:
    """The distance between the top of the notebook's pane and the top of the element, in pixels."""
    box = locator.bounding_box()
    pane = locator.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer").bounding_box()
    return box["y"] - pane["y"]


# Opened, and opened again


def test_to_open_a_page_changes_neither_the_page_nor_its_file(lesson, course):
    file = course / "notebooks" / "96-page.ipynb"
    before = file.read_bytes()
    assert not lesson.is_changed()
    lesson.page.evaluate("jupyterapp.commands.execute('notebook:insert-cell-below')")
    assert lesson.is_changed()
    lesson.save()
    assert not lesson.is_changed()
    assert file.read_bytes() == before


@pytest.fixture
def copy(course):
    """The name of a notebook of its own for a test that saves it."""
    name = f"95-copy-{time.monotonic_ns()}.ipynb"
    write(course / "notebooks" / name, {name: CELLS[name] for name in ("title", "ask", "panel")})
    return f"notebooks/{name}"


def test_the_next_day_panels_are_pictures_and_text(page, copy):
    with browser.Lesson(page, copy) as lesson:
        lesson.run_all()
        lesson.button("one").wait_for()
        lesson.save()
    with browser.Lesson(page, copy) as lesson:
        lesson.outputs.get_by_role("img", name="An empty chart.").wait_for()
        assert lesson.outputs.get_by_text("This is a saved picture. Run the cell, and the panel is live.").count() == 1
        assert "( ) that" in lesson.outputs.first.inner_text()
        assert lesson.errors() == []
        assert lesson.outputs.get_by_text("Loading widget").count() == 0
        assert not lesson.is_changed()


def test_while_its_kernel_runs_a_page_comes_back_with_live_widgets(page, copy):
    lesson = browser.Lesson(page, copy)
    lesson.run_all()
    lesson.save()
    page.evaluate("jupyterapp.shell.currentWidget.dispose()")  # the tab is closed, the kernel stays
    with browser.Lesson(page, copy) as again:
        again.button("that").click()
        again.wait_for_status("You chose: that.")
        assert again.errors() == []


@pytest.mark.parametrize("is_open", [False, True], ids=["not open", "open"])
def test_a_link_to_a_section_lands_on_it(lesson, is_open):
    path = "notebooks/97-there.ipynb"
    if is_open:
        browser.Lesson(lesson.page, path)
        lesson.page.evaluate(
            "jupyterapp.commands.execute('docmanager:open', { path: 'notebooks/96-page.ipynb' }).then(() => null)"
        )
    lesson.notebook.get_by_role("link", name="There").click()
    lesson.page.wait_for_function("path => jupyterapp.shell.currentWidget?.context?.path === path", arg=path)
    heading = lesson.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h2", has_text="The time limit")
    with browser.Lesson(lesson.page, path):
        heading.wait_for()
        lesson.page.wait_for_timeout(1000)  # JupyterLab itself may scroll for some frames
        assert 0 <= visible_top(heading) < 500


# Out of order


def test_a_cell_run_out_of_order_says_what_to_do_and_the_menu_has_it(lesson):
    run_cell(lesson, "reveal")
    error = lesson.outputs.get_by_text("A cell further up defines guess: choose Run, Run All Above Selected Cell")
    error.wait_for()
    label = lesson.page.evaluate("jupyterapp.commands.label('notebook:run-all-above')")
    assert label == "Run All Above Selected Cell"
    lesson.page.evaluate("jupyterapp.commands.execute('notebook:run-all-above').then(() => null)")
    run_cell(lesson, "reveal")
    error.wait_for(state="detached")
    run_cell(lesson, "typo")
    lesson.outputs.get_by_text("name 'gues' is not defined").wait_for()
    assert lesson.outputs.get_by_text("further up").count() == 0


# The curtain


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_a_curtain_hides_the_answer_until_one_is_chosen(lesson, how):
    answer = lesson.notebook.get_by_role("paragraph").filter(has_text="It is that.")
    run_cell(lesson, "ask")
    lesson.button("that").wait_for()
    curtain = lesson.outputs.locator(".readiness-curtain")
    assert curtain.bounding_box()["height"] > 500
    assert curtain.get_attribute("aria-hidden") == "true"
    assert curtain.evaluate("node => node.closest('[tabindex], button, a') === node.closest('.jp-Cell, .jp-Notebook')")
    assert answer.bounding_box()["y"] - lesson.button("that").bounding_box()["y"] > 500
    if how == "mouse":
        lesson.button("that").click()
    else:
        lesson.button("this").focus()
        lesson.page.keyboard.press("Tab")
        lesson.page.keyboard.press("Space")
    lesson.wait_for_status("You chose: that.")
    curtain.wait_for(state="detached")
    chosen, other = (lesson.outputs.get_by_role("button", pressed=pressed) for pressed in (True, False))
    assert answer.bounding_box()["y"] - chosen.bounding_box()["y"] < 200
    assert "that" in chosen.inner_text()
    assert "this" in other.inner_text()


def test_the_question_stays_in_sight_when_its_cell_has_run_further_down_the_page(page, course):
    with browser.Lesson(page, "notebooks/98-below.ipynb") as lesson:
        outer = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")
        lead = lesson.notebook.get_by_role("heading", name="The question")
        lead.scroll_into_view_if_needed()
        outer.evaluate("node => { node.scrollTop += 300 }")
        run_cell(lesson, "ask")
        lesson.outputs.locator(".readiness-curtain").wait_for()
        two_frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
        page.evaluate(two_frames)  # until the page has laid itself out again
        height = outer.bounding_box()["height"]
        for name in ("this", "that"):
            assert 0 < visible_top(lesson.button(name)) < height - 20


def test_on_paper_and_after_run_all_there_is_no_curtain(lesson):
    run_cell(lesson, "ask")
    curtain = lesson.outputs.locator(".readiness-curtain")
    curtain.wait_for()
    lesson.page.emulate_media(media="print")
    try:
        assert not curtain.is_visible()
    finally:
        lesson.page.emulate_media(media=None)
    run_cell(lesson, "panel")
    run_cell(lesson, "reveal")
    curtain.wait_for(state="detached")


def test_shift_enter_goes_on_from_the_box_of_a_prediction(page, course):
    with browser.Lesson(page, "notebooks/98-below.ipynb") as lesson:
        run_cell(lesson, "number")
        box = lesson.outputs.get_by_role("textbox", name="Your guess")
        box.fill("12")
        box.press("Shift+Enter")  # the cell of the box runs again, and keeps the answer
        page.wait_for_function("!document.activeElement.matches('input')")
        page.keyboard.press("Shift+Enter")
        lesson.outputs.get_by_text("I predicted 12.0").wait_for()


def focused(page) -> tuple[str, str]:
    """The name of what has the keyboard's focus, and the id of the active cell."""
    return tuple(
        page.evaluate("""() => [document.activeElement.innerText.trim() || document.activeElement.tagName,
            jupyterapp.shell.currentWidget.content.activeCell.model.id]""")
    )


def test_a_prediction_is_answered_by_keyboard_and_tab_leads_to_the_next_cell(page, course):
    with browser.Lesson(page, "notebooks/98-below.ipynb") as lesson:
        run_cell(lesson, "ask")
        lesson.button("that").wait_for()
        assert focused(page)[1] == "answer"
        page.keyboard.press("Shift+Tab")
        assert focused(page) == ("that", "ask")
        page.keyboard.press("Space")
        lesson.wait_for_status("You chose: that.")
        chosen = lesson.button("that")  # its sign is no part of its name
        assert chosen.evaluate("button => button === document.activeElement")
        assert chosen.evaluate("button => getComputedStyle(button).outlineWidth") == "2px"
        page.keyboard.press("Tab")
        assert focused(page) == ("The answer", "answer")
        page.keyboard.press("Shift+Tab")
        assert focused(page) == ("that", "ask")
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Enter")
        assert focused(page)[1] == "number"
        page.keyboard.press("Shift+Enter")
        box = lesson.box("Your guess")
        box.wait_for()
        page.keyboard.press("Shift+Tab")
        assert focused(page) == ("INPUT", "number")
        page.keyboard.type("-3")
        page.keyboard.press("Enter")
        lesson.wait_for_status("“-3” is not taken. Give 0 or a greater number.")
        page.keyboard.press("Control+A")
        page.keyboard.type("1,000,000")
        page.keyboard.press("Enter")
        lesson.wait_for_status("You predict: 1,000,000 µs.")
        page.keyboard.press("Tab")
        assert focused(page)[1] == "told"
        page.keyboard.press("Shift+Enter")
        lesson.outputs.get_by_text("I predicted 1000000.0").wait_for()


def test_a_panel_whose_kernel_was_restarted_says_so_and_takes_no_press(lesson):
    run_cell(lesson, "ask")
    lesson.button("that").wait_for()
    page = lesson.page
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    note = lesson.outputs.get_by_text("This panel has ended with its kernel. Run its cell again.")
    note.wait_for()
    assert note.evaluate("node => getComputedStyle(node.nextElementSibling).pointerEvents") == "none"
    run_cell(lesson, "ask")
    note.wait_for(state="detached")
    lesson.button("that").click()
    lesson.wait_for_status("You chose: that.")


# What is pressed, and what is wrong


def test_which_button_is_pressed_is_told_and_shown_in_every_colour(lesson):
    run_cell(lesson, "panel")
    pressed = {name: lesson.button(name).get_attribute("aria-pressed") for name in ("one", "two")}
    assert pressed == {"one": "true", "two": "false"}
    lesson.button("two").focus()
    lesson.page.keyboard.press("Enter")
    lesson.outputs.get_by_role("button", name="two", pressed=True).wait_for()
    lesson.page.emulate_media(forced_colors="active")
    try:
        colors = [lesson.button(name).evaluate("node => getComputedStyle(node).backgroundColor") for name in pressed]
        alert = lesson.outputs.get_by_role("alert").last
        assert colors[0] != colors[1]
        assert "underline" in lesson.button("two").evaluate("node => getComputedStyle(node).textDecoration")
        assert lesson.button("one").evaluate("node => getComputedStyle(node).borderStyle") == "solid"
        assert alert.evaluate("node => getComputedStyle(node).borderLeftWidth") == "6px"
    finally:
        lesson.page.emulate_media(forced_colors=None)
    assert lesson.axe_violations() == []


def test_the_label_of_a_switch_stands_beside_its_buttons(lesson):
    run_cell(lesson, "panel")
    lesson.button("one").wait_for()
    label, button = lesson.outputs.get_by_text("Number").bounding_box(), lesson.button("one").bounding_box()
    assert abs(label["y"] + label["height"] / 2 - button["y"] - button["height"] / 2) < 4


def test_little_motion_is_asked_for_by_the_readers_system(lesson):
    for motion, shown in (("no-preference", "lively"), ("reduce", "calm")):
        lesson.page.emulate_media(reduced_motion=motion)
        run_cell(lesson, "panel")
        lesson.wait_for_status(shown)
        run_cell(lesson, "story")
        lesson.button("Next").wait_for()
        assert lesson.outputs.get_by_text("Play", exact=True).is_visible() == (shown == "lively")
    lesson.page.emulate_media(reduced_motion=None)


def test_a_long_line_breaks_between_words(lesson):
    run_cell(lesson, "words")
    cut = (
        lesson.outputs.locator("pre")
        .filter(has_text="many words")
        .evaluate("""node => {
        const text = node.firstChild, range = document.createRange(), words = [...text.data.matchAll(/\\w+/g)]
        return words.filter(word => {
            range.setStart(text, word.index)
            range.setEnd(text, word.index + word[0].length)
            return range.getClientRects().length > 1
        }).length
    }""")
    )
    assert cut == 0
