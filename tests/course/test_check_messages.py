"""A message names the learner's own line, or says that the line is the lab's; a name that was replaced; a shortage."""

import os
import re

import nbformat
import pytest

from readiness.base.code_location import is_cell
from readiness.course import checks
from readiness.system import limits
from tests import ROOT
from tests.course.cells import SETUP, check, failed, lab_with, run_cell

UNPACKS = """
def on_event():
    return None
"""
HELPER = """
def helper(value):
    first, second = value
    return first
"""

ASKS = """
def ask(kernel):
    return kernel.poll()
"""
PASSES_THE_OWNER = """
class Owner:
    def __init__(self, kernel):
        self.kernel = kernel


class Kernel:
    def poll(self):
        return []


def on_event():
    return ask(Owner(Kernel()))
"""


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    monkeypatch.setenv(checks.PROGRESS_ENV, str(tmp_path))


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("ipykernel_4711/3141592653.py", True),
        (r"C:\Temp\ipykernel_4711\3141592653.py", True),
        ("<stdin>", True),
        ("<ipython-input-1-abc>", True),
        ("/venv/lib/python3.11/site-packages/ipykernel/iostream.py", False),
        ("<frozen posixpath>", False),
        ("/home/ipykernel/notes.py", False),
    ],
)
def test_a_cell_is_told_from_the_kernels_own_files(file, expected):
    assert is_cell(file) is expected


@pytest.mark.parametrize("options", ["", 'answer="on_event"'])
def test_a_line_of_the_check_is_not_blamed_on_the_learner(options):
    text = failed(lab_with(UNPACKS), "data, why = on_event()", options)
    assert "Not your code but the check raised TypeError: cannot unpack" in text
    assert "(check, line 4)\nThis line is the lab's. Often a value that " in text
    assert ("on_event returned or changed" in text) is bool(options)


def test_advice_on_names_is_not_about_a_line_of_the_setup():
    text = failed(lab_with(PASSES_THE_OWNER, setup=ASKS), "on_event()", 'answer="on_event"')
    assert "'Owner' object has no attribute 'poll'\n  at: return ask(Owner(Kernel()))" in text
    assert "kernel.kernel" not in text


def test_a_line_of_the_setup_is_not_blamed_either():
    text = failed(lab_with(UNPACKS, setup=HELPER), "helper(on_event())", 'answer="on_event"')
    assert "Not your code but the check raised TypeError" in text
    assert "(helper, line" in text


def test_what_the_learner_gives_to_a_helper_is_shown_at_the_learners_line():
    answer = "def on_event():\n    value = None\n    return helper(value)\n"
    text = failed(lab_with(answer, setup=HELPER), "on_event()", 'answer="on_event"')
    assert "Your code raised TypeError: cannot unpack" in text
    assert "(on_event, line 3)" in text


def test_another_cell_of_the_lab_is_the_labs_once_the_answer_is_known():
    names = lab_with(UNPACKS)
    run_cell(names, "helper-cell", HELPER)
    assert "Not your code but the check raised" in failed(names, "helper(on_event())", 'answer="on_event"')
    assert "Your code raised" in failed(lab_with(UNPACKS, HELPER), "helper(on_event())")


def test_a_generator_expression_is_named_by_its_function():
    answer = "def on_event():\n    return sum(value.x for value in [1])\n"
    assert "(on_event, line 2)" in failed(lab_with(answer), "on_event()", 'answer="on_event"')


def test_a_method_has_its_line_too():
    answer = "class Decoder:\n    def feed(self):\n        return self.rest\n"
    text = failed(lab_with(answer), "Decoder().feed()", 'answer="Decoder.feed"')
    assert "Your code raised AttributeError: 'Decoder' object has no attribute 'rest'" in text
    assert "(feed, line 3)" in text


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("from select import *", r"`select` is no longer what the setup made of it \(a module; now a function\)\. Run"),
        ("select = None", r"`select` is no longer .* \(a module; now None\)"),
        ("del select", r"`select` is no longer .* \(a module; now deleted\)"),
        ("helper = 1", r"`helper` is no longer .* \(a function; now an int: 1\)"),
        ("def helper(value): return value", r"`helper` is no longer .* \(a function; now another one\)"),
        ("LIMIT = 10", r"`LIMIT` is no longer .* \(an int: 16384; now an int: 10\)"),
        ("Member = 3", r"`Member` is no longer .* \(a class; now an int: 3\)"),
    ],
)
def test_a_name_of_the_setup_that_was_replaced_is_named(cell, sentence):
    setup = HELPER + "LIMIT = 16384\nclass Member:\n    limit = LIMIT\n    def poll(self):\n        return LIMIT\n"
    names = lab_with("def wanted():\n    return helper((select.poll(), Member()))\n", setup=setup)
    check(names, "wanted()")
    run_cell(names, "other", cell)
    text = failed(names, "wanted(); assert False, 'Expected something else.'", 'answer="wanted"')
    assert re.search(sentence, text)
    assert text.splitlines()[1].startswith("`")
    assert "This line is the lab's" not in text


