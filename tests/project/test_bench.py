"""The benches: their file of results, that the C references do what Python does, and that no wrong reply is counted."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys

import pytest

from readiness.base.launched_process import LaunchedProcess
from readiness.base.messages import UserError
from readiness.clients import conformance
from readiness.experiments.wait_cost_cases import METHOD_SYSCALLS, BenchmarkCase
from tests import ROOT


@pytest.fixture
def bench(monkeypatch):
    """A function that imports a module of the folder, which is not installed."""
    monkeypatch.syspath_prepend(ROOT)
    return lambda name: importlib.import_module(f"bench.{name}")


def test_a_saved_section_replaces_its_last(bench, tmp_path, monkeypatch):
    report = bench("report")
    monkeypatch.setattr(report, "RESULTS", tmp_path / "RESULTS.md")
    report.save("one", "first\n\n### part\n")
    report.save("two", "second")
    report.save("one", "third")
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert text == report.HEADER + "\n## one\n\nthird\n\n## two\n\nsecond\n"


def test_targets_say_met_or_missed(bench):
    lines = bench("report").targets([("a", "< 1", "0.5", True), ("b", "< 1", "2", False)]).splitlines()
    assert lines[2:] == ["| a | < 1 | 0.5 | met |", "| b | < 1 | 2 | **missed** |"]


def test_figures_have_three_digits(bench):
    assert [bench("report").format_number(x) for x in (0.31274, 25.231, 1709.9)] == ["0.313", "25.2", "1,710"]


def test_the_machine_is_named_by_what_matters(bench):
    line = bench("report").machine()
    assert "cores" in line
    assert "Python" in line


def test_an_unknown_bench_is_refused():
    done = subprocess.run([sys.executable, "-m", "bench", "nothing"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no bench nothing: choose among" in done.stderr


linux = pytest.mark.skipif(sys.platform != "linux", reason="the C references wait with epoll: Linux")


@pytest.fixture
def compiler(need):
    need(shutil.which(os.environ.get("CC", "cc")), "no C compiler: install gcc or clang")


@linux
def test_python_and_c_find_the_same_shape(bench, compiler):
    wait_cost = bench("wait_cost")
    cases = [BenchmarkCase(method, 200, churn=0.05 * method.startswith("epoll-")) for method in METHOD_SYSCALLS]
    cases += [
        BenchmarkCase("poll", 200, ready_position=position, blocking=True) for position in ("first", "last", "random")
    ]
    with wait_cost.CProgram() as c_program:
        seconds = {(case.method, case.ready_position, case.blocking): c_program.seconds(case) for case in cases}
        pairs = wait_cost.compare(c_program, [BenchmarkCase("poll", 100), BenchmarkCase("epoll", 100)])
    assert seconds["poll-empty", "random", False] < seconds["poll", "random", False]
    assert 2 * seconds["epoll", "random", False] < seconds["poll", "random", False]
    assert seconds["epoll", "random", False] < seconds["epoll-mod", "random", False]
    assert seconds["poll", "first", True] < seconds["poll", "last", True]
    assert [python.method for python, _c in pairs] == ["poll", "epoll"]
    assert all(c.seconds < 2 * python.seconds for python, c in pairs)
    assert wait_cost.case_table(pairs, "N", lambda p: p.method).count("\n") == 4


@linux
@pytest.mark.parametrize("test_name", conformance.TESTS)
def test_the_echo_server_in_c_keeps_the_contract(bench, compiler, test_name):
    program = bench("c_programs").build_program("echo")
    with conformance.launch_for_test([program], test_name) as server:
        conformance.TESTS[test_name](server)


@linux
def test_the_echo_bench_in_small(bench, compiler):
    echo = bench("echo")
    plan = echo.Plan(
        rounds=1, messages=300, many_connections=60, growth_connections=60, sizes=(1, 100_000), volume=1 << 20
    )
    text = "\n".join(echo.run(plan))
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 6
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1
        assert "nan" not in table
    assert all(
        f"| {name} |" in tables[0] for name in ("C, epoll", "epoll", "selectors", "asyncio, Protocol", "threads")
    )
    assert [line.split("|")[1].strip() for line in tables[2].splitlines()[2:]] == ["1", "100,000"]
    assert tables[5].count("met |") + tables[5].count("**missed** |") == len(tables[5].splitlines()) - 2 >= 5
    assert text.count("every one verified") == 5
    assert "select answered 60 of 60" in text


@linux
@pytest.mark.parametrize("name", ["protocol", "uvloop", "streams", "always"])
def test_a_reference_server_answers_a_line(name, tmp_path, monkeypatch):
    if importlib.util.find_spec("uvloop") is None:
        (tmp_path / "uvloop.py").write_text("from asyncio import new_event_loop")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]))
    with LaunchedProcess([sys.executable, "-m", "bench.reference_servers", name], cwd=ROOT) as server:
        with socket.create_connection(server.read_address(20), 10) as client:
            client.sendall(b"here\n")
            assert client.recv(100) == b"HERE_SB\n"


def test_a_bench_without_uvloop_says_so(bench, monkeypatch):
    reference_servers = bench("reference_servers")
    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert reference_servers.is_missing("uvloop")
    assert not reference_servers.is_missing("streams")


WRONG = """
import selectors, socket
listener = socket.create_server(("127.0.0.1", 0))
print("wrong listens on {}:{}".format(*listener.getsockname()), flush=True)
with selectors.DefaultSelector() as selector:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _mask in selector.select():
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
            else:
                data = key.fileobj.recv(1 << 16)
                key.fileobj.sendall(%s)
