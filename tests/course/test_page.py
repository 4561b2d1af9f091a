"""The page itself, in a real JupyterLab and a real Chromium: opened, closed, opened again, used by mouse and keyboard.

The notebooks of these tests are their own: what a lesson holds is tested elsewhere.
"""

import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks.normalize import normalize

browser = pytest.importorskip("tools.browser.session", reason="install the test extra: pip install -e '.[test]'")
HANDLED = pytest.importorskip("tools.browser.presses").HANDLED

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
GATE = """import time
from pathlib import Path
while not Path("gate").exists():
    time.sleep(0.01)
print('at last\\n' * 10)"""
CARDS = """from readiness.experiments import claims
from readiness.widgets import ClaimCards
ClaimCards(claims.CLAIMS[4:5])"""
QUIZ = """from readiness.widgets import ReadinessQuiz
seen = dict(readable=True, writable=False, exceptional=False, poll="POLLIN", epoll="EPOLLIN")
ReadinessQuiz({"file": seen})"""
BOX = "from IPython.display import HTML\nHTML('<div style=\"height: {}px; background: silver\">a picture</div>')"
FROM_THE_TOP = "Select this cell, choose Run, Run All Above Selected Cell, then run the cell."
AS_IT_WAS = "This is the saved picture of a panel, as it was when its cell ran. "
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
        ask = "import time\n" + PREDICTION.replace('"Which?"', 'f"Which, at {time.monotonic()}?"')  # no answer is kept
        hidden = {"top": f"# There\n\n{LONG}", "ask": ask, "answer": "## The answer\n\nIt is that."}
        hidden |= {"fits": BOX.format(400), "tall": BOX.format(900), "reveal": "guess.reveal('that')"}
        hidden |= {"cards": CARDS, "gate": GATE, "many": ask.replace('["this",', '["this", *map(str, range(9)),')}
        write(folder / "notebooks" / "94-hidden.ipynb", hidden | {"end": f"# The end\n\n{LONG}"})
        write(folder / "notebooks" / "93-numbers.ipynb", {"wait": GATE.replace('"gate"', '"door"'), "one": "1 + 1"})
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


SELECT = """async id => {
    const notebook = jupyterapp.shell.currentWidget.content
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id === id)
    notebook.mode = 'command'
    notebook.activate()  // it only asks for the focus; a key that is pressed before it has come is lost
    for (let frame = 0; frame < 600 && !notebook.node.contains(document.activeElement); frame++)
        await new Promise(requestAnimationFrame)
}"""


def run_cell(lesson, cell_id: str) -> None:
    """Run one cell as a reader does: select it, and press Shift-Enter."""
    lesson.page.evaluate(SELECT, cell_id)
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


@pytest.fixture
def answers(course):
    """The name of a notebook of its own with two questions, and the answer to one."""
    name = f"95-answers-{time.monotonic_ns()}.ipynb"
    cells = {"ask": PREDICTION, "number": NUMBER, "reveal": "guess.reveal('this')", "cards": CARDS, "quiz": QUIZ}
    write(course / "notebooks" / name, cells)
    return f"notebooks/{name}"


def test_the_next_day_panels_are_pictures_and_text(page, copy):
    with browser.Lesson(page, copy) as lesson:
        lesson.run_all()
        lesson.button("one").wait_for()
        lesson.save()
    with browser.Lesson(page, copy) as lesson:
        lesson.outputs.get_by_role("img", name="An empty chart.").wait_for()
        assert lesson.outputs.get_by_text(AS_IT_WAS + FROM_THE_TOP).count() == 1
        saved = lesson.outputs.first
        assert saved.locator("pre").inner_text().strip() == "Which?\n  - this\n  - that"
        assert saved.get_by_text("This is the saved text of a panel. Run its cell again.").count() == 1
        assert lesson.errors() == []
        assert lesson.outputs.get_by_text("Loading widget").count() == 0
        assert not lesson.is_changed()


