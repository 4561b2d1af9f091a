"""A cell that was run out of order is told so in one sentence; a misspelled name is not."""

import asyncio
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from jupyter_client.utils import run_sync
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from readiness.course.hints import NOTEBOOK_ENV, names_defined
from tests import ROOT

STARTUP = ROOT / "readiness" / "course" / "kernel_startup.py"
CELLS = {
    "load": "import os.path as path\nfrom readiness.base import messages\nguess: int = 1",
    "shell": "%matplotlib inline\n!ls\nlater = [hidden for hidden in (1, 2)]",
    "use": "guess + 1",
    "wait": "def wait(inner):\n    local = inner\n    return beside\n\nclass Panel:\n    pass",
    "last": "beside = below = 2",
    "answer": "def answer():\n    return 1",
    "check": "@lab.check('a#b')\ndef check():\n    answer()",
    "ask": "from readiness.widgets import Prediction\nasked = Prediction('Which?', ['this', 'that'])",
    "held": "measured = 1",
    "after": "1",
}
HINT = "A cell further up defines {}: choose Run, Run All Above Selected Cell, then run this cell again."


async def running_loop():
    return asyncio.get_running_loop()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a source as the cell of this id, in a new kernel; returns the error's name and all that is shown of it."""
    path = tmp_path_factory.mktemp("course") / "lesson.ipynb"
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# title"), *cells]), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(NOTEBOOK_ENV, str(path))
        patch.setenv("PYTHONSTARTUP", str(STARTUP))
        manager, client = start_new_kernel(kernel_name="python3")

    def run(cell_id, source=None):
        content = {"code": source or CELLS[cell_id], "silent": False, "store_history": True, "stop_on_error": False}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        client.shell_channel.send(message)
        while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != message["header"]["msg_id"]:
            pass
        return reply["content"].get("ename"), "\n".join(reply["content"].get("traceback", ()))

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    run_sync(running_loop)().close()  # jupyter_client keeps one open


def test_a_name_that_a_cell_further_up_defines_gets_a_sentence(run):
    for name in ("guess", "path", "messages", "later"):
        kind, shown = run("use", f"print({name})")
        assert kind == "NameError"
        error = f"NameError: name '{name}' is not defined"
        assert shown.splitlines() == [HINT.format(name), error, f"  at: print({name})   (<module>, line 1)"]
    shown = run("use", "def look(): return guess\nlook()")[1]
    assert shown.startswith(HINT.format("guess") + "\n")
    assert shown.endswith("\n  at: def look(): return guess   (look, line 1)")
    assert run("use", "import asyncio\nawait asyncio.sleep(0)\nguess")[1].startswith(HINT.format("guess"))


def test_below_a_check_the_hint_says_that_a_red_check_stops_the_run(run):
    assert "A red check stops that run." not in run("use", "guess")[1]
    first, second, *_rest = run("after", "answer")[1].splitlines()
    assert first == HINT.format("answer")
    assert second.startswith("A red check stops that run. Then run the cells below that check one by one")


def test_below_a_question_without_an_answer_the_hint_names_the_question(run):
    assert run("after", "measured")[1].startswith(HINT.format("measured")), "the question was not asked"
    run("ask")
    below = "A cell below the question “Which?” defines measured: answer it, then run the cells below it."
    assert run("after", "measured")[1].splitlines()[0] == below
    assert run("after", "beside")[1].startswith(HINT.format("beside")), "its cell stands above the question"
    run("ask", "asked.choice = 'this'")
    assert run("after", "measured")[1].startswith(HINT.format("measured"))
    run("ask", "del asked")


def test_a_typo_and_a_name_of_a_cell_further_down_get_none(run):
    for source in ("gues", "beside", "below", "hidden", "inner", "def f():\n    print(x)\n    x = 1\nf()"):
        kind, shown = run("use", source)
        assert kind in ("NameError", "UnboundLocalError")
        assert "further up" not in shown


def test_a_cell_that_is_not_saved_yet_is_taken_for_the_last(run):
    assert "further up" in run("new", "below")[1]


def test_once_the_cell_has_run_no_error_is_left_and_the_startup_leaves_no_name(run):
    assert run("load") == run("use") == (None, "")
    assert run("use", "add_hints")[0] == "NameError"


def test_a_cell_that_cannot_be_parsed_defines_nothing():
    assert list(names_defined("def (")) == []
    assert sorted(names_defined(CELLS["wait"])) == ["Panel", "wait"]
    assert sorted(names_defined("with open(a) as b, c() as (d, e):\n    for f in b: g = f")) == list("bdefg")


def test_in_a_terminal_and_without_the_package_the_startup_file_does_nothing():
    run_it = f"exec(open({str(STARTUP)!r}).read()); print([name for name in dir() if 'explain' in name])"
    for options, before in ([], ""), (["-I", "-S"], "get_ipython = lambda: None; "):  # -I -S: the package is not found
        done = subprocess.run([sys.executable, *options, "-c", before + run_it], capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("[]\n", "")


ENDED_SERVER = """
import socket, sys
from readiness.base import background

class Server:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
    def serve(self, stop):
        {serve}
    def close(self):
        self.listener.close()

server = background.start(Server(), "mine")
server._thread.join()
with socket.create_connection(server.server.address, timeout=0.2) as client:
    client.recv(1)
"""


@pytest.mark.parametrize(
    ("serve", "sentence"),
    [
        (
            "sys.exit(3)",
            "SystemExit: 3. To end a server, return from serve.\n  at: sys.exit(3)",
        ),
        ("1 / 0", "The server “mine” has ended. ZeroDivisionError: division by zero\n  at: 1 / 0"),
        ("return", "The server “mine” has ended: its method serve returned before it was asked to stop."),
    ],
)
def test_a_client_that_waits_for_a_server_that_has_ended_gets_a_sentence(run, serve, sentence):
    kind, shown = run("last", ENDED_SERVER.format(serve=serve))
    assert kind == "TimeoutError"
    assert sentence in shown
    assert "Correct the server, then run its cell again." in shown


def test_a_client_of_a_server_that_runs_or_was_stopped_gets_none(run):
    waits = ENDED_SERVER.format(serve="stop._reader.recv(1)").replace("server._thread.join()\n", "")
    for cell in (waits, "server.stop()\nraise TimeoutError"):
        kind, shown = run("last", cell)
        assert kind == "TimeoutError"
        assert "The server" not in shown


def test_an_interrupt_of_the_course_is_one_sentence_and_of_the_learners_own_code_a_traceback(run):
    interrupt = "import signal, os\n"
    interrupt += "def stop(): os.kill(os.getpid(), signal.SIGINT); signal.sigtimedwait([], 5)\n"
    within = "from readiness.widgets.panel import Panel\nclass Mine(Panel):\n    def _show(self): stop()\n"
    kind, shown = run("use", interrupt + within + "Mine().refresh(ValueError)")
    assert (kind, shown) == (
        "KeyboardInterrupt",
        "KeyboardInterrupt: You interrupted this cell. Run it again to get its result.",
    )
    kind, shown = run("use", interrupt + "stop()")
    assert kind == "KeyboardInterrupt"
    assert "stop()" in shown
    assert "You interrupted" not in shown
    assert run("use", "1 + 1")[0] is None
