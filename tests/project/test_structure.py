"""The lessons, README's table and the package keep the rules of tools/check_lessons.py and tools/check_modules.py.

Each rule is also seen to fail, on a sample that breaks it. What a notebook does when it runs is tested elsewhere.
"""

from pathlib import Path

import nbformat
import pytest

from tests import ROOT
from tests.course.sample_lesson import cell, good_lesson, sentences
from tools import check_lessons, check_modules

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_are_lessons():
    assert LESSONS


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_keeps_the_rules(path):
    found = list(check_lessons.violations(read(path), f"notebooks/{path.name}"))
    assert not found, "\n".join(found)


def test_the_readme_lists_the_lessons():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert list(check_lessons.table_violations(readme, {path.name: read(path) for path in LESSONS})) == []


def test_every_module_keeps_the_rules():
    assert list((ROOT / "readiness").rglob("*.py"))
    found = list(check_modules.violations(ROOT / "readiness"))
    assert not found, "\n".join(found)


def replace(name: str, old: str, new: str):
    """A change of one cell's text, which must be there to change."""

    def change(nb):
        assert old in cell(nb, name).source
        cell(nb, name).source = cell(nb, name).source.replace(old, new)

    return change


def source(name: str, text: str):
    def change(nb):
        cell(nb, name).source = text

    return change


def tagged(name: str, *tags: str):
    def change(nb):
        cell(nb, name).metadata.tags = list(tags)

    return change


def renamed(name: str, new: str):
    def change(nb):
        cell(nb, name).id = new

    return change


def without(*names: str):
    def change(nb):
        assert set(names) <= {cell.id for cell in nb.cells}
        nb.cells = [cell for cell in nb.cells if cell.id not in names]

    return change


def longer_code(lines: int, *names: str):
    def change(nb):
        for name in names:
            cell(nb, name).source = "\n".join(["assert True"] * lines)

    return change


# The change of the good lesson, and the message that must follow: the cell if there is one, and a part of the sentence.
BROKEN = {
    "random id": (renamed("add", "1f2e3d4c"), "1f2e3d4c: needs an id that speaks"),
    "uuid": (renamed("add", "ab12cd34-aaaa-bbbb"), "needs an id that speaks"),
    "same id twice": (renamed("add", "say"), "say: two cells have this id"),
    "no title": (replace("title", "# Wait", "Wait"), "doesn't begin with a title"),
    "no aim": (replace("title", "What you'll learn", "You learn"), "no heading “What you'll learn”"),
    "no first aim": (replace("title", "**What you'll do**: read this.\n", ""), "no heading “What you'll do”"),
    "aims in disorder": (
        replace("title", "# Wait for a sample\n", "# Wait for a sample\n**What you'll need**: nothing.\n"),
        "not in this order",
    ),
    "no closing": (replace("closing", "## In practice", "Practice"), "no heading “In practice”"),
    "more after the end": (replace("closing", "None.", "None.\n\n## More"), "a heading follows"),
    "no minutes": (replace("title", "10 minutes", "a while"), "doesn't say “N minutes”"),
    "no run time": (replace("title", "5 seconds", "a moment"), "for how many seconds"),
    "too short a time": (replace("title", "10 minutes", "4 minutes"), "states 4 minutes, but"),
    "too long a time": (replace("title", "10 minutes", "20 minutes"), "states 20 minutes, more than 15"),
    "slow cells": (replace("title", "5 seconds", "900 seconds"), "states 10 minutes, but"),
    "long cells": (longer_code(6, "add", "say", "shape"), "half of the code cells have more than 5 lines"),
    "one long cell": (longer_code(31, "shape"), "shape: 31 lines of code"),
    "a tenth long": (longer_code(30, "shape"), "a tenth of the code cells have more than 18 lines"),
    "long prose": (source("before-add", sentences(130)), "before-add: 130 words of prose"),
    "no code": (without("add", "say", "count", "measure", "shape"), "no code cell"),
    "three in a row": (without("after-1", "before-say", "after-2", "before-count"), "add: three code cells in a row"),
    "few words": (without("before-add", "before-say"), "words, not 900 to 1800"),
    "many words": (source("before-add", sentences(900)), "words, not 900 to 1800"),
    "exclamation": (replace("closing", "Try it.", "Try it!"), "closing: an exclamation mark"),
    "silent image": (replace("closing", "None.", "![](chart.png)"), "closing: an image without alt text"),
    "silent img": (replace("closing", "None.", '<img src="chart.png" alt="">'), "closing: an <img> without alt text"),
    "magic": (source("add", "%time 2 + 2"), "add: not plain Python"),
    "shell": (source("add", "!ls"), "add: not plain Python"),
    "star import": (source("add", "from os import *"), "add: a star import"),
    "clears": (source("add", "from IPython.display import clear_output\nclear_output()"), "add: calls clear_output"),
    "magic by call": (source("add", "get_ipython().run_line_magic('time', '1')"), "add: calls get_ipython"),
    "semicolon": (source("add", "2 + 2;"), "add: ends with a semicolon"),
    "absolute path": (source("add", "open('/home/me/x')"), "add: an absolute path, '/home/me/x'"),
    "drive": (source("add", "open('C:/x')"), "add: an absolute path, 'C:/x'"),
    "home": (source("add", "open('~/x')"), "add: an absolute path, '~/x'"),
    "bound port": (source("add", "s.bind(('127.0.0.1', 6969))"), "add: port 6969"),
    "low port": (source("add", "s.connect((HOST, 80))"), "add: port 80"),
    "port of its own": (source("add", "asyncio.start_server(f, 'localhost', 8888)"), "add: port 8888"),
    "port by name": (source("add", "f(port=21)"), "add: port 21"),
    "constant": (source("add", "PORT = 2121"), "add: port 2121"),
    "constant address": (source("add", "ADDRESS = '127.0.0.1', 2121"), "add: port 2121"),
    "unknown tag": (tagged("add", "nbval-skip"), "add: tag nbval-skip isn't one of"),
    "comment": (source("add", "# NBVAL_IGNORE_OUTPUT\n2"), "add: speaks to nbval in a comment"),
    "raises nothing": (tagged("add", "raises-exception"), "add: tagged raises-exception, but"),
    "unasserted": (source("shape", "time.monotonic() > 0"), "measure: its output is ignored, and no assertion"),
    "asserted too late": (tagged("add", "nbval-ignore-output"), "add: its output is ignored, and no assertion"),
}