def test_on_a_dark_page_a_saved_picture_is_no_white_block(page, copy):
    def look_of_picture():
        return lesson.outputs.get_by_role("img", name="An empty chart.").evaluate(
            "image => getComputedStyle(image).filter"
        )

    with browser.Lesson(page, copy) as lesson:
        lesson.run_all()
        lesson.button("one").wait_for()
        lesson.save()
    with browser.Lesson(page, copy) as lesson:
        lesson.outputs.get_by_text(AS_IT_WAS).wait_for()
        assert look_of_picture() == "none"
        lesson.set_theme("JupyterLab Dark")
        try:
            assert look_of_picture().startswith("invert(1)")
        finally:
            lesson.set_theme("JupyterLab Light")


def text_of(lesson, cell_id: str) -> str:
    return output_of(lesson, cell_id).locator("pre").inner_text().strip()


@pytest.mark.parametrize("end", ["shut down", pytest.param("restarted", marks=pytest.mark.thorough)])
def test_the_next_day_a_question_shows_what_was_chosen_and_measured(page, answers, end):
    with browser.Lesson(page, answers) as lesson:
        run_cell(lesson, "ask")
        lesson.save()
        lesson.button("that").click()
        lesson.wait_for_status("You chose: that.")
        assert lesson.is_changed()  # so JupyterLab saves it by itself
        run_cell(lesson, "number")
        lesson.save()
        lesson.box("Your guess").fill("12")
        lesson.box("Your guess").press("Enter")
        lesson.wait_for_status("You predict: 12 µs.")
        assert lesson.is_changed()
        run_cell(lesson, "reveal")
        lesson.wait_for_status("You chose: that. Measured: this.")
        if end == "restarted":
            lesson.restart()
        lesson.save()
    with browser.Lesson(page, answers) as lesson:
        assert text_of(lesson, "ask") == "Which?\n  - this\n  - that\nYou chose: that. Measured: this."
        assert text_of(lesson, "number") == "How many?\n  - a number (µs)\nYou predict: 12 µs."
        assert not lesson.is_changed()
        run_cell(lesson, "ask")
        lesson.button("that").wait_for()  # it asks again
        lesson.save()
    with browser.Lesson(page, answers) as lesson:
        assert text_of(lesson, "ask") == "Which?\n  - this\n  - that"


def test_the_next_day_cards_and_a_quiz_show_the_verdicts_and_what_is_right(page, answers):
    with browser.Lesson(page, answers) as lesson:
        run_cell(lesson, "cards")
        run_cell(lesson, "quiz")
        lesson.save()
        lesson.button("half true").click()
        page.wait_for_function("jupyterapp.shell.currentWidget.context.model.dirty")
        lesson.save()
        lesson.outputs.get_by_role("button").filter(has_text=LABEL).click()
        lesson.outputs.get_by_text("Ruling: false.").first.wait_for()
        page.wait_for_function("jupyterapp.shell.currentWidget.context.model.dirty")
        lesson.outputs.get_by_role("checkbox", name="writable").check()
        lesson.button("Show the kernel's answer").click()
        lesson.wait_for_status("0 of 1 verdicts are right.")
        lesson.save()
        assert not lesson.is_changed()
    with browser.Lesson(page, answers) as lesson:
        assert "    Your verdict: half true. Ruling: false. Your verdict is not right." in text_of(lesson, "cards")
        assert "[ ] [x] [ ]  file" in text_of(lesson, "quiz")
        assert "; the kernel: readable" in text_of(lesson, "quiz")


def test_a_page_that_comes_back_hides_nothing_that_has_run(page, answers):
    curtains = ".readiness-curtain:visible"
    lesson = browser.Lesson(page, answers)
    run_cell(lesson, "ask")
    lesson.outputs.locator(curtains).wait_for()
    lesson.save()
    page.evaluate("jupyterapp.shell.currentWidget.dispose()")
    lesson = browser.Lesson(page, answers)  # below its question nothing has run
    lesson.outputs.locator(curtains).wait_for()
    lesson.run_all()
    lesson.button("Show the kernel's answer").wait_for()
    lesson.save()
    page.evaluate("jupyterapp.shell.currentWidget.dispose()")
    with browser.Lesson(page, answers) as again:
        again.button("that").wait_for()
        again.outputs.get_by_text("Give a number, and what follows comes up.").wait_for(state="attached")
        assert again.outputs.locator(curtains).count() == 0
        assert not again.is_changed()


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
    lesson.page.wait_for_function(HAS_NUMBER, arg=["reveal", 1])  # what follows an error at once is aborted
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


