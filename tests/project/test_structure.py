"""The episodes and the package keep the rules of tools/check_lessons.py and tools/check_modules.py.

Each rule is also seen to fail, on a sample that breaks it. What a notebook does when it runs is tested elsewhere.
"""

import pytest

from tests import ROOT
from tests.course.sample_lesson import ENDING, NAME, QUESTION, cell, good_lesson, sentences
from tools import check_lessons, check_modules, minutes
from tools.lessons import episode, next_cell

EPISODES = episode.episode_paths()


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_an_episode_keeps_the_rules(path):
    found = list(check_lessons.violations(episode.read(path), f"notebooks/{path.name}"))
    assert not found, "\n".join(found)


def test_the_course_keeps_the_rules():
    assert EPISODES
    found = list(check_lessons.course_violations({path.name: episode.read(path) for path in EPISODES}))
    assert not found, "\n".join(found)


def test_every_module_keeps_the_rules():
    assert list((ROOT / "readiness").rglob("*.py"))
    found = list(check_modules.violations(ROOT / "readiness"))
    assert not found, "\n".join(found)


def replace(name: str, old: str, new: str, count: int = -1):
    """A change of one cell's text, which must be there to change."""

    def change(nb):
        assert old in cell(nb, name).source
        cell(nb, name).source = cell(nb, name).source.replace(old, new, count)

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
            cell(nb, name).source = "\n".join(["2 + 2"] * lines)

    return change


def collapsed(name: str, text: str):
    """A change of one code cell to collapsed code."""

    def change(nb):
        cell(nb, name).source = text
        cell(nb, name).metadata.jupyter = {"source_hidden": True}

    return change


def both(*changes):
    def change(nb):
        for one in changes:
            one(nb)

    return change


def named_ours(**ours: object):
    def change(nb):
        cell(nb, "add").metadata.readiness = ours

    return change


def predictions(count: int):
    return source("add", "\n".join(["Prediction('?')"] * count))


def runs_for(seconds: float):
    def change(nb):
        cell(nb, "add").metadata.readiness = {"seconds": seconds}
        cell(nb, "title").source = cell(nb, "title").source.rsplit("\n", 1)[0] + "\n" + head_line(nb)

    return change


def head_line(nb):
    return minutes.head_line(minutes.minutes(nb))


