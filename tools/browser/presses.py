"""Make the presses that an episode asks its reader for, as the metadata of its cells declare them.

A press is the accessible name of a button, or "Box = value": a text box, and what is typed into it before Enter. All
presses of a cell are made in the outputs of that cell.
"""

import re

import nbformat
from playwright.sync_api import Locator

from tools.browser.session import Lesson

ALERT_TIMEOUT = 20.0  # seconds in which an expected alert must come
QUIET = 0.5  # seconds after the last press in which no alert may come: some refreshes of a panel
MARK_CELLS = """() => jupyterapp.shell.currentWidget.content.widgets.forEach(
    cell => { cell.node.dataset.cell = cell.model.id })"""
# The kernel answers in the order in which it is asked. So an answer shows that it has handled the press before.
HANDLED = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestKernelInfo().then(() => null)"


def declared(nb: nbformat.NotebookNode) -> dict[str, list[str]]:
    """Return the presses of each cell that declares some, by the id of the cell."""
    presses = {cell.id: cell.metadata.get("readiness", {}).get("presses", []) for cell in nb.cells}
    return {cell_id: list(names) for cell_id, names in presses.items() if names}


def expecting_alerts(nb: nbformat.NotebookNode) -> set[str]:
    """Return the ids of the cells whose presses bring an alert."""
    return {cell.id for cell in nb.cells if cell.metadata.get("readiness", {}).get("expects_alert")}


def outputs_of(lesson: Lesson, cell_id: str) -> Locator:
    """Return a locator for the outputs of a cell."""
    lesson.page.evaluate(MARK_CELLS)
    return lesson.notebook.locator(f'[data-cell="{cell_id}"] .jp-Cell-outputArea')


def make(lesson: Lesson, cell_id: str, presses: list[str]) -> None:
    """Make the presses of a cell in their order. Wait after each one until the kernel has handled it.

    Of several buttons with one name, the first one that is not disabled is pressed.
    """
    outputs = outputs_of(lesson, cell_id)
    for press in presses:
        label, typed, value = press.partition(" = ")
        if typed:
            text_box = outputs.get_by_role("textbox", name=label, exact=True)
            box = text_box.or_(outputs.get_by_role("spinbutton", name=label, exact=True)).first
            box.fill(value)
            box.press("Enter")
        else:
            outputs.get_by_role("button", name=label, exact=True, disabled=False).first.click()
        lesson.page.evaluate(HANDLED)


def alerts(lesson: Lesson, cell_id: str, expected: bool) -> list[str]:
    """Return the texts of the alerts in the outputs of a cell, after its presses.

    Args:
        lesson: the notebook.
        cell_id: the id of the cell.
        expected: whether to wait until an alert comes, for `ALERT_TIMEOUT` seconds at most.
    """
    found = outputs_of(lesson, cell_id).get_by_role("alert")
    if expected:
        found.filter(has_text=re.compile(r"\w")).first.wait_for(timeout=ALERT_TIMEOUT * 1000)
    else:
        lesson.page.wait_for_timeout(QUIET * 1000)
    return [text.strip() for text in found.all_inner_texts() if text.strip()]