def test_on_paper_and_after_run_all_there_is_no_curtain(lesson):
    run_cell(lesson, "ask")
    curtain = lesson.outputs.locator(".readiness-curtain")
    curtain.wait_for()
    lesson.page.emulate_media(media="print")
    try:
        assert not curtain.is_visible()
    finally:
        lesson.page.emulate_media(media="null")
    lesson.run_all()
    lesson.outputs.get_by_text("You made no prediction. Measured: that.").wait_for()
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
        lesson.outputs.get_by_role("alert").get_by_text("“-3” is not taken. Give 0 or a greater number.").wait_for()
        page.keyboard.press("Control+A")
        page.keyboard.type("1,000,000")
        page.keyboard.press("Enter")
        lesson.wait_for_status("You predict: 1,000,000 µs.")
        page.keyboard.press("Tab")
        assert focused(page)[1] == "told"
        page.keyboard.press("Shift+Enter")
        lesson.outputs.get_by_text("I predicted 1000000.0").wait_for()


# The kernel has ended


END = {
    "restarted": "jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()",
    "shut down": "jupyterapp.shell.currentWidget.sessionContext.shutdown()",
}
NOTE = "This panel has ended with its kernel. "


@pytest.mark.parametrize("how", END)
def test_a_panel_whose_kernel_has_ended_says_what_to_do_and_takes_no_press(page, course, how):
    with browser.Lesson(page, "notebooks/96-page.ipynb") as lesson:
        run_cell(lesson, "panel")
        run_cell(lesson, "ask")
        curtain = lesson.outputs.locator(".readiness-curtain")
        curtain.wait_for()
        page.evaluate(END[how])
        first, below = lesson.outputs.get_by_text(NOTE), output_of(lesson, "panel").get_by_text(NOTE)
        first.first.wait_for()
        assert first.first.inner_text() == NOTE + "Run its cell again."
        assert below.inner_text() == NOTE + FROM_THE_TOP
        assert curtain.count() == 0  # no empty space
        assert lesson.outputs.locator("[inert] button").count() == lesson.outputs.locator("button").count() > 0
        assert lesson.axe_violations() == []
        if how == "restarted":
            run_cell(lesson, "ask")
            lesson.button("that").click()
            lesson.wait_for_status("You chose: that.")
            assert first.count() == 1


# What has run is seen


LABEL = "Map the epoll into memory; then wait into a page that may only be read"  # the experiment that decides CARDS


@pytest.fixture
def hidden(page, course):
    """A question, and cells that its curtain hides. The tests share one kernel."""
    lesson = browser.Lesson(page, "notebooks/94-hidden.ipynb")
    page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs').then(() => null)")
    return lesson


TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def output_of(lesson, cell_id: str):
    """The output of a cell."""
    cells = lesson.page.evaluate("jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.id)")
    return lesson.notebook.locator(".jp-Notebook-cell").nth(cells.index(cell_id)).locator(".jp-Cell-outputArea")


def pane_of(lesson):
    return lesson.notebook.locator(".jp-WindowedPanel-outer")


def place_at_the_bottom(lesson, cell_id: str) -> None:
    """Scroll until only the top of a cell is in the window."""
    pane_of(lesson).evaluate(
        """(pane, id) => {
            const cell = jupyterapp.shell.currentWidget.content.widgets.find(cell => cell.model.id === id)
            pane.scrollTop += cell.node.getBoundingClientRect().top - pane.getBoundingClientRect().bottom + 40
        }""",
        cell_id,
    )


