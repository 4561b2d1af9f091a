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
CUT_CODE = "[...document.querySelectorAll('div.cell_input pre')].some(pre => pre.scrollWidth > pre.clientWidth)"


def cell(source: str, **metadata) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def page(*cells: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    title = nbformat.v4.new_markdown_cell("# Lab 12-3: write a jail")
    return book.page(nbformat.v4.new_notebook(cells=[title, *cells]), "12-3").cells


def shown(data: dict[str, str], widget: bool = True) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data, metadata={"readiness": {"widget": widget}})


def test_a_title_begins_with_its_number_and_a_line_says_where_to_run_it():
    assert page()[0].source.startswith("# Lab 12-3 · Write a jail\n\n" + book.HERE)


def test_a_collapsed_cell_is_collapsed_and_named_by_its_first_line():
    _, shown, collapsed = page(cell("run()"), cell("# Draw it.\ndraw()", jupyter={"source_hidden": True}))
    assert "tags" not in shown.metadata
    assert collapsed.metadata.tags == ["hide-input"]
    assert collapsed.metadata.mystnb == {"code_prompt_show": "Draw it.", "code_prompt_hide": "Draw it."}


@pytest.mark.parametrize("source", ["guess.reveal(measured)", "done = [claims.present(claim) for claim in CLAIMS]"])
def test_an_answer_is_closed(source):
    _, run, answer = page(cell("run()"), cell(source))
    assert "tags" not in run.metadata
    assert answer.metadata.tags == ["hide-output"]
    assert answer.metadata.mystnb["code_prompt_show"] == "Show what was measured"


def test_a_collapsed_cell_with_an_answer_is_closed_once():
    _, answer = page(cell("# Print it.\nguess.reveal(1)", jupyter={"source_hidden": True}))
    assert answer.metadata.tags == ["hide-cell"]
    assert answer.metadata.mystnb["code_prompt_show"] == "Show what was measured"


def test_text_about_keys_is_in_a_box():
    keys = nbformat.v4.new_markdown_cell("## First\n\nPress Shift-Enter.", metadata={"tags": ["jupyterlab"]})
    plain = nbformat.v4.new_markdown_cell("## Second\n\nRead on.")
    _, boxed, open_text = page(keys, plain)
    assert boxed.source == "## First\n\n````{admonition} In JupyterLab\nPress Shift-Enter.\n````"
    assert open_text.source == plain.source


def test_a_lab_shows_the_pictures_of_its_given_cells():
    given, answer = cell("picture()"), cell("pass")
    solved = [nbformat.v4.new_code_cell(source, id=c.id) for c, source in ((given, "picture()"), (answer, "solve()"))]
    for each in solved:
        each.outputs = [shown({"image/png": "drawn", "text/plain": ""}, widget=False)]
    lab = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Lab 12-3: write a jail"), given, answer])
    _, picture, stub = book.page(lab, "12-3", nbformat.v4.new_notebook(cells=solved)).cells
    assert picture.outputs[0].data["image/png"] == "drawn"
    assert stub.outputs == []


def test_the_comment_that_names_a_solution_is_not_on_the_page():
    _, setup = page(cell("# Import it.\n# Derived from solutions/a.ipynb by make labs: edit it.\nimport os"))
    assert setup.source == "# Import it.\nimport os"


def test_a_link_of_an_output_leads_to_a_page():
    overview = cell("overview()")
    html = '<a href="00b-x.ipynb#A-b">b</a> <a href="../labs/05-y.ipynb">y</a> <a href="https://a.org/c.ipynb">c</a>'
    overview.outputs = [shown({"text/html": html}, widget=False)]
    links = page(overview)[1].outputs[0].data["text/html"]
    assert links == html.replace("x.ipynb", "x.html").replace("y.ipynb", "y.html")


@pytest.mark.parametrize(
    ("source", "data", "caption"),
    [
        ("panel", "image/png", "*The picture below moves in JupyterLab.* There you press: Next, Back."),
        ("panel", "text/plain", "*The text below is a panel that moves in JupyterLab.* There you press: Next, Back."),
        ("ClaimCards()", "text/plain", "*The text below is a panel that moves in JupyterLab.*"),  # no answers
        (
            "Prediction()",
            "text/plain",
            "*Answer before you read on. In JupyterLab you press or type your answer here.*",
        ),
    ],
)
def test_a_line_above_a_panel_says_what_moves(source, data, caption):
    panel, picture = (cell(source, readiness={"presses": ["Next", "Next", "Back"]}), cell("picture"))
    panel.outputs, picture.outputs = [shown({data: ""})], [shown({data: ""}, widget=False)]
    _, above, first, second = page(panel, picture)
    assert above.source == caption
    assert [first.source, second.source] == [source, "picture"]


