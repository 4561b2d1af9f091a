"""A check names the answer that it judges; an answer that is not written is named, and others may have stand-ins."""

import json

import pytest

from readiness.course import checks
from readiness.course.hints import NOTEBOOK_ENV
from tests.course.cells import SETUP, check, failed, lab_with, not_written, run_cell

STUB = """
def to_bits(fds):
    "Set the bits."
    raise NotImplementedError("your code here")
"""
USES_STUB = """
def select_any(fds):
    return to_bits(fds)
"""
DECODER = """
class Decoder:
    def feed(self, data):
        raise NotImplementedError("your code here")
"""
STAND_INS = 'answer="select_any", stand_ins={"to_bits": lambda fds: 7}'


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    monkeypatch.setenv(checks.PROGRESS_ENV, str(tmp_path))


@pytest.mark.parametrize("options", ["", 'answer="select_any"', 'answer=("select_any", "to_bits")'])
def test_the_function_that_raised_is_named_with_its_line(options):
    text = not_written(lab_with(STUB, USES_STUB), "select_any([3])", options)
    assert text == "Not written yet: to_bits. Line 4 of its cell still raises NotImplementedError."


def test_a_method_is_named_with_its_class():
    text = not_written(lab_with(DECODER), "Decoder().feed(b'')", 'answer="Decoder.feed"')
    assert text == "Not written yet: Decoder.feed. Line 4 of its cell still raises NotImplementedError."


def test_an_error_of_the_library_is_named_as_such():
    answer = "import selectors\ndef wait():\n    return selectors.BaseSelector.select(None)\n"
    text = not_written(lab_with(answer), "wait()", 'answer="wait"')
    assert text.endswith("wait. Line 3 of its cell calls BaseSelector.select, which raises NotImplementedError.")


def test_without_a_line_of_the_learners_the_answer_is_named():
    assert not_written(lab_with(), "raise NotImplementedError", 'answer="to_bits"') == "Not written yet: to_bits"
    assert not_written(lab_with(), "raise NotImplementedError") == "Not written yet: It works."


def test_a_base_without_the_method_names_the_class():
    setup = """
    from readiness.course.handed_base import without_methods
    class Session:
        def feed(self): pass
    Session = without_methods(Session, "feed")
    """
    names = lab_with("class Lines(Session):\n    def fede(self): pass\n", setup=setup)
    text = not_written(names, "Lines().feed()", 'answer="Lines.feed"')
    assert text == "Not written yet: Lines has no method feed. It has fede: is the name misspelt?"


def test_a_server_apart_names_it_too():
    setup = "from readiness.base.forked_server import ForkedServer"
    names = lab_with("class Server:\n    def __init__(self):\n        raise NotImplementedError\n", setup=setup)
    text = not_written(names, "with ForkedServer(Server): pass", 'answer="Server"')
    assert text == "Not written yet: Server.__init__. Line 3 of its cell still raises NotImplementedError."


def test_a_stand_in_is_used_until_the_answer_has_passed(capsys):
    names = lab_with(STUB, USES_STUB)
    check(names, "assert select_any([3]) == 7", STAND_INS)
    passed, used, advice, progress = capsys.readouterr().out.splitlines()
    assert passed == "Passed: It works."
    assert used == "This check ran with the lab's own to_bits: yours, as it is now, has not passed its checks."
    assert advice == "Your progress does not count it yet. Run those checks, then this one again."
    assert progress == "0 of 3 checks passed."
    assert names["to_bits"].__doc__ == "Set the bits."


@pytest.fixture
def lab_file(tmp_path, monkeypatch):
    """A function that writes the lab's file, with these cells below the check `check`."""

    def write(*below):
        cells = ["# Check: the bits are set.\n@lab.check('a#b', answer='to_bits')\ndef bits(): ...\n"]
        cells += [f"@lab.check('a#b', {STAND_INS})\ndef check(): ...\n", *below]
        lab = {"cells": [{"cell_type": "code", "source": [source]} for source in cells]}
        (tmp_path / "lab.ipynb").write_text(json.dumps(lab))
        monkeypatch.setenv(NOTEBOOK_ENV, str(tmp_path / "lab.ipynb"))

    return write


def test_the_checks_to_run_first_are_named(capsys, lab_file):
    lab_file("@lab.check('a#b')\ndef last(): ...\n")
    names = lab_with(STUB, USES_STUB)
    check(names, "assert select_any([3]) == 7", STAND_INS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "Your progress does not count it yet. Run these checks, then this one again:",
        "  the bits are set",
    ]
    assert "again:\n  the bits are set\n" in failed(names, "assert select_any([3]) == 8, 'Expected 8.'", STAND_INS)


def test_the_last_check_lists_the_checks_to_run_once(capsys, lab_file):
    lab_file()
    check(lab_with(STUB, USES_STUB), "assert select_any([3]) == 7", STAND_INS)
    assert capsys.readouterr().out.splitlines()[2:] == [
        "Your progress does not count it yet. Run those checks, then this one again.",
        "Not passed yet:",
        "  the bits are set",
        "  check",
        "0 of 3 checks passed.",
    ]


