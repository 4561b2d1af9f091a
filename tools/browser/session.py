"""A lesson in a real JupyterLab and a real Chromium: start both, open the lesson, run it, read it, take pictures of it.

The browser tests and the other modules of this package use it. It judges no lesson: it raises an error only if
JupyterLab does not answer.
"""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from readiness.base.launched_process import LaunchedProcess
from tools import COURSE

JUPYTER_TIMEOUT = 60  # seconds that JupyterLab may take for a step of its own: to start, to open a notebook
POLLING = 100  # milliseconds: a page that is asked with each frame, as is the default, draws frames all the time
BROWSER_FLAGS = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
# Every cell has its number, or an error that no tag allows has stopped the run. The command itself ends at an allowed
# one, though cells still wait, and the kernel is idle between two of them.
ALL_CELLS_RAN = """() => {
    const panel = jupyterapp.shell.currentWidget
    const cells = panel.content.widgets.map(cell => cell.model)
        .filter(model => model.type === 'code' && model.sharedModel.getSource().trim())
    const stopped = cells.some(model => !(model.getMetadata('tags') || []).includes('raises-exception')
        && model.outputs.toJSON().some(output => output.output_type === 'error'))
    return panel.sessionContext.session.kernel.status === 'idle'
        && (stopped || cells.every(model => model.executionCount))
}"""
AXE_SOURCE = resources.files("axe_playwright_python") / "axe.min.js"


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine, or None if there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def scratch_course() -> Iterator[Path]:
    """Context manager: copy notebooks/ and readiness/ into a temporary folder, so that a run changes no original.

    Yield the folder's path. The folder is deleted when the `with` block ends.
    """
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        for name in ("notebooks", "readiness"):
            shutil.copytree(COURSE / name, Path(folder) / name)
        yield Path(folder)


