"""A lesson in a real JupyterLab and a real Chromium: start both, open, run all, read, take pictures.

The browser tests and `screenshot.py` share it. It is not a test: it raises only when JupyterLab itself does not answer.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

COURSE = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds that JupyterLab may take for a step of its own: to start, to open a notebook
SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}  # every cell in the page, seen or not
QUIET = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
# Every cell has its number, or an error that no tag allows has stopped the run. The command itself ends at an allowed
# one, though cells still wait, and the kernel is idle between two of them.
RAN = """() => {
    const panel = jupyterapp.shell.currentWidget
    const cells = panel.content.widgets.map(cell => cell.model)
        .filter(model => model.type === 'code' && model.sharedModel.getSource().trim())
    const stopped = cells.some(model => !(model.getMetadata('tags') || []).includes('raises-exception')
        && model.outputs.toJSON().some(output => output.output_type === 'error'))
    return panel.sessionContext.session.kernel.status === 'idle'
        && (stopped || cells.every(model => model.executionCount))
}"""
AXE = resources.files("axe_playwright_python") / "axe.min.js"


def find_chromium() -> str | None:
    """Where this machine has a Chromium, by any of its names."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def scratch_course() -> Iterator[Path]:
    """A copy of notebooks/ and of the package in a temporary folder, so that a run leaves the course as it is."""
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        for name in ("notebooks", "readiness"):
            shutil.copytree(COURSE / name, Path(folder) / name)
        yield Path(folder)


@contextmanager
def jupyterlab(root: Path) -> Iterator[str]:
    """The course's own launcher in the copy at `root`, with settings of its own; gives its address, token included."""
    with tempfile.TemporaryDirectory(prefix="jupyter-") as folder:
        home = Path(folder)
        for name, values in SETTINGS.items():
            file = home / "settings" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        places = {"CONFIG": "config", "RUNTIME": "runtime", "DATA": "data"}
        env = os.environ | {f"JUPYTER_{key}_DIR": str(home / name) for key, name in places.items()}
        env |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "desks")}
        with (home / "log").open("w+") as log:
            # With -m, the package is the one in the folder of work: the launcher opens the lessons beside it.
            command = [sys.executable, "-m", "readiness", "--no-browser", "--port=0", "--", "--expose-app-in-browser"]
            server = subprocess.Popen(command, env=env, cwd=root, stdout=log, stderr=log)
            try:
                yield _address(server, home)
            finally:
                server.terminate()
                try:
                    server.wait(PATIENCE)
                finally:
                    server.kill()
                    server.wait()


def _address(server: subprocess.Popen, home: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        for file in (home / "runtime").glob("jpserver-*.json"):
            try:
                info = json.loads(file.read_text())
            except ValueError:  # half written
                continue
            return f"{info['url']}?token={info['token']}"
        time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start:\n{(home / 'log').read_text()[-2000:]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    flags = QUIET.split() + (["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


class Lesson:
    """One notebook, open in a page of its own."""

    def __init__(self, browser: Browser, address: str, path: str, width: int = 1200, height: int = 1700) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": height})
        self.page.set_default_timeout(PATIENCE * 1000)
        base, token = address.split("?")
        self.page.goto(f"{base}lab/tree/{path}?{token}&reset")
        self.page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.sessionContext !== undefined")
        self._command("application:toggle-left-area")
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
        self.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
        self.notebook = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def __enter__(self) -> "Lesson":
        return self

    def __exit__(self, *exc: object) -> None:
        # A page that is only closed leaves its kernel, and who opens the notebook next gets that one.
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close()

    def _command(self, name: str, **arguments: Any) -> None:
        # Started, not awaited: a command that runs cells ends with them, and waiting has a deadline of its own.
        self.page.evaluate("([name, args]) => { void jupyterapp.commands.execute(name, args) }", [name, arguments])

    def run_all(self, seconds: float = PATIENCE) -> float:
        """Run > Run All Cells, and wait until the kernel is idle again; gives the seconds that it took."""
        begun = time.monotonic()
        self.page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self._command("notebook:run-all-cells")
        self.page.wait_for_function(RAN, timeout=seconds * 1000)
        return time.monotonic() - begun

    def restart(self) -> None:
        """A new kernel for the same page, as Kernel > Restart gives it."""
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.restartKernel()")

    def unrun(self) -> int:
        """How many code cells that hold something have no number in their prompt."""
        return self.page.evaluate("""() => jupyterapp.shell.currentWidget.content.widgets.filter(cell =>
            cell.model.type === 'code' && cell.model.sharedModel.getSource().trim()
            && !cell.model.executionCount).length""")

    def errors(self) -> list[str]:
        """What stands in error outputs, and widgets that could not be drawn."""
        bad = self.notebook.locator(
            '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"],'
            " .jupyter-widgets-error-widget"
        )
        return [text.strip() for text in bad.all_inner_texts()]

    def theme(self, name: str) -> None:
        """`JupyterLab Dark` or `JupyterLab Light`, once it is really there."""
        self._command("apputils:change-theme", theme=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.wait_for_load_state("networkidle")

    def pictures(self, folder: Path, name: str) -> list[Path]:
        """Pictures of the whole notebook, one for each windowful, `name-1.png` and on."""
        folder.mkdir(parents=True, exist_ok=True)
        # Outside the notebook's own panel there is nothing to look at.
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

    def axe(self) -> list[str]:
        """What axe-core finds in the outputs: rule, help, and the first place; needs at least one output.

        Left out are the handles of ipywidgets' sliders, which have no name: the panels put a labelled box beside each.
        """
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        # JupyterLab's body has no height and hides what overflows: axe takes all text for clipped, and skips contrast.
        self.page.evaluate("document.body.style.height = '100vh'")
        places = {
            "include": [".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"],
            "exclude": [".noUi-handle"],
        }
        found = self.page.evaluate("places => axe.run(places)", places)
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]

    @property
    def outputs(self) -> Locator:
        return self.notebook.locator(".jp-Cell-outputArea")

    def button(self, name: str) -> Locator:
        """The buttons of that accessible name, exactly, in outputs."""
        return self.outputs.get_by_role("button", name=name, exact=True)

    def box(self, label: str) -> Locator:
        """The text boxes with that label, exactly, in outputs."""
        return self.outputs.get_by_role("textbox", name=label, exact=True)

    def slider(self, label: str) -> Locator:
        """The sliders beside that label in outputs; `press("ArrowRight")` moves one."""
        return self.outputs.locator(".jupyter-widgets").filter(has_text=label).get_by_role("slider")

    def statuses(self) -> list[str]:
        """The text of each status line (`role="status"`), in the order of the page."""
        return [text.strip() for text in self.outputs.get_by_role("status").all_inner_texts()]

    def wait_for_status(self, words: str | re.Pattern[str]) -> None:
        """Until a status line holds these words."""
        self.outputs.get_by_role("status").filter(has_text=words).first.wait_for()