def test_an_answer_that_has_passed_is_the_learners_own(capsys):
    names = lab_with("def to_bits(fds):\n    return len(fds)\n", USES_STUB)
    check(names, "assert to_bits([3]) == 1", 'answer="to_bits"', name="first")
    check(names, "assert select_any([3]) == 1", STAND_INS)
    assert "own to_bits" not in capsys.readouterr().out


def test_one_failed_check_of_an_answer_is_enough_for_the_stand_in(capsys):
    names = lab_with("def to_bits(fds):\n    return len(fds)\n", USES_STUB)
    check(names, "assert to_bits([3]) == 1", 'answer="to_bits"', name="first")
    failed(names, "assert to_bits([3]) == 2, 'Expected 2.'", 'answer="to_bits"', name="second")
    check(names, "assert select_any([3]) == 7", STAND_INS)
    assert "own to_bits" in capsys.readouterr().out


def test_a_failed_check_of_several_answers_takes_no_pass_from_any(capsys):
    names = lab_with(TO_BITS, USES_STUB)
    check(names, JUDGES, 'answer="to_bits"', name="first")
    failed(names, "assert select_any([3]) == 2, 'Expected 2.'", 'answer=("to_bits", "select_any")', name="last")
    check(names, "assert select_any([3]) == 1", STAND_INS)
    out = capsys.readouterr().out
    assert "own to_bits" not in out
    assert "2 of 3 checks passed." in out


def test_a_failure_says_that_a_stand_in_was_used_and_puts_the_answer_back():
    names = lab_with(STUB, USES_STUB)
    before = names["to_bits"]
    text = failed(names, "assert select_any([3]) == 8, 'Expected 8.'", STAND_INS)
    assert "Expected 8.\nThis check ran with the lab's own to_bits" in text
    assert names["to_bits"] is before


def test_a_name_that_is_not_there_has_a_stand_in_for_the_check_only():
    names = lab_with(USES_STUB)
    check(names, "assert select_any([3]) == 7", STAND_INS)
    assert "to_bits" not in names


def test_a_method_has_a_stand_in_as_well():
    names = lab_with(DECODER, "def lines(data):\n    return Decoder().feed(data)\n")
    before = names["Decoder"].feed
    options = 'answer="lines", stand_ins={"Decoder.feed": lambda self, data: [data]}'
    check(names, "assert lines(b'x') == [b'x']", options)
    assert names["Decoder"].feed is before


TO_BITS = "def to_bits(fds):\n    return len(fds)\n"
JUDGES = "assert to_bits([3]) == 1, 'Expected 1.'"


def test_after_the_setup_was_run_again_an_answer_that_has_passed_is_still_known(capsys):
    names = lab_with(TO_BITS, USES_STUB)
    check(names, JUDGES, 'answer="to_bits"', name="first")
    run_cell(names, "setup", SETUP)
    check(names, "assert select_any([3]) == 1", STAND_INS)
    out = capsys.readouterr().out
    assert "own to_bits" not in out
    assert "2 of 3 checks passed." in out


def test_another_text_of_an_answer_has_not_passed(capsys):
    names = lab_with(TO_BITS, USES_STUB)
    check(names, JUDGES, 'answer="to_bits"', name="first")
    run_cell(names, "answer-1", TO_BITS.replace("len(fds)", "len(fds) + 1"))
    check(names, "assert select_any([3]) == 7", STAND_INS)
    assert "own to_bits" in capsys.readouterr().out


def test_a_check_that_failed_in_a_version_before_does_not_count_against_a_new_text(capsys):
    names = lab_with(TO_BITS, USES_STUB)
    failed(names, "assert to_bits([3]) == 2, 'Expected 2.'", 'answer="to_bits"', name="old_name")
    run_cell(names, "setup", SETUP)
    check(names, JUDGES, 'answer="to_bits"', name="first")
    check(names, "assert select_any([3]) == 1", STAND_INS)
    assert "own to_bits" not in capsys.readouterr().out


WHOLE = 'answer="select_any", stand_ins={"to_bits": lambda fds: 7}, whole=True'


def test_a_whole_program_that_fails_names_all_functions_and_blames_no_one(capsys):
    names = lab_with(TO_BITS, USES_STUB, "def wait():\n    return select_any([3])\n")
    check(names, JUDGES, 'answer="to_bits"', name="first")
    check(names, "assert select_any([3]) == 1", STAND_INS, name="second")
    text = failed(names, "assert select_any([3]) == 2, 'Expected 2.'", WHOLE, name="third")
    assert "Your functions work together here: select_any, to_bits. Any of them may be the cause." in text
    capsys.readouterr()
    check(names, "assert wait() == 1", 'answer="wait", stand_ins={"select_any": lambda fds: 9}', name="fourth")
    assert "own select_any" not in capsys.readouterr().out


def test_a_whole_program_with_the_labs_functions_only_judges_the_answer(capsys):
    names = lab_with(STUB, USES_STUB, "def wait():\n    return select_any([3])\n")
    check(names, "assert select_any([3]) == 7", STAND_INS, name="second")
    assert "Any of them" not in failed(names, "assert select_any([3]) == 2, 'Expected 2.'", WHOLE, name="third")
    capsys.readouterr()
    check(names, "assert wait() == 9", 'answer="wait", stand_ins={"select_any": lambda fds: 9}', name="fourth")
    assert "own select_any" in capsys.readouterr().out