def test_the_good_lesson_passes():
    assert list(check_lessons.violations(good_lesson(), "08-sample.ipynb")) == []


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_rule_is_named(kind):
    change, message = BROKEN[kind]
    nb = good_lesson()
    change(nb)
    found = list(check_lessons.violations(nb, "08-sample.ipynb"))
    assert any(sentence.startswith("08-sample.ipynb: ") and message in sentence for sentence in found), found


def formatted(nb):
    """Four lines of code in three cells each, with what the formatter adds to them."""
    for name in ("add", "say", "count"):
        cell(nb, name).source = "def f():\n    return dict(\n        a=1,\n    )\n\n\nf()"


ALLOWED = {
    "brackets and blank lines": formatted,
    "allowed magic": source("add", "%matplotlib inline\nimport os"),
    "free port": source("add", "import socket\nsocket.create_server(('127.0.0.1', 0), backlog=100)"),
    "address at hand": source("add", "socket.create_connection(server.address, 2)"),
    "system file": source("add", "open('/proc/self/fdinfo/3').read()"),
    "await": source("add", "await asyncio.sleep(0)"),
    "not equal": replace("closing", "Try it.", "Try `a != b`."),
    "image": replace("closing", "None.", "![A chart that climbs](chart.png)"),
    "numbered title": replace("title", "# Wait", "# 08 · Wait"),
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_what_is_allowed_passes(kind):
    nb = good_lesson()
    ALLOWED[kind](nb)
    assert list(check_lessons.violations(nb, "08-sample.ipynb")) == []


def test_lesson_00_may_be_short():
    nb = good_lesson()
    without("before-add", "before-say")(nb)
    assert list(check_lessons.violations(nb, "00-sample.ipynb")) == []


ROW = "| 08 | [Wait for a sample](notebooks/08-sample.ipynb) | A wait | 10 |"
TABLES = {
    "missing": ("", "README.md lists []"),
    "gone": (ROW + "\n| 09 | [Next](notebooks/09-next.ipynb) | More | 10 |", "09-next.ipynb"),
    "number": (ROW.replace("| 08", "| 07"), "stands as number 07"),
    "title": (ROW.replace("Wait", "Await", 1), "its own title is “Wait for a sample”"),
    "minutes": (ROW.replace("| 10 |", "| 12 |"), "takes 12 minutes, it states 10"),
}


@pytest.mark.parametrize("row", [ROW, ROW.replace(" A wait |", "")])
def test_a_true_table_passes(row):
    assert list(check_lessons.table_violations(f"# x\n\n{row}\n", {"08-sample.ipynb": good_lesson()})) == []


@pytest.mark.parametrize("kind", TABLES)
def test_a_false_table_is_named(kind):
    readme, message = TABLES[kind]
    found = list(check_lessons.table_violations(readme, {"08-sample.ipynb": good_lesson()}))
    assert any(message in sentence for sentence in found), found


DOC = '"""It is a module."""\n'
MODULES = {
    "no docstring": ("system/limits.py", "x = 1\n", "no docstring"),
    "too long": ("system/limits.py", DOC + "x = 1\n" * 300, "301 lines, more than 300"),
    "variable message": ("system/limits.py", DOC + "_(text)\n", "line 2: _() needs one string literal"),
    "formatted message": ("system/limits.py", DOC + "_(f'{n} ready')\n", "line 2: _() needs one string literal"),
    "exclamation": ("system/limits.py", DOC + "_('Ready!')\n", "line 2: an exclamation mark"),
    "assert": ("system/limits.py", DOC + "assert n > 0\n", "line 2: an assert, which python -O leaves out"),
    "assert in a method": ("system/limits.py", DOC + "class C:\n def f(self):\n  assert self\n", "line 4: an assert"),
    "assert that judges": ("system/limits.py", DOC + "assert n is not None, 'no answer'\n", "line 2: an assert"),
}
GOOD_MODULES = {
    "conversion": ("system/limits.py", DOC + "_('no {name!r} here')\n"),
    "type": ("system/limits.py", DOC + "assert process.stdin is not None\n"),
    "class": ("system/limits.py", DOC + "assert isinstance(transport, asyncio.Transport)\n"),
}


@pytest.mark.parametrize("kind", MODULES)
def test_a_broken_module_is_named(kind, tmp_path):
    module, text, message = MODULES[kind]
    file = tmp_path / "readiness" / module
    file.parent.mkdir(parents=True)
    file.write_text(text)
    found = list(check_modules.violations(tmp_path / "readiness"))
    assert any(sentence.startswith(f"readiness/{module}: {message}") for sentence in found), found


@pytest.mark.parametrize("kind", GOOD_MODULES)
def test_a_good_module_passes(kind):
    _module, text = GOOD_MODULES[kind]
    assert list(check_modules.module_violations(text)) == []