# The change of the good episode, and the message that must follow: the cell if there is one, a part of the sentence.
BROKEN = {
    "random id": (renamed("add", "1f2e3d4c"), "1f2e3d4c: needs an id that speaks"),
    "uuid": (renamed("add", "ab12cd34-aaaa-bbbb"), "needs an id that speaks"),
    "same id twice": (renamed("add", "say"), "say: two cells have this id"),
    "another first cell": (renamed("title", "start"), "start: the first cell is not a Markdown cell with the id title"),
    "no title": (replace("title", "# Wait", "Wait"), "title: doesn't begin with a title"),
    "no question": (replace("title", "**The question:** ", ""), "title: has no line “**The question:**"),
    "no question mark": (replace("title", "pass?", "pass."), "title: has no line “**The question:**"),
    "two questions": (
        replace("title", "*You need", "**The question:** Why?\n\n*You need"),
        "title: has no line “**The question:**",
    ),
    "no need": (replace("title", "*You need:* nothing.", "Nothing."), "title: has no line “*You need:*"),
    "no minutes": (replace("title", "6 minutes", "a while"), "title: its last line is not “**N minutes**"),
    "no run time": (replace("title", "1 second", "a moment"), "title: its last line is not “**N minutes**"),
    "minutes not last": (replace("title", "1 second.", "1 second.\n\nMore."), "title: its last line is not"),
    "other minutes": (replace("title", "6 minutes", "5 minutes"), "title: states “**5 minutes**"),
    "other seconds": (replace("title", "1 second.", "9 seconds."), "title: states “**6 minutes**; the cells run for 9"),
    "sixteen minutes": (runs_for(600), "minutes by the model, more than 15"),
    "three predictions": (predictions(3), "3 predictions, more than 2"),
    "no key points": (replace("key-points", "## Key points", "The points"), "no heading “## Key points”"),
    "four key points": (replace("key-points", "- A bad", "- Two.\n- Three.\n- A bad"), "key-points: 4 key points"),
    "points in a sentence": (replace("key-points", "- ", ""), "key-points: 0 key points"),
    "key points elsewhere": (renamed("key-points", "points"), "points: the section “Key points” stands in a cell"),
    "two questions to check": (replace("check-yourself", QUESTION + "\n\n", "", 1), "check-yourself: 2 questions"),
    "no blank line": (replace("check-yourself", "</summary>\n", "</summary>", 1), "check-yourself: 2 questions"),
    "self-check elsewhere": (renamed("check-yourself", "exam"), "exam: the section “Check yourself” stands in a cell"),
    "a heading after the key points": (
        replace("closing", "## In practice", "## More"),
        "the heading “More” follows “Key points”",
    ),
    "closing in disorder": (replace("closing", "## On your own", "## Further reading"), "not in this order, each once"),
    "closing before": (replace("after-5", "These", "## In practice\nThese", 1), "“In practice” stands before"),
    "long closing": (replace("closing", "None.", sentences(250)), "words in On your own, In practice, Further reading"),
    "another last cell": (without("next"), "closing: the last cell is not a Markdown cell with the id next"),
    "long cells": (longer_code(7, "add", "say", "count"), "half of the code cells have more than 6 lines"),
    "one long cell": (longer_code(31, "shape"), "shape: 31 lines of code"),
    "a tenth long": (longer_code(30, "count"), "a tenth of the code cells have more than 18 lines"),
    "yellow": (source("before-add", "What is ready is yellow."), "before-add: yellow, which is olive on a dark page"),
    "long prose": (source("before-add", sentences(130)), "before-add: 130 words of prose"),
    "no code": (without("add", "say", "count", "measure", "shape"), "no code cell"),
    "three in a row": (without("after-1", "before-say", "after-2", "before-count"), "add: three code cells in a row"),
    "one of three collapsed": (
        both(
            without("after-1", "before-say", "after-2", "before-count"),
            collapsed("say", "# Say it.\nprint('ready')"),
        ),
        "add: three code cells in a row",
    ),
    "mostly collapsed": (collapsed("count", "# Count.\n" + "1\n" * 9), "of 16 code lines are collapsed"),
    "collapsed without a comment": (collapsed("add", "2 + 2"), "add: is collapsed, and its first line is not"),
    "an empty comment": (collapsed("add", "#\n2 + 2"), "add: is collapsed, and its first line is not"),
    "a taught name assigned": (
        both(collapsed("add", "# Add.\nfor total in []:\n    pass"), replace("after-1", "These", "`total`", 1)),
        "add: is collapsed, and assigns `total`",
    ),
    "a taught function defined": (
        both(collapsed("add", "# Add.\ndef wait():\n    pass"), replace("after-1", "These", "`wait(0)`", 1)),
        "add: is collapsed, and assigns `wait`",
    ),
    "a taught call": (
        both(collapsed("add", "# Add.\nsock.recv(1)"), replace("after-1", "These", "`sock.recv`", 1)),
        "add: is collapsed, and calls `recv`",
    ),
    "an assert in a reveal": (source("add", "guess.reveal(4)\nassert 2 + 2 == 4"), "add: reveals a prediction and"),
    "an assert in sight": (source("add", "assert 2 + 2 == 4"), "add: is open and holds an assert"),
    "an answer in a lead": (
        replace("closing", "None.", "The collapsed cell checks that the event came."),
        "closing: says what comes out of a collapsed check",
    ),
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
    "unasserted": (source("shape", "# Check.\ntime.monotonic() > 0"), "measure: its output is ignored, and no assert"),
    "asserted too late": (tagged("add", "nbval-ignore-output"), "add: its output is ignored, and no assertion"),
    "unknown metadata": (named_ours(press=["A"]), "add: metadata readiness.press is not one of presses"),
    "presses as a text": (named_ours(presses="A"), "add: metadata readiness.presses is not one of"),
    "an answer like a button": (
        both(source("add", "widgets.Prediction('?', ['Wait', 'no'])"), named_ours(presses=["Wait"])),
        "add: its answer “Wait” is also the name of a button",
    ),
    "an empty press": (named_ours(presses=[""]), "add: metadata readiness.presses holds something"),
}


def found_in(nb, name: str = NAME) -> list[str]:
    return list(check_lessons.violations(nb, name))


def test_the_good_episode_passes():
    assert found_in(good_lesson()) == []


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_rule_is_named(kind):
    change, message = BROKEN[kind]
    nb = good_lesson()
    change(nb)
    found = found_in(nb)
    assert any(sentence.startswith(f"{NAME}: ") and message in sentence for sentence in found), found


@pytest.mark.parametrize("name", ["08-sample.ipynb", "8a-sample.ipynb", "08a-Sample.ipynb", "08a.ipynb"])
def test_a_file_name_without_a_chapter_and_a_letter_is_named(name):
    assert found_in(good_lesson(), name) == [
        f"{name}: the name of the file is not like 04b-when-the-peer-has-gone.ipynb"
    ]


def test_the_first_episode_takes_ten_minutes_at_most():
    nb = good_lesson()
    runs_for(300)(nb)
    assert found_in(nb) == []
    assert found_in(nb, "00a-sample.ipynb") == ["00a-sample.ipynb: takes 10.5 minutes by the model, more than 10"]