def test_a_link_to_a_file_that_is_no_page_is_plain_text():
    links = "[a](../readiness/a.py) [b](../labs/05-b.ipynb) [c](03a-c.ipynb#Call-it-again)"
    text = page(nbformat.v4.new_markdown_cell(links))[1].source
    assert text == "a [b](../labs/05-b.ipynb) [c](03a-c.ipynb#Call-it-again)"


def test_the_page_on_running_has_the_sections_of_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    text = book.run_page(readme)
    for heading in book.RUN_SECTIONS:
        assert f"\n## {heading}\n" in text
    assert "\n## Labs" not in text
    assert "mybinder.org/v2/gh/OWNER/REPO/" in text
    ours = book.run_page(readme, "ada/course")
    assert "mybinder.org/v2/gh/ada/course/" in ours
    assert "OWNER" not in ours


def test_the_contents_have_every_episode_and_every_lab(tmp_path):
    book.write_pages(tmp_path)
    contents = (tmp_path / "index.md").read_text("utf-8").split()
    listed = {path for pattern in contents if pattern.startswith(book.FOLDERS) for path in tmp_path.glob(pattern)}
    assert {"run", "docs/teachers"} <= set(contents)
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
    env = os.environ | {"GITHUB_REPOSITORY": "ada/course"}  # as in the workflow that publishes the page
    ran = subprocess.run([python, "-m", "tools.book", folder], cwd=ROOT, env=env, capture_output=True, text=True)
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
        for name in ["index.html", "run.html", "docs/teachers.html", *sorted(names)]:
            shown.goto(f"{address}/{name}")
            if shown.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                found.append(f"{name}: wider than a phone")
            if shown.locator("main img:not([alt]), main img[alt='']").count():
                found.append(f"{name}: a picture without alternative text")
            if shown.evaluate(CUT_CODE):
                found.append(f"{name}: code that does not wrap")
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
def test_no_file_of_a_page_is_missing(site, address, browser):
    with browser.new_context() as context:
        shown = context.new_page()
        missing = []
        shown.on("response", lambda got: got.status >= 400 and missing.append(got.url))
        for name in ("index", "run", "labs/12-1-ftp-control-channel"):
            shown.goto(f"{address}/{name}.html", wait_until="networkidle")
        icon = shown.locator("link[rel='icon']").get_attribute("href")
        shown.goto(f"{address}/labs/{icon}")
        assert missing == []


@pytest.mark.thorough
def test_a_reader_finds_a_word(site, address, browser):
    with browser.new_context() as context:
        shown = context.new_page()
        shown.goto(f"{address}/search.html?q=starvation")
        shown.locator(".search li a").first.wait_for()
        assert any("06" in text for text in shown.locator(".search li a").all_inner_texts())


@pytest.mark.thorough
def test_a_search_hit_quotes_the_text_of_a_page(site, address, browser):
    with browser.new_context(viewport=PHONE) as context:
        shown = context.new_page()
        shown.goto(f"{address}/search.html?q=descriptor")
        shown.locator(".search p.context").first.wait_for()
        hits = shown.locator(".search p.context").all_inner_texts()
        assert [hit for hit in hits if "Contents" in hit or "import " in hit] == []
        assert shown.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.thorough
def test_what_is_wider_than_a_phone_says_so(site, address, browser):
    cut = """[...document.querySelectorAll('div.cell_output, div.pst-scrollable-table-container')]
        .filter(each => each.scrollWidth > each.clientWidth && !each.matches('.sideways[tabindex="0"]')).length"""
    with browser.new_context(viewport=PHONE) as context:
        shown = context.new_page()
        for name in ("run", "notebooks/03a-three-bitmaps", "notebooks/08b-the-cost-on-a-live-server"):
            shown.goto(f"{address}/{name}.html")
            shown.locator(".sideways").first.wait_for()
            assert shown.evaluate(cut) == 0


@pytest.mark.thorough
def test_wrapped_code_is_copied_as_it_was(site, address, browser):
    cells = episode.code_cells(episode.read(ROOT / "notebooks" / "03a-three-bitmaps.ipynb"))
    [code] = [each.source for each in cells if each.source.startswith("def three_turns")]
    with browser.new_context(viewport=PHONE) as context:
        shown = context.new_page()
        shown.goto(f"{address}/notebooks/03a-three-bitmaps.html")
        copied = "pre => { getSelection().selectAllChildren(pre); return getSelection().toString() }"
        assert shown.locator("div.cell_input pre", has_text="def three_turns").evaluate(copied) == code


@pytest.mark.thorough
def test_a_page_leads_to_binder(site, address, browser):
    with browser.new_context() as context:
        shown = context.new_page()
        shown.goto(f"{address}/notebooks/05a-one-call-becomes-three.html")
        start = "https://mybinder.org/v2/gh/ada/course/HEAD?urlpath=lab/tree/notebooks/05a-one-call-becomes-three.ipynb"
        assert shown.locator(f'a[href="{start}"]').count()
