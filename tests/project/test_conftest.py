"""The leak fixture turns a leaking test red, and leaves a clean one green. It tests nothing of the course."""

import asyncio
import re
import sys
import threading
from pathlib import Path

import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_client.manager import KernelManager, start_new_async_kernel

from tests import ROOT, conftest, ipc_kernels

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[1].joinpath("conftest.py").read_text(encoding="utf-8")
IMPORTS = "import os, socket, subprocess, sys, threading"
SLEEPER = "subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)"
FORK = "pid = os.fork()\n    pid or os._exit(0)\n    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)"
LEAKS = {  # what the test does, and what the message must name
    "socket": ("kept.append(socket.socket())", "descriptor"),
    "closed late": ("socket.socket().fileno()", "ResourceWarning"),
    "descriptor": ("os.open(os.devnull, os.O_RDONLY)", "descriptor"),
    "thread": ("threading.Thread(target=stop.wait, name='forgotten', daemon=True).start()", "forgotten"),
    "process": (f"kept.append({SLEEPER})", "process"),
    "zombie": (FORK, "zombie"),
    "error in a thread": ("threading.Thread(target=lambda: 1 / 0).start()", "ZeroDivisionError"),
}
CLEAN = {
    "nothing": "pass",
    "closed": "socket.socket().close()",
    "thread that is ending": "threading.Timer(0.2, print).start()",
    "process waited for": "subprocess.run([sys.executable, '-c', ''])",
}


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch):
    """The inner pytest needs no plugin that happens to be installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    pytester.makeini("[pytest]\nfilterwarnings = error")
    pytester.makeconftest(CONFTEST.replace("ENDING_TIMEOUT = 3", "ENDING_TIMEOUT = 1"))
    pytester.makepyfile(f"{IMPORTS}\nkept, stop = [], threading.Event()\ndef test_it():\n    {body}\n")
    return pytester.runpytest_subprocess()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no list of descriptors and no fork")
@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_is_red(pytester, kind):
    body, named = LEAKS[kind]
    result = run(pytester, body)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"*{named}*"])


@pytest.mark.parametrize("kind", CLEAN)
def test_a_clean_test_is_green(pytester, kind):
    run(pytester, CLEAN[kind]).assert_outcomes(passed=1)


def test_what_a_wider_fixture_holds_may_stay(pytester):
    pytester.makepyfile(
        test_wide="""
        import socket
        import pytest

        @pytest.fixture(scope="session")
        def listener():
            with socket.create_server(("127.0.0.1", 0)) as server:
                yield server

        def test_it(listener):
            assert listener.fileno() > 0
        """
    )
    run(pytester, "pass").assert_outcomes(passed=2)


@pytest.mark.parametrize(("ci", "outcome"), [("true", {"failed": 1}), ("", {"skipped": 1})])
def test_a_missing_tool_skips_here_and_fails_in_ci(pytester, monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    pytester.makepyfile(test_need="def test_it(need): need(None, 'apt install it')")
    pytester.makeconftest(CONFTEST)
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(**outcome)
    result.stdout.fnmatch_lines(["*apt install it*"])


@pytest.mark.parametrize("processes", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "in two processes"])
def test_what_is_left_out_is_counted(pytester, processes):
    pytester.makeini("[pytest]\nmarkers = long")
    pytester.makeconftest(CONFTEST)
    body = "import pytest\ndef test_short(): pass\n@pytest.mark.long\n@pytest.mark.parametrize('n', range(3))\n"
    pytester.makepyfile(body + "def test_long(n): pass\n")
    result = pytester.runpytest_subprocess("-m", "not long", *processes)
    result.assert_outcomes(passed=1, deselected=0 if processes else 3)
    result.stdout.fnmatch_lines(["*3 deselected*"])


def test_the_episodes_are_opened_in_two_halves():
    nodeid = "tests/course/test_browser.py::test_run_all_ends_without_an_error[{}]"
    halves = [conftest.half(nodeid.format(name)) for name in ("00a-start-here", "06c-when-edge-pays", "07a-where")]
    assert halves == ["", "", " 2"]
    assert conftest.half("tests/course/test_notebooks.py::test_it[08a-one]") == conftest.half("tests/x.py::y") == ""


def test_the_long_files_are_there_and_each_has_its_place():
    for name in (*conftest.LONG, *conftest.ONE_BY_ONE):
        assert len(list((ROOT / "tests").glob(f"**/{name}"))) == 1, name
    names = (*conftest.LONG, "base/test_it.py", *conftest.ONE_BY_ONE)
    places = [conftest.place(f"tests/{name}::test_it[1]") for name in names]
    assert places == sorted(set(places))


@pytest.mark.parametrize(("name", "processes"), [("test_it.py", 1), (conftest.ONE_BY_ONE[0], 2)])
def test_the_tests_of_a_file_stay_together_except_where_they_share_nothing(pytester, name, processes):
    pytester.makeini("[pytest]")
    pytester.makeconftest(CONFTEST)
    file = pytester.path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_it(n): pass\n", encoding="utf-8")
    result = pytester.runpytest_subprocess("-p", "xdist", "-n", "2", "--dist", "loadfile", "-v")
    result.assert_outcomes(passed=8)
    ran = [line for line in result.outlines if line.startswith("[gw") and "PASSED" in line]
    assert len({line.partition("]")[0] for line in ran}) == processes


@settings(max_examples=2)
@given(st.integers())
def test_an_example_of_a_randomised_test_may_take_its_time(number):
    assert not threading.Event().wait(0.25), number  # longer than hypothesis allows by default


# Kernels


@pytest.mark.skipif(not zmq.has("ipc"), reason="this system has no Unix sockets")
def test_a_kernel_takes_no_port_and_leaves_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(KernelManager, "__init__", ipc_kernels.plain_init)
    ipc_kernels.pytest_configure()

    async def start() -> list[list[Path]]:
        manager, client = await start_new_async_kernel(kernel_name="python3", cwd=str(tmp_path))  # it has answered
        client.stop_channels()
        assert manager.transport == "ipc"
        files = [list(Path(manager.ip).parent.glob(f"{Path(manager.ip).name}*"))]
        await manager.shutdown_kernel(now=True)
        return [*files, list(Path(manager.ip).parent.glob(f"{Path(manager.ip).name}*"))]

    during, afterwards = asyncio.run(start())
    assert len(during) == 5
    assert afterwards == []


def test_processes_that_share_the_tests_have_such_kernels():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert [line for line in makefile.splitlines() if re.search(r"-n \d", line)] == [
        "PARALLEL := -n 3 --dist loadfile -p tests.ipc_kernels"
    ]
