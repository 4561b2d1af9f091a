"""Checks in a real kernel: what ends other programs leaves it alive, and the link stands below the message."""

import re
import time

import pytest
from jupyter_client.manager import KernelManager

from readiness.course import checks
from tests import ROOT

SETUP = """
import os, select, time
from readiness.course.checks import Lab
lab = Lab("03", total_checks=3)
def helper():
    return select.poll()
"""
CHECK = """
@lab.check("03a-three-bitmaps.ipynb#Call-it-again", answer="answer")
def check():
    "It works."
    answer()
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    manager = KernelManager()
    folder = str(tmp_path_factory.mktemp("progress"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(checks.PROGRESS_ENV, folder)
        manager.start_kernel(cwd=str(ROOT / "labs"))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
        assert manager.is_alive()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def execute(kernel, code, interrupt_after=None, cell_id=None):
    """Run a cell. Return its outputs as (kind, text), in their order."""
    manager, client = kernel
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
    request = client.session.msg("execute_request", content, metadata={"cellId": cell_id} if cell_id else {})
    client.shell_channel.send(request)
    parent, outputs = request["header"]["msg_id"], []
    if interrupt_after is not None:
        time.sleep(interrupt_after)
        manager.interrupt_kernel()
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != parent:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return outputs
        if kind == "error":
            outputs.append((kind, re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))))
        elif kind == "stream":
            outputs.append((kind, content["text"]))
        elif kind == "display_data":
            outputs.append((kind, content["data"].get("text/markdown") or content["data"]["text/plain"]))


def message(kernel, answer, check=CHECK, interrupt_after=None):
    """Run the setup, an answer and its check, which fails. Return the message."""
    for cell in (SETUP, answer):
        assert [output for output in execute(kernel, cell) if output[0] == "error"] == []
    outputs = execute(kernel, check, interrupt_after)
    assert len(outputs) > 1, outputs
    *others, (first, text), (last, link) = outputs
    assert (first, last) == ("error", "display_data"), outputs
    assert link.startswith("[Look again at episode 03a, section “Call it again”.](../notebooks/03a-")
    assert not others or others[0][0] == "stream"
    return text


@pytest.mark.parametrize("call", ["exit()", "quit()", "exit(keep_kernel=True)"])
def test_exit_does_not_end_the_kernel(kernel, call):
    text = message(kernel, f"def answer():\n    {call}\n")
    assert re.search(r"Your code calls (exit|quit)\(\), which ends the whole program: here, the kernel\.", text)
    time.sleep(0.3)
    assert kernel[0].is_alive()
    assert ("stream", "[1, 2]\n") in execute(kernel, "print([1, 2])")


def test_input_does_not_wait(kernel):
    assert "Your code calls input(). Nothing is typed during a check" in message(kernel, "def answer(): input()")


def test_a_fork_and_sys_exit_leave_the_kernel_alone(kernel):
    assert "Your code forks this process" in message(kernel, "def answer(): os.fork()")
    assert "sys.exit() or raises SystemExit" in message(kernel, "import sys\ndef answer(): sys.exit()")


def test_an_interrupt_has_a_sentence_with_the_line(kernel):
    answer = "def answer():\n    while True:\n        time.sleep(0.01)\n"
    text = message(kernel, answer, CHECK.replace('"answer")', '"answer", timeout=30)'), interrupt_after=0.5)
    assert "The check was interrupted: by Interrupt Kernel, or by a KeyboardInterrupt of your code." in text
    assert "(answer, line 3)" in text


def test_nested_handlers_end(kernel):
    answer = """
def one():
    try: time.sleep(60)
    except: pass
def answer():
    while True:
        try: one()
        except: pass
