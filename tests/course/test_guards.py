"""What would end the kernel, wait for a person, flood the page or stay behind: each fails its check with a sentence."""

import builtins
import contextlib
import gc
import multiprocessing
import os
import re
import sys
import threading
import time
import warnings
import weakref

import psutil
import pytest

from readiness.base.code_location import traceback_places
from readiness.course import checks, prints, progress_store
from tests.course.cells import check, failed, lab_with

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a copy of a process needs fork")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc names the children of a process")


# SystemExit ends a thread in silence, and a process is ended though its Popen has not seen it.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    monkeypatch.setenv(checks.PROGRESS_ENV, str(tmp_path))


def answer(body):
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def to_bits():\n{lines}\n    return 1\n"


def message(body, options='answer="to_bits"'):
    return failed(lab_with(answer(body)), "assert to_bits() == 1, 'Expected 1.'", options)


@pytest.mark.parametrize("swallow", [False, True])
@pytest.mark.parametrize("name", ["exit", "quit"])
def test_exit_and_quit_have_a_sentence_also_where_they_are_caught(name, swallow):
    before = getattr(builtins, name)
    body = f"try:\n    {name}()\nexcept BaseException:\n    pass" if swallow else f"{name}()"
    text = message(body)
    assert f"Your code calls {name}(), which ends the whole program: here, the kernel." in text
    assert re.search(rf"at: {name}\(\)   \(to_bits, line \d\)", text)
    assert text.count("Your code") == 1
    assert getattr(builtins, name) is before


def test_ipythons_own_exit_does_not_ask_the_kernel_to_end():
    class ZMQExitAutocall:
        asked = 0

        def __call__(self, keep_kernel=False):
            self.asked += 1

    names = lab_with(answer("exit()"))
    names["exit"] = own = ZMQExitAutocall()
    assert "calls exit()" in failed(names, "to_bits()")
    assert own.asked == 0
    assert names["exit"] is own


def test_an_exit_of_the_learners_own_is_called():
    check(lab_with("def exit():\n    return 1\n"), "assert exit() == 1")


@pytest.mark.parametrize("body", ["sys.exit(1)", "raise SystemExit"])
def test_sys_exit_has_a_sentence_and_the_check_no_longer_counts(body):
    names = lab_with(answer(""))
    check(names, "to_bits()")
    names["to_bits"] = lab_with(answer(body))["to_bits"]
    text = failed(names, "to_bits()")
    assert "Your code calls sys.exit() or raises SystemExit, which ends the whole program: here, the kernel." in text
    assert "(to_bits, line 2)" in text
    assert progress_store.load_progress()["03"]["checks"] == {"check": False}


def test_an_interrupted_check_has_a_sentence_and_no_longer_counts():
    text = message("raise KeyboardInterrupt")
    assert "The check was interrupted: by Interrupt Kernel, or by a KeyboardInterrupt of your code.\n  at: " in text
    assert progress_store.load_progress()["03"]["checks"] == {"check": False}


@pytest.mark.parametrize("call", ["input('name? ')", "__import__('getpass').getpass()"])
def test_nothing_is_typed_during_a_check(call):
    before = builtins.input
    text = message(call)
    assert re.search(r"Your code calls (input|getpass)\(\)\. Nothing is typed during a check", text)
    assert "(to_bits, line 2)" in text
    assert "InputCalledError" not in text
    assert builtins.input is before


@needs_fork
@pytest.mark.parametrize("body", ["os.fork()", "if not os.fork():\n    while True: pass", "os.waitpid(os.fork(), 0)"])
def test_a_copy_of_the_kernel_ends_at_once_with_a_sentence(body):
    text = message(body)
    assert "Your code forks this process (os.fork). The copy was ended at once" in text
    assert "(to_bits, line 2)" in text
    assert psutil.Process().children() == []


@needs_fork
def test_a_copy_of_the_kernel_runs_no_line(tmp_path):
    message(f"if not os.fork():\n    open({str(tmp_path / 'seen')!r}, 'w').close()\n    os._exit(0)\ntime.sleep(0.2)")
    assert list(tmp_path.glob("seen")) == []


@needs_fork
def test_a_process_of_multiprocessing_is_a_copy_too():
    text = message("import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()")
    assert "Your code forks this process" in text
    assert psutil.Process().children() == []
    assert multiprocessing.active_children() == []  # this also closes its pipes
    gc.collect()


@needs_fork
def test_a_server_apart_may_fork_and_so_may_the_check_later():
    setup = "from readiness.base.forked_server import ForkedServer\nfrom readiness.base import forks\n"
    server = """
    class Server:
        def __init__(self):
            if not os.fork():
                os._exit(7)
            assert os.waitstatus_to_exitcode(os.wait()[1]) == 7
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.address = self.listener.getsockname()
        def serve(self, stop):
            time.sleep(60)
    """
    check(lab_with(server, setup=setup), "with ForkedServer(Server): pass")
    assert os.waitstatus_to_exitcode(os.system("exit 3")) == 3
    pid = os.fork()
    if not pid:
        os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