def test_a_check_that_passes_with_a_replaced_name_says_so_too(capsys):
    names = lab_with("def wanted():\n    return LIMIT\n", setup="LIMIT, HIGH = 16384, 5\n")
    check(names, "assert wait() or wanted()", 'answer="wanted", stand_ins={"wait": lambda: 0}')
    assert "no longer" not in capsys.readouterr().out
    run_cell(names, "answer-1", "LIMIT = 10\nHIGH = 3\ndef wanted():\n    return LIMIT\n")
    check(names, "assert wait() or wanted()", 'answer="wanted", stand_ins={"wait": lambda: 0}')
    passed, replaced, used, *_rest = capsys.readouterr().out.splitlines()
    assert passed == "Passed: It works."
    assert replaced.startswith("`LIMIT` is no longer what the setup made of it (an int: 16384; now an int: 10). Run")
    assert "own wait" in used  # and nothing on HIGH, which the check does not use


def test_a_name_that_only_the_setup_uses_counts_where_it_uses_it():
    setup = "def helper():\n    return select.poll\n"
    names = lab_with(setup=setup)
    run_cell(names, "other", "select = None")
    assert "`select` is no longer" in failed(names, "assert not helper, 'seen'")
    assert "`select` is no longer" not in failed(names, "assert not lab, 'seen'")


@pytest.mark.parametrize(
    "cell",
    [
        "import select",  # the same module again
        "LIMIT = 16384",
        "answer = 3",
        "def wanted(): return 2",
        "count = 10",  # a variable of the setup, in small letters
    ],
)
def test_no_false_alarm(cell):
    setup = "LIMIT = 16384\ncount = 1\ndef wanted(): raise NotImplementedError\n"
    names = lab_with("def wanted():\n    return 1\n", setup=setup)
    failed(names, "assert wanted() == 5, 'Expected 5.'", 'answer="wanted"')
    run_cell(names, "other", cell)
    body = "count, LIMIT, select\nassert wanted() == 5, 'Expected 5.'"
    assert "no longer" not in failed(names, body, 'answer="wanted"')


def test_after_the_setup_was_run_again_the_names_are_as_they_were():
    setup = SETUP + "def helper():\n    return select.poll()\n"
    names = {"__name__": "__main__"}
    run_cell(names, "setup", setup)
    check(names, "helper()")
    run_cell(names, "other", "from select import *")
    assert "no longer" in failed(names, "helper()")
    run_cell(names, "setup", setup)
    assert "no longer" not in failed(names, "helper(); assert False, 'seen'")


SOLUTIONS = sorted((ROOT / "solutions").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_cells_of_a_lab_replace_no_name_of_its_setup(path):
    names = {"__name__": "__main__"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "@lab.check(" not in cell.source:
            exec(compile(cell.source, f"<{cell.id}>", "exec"), names)
            if cell.id == "setup":
                names["lab"]._setup.remember()
    setup = names["lab"]._setup
    assert setup._values
    assert setup.replaced(setup._values) == []


def shortage_of(names, soft, body):
    resource = pytest.importorskip("resource")
    limits_before = limits.fd_limits()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, limits_before[1]))
    opened = []
    names["opened"] = opened
    try:
        return failed(names, body)
    finally:
        for fd in opened:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits_before)


LEAK = "while True: opened.append(os.dup(0))"
needs_limit = pytest.mark.skipif(limits.fd_limits()[0] is None, reason="this system sets no such limit")


@needs_limit
@pytest.mark.parametrize(
    "body",
    [
        LEAK,
        f"try:\n    {LEAK}\nexcept OSError:\n    raise AssertionError('no') from None",
        f"try:\n    {LEAK}\nexcept OSError as error:\n    raise ValueError from error",
    ],
)
def test_descriptors_that_leak_are_named_whatever_the_error(body):
    text = shortage_of(lab_with(), 400, body)
    assert re.search(r"No descriptor was left \(Too many open files\): \d+ of at most 400 are open", text)
    assert "restart the kernel. Until then checks fail." in text
    assert "(check, line" in text


@needs_limit
def test_a_user_error_that_comes_from_a_shortage_is_one():
    names = lab_with(setup="from readiness.system import descriptors")
    body = """
    try:
        while True:
            opened.append(os.dup(0))
    except OSError:
        for _ in range(2):
            os.close(min(opened))  # two are free: too low for the number that is asked for
            opened.remove(min(opened))
    with descriptors.socket_pairs(1, min_fd=200): pass
    """
    text = shortage_of(names, 400, body)
    assert "No descriptor was left (Too many open files)" in text
    assert "lies beyond" not in text


@needs_limit
def test_an_emfile_that_the_check_made_up_is_no_shortage():
    body = (
        "try:\n    raise OSError(errno.EMFILE, 'made up')\nexcept OSError:\n"
        "    raise AssertionError('Expected 451.') from None"
    )
    assert "Expected 451." in failed(lab_with(), body)


@needs_limit
def test_many_at_once_is_no_leak():
    body = "raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))"
    text = failed(lab_with(), body)
    assert "No descriptor was left" in text
    assert "restart" not in text