@contextmanager
def jupyterlab(root: Path) -> Iterator[str]:
    """Context manager: start JupyterLab by the course's launcher, for the copy of the course in the folder `root`.

    JupyterLab has the settings that the launcher gives it, not those of the user. Yield its address, which includes the
    token. JupyterLab ends when the `with` block ends.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-") as folder:
        home = Path(folder)
        folders = {"CONFIG": "config", "RUNTIME": "runtime", "DATA": "data"}
        env = os.environ | {f"JUPYTER_{key}_DIR": str(home / name) for key, name in folders.items()}
        env |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "desks")}
        # With -m, the package is the one in the folder of work: the launcher opens the lessons beside it.
        command = [sys.executable, "-m", "readiness", "--no-browser", "--port=0", "--", "--expose-app-in-browser"]
        with LaunchedProcess(command, env=env, cwd=root) as server:
            try:
                line = server.readline(JUPYTER_TIMEOUT)
                address = re.search(r"(http://\S+?/)\S*(\?token=\w+)", line)
                if not address:
                    server.end()
                    raise RuntimeError(f"JupyterLab did not start:\n{line}{server.rest_of_output()[-2000:]}")
                yield address[1] + address[2]
            finally:
                server.end(JUPYTER_TIMEOUT)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Context manager: start Chromium without a window, and yield it. It ends when the `with` block ends."""
    flags = BROWSER_FLAGS.split() + (["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Browser, address: str, width: int = 1200, height: int = 1700, scale: float = 1) -> Page:
    """Open JupyterLab in a page of its own, with no notebook and without its sidebar.

    Args:
        browser: what `chromium` yields.
        address: what `jupyterlab` yields.
        width: of the page, in pixels.
        height: of the page, in pixels.
        scale: pixels of a screenshot for each pixel of the page.
    """
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page.set_default_timeout(JUPYTER_TIMEOUT * 1000)
    base, token = address.split("?")
    page.goto(f"{base}lab?{token}&reset")
    page.wait_for_function("window.jupyterapp !== undefined", polling=POLLING)
    page.evaluate("jupyterapp.restored.then(() => jupyterapp.commands.execute('application:toggle-left-area'))")
    return page


class Lesson:
    """A notebook that is open in a page of JupyterLab. It is a context manager, which ends the kernel.

    One page can show one lesson after another. This saves JupyterLab's start, which takes longer than most lessons.

    Attributes:
        page: the page.
        notebook: the notebook in that page, without the rest of JupyterLab.
    """

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        page.evaluate("path => jupyterapp.commands.execute('docmanager:open', { path }).then(() => null)", path)
        page.wait_for_function("path => jupyterapp.shell.currentWidget?.context?.path === path", arg=path)
        page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
        is_idle = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
        page.wait_for_function(is_idle, polling=POLLING)
        self.notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def __enter__(self) -> "Lesson":
        return self

    def __exit__(self, *exc: object) -> None:
        # A notebook that is only closed leaves its kernel, and the next page that opens the notebook gets that one.
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.evaluate("jupyterapp.shell.currentWidget.dispose()")  # closing it would ask whether to save it

    def _command(self, name: str, **arguments: Any) -> None:
        # Started, not awaited: a command that runs cells ends with them, and waiting has a deadline of its own.
        self.page.evaluate("([name, args]) => { void jupyterapp.commands.execute(name, args) }", [name, arguments])

    def run_all(self, timeout: float = JUPYTER_TIMEOUT) -> float:
        """Run all cells, and wait until the run has ended.

        Args:
            timeout: seconds that the run may take.

        Returns:
            The seconds that the run took.
        """
        started = time.monotonic()
        self.page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self._command("notebook:run-all-cells")
        self.page.wait_for_function(ALL_CELLS_RAN, timeout=timeout * 1000, polling=POLLING)
        return time.monotonic() - started

    def is_changed(self) -> bool:
        """Return whether JupyterLab takes the notebook for changed: its tab then has a dot, and the file is saved."""
        return self.page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty")

    def save(self) -> None:
        """Save the notebook, as the menu File > Save Notebook does, and wait until it is saved."""
        self.page.evaluate("jupyterapp.commands.execute('docmanager:save').then(() => null)")

    def restart(self) -> None:
        """Start a new kernel for the open notebook, as the menu Kernel > Restart does."""
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.restartKernel()")

    def unexecuted_cells(self) -> int:
        """Return the number of code cells that are not empty and have not been run."""
        return self.page.evaluate("""() => jupyterapp.shell.currentWidget.content.widgets.filter(cell =>
            cell.model.type === 'code' && cell.model.sharedModel.getSource().trim()
            && !cell.model.executionCount).length""")

    def errors(self) -> list[str]:
        """Return the text of each error output, each output on stderr, and each widget that could not be drawn."""
        outputs = self.notebook.locator(
            '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"],'
            " .jupyter-widgets-error-widget"
        )
        return [text.strip() for text in outputs.all_inner_texts()]

    def set_theme(self, name: str) -> None:
        """Change to the theme `name`, "JupyterLab Dark" or "JupyterLab Light", and wait until the page shows it."""
        self._command("apputils:change-theme", theme=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.wait_for_load_state("networkidle")

    def save_screenshots(self, folder: Path, name: str) -> list[Path]:
        """Save pictures of the whole notebook, from top to bottom, each as high as the visible part of the notebook.

        Args:
            folder: the folder for the pictures.
            name: the start of the files' names, which are name-1.png, name-2.png and so on.

        Returns:
            The paths of the pictures.
        """
        folder.mkdir(parents=True, exist_ok=True)
        # Only the notebook's own panel is of interest.
        pane = self.notebook.locator(".jp-WindowedPanel-outer")
        whole, window = pane.evaluate("pane => [pane.scrollHeight, pane.clientHeight]")
        files = []
        for number, top in enumerate(range(0, whole, window), 1):
            pane.evaluate("(pane, top) => { pane.scrollTop = top }", top)
            self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            files.append(folder / f"{name}-{number}.png")
            # Written here: given a path, playwright writes in threads that stay.
            files[-1].write_bytes(pane.screenshot(animations="disabled"))
        return files

    def axe_violations(self) -> list[str]:
        """Check the accessibility of all outputs with axe-core. The notebook must have at least one output.

        The handles of ipywidgets' sliders are not checked. They have no accessible name, so the panels put a text box
        with a label beside each slider.

        Returns:
            For each violation, the id and the description of axe-core's rule, and the HTML of the first element.
        """
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE_SOURCE.read_text(encoding="utf-8"))
        # JupyterLab's body has no height and hides what overflows: axe takes all text for clipped, and skips contrast.
        self.page.evaluate("document.body.style.height = '100vh'")
        context = {
            "include": [".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"],
            "exclude": [".noUi-handle"],
        }
        result = self.page.evaluate("context => axe.run(context)", context)
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in result["violations"]]

    @property
    def outputs(self) -> Locator:
        return self.notebook.locator(".jp-Cell-outputArea")

    def button(self, name: str) -> Locator:
        """Return a locator for the buttons in outputs whose accessible name is exactly `name`."""
        return self.outputs.get_by_role("button", name=name, exact=True)

    def box(self, label: str) -> Locator:
        """Return a locator for the text boxes in outputs whose label is exactly `label`."""
        return self.outputs.get_by_role("textbox", name=label, exact=True)

    def slider(self, label: str) -> Locator:
        """Return a locator for the sliders in outputs that stand beside the text `label`.

        The locator's `press("ArrowRight")` moves a slider.
        """
        return self.outputs.locator(".jupyter-widgets").filter(has_text=label).get_by_role("slider")

    def statuses(self) -> list[str]:
        """Return the text of each status line (`role="status"`) in outputs, from the top of the page to the bottom."""
        return [text.strip() for text in self.outputs.get_by_role("status").all_inner_texts()]

    def wait_for_status(self, text: str | re.Pattern[str]) -> None:
        """Wait until a status line contains `text`, or matches it if it is a pattern."""
        self.outputs.get_by_role("status").filter(has_text=text).first.wait_for()