def edges(lesson, locator) -> tuple[float, float, float]:
    """The top and the bottom of an element, and the height of the window, in pixels, when the page is at rest."""
    lesson.page.evaluate(TWO_FRAMES)
    top = visible_top(locator)
    return top, top + locator.bounding_box()["height"], pane_of(lesson).bounding_box()["height"]


def test_a_question_is_seen_with_all_its_choices(hidden):
    place_at_the_bottom(hidden, "many")
    run_cell(hidden, "many")
    hidden.outputs.locator(".readiness-curtain").wait_for()
    for name in ("this", "5", "that"):
        top, bottom, height = edges(hidden, hidden.button(name))
        assert 0 < top < bottom < height - 20
    assert edges(hidden, output_of(hidden, "many"))[0] > 0


def test_a_picture_is_seen_whole_and_of_a_higher_one_the_top(hidden):
    for cell_id, fits in (("fits", True), ("tall", False)):
        place_at_the_bottom(hidden, cell_id)
        run_cell(hidden, cell_id)
        picture = output_of(hidden, cell_id)
        picture.get_by_text("a picture").wait_for()
        top, bottom, height = edges(hidden, picture)
        assert 0 <= top < 20 or fits
        assert top > 0
        assert (bottom < height) == fits


def test_a_result_stays_in_sight_when_the_curtain_above_it_is_lifted(hidden):
    run_cell(hidden, "ask")
    hidden.outputs.locator(".readiness-curtain").wait_for()
    place_at_the_bottom(hidden, "reveal")
    run_cell(hidden, "reveal")  # the page shows the question
    hidden.page.keyboard.press("Shift+Enter")
    result = hidden.outputs.get_by_text("You made no prediction. Measured: that.")
    result.wait_for()
    top, bottom, height = edges(hidden, result)
    assert 0 < top < bottom < height


def test_a_late_output_does_not_scroll_a_page_that_the_reader_has_scrolled(hidden, course):
    gate = course / "notebooks" / "gate"
    place_at_the_bottom(hidden, "gate")
    hidden.page.evaluate(SELECT, "gate")
    hidden.page.keyboard.press("Shift+Enter")
    hidden.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'")
    pane = pane_of(hidden)
    pane.hover()
    before = pane.evaluate("pane => pane.scrollTop")
    hidden.page.mouse.wheel(0, -2000)
    hidden.page.wait_for_function(
        "([pane, before]) => pane.scrollTop < before - 500", arg=[pane.element_handle(), before]
    )
    hidden.page.evaluate(TWO_FRAMES)
    scrolled = pane.evaluate("pane => pane.scrollTop")
    gate.touch()
    hidden.outputs.get_by_text("at last").wait_for()
    hidden.page.evaluate(TWO_FRAMES)
    assert pane.evaluate("pane => pane.scrollTop") == scrolled


def test_the_ruling_on_a_claim_is_seen_after_the_press_that_decides_it(hidden):
    run_cell(hidden, "cards")
    hidden.button("false").click()
    deciding = hidden.outputs.get_by_role("button").filter(has_text=LABEL)
    pane_of(hidden).evaluate(
        "(pane, button) => { pane.scrollTop += button.getBoundingClientRect().bottom - pane.clientHeight - 20 }",
        deciding.element_handle(),
    )
    deciding.click()
    ruling = hidden.outputs.get_by_role("status").filter(has_text="Ruling: false.")
    ruling.wait_for()
    top, bottom, height = edges(hidden, ruling)
    assert 0 < top < bottom < height
    assert edges(hidden, deciding)[0] > 0


# What has run, and what was edited since


HAS_NUMBER = """([id, number]) =>
    jupyterapp.shell.currentWidget.content.widgets.find(cell => cell.model.id === id).model.executionCount === number"""