"""
RIGHT = r'data.upper().replace(b"\n", b"_SB\n")'
WITH_A = f"{RIGHT} if len(data) < 50 else "  # right until the batch begins


@linux
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (RIGHT, None),
        ("data", "reply to a line of 16 bytes: byte .* and not"),
        (WITH_A + r'data.upper()[:-1] + b"_sB\n"', "reply to a line of 64 bytes: byte 65 is 0x73 and not 0x53"),
        (WITH_A + f"{RIGHT} + b'.'", "reply: 1 bytes too many after a line of 64 bytes"),
        (WITH_A + 'b"A" * 64 + b"_SB"', "reply to a line of 64 bytes: byte"),
        (WITH_A + "(key.fileobj.shutdown(2), b'')[1]", "the server ended a connection"),
        ("b''", "answered 0 of 3 connections"),
        ("1 / 0", "answered 0 of 3 connections"),
    ],
)
def test_no_wrong_reply_goes_unseen(bench, compiler, monkeypatch, capfd, answer, message):
    echo = bench("echo")
    monkeypatch.setattr(echo, "command", lambda name: [sys.executable, "-c", WRONG % answer])

    def measure():
        with echo.ServerUnderLoad("the wrong one", 3, 2) as server:
            return server.run_batch(20)

    if message is None:
        assert measure().cpu > 0
    else:
        with pytest.raises(UserError, match=message):
            measure()


def test_a_refusal_ends_the_benches_in_a_sentence(bench, monkeypatch):
    def refuse():
        raise UserError("A reply was wrong.")
        yield

    monkeypatch.setattr(bench("meter_overhead"), "run", refuse)
    monkeypatch.setattr(sys, "argv", ["bench", "meter_overhead"])
    with pytest.raises(SystemExit, match=r"^A reply was wrong\.$"):
        bench("__main__").main()


def test_without_a_compiler_a_sentence_says_so(bench, tmp_path, monkeypatch):
    programs = bench("c_programs")
    (tmp_path / "echo.c").write_text("int main(void) { return 0; }")
    monkeypatch.setattr(programs, "C_FOLDER", tmp_path)
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(UserError, match=r"“no-such-compiler” did not build echo\.c"):
        programs.build_program("echo")


OUR_SERVER = """
import os, sys
from readiness.servers.ftp.__main__ import main
os.environ["READINESS_FTP_PASSWORD"] = sys.argv[3]
main(["--root", sys.argv[1], "--user", sys.argv[2]])
"""
"""Our own server instead of pyftpdlib, which may not be installed."""


@linux
def test_the_ftp_bench_compares_every_byte(bench, monkeypatch):
    ftp = bench("ftp")
    monkeypatch.setattr(ftp, "PYFTPDLIB_SERVER", OUR_SERVER)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    small = {"rounds": 1, "large": 2 << 20, "file_count": 3, "login_count": 3}
    text = "".join(ftp.run(**small))
    assert all(f"| {name} |" in text for name in ("RETR, 1 client", "STOR, 10 clients", "RETR of 1 KiB", "login"))
    assert text.count("met |") + text.count("**missed** |") == 10
    monkeypatch.setattr(ftp, "checksum", lambda size: 1)
    with pytest.raises(ValueError, match="checksum"):
        "".join(ftp.run(**small))


def test_an_ftp_bench_without_pyftpdlib_says_so(bench, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pyftpdlib is not installed" in "".join(bench("ftp").run())