def formatted(nb):
    """Four lines of code in three cells each, with what the formatter adds to them."""
    for name in ("add", "say", "count"):
        cell(nb, name).source = "def f():\n    return dict(\n        a=1,\n    )\n\n\nf()"
    cell(nb, "title").source = cell(nb, "title").source.rsplit("\n", 1)[0] + "\n" + head_line(nb)


ALLOWED = {
    "brackets and blank lines": formatted,
    "allowed magic": source("add", "%matplotlib inline\nimport os"),
    "free port": source("add", "import socket\nsocket.create_server(('127.0.0.1', 0), backlog=100)"),
    "address at hand": source("add", "socket.create_connection(server.address, 2)"),
    "system file": source("add", "open('/proc/self/fdinfo/3').read()"),
    "await": source("add", "await asyncio.sleep(0)"),
    "not equal": replace("closing", "Try it.", "Try `a != b`."),
    "image": replace("closing", "None.", "![A chart that climbs](chart.png)"),
    "numbered title": replace("title", "# Wait", "# 08a · Wait"),
    "two of three collapsed": both(
        without("after-1", "before-say", "after-2", "before-count"),
        collapsed("say", "# Say it.\nprint('ready')"),
        collapsed("count", "# Count.\n45"),
        longer_code(4, "add"),
        runs_for(0.1),
    ),
    "a prediction is no plumbing": both(
        collapsed("count", "# Ask.\nguess = Prediction(\n    'a',\n    [\n        'b',\n    ],\n)\nguess"),
        collapsed("say", "# Ask.\nPrediction('c')"),
        runs_for(0.1),
    ),
    "a taught call that is shown, too": both(
        collapsed("add", "# Add.\nsock.recv(1)"),
        source("say", "sock.recv(2)\n2"),
        replace("after-1", "These", "`sock.recv`", 1),
    ),
    "a taught module imported": both(
        collapsed("add", "# Import.\nimport select"), replace("after-1", "These", "`select`", 1)
    ),
    "a name inside a function": both(
        collapsed("add", "# Add.\ndef f():\n    fd = 1"), replace("after-1", "These", "`fd`", 1)
    ),
    "a built-in call": both(collapsed("add", "# Say.\nprint(1)"), replace("after-1", "These", "`len(x)`", 1)),
    "no self-check": without("check-yourself"),
    "no closing": without("closing"),
    "our metadata": both(named_ours(presses=["A", "B = 1"], expects_alert=True), runs_for(0.2)),
    "asserted three cells later": tagged("say", "nbval-ignore-output"),
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_what_is_allowed_passes(kind):
    nb = good_lesson()
    ALLOWED[kind](nb)
    assert [sentence for sentence in found_in(nb) if ": title: states" not in sentence] == []


def test_closing_parts_may_be_long_and_self_checks_too():
    nb = good_lesson()
    replace("closing", "None.", sentences(200))(nb)
    replace("check-yourself", "Four.", sentences(60))(nb)
    assert [sentence for sentence in found_in(nb) if ": title: states" not in sentence] == []


# What one episode alone does not show


def course(**changes):
    """Episodes 08a, 08b and 09a, each changed by the change of its name, with the last cells that the tool writes."""
    names = ["08a-sample.ipynb", "08b-sample.ipynb", "09a-sample.ipynb"]
    episodes = {name: good_lesson() for name in names}
    for name, change in changes.items():
        change(episodes[f"{name.strip('_')}-sample.ipynb"])
    return episodes


@pytest.fixture
def next_texts(monkeypatch):
    monkeypatch.setattr(next_cell, "next_text", lambda name: ENDING["next"])


def test_a_chapter_ends_with_a_self_check(next_texts):
    assert list(check_lessons.course_violations(course(_08a=without("check-yourself")))) == []
    [sentence] = check_lessons.course_violations(course(_08b=without("check-yourself")))
    assert sentence == "notebooks/08b-sample.ipynb: the chapter ends here without the section “Check yourself”"


def test_the_last_cells_are_those_that_the_tool_writes(next_texts):
    [sentence] = check_lessons.course_violations(course(_09a=source("next", "Next: 10")))
    assert sentence.startswith("notebooks/09a-sample.ipynb: next: is not as python -m tools.minutes --write")


def test_an_episode_takes_twelve_minutes_in_the_mean(next_texts):
    assert list(check_lessons.course_violations(course(_08a=runs_for(800)))) == []
    [sentence] = check_lessons.course_violations(course(_08a=runs_for(1200)))
    assert sentence == "notebooks: an episode takes 12.2 minutes in the mean, more than 12"


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