def prompt_of(lesson, cell_id: str) -> str:
    """All that stands in the prompt of a cell, beside its source or what is left of it."""
    before, text, after = lesson.page.evaluate(
        """id => {
            const cell = jupyterapp.shell.currentWidget.content.widgets.find(cell => cell.model.id === id)
            const prompt = cell.node.querySelector('.jp-InputPrompt')
            const added = end => getComputedStyle(prompt, end).content // in quotation marks
            return [added('::before'), prompt.textContent, added('::after')]
        }""",
        cell_id,
    )
    return "".join([before, text, after]).replace('"', "").replace("none", "").replace("\\a", "\n")


def set_source(lesson, cell_id: str, source: str) -> None:
    lesson.page.evaluate(
        """([id, source]) => jupyterapp.shell.currentWidget.content.widgets.find(cell => cell.model.id === id)
            .model.sharedModel.setSource(source)""",
        [cell_id, source],
    )


def test_a_collapsed_cell_shows_that_it_runs_and_that_it_has_run(page, course):
    with browser.Lesson(page, "notebooks/93-numbers.ipynb") as lesson:
        page.evaluate("jupyterapp.commands.execute('notebook:hide-all-cell-code').then(() => null)")
        assert prompt_of(lesson, "wait") == ""
        page.evaluate(SELECT, "wait")
        page.keyboard.press("Shift+Enter")
        page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'")
        assert prompt_of(lesson, "wait") == "[*]:"
        (course / "notebooks" / "door").touch()
        lesson.outputs.get_by_text("at last").wait_for()
        page.wait_for_function(HAS_NUMBER, arg=["wait", 1])
        assert prompt_of(lesson, "wait") == "[1]:"
        page.evaluate("jupyterapp.commands.execute('notebook:show-all-cell-code').then(() => null)")
        assert prompt_of(lesson, "wait") == "[1]:"


@pytest.mark.parametrize("how", ["open", "collapsed"])
def test_a_cell_that_was_edited_after_its_run_says_so_in_words(page, course, how):
    with browser.Lesson(page, "notebooks/93-numbers.ipynb") as lesson:
        set_source(lesson, "one", "1 + 2")
        assert "edited" not in prompt_of(lesson, "one")  # there is no run, and no old result
        run_cell(lesson, "one")
        page.wait_for_function(HAS_NUMBER, arg=["one", 1])
        set_source(lesson, "one", "1 + 3")
        if how == "collapsed":
            page.evaluate("jupyterapp.commands.execute('notebook:hide-all-cell-code').then(() => null)")
        assert prompt_of(lesson, "one").split() == ["•[1]:", "edited"]
        set_source(lesson, "one", "1 + 2")
        assert prompt_of(lesson, "one") == "[1]:"
        set_source(lesson, "one", "1 + 3")
        run_cell(lesson, "one")
        page.wait_for_function(HAS_NUMBER, arg=["one", 2])  # it comes after the kernel's idle
        assert prompt_of(lesson, "one") == "[2]:"


# A press too many


ASKED = "Choose first. Shift-Enter again goes on without a prediction."


@pytest.mark.parametrize("press", ["keyboard", "tool bar"])
def test_a_hidden_cell_is_run_by_the_second_press(hidden, press):
    def run():
        if press == "keyboard":
            hidden.page.keyboard.press("Shift+Enter")
        else:
            hidden.notebook.locator(".jp-NotebookPanel-toolbar [data-jp-item-name=run] jp-button").click()

    run_cell(hidden, "ask")
    curtain = hidden.outputs.locator(".readiness-curtain")
    curtain.wait_for()
    hidden.page.evaluate(SELECT, "fits")
    run()
    hidden.wait_for_status(ASKED)
    assert focused(hidden.page) == ("this", "ask")
    top, bottom, height = edges(hidden, hidden.button("this"))
    assert 0 < top < bottom < height
    assert output_of(hidden, "fits").inner_text() == ""
    assert hidden.axe_violations() == []
    run()
    output_of(hidden, "fits").get_by_text("a picture").wait_for()
    assert curtain.count() == 0
    assert ASKED not in hidden.statuses()
    assert "No prediction yet: you can still make one." in hidden.statuses()
    assert focused(hidden.page)[1] == "tall"
    hidden.button("this").click()
    hidden.wait_for_status("You chose: this.")
    assert not any("No prediction yet" in text for text in hidden.statuses())