"""
    started = time.monotonic()
    text = message(kernel, answer)
    assert time.monotonic() - started < 10
    assert "It was stopped after 2 seconds." in text
    assert "(one, line 2)" in text


def test_the_printing_line_is_the_learners_and_the_flood_is_cut(kernel):
    text = message(kernel, "def answer():\n    while True:\n        print('still here')\n")
    assert "at: print('still here')   (answer, line 3)" in text


def test_a_replaced_name_is_named_and_the_setup_heals_it(kernel):
    answer = "def answer():\n    assert helper() is None, 'seen'\n"
    for _time in range(2):  # also when the setup runs a second time, over the names of its first run
        assert "no longer" not in message(kernel, answer)
    text = message(kernel, answer + "from select import *\n")
    assert (
        "`select` is no longer what the setup made of it (a module; now a function). Run the setup cell again" in text
    )
    assert "no longer" not in message(kernel, answer)


def test_a_name_that_the_setup_defines_below_the_lab_is_known_before_any_check(kernel):
    assert "`helper` is no longer what the setup made of it (a function; now an int: 1)." in message(
        kernel, "helper = 1\ndef answer():\n    helper()\n"
    )


GOOD = "def answer():\n    return 1\n"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (
            "def answer():\n    return (1\n",
            r"The cell of answer did not run\. SyntaxError: .*\n  at: return \(1   \(line 2\)",
        ),
        (
            "def answer():\nreturn 1\n",
            r"The cell of answer did not run\. IndentationError: .*\n  at: return 1   \(line 2\)",
        ),
        ("def anwser():\n    return 1\n", r"defines no answer any more\. It defines anwser: is the name misspelt\?"),
        (
            "1 / 0\ndef answer():\n    return 1\n",
            r"stopped before it defined answer\. ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_version_of_an_earlier_run_is_not_judged(kernel, cell, sentence):
    assert execute(kernel, SETUP) == []
    assert execute(kernel, GOOD, cell_id="one") == []
    assert ("stream", "Passed: It works.\n") in [(kind, text[:18]) for kind, text in execute(kernel, CHECK)]
    execute(kernel, cell, cell_id="one")
    text = execute(kernel, CHECK)[0][1]
    assert re.search(sentence, text)
    assert "run this check again." in text
    assert execute(kernel, GOOD, cell_id="one") == []
    assert execute(kernel, CHECK)[0][1].startswith("Passed: It works.")


def test_a_definition_that_moved_to_another_cell_is_a_new_version(kernel):
    for code, cell_id in ((SETUP, "setup"), (GOOD, "one"), (GOOD, "two"), ("def other(): pass", "one")):
        assert execute(kernel, code, cell_id=cell_id) == []
    assert execute(kernel, CHECK)[0][1].startswith("Passed: It works.")


def test_an_assignment_is_a_new_version_too(kernel):
    for code, cell_id in ((SETUP, "setup"), (GOOD, "one"), ("answer = lambda: 1", "one")):
        assert execute(kernel, code, cell_id=cell_id) == []
    assert execute(kernel, CHECK)[0][1].startswith("Passed: It works.")


def test_a_check_that_is_red_again_does_not_speak_of_run_all(kernel):
    message(kernel, "def answer():\n    assert False\n")
    text = message(kernel, "def answer():\n    return of_a_cell_below\n")
    assert "name 'of_a_cell_below' is not defined" in text
    assert "Run All" not in text


def test_a_function_of_another_cell_that_was_replaced_is_named(kernel):
    assert execute(kernel, SETUP) == []
    assert execute(kernel, "def given(line):\n    return line\n", cell_id="given") == []
    assert execute(kernel, "def answer():\n    return given(1)\ngiven = b'x'\n", cell_id="one") == []
    text = execute(kernel, CHECK)[0][1]
    assert "`given` is no longer what its cell defined. Run the cell with `given` again" in text


def test_a_constant_of_a_given_cell_that_an_answer_has_replaced_is_named_also_when_the_check_passes(kernel):
    replaced = "`LIMIT` is no longer what its cell defined. Run the cell with `LIMIT` again"
    given, answer = "LIMIT = 16384\n", "OWN = {own}\ndef answer():\n    return LIMIT, OWN\n"
    for code, cell_id in ((SETUP, "setup"), (given, "given"), (answer.format(own=1), "answer")):
        assert execute(kernel, code, cell_id=cell_id) == []
    assert execute(kernel, CHECK)[0][1].startswith("Passed: It works.")
    assert execute(kernel, "LIMIT = 100\n" + answer.format(own=1), cell_id="answer") == []
    assert execute(kernel, CHECK)[0][1].startswith(f"Passed: It works.\n{replaced}")
    assert execute(kernel, given, cell_id="given") == []
    assert "no longer" not in execute(kernel, CHECK)[0][1]
    assert execute(kernel, "LIMIT = 16_384\nOWN = 2", cell_id="other") == []  # an equal one, and the learner's own
    assert "no longer" not in execute(kernel, CHECK)[0][1]
