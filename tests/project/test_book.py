"""The course as a web page: what becomes of a notebook; and (thorough) the page in a browser as wide as a phone."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import venv
from pathlib import Path

import nbformat
import pytest

from tests import ROOT
from tools import book
from tools.browser.session import AXE_SOURCE
from tools.lessons import episode

INSTALL_TIMEOUT = 300  # seconds
PHONE = {"width": 390, "height": 844}


def cell(source: str, **metadata) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def page(*cells: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    title = nbformat.v4.new_markdown_cell("# Lab 12-3: write a jail")
    return book.page(nbformat.v4.new_notebook(cells=[title, *cells]), "12-3").cells


def test_a_title_begins_with_its_number():
    assert page()[0].source == "# 12-3 · write a jail"


def test_a_collapsed_cell_is_collapsed_and_named_by_its_first_line():
    _, shown, collapsed = page(cell("run()"), cell("# Draw it.\ndraw()", jupyter={"source_hidden": True}))
    assert "tags" not in shown.metadata
    assert collapsed.metadata.tags == ["hide-input"]
    assert collapsed.metadata.mystnb == {"code_prompt_show": "Draw it.", "code_prompt_hide": "Draw it."}


def test_the_answer_to_a_prediction_is_closed():
    _, run, answer = page(cell("run()"), cell("guess.reveal(measured)"))
    assert "tags" not in run.metadata
    assert answer.metadata.tags == ["hide-output"]
    assert answer.metadata.mystnb["code_prompt_show"] == "Show what was measured"


def test_a_link_of_an_output_leads_to_a_page():
    shown = cell("overview()")
    html = '<a href="00b-x.ipynb#A-b">b</a> <a href="../labs/05-y.ipynb">y</a> <a href="https://a.org/c.ipynb">c</a>'
    shown.outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    links = page(shown)[1].outputs[0].data["text/html"]
    assert links == html.replace("x.ipynb", "x.html").replace("y.ipynb", "y.html")


def test_a_line_above_a_panels_picture_says_what_moves():
    panel, picture = (cell("panel", readiness={"presses": ["Next", "Next", "Back"]}), cell("picture"))
    for each, widget in ((panel, True), (picture, False)):
        data = {"image/png": "", "text/plain": "what it shows"}
        metadata = {"readiness": {"widget": widget}}
        each.outputs = [nbformat.v4.new_output("display_data", data, metadata=metadata)]
    _, caption, first, second = page(panel, picture)
    assert caption.source == "*The picture below moves in JupyterLab.* There you press: Next, Back."
    assert [first.source, second.source] == ["panel", "picture"]


def test_a_link_to_a_file_that_is_no_page_is_plain_text():
    links = "[a](../readiness/a.py) [b](../labs/05-b.ipynb) [c](03a-c.ipynb#Call-it-again)"
    text = page(nbformat.v4.new_markdown_cell(links))[1].source
    assert text == "a [b](../labs/05-b.ipynb) [c](03a-c.ipynb#Call-it-again)"


def test_the_contents_have_every_episode_and_every_lab(tmp_path):
    book.write_pages(tmp_path)
    contents = (tmp_path / "index.md").read_text("utf-8").split()
    listed = {path for pattern in contents if pattern.startswith(book.FOLDERS) for path in tmp_path.glob(pattern)}
    assert listed == set(tmp_path.glob("*/*.ipynb"))
    assert len(listed) >= len(episode.episode_paths())


@pytest.fixture(scope="module")
def site(need, tmp_path_factory) -> Path:
    """The folder of the page, built in an environment that has the packages of `make book`."""
    home = (ROOT / ".venv" if (ROOT / ".venv").is_dir() else tmp_path_factory.mktemp("env")) / "book"
    python = home / ("Scripts" if os.name == "nt" else "bin") / Path(sys.executable).name
    venv.create(home, clear=True, with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt", "-e"]
    ran = subprocess.run([*pip, ".[book]"], cwd=ROOT, capture_output=True, text=True, timeout=INSTALL_TIMEOUT)
    need(ran.returncode == 0, f"the packages of the page could not be installed: {ran.stderr[-300:]}")
    folder = tmp_path_factory.mktemp("site")
    ran = subprocess.run([python, "-m", "tools.book", folder], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture
def browser(need):
    chromium = shutil.which("chromium")
    need(chromium, "no Chromium: install Debian's package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        made = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


@pytest.fixture
def address(site):
    """The address of the page on a server of this test."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_fits_a_phone_and_axe_finds_nothing(site, address, browser, scheme):
    names = [path.relative_to(site).as_posix() for folder in book.FOLDERS for path in (site / folder).glob("*.html")]
    assert len(names) > len(episode.episode_paths())
    found = []
    with browser.new_context(viewport=PHONE, color_scheme=scheme) as context:
        shown = context.new_page()
        for name in ["index.html", *sorted(names)]:
            shown.goto(f"{address}/{name}")
            if shown.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                found.append(f"{name}: wider than a phone")
            if shown.locator("main img:not([alt]), main img[alt='']").count():
                found.append(f"{name}: a picture without alternative text")
            shown.evaluate(AXE_SOURCE.read_text(encoding="utf-8"))
            result = shown.evaluate("axe.run('main')")
            found += [f"{name}: {v['id']}: {v['nodes'][0]['html'][:150]}" for v in result["violations"]]
    assert found == []


@pytest.mark.thorough
@pytest.mark.parametrize("width", [PHONE["width"], 800])
@pytest.mark.parametrize("menu", ["primary", "secondary"])
def test_the_buttons_of_both_menus_open_them(site, address, browser, width, menu):
    with browser.new_context(viewport=PHONE | {"width": width}) as context:
        shown = context.new_page()
        shown.goto(f"{address}/notebooks/05a-one-call-becomes-three.html")
        shown.locator(f".{menu}-toggle:visible").first.click()
        shown.locator("dialog[open] a").first.wait_for()


@pytest.mark.thorough
def test_a_reader_finds_a_word(site, address, browser):
    with browser.new_context() as context:
        shown = context.new_page()
        shown.goto(f"{address}/search.html?q=starvation")
        shown.locator(".search li a").first.wait_for()
        assert any("06" in text for text in shown.locator(".search li a").all_inner_texts())