def test_who_has_answered_goes_on_at_once(hidden):
    run_cell(hidden, "ask")
    hidden.outputs.locator(".readiness-curtain").wait_for()
    hidden.page.keyboard.press("Shift+Enter")
    hidden.wait_for_status(ASKED)
    hidden.page.keyboard.press("Space")
    hidden.wait_for_status("You chose: this.")
    assert ASKED not in hidden.statuses()
    run_cell(hidden, "fits")
    output_of(hidden, "fits").get_by_text("a picture").wait_for()


def test_an_empty_box_is_asked_for_and_the_second_press_goes_on(page, course):
    with browser.Lesson(page, "notebooks/98-below.ipynb") as lesson:
        run_cell(lesson, "number")
        lesson.outputs.locator(".readiness-curtain").wait_for()
        page.keyboard.press("Shift+Enter")
        lesson.wait_for_status("Give a number first. Shift-Enter again goes on without a prediction.")
        assert focused(page) == ("INPUT", "number")
        page.keyboard.press("Shift+Enter")
        lesson.outputs.get_by_text("I predicted None").wait_for()


def test_run_all_and_its_kind_ask_nothing(hidden, course):
    run_cell(hidden, "ask")
    hidden.outputs.locator(".readiness-curtain").wait_for()
    hidden.page.evaluate(SELECT, "gate")
    hidden.page.evaluate("jupyterapp.commands.execute('notebook:run-all-above').then(() => null)")
    hidden.outputs.get_by_text("You made no prediction. Measured: that.").wait_for()


def test_after_run_all_above_the_selected_cell_is_seen_and_runs_at_once(hidden):
    hidden.page.evaluate(SELECT, "reveal")
    hidden.page.evaluate("jupyterapp.commands.execute('notebook:run-all-above').then(() => null)")
    output_of(hidden, "tall").get_by_text("a picture").wait_for()
    hidden.button("this").first.wait_for()
    hidden.page.evaluate(HANDLED)
    cell = hidden.notebook.locator(".jp-Cell.jp-mod-active")
    top, bottom, height = edges(hidden, cell)
    assert 0 < top < bottom < height
    assert not hidden.outputs.locator(".readiness-curtain").first.is_visible()
    assert focused(hidden.page)[1] == "reveal"
    hidden.page.keyboard.press("Shift+Enter")
    hidden.outputs.get_by_text("You made no prediction. Measured: that.").wait_for()
    run_cell(hidden, "ask")  # run by itself, it asks again
    hidden.outputs.locator(".readiness-curtain").first.wait_for()


def test_tab_leads_from_below_the_question_to_its_choices_once(hidden):
    run_cell(hidden, "ask")
    hidden.outputs.locator(".readiness-curtain").wait_for()
    page = hidden.page
    assert focused(page)[1] == "answer"
    page.keyboard.press("Tab")
    assert focused(page) == ("this", "ask")
    page.keyboard.press("Tab")
    assert focused(page) == ("that", "ask")
    page.keyboard.press("Tab")
    assert focused(page)[1] == "answer"
    page.keyboard.press("Tab")  # no trap
    assert focused(page)[1] != "ask"


# A press in a panel


def runs_of(lesson, cell_id: str) -> int | None:
    return lesson.page.evaluate(
        "id => jupyterapp.shell.currentWidget.content.widgets.find(cell => cell.model.id === id).model.executionCount",
        cell_id,
    )


def test_shift_enter_goes_on_from_a_panel_that_was_used_and_does_not_wipe_it(lesson):
    run_cell(lesson, "panel")
    lesson.button("two").click()
    lesson.outputs.get_by_role("button", name="two", pressed=True).wait_for()
    before, keyboard = runs_of(lesson, "panel"), lesson.page.keyboard
    keyboard.press("Shift+Enter")
    assert focused(lesson.page)[1] == "words"
    keyboard.press("Shift+Enter")
    lesson.outputs.get_by_text("many words").wait_for()
    assert runs_of(lesson, "panel") == before
    assert lesson.outputs.get_by_role("button", name="two", pressed=True).count() == 1