@needs_fork
def test_a_program_of_a_check_is_no_copy():
    names = lab_with(setup="import subprocess")
    check(names, "assert subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True).stdout == b'7\\n'")


def test_a_coroutine_is_not_run_and_named():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = failed(lab_with("async def to_bits():\n    return 1\n"), "assert to_bits() == 1", 'answer="to_bits"')
        gc.collect()
    assert "to_bits is a coroutine: it is written with async def, so a call of it runs nothing. Write def." in text


def test_a_generator_is_named_where_the_check_fails():
    names = lab_with("def to_bits():\n    yield 1\n")
    text = failed(names, "assert to_bits() == [1], 'Expected [1].'", 'answer="to_bits"')
    assert "to_bits contains yield: a call of it returns a generator, and runs nothing yet.\nExpected [1]." in text
    check(names, "assert list(to_bits()) == [1]", 'answer="to_bits"')


@pytest.mark.parametrize("daemon", [True, False])
def test_a_thread_that_stays_is_named_and_ended(daemon):
    body = "def spin():\n    while True: time.sleep(0.01)\n"
    body += f"threading.Thread(target=spin, name='mine', daemon={daemon}).start()"
    before = threading.active_count()
    text = message(body)
    assert "Threads that your code started still run after the check: mine.\n  at: while True: time.sleep" in text
    assert "wait for it with join" in text
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_a_timer_that_stays_is_named_and_ended():
    before = threading.active_count()
    text = message("threading.Timer(30, print).start()")
    assert re.search(r"Threads that your code started still run after the check: Thread-\d+\.\nEnd", text)
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_a_thread_that_ends_within_the_grace_is_none():
    started = time.monotonic()
    names = lab_with(answer("threading.Thread(target=time.sleep, args=(0.1,)).start()"))
    check(names, "assert to_bits() == 1")
    assert time.monotonic() - started < 0.4


def test_what_stays_is_said_beside_another_failure():
    text = failed(lab_with(answer("threading.Timer(30, print).start()")), "assert to_bits() == 2, 'Expected 2.'")
    assert "Expected 2.\nThreads that your code started" in text


@on_linux
def test_a_process_that_stays_is_named_and_killed():
    text = message("import subprocess\nself = subprocess.Popen(['sleep', '60'])")
    assert re.search(r"Processes that your code started still run .*: \d+ \(sleep 60\)\.", text)
    assert psutil.Process().children() == []


@on_linux
def test_a_process_that_has_ended_is_none():
    check(lab_with(answer("import subprocess\nsubprocess.Popen(['true'])")), "assert to_bits() == 1")
    with contextlib.suppress(psutil.NoSuchProcess):
        assert psutil.Process().children() == []


@pytest.mark.parametrize("stream", ["sys.stdout", "sys.stderr"])
def test_a_flood_of_prints_is_cut(stream, capsys):
    streams = sys.stdout, sys.stderr
    check(lab_with(answer(f"for n in range(100_000):\n    print('still here', file={stream})")), "to_bits()")
    out, err = capsys.readouterr()
    assert (out + err).count("still here") == prints.MAX_LINES
    assert "… 99,980 more lines were printed, and are not shown." in out
    assert (sys.stdout, sys.stderr) == streams


FEW = "print('a', 1)\nsys.stdout.writelines(['b'])\nsys.stdout.flush()"


def test_few_prints_are_shown_as_they_are(capsys):
    check(lab_with(answer(FEW)), "to_bits()")
    assert capsys.readouterr().out.startswith("Passed: It works.\na 1\nb\n")


def test_prints_stand_below_the_message_of_a_check_that_fails(capsys):
    text = failed(lab_with(answer(FEW)), "to_bits(); assert False, 'Expected 2.'")
    assert re.search(r"Expected 2\.\nDuring the check was printed:\n  a 1\n  b\nLook again", text)
    assert capsys.readouterr().out == ""


def test_a_long_line_is_cut_too(capsys):
    check(lab_with(answer("print('x' * 100_000)")), "to_bits()")
    assert capsys.readouterr().out.count("x") == prints.MAX_COLUMNS


def test_a_stream_that_is_closed_is_open_after_the_check(capsys):
    check(lab_with(answer("sys.stdout.close()")), "to_bits()")
    print("here")
    assert "here" in capsys.readouterr().out


@pytest.mark.parametrize("mistake", ["raise KeyError(1)", "misspelt(sock)", "lab.misspelt()", "given(sock)"])
def test_what_a_failed_check_has_opened_is_closed_at_once(mistake):
    gc.disable()
    try:
        names = lab_with(f"def to_bits():\n    sock = socket.socket()\n    note(sock)\n    {mistake}\n")
        seen = []
        names["given"] = traceback_places  # fails within: its arguments are shown
        names["note"] = lambda sock: seen.append(weakref.ref(sock))  # another thread may get its number at once
        failed(names, "to_bits()")
        sock = seen[0]()
        assert sock is None or sock.fileno() < 0
    finally:
        gc.enable()