@pytest.mark.parametrize("how", ["keyboard", "tool bar", "source"])
def test_who_wants_to_run_the_cell_of_a_used_panel_again_runs_it(lesson, how):
    run_cell(lesson, "panel")
    lesson.button("two").click()
    lesson.outputs.get_by_role("button", name="two", pressed=True).wait_for()
    if how == "keyboard":
        lesson.page.keyboard.press("Shift+Enter")
        lesson.page.keyboard.press("ArrowUp")
        lesson.page.keyboard.press("Shift+Enter")
    elif how == "tool bar":
        lesson.notebook.locator(".jp-NotebookPanel-toolbar [data-jp-item-name=run] jp-button").click()
    else:
        lesson.notebook.locator(".jp-Cell.jp-mod-active .cm-content").click()
        lesson.page.keyboard.press("Shift+Enter")
    lesson.outputs.get_by_role("button", name="one", pressed=True).wait_for()
    assert focused(lesson.page)[1] == "words"


def test_shift_enter_goes_on_from_the_box_of_an_answered_question(page, course):
    with browser.Lesson(page, "notebooks/98-below.ipynb") as lesson:
        run_cell(lesson, "number")
        box = lesson.box("Your guess")
        box.fill("12")
        box.press("Enter")
        lesson.wait_for_status("You predict: 12 µs.")
        before = runs_of(lesson, "number")
        box.fill("13")
        box.press("Shift+Enter")
        assert focused(page)[1] == "told"
        page.keyboard.press("Shift+Enter")
        lesson.outputs.get_by_text("I predicted 13.0").wait_for()
        assert runs_of(lesson, "number") == before


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
        lesson.page.emulate_media(forced_colors="null")
    assert lesson.axe_violations() == []


def test_what_was_chosen_can_be_read_after_it_is_locked(lesson):
    run_cell(lesson, "ask")
    lesson.button("that").click()
    lesson.wait_for_status("You chose: that.")
    run_cell(lesson, "reveal")
    lesson.wait_for_status("You chose: that. Measured: that.")
    chosen, other = lesson.button("that"), lesson.button("this")
    assert chosen.is_disabled()
    opacity = [button.evaluate("button => +getComputedStyle(button).opacity") for button in (chosen, other)]
    assert opacity[0] == 1 > opacity[1]


def test_a_storys_button_without_a_step_to_go_to_is_pale_and_keeps_the_focus(lesson):
    run_cell(lesson, "story")
    buttons = {name: lesson.button(name) for name in ("Previous", "Next")}
    buttons["Next"].focus()
    for pale in ("Previous", None, "Next"):
        text = {"Previous": "Step 1 of 3", None: "Step 2 of 3", "Next": "Step 3 of 3"}[pale]
        lesson.outputs.get_by_role("status").filter(has_text=text).wait_for()
        lesson.page.evaluate(TWO_FRAMES)
        for name, button in buttons.items():
            assert button.get_attribute("aria-disabled") == str(name == pale).lower()
            assert (button.evaluate("button => +getComputedStyle(button).opacity") < 1) == (name == pale)
        lesson.page.keyboard.press("Enter")
    assert focused(lesson.page)[0] == "Next"


def test_the_text_of_a_long_button_is_seen_on_a_narrow_page(hidden):
    before = hidden.page.viewport_size
    run_cell(hidden, "cards")
    button = hidden.outputs.get_by_role("button").filter(has_text=LABEL)
    button.wait_for()
    hidden.page.set_viewport_size({"width": 550, "height": 800})
    try:
        hidden.page.evaluate(TWO_FRAMES)
        assert button.evaluate("button => button.scrollWidth <= button.clientWidth")
        assert button.evaluate("button => button.scrollHeight <= button.clientHeight && button.clientHeight > 40")
    finally:
        hidden.page.set_viewport_size(before)


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
    lesson.page.emulate_media(reduced_motion="null")


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
