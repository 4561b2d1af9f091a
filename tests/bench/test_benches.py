"""The benches: their file of results, that the C references do what Python does, and that no wrong reply is counted."""

import importlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from bench import __main__ as command_line
from bench import (
    c_programs,
    echo,
    echo_load,
    echo_parts,
    ftp,
    ftp_cases,
    ftp_load,
    live_chart,
    meter_overhead,
    reference_servers,
    report,
    wait_cost,
)
from bench.echo_layers import LAYERS, Layers
from bench.figures import MET, MISSED, NOT_DECIDED, Figure, Goal
from bench.filesystems import Folder
from bench.report import Finding
from readiness.base.launched_process import LaunchedProcess
from readiness.base.messages import UserError
from readiness.clients import conformance
from readiness.experiments.wait_cost_cases import METHOD_SYSCALLS, BenchmarkCase
from tests import ROOT
from tools import check_modules

VERDICTS = tuple(f"| {verdict} |" for verdict in (MET, MISSED, NOT_DECIDED))


def test_a_saved_section_replaces_its_last(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "RESULTS.md")
    report.save("one", "first\n\n### part\n")
    report.save("two", "second")
    report.save("one", "third")
    report.save("three", "fourth")
    text = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert text == report.HEADER + "\n## one\n\nthird\n\n## two\n\nsecond\n\n## three\n\nfourth\n"


def test_targets_say_what_was_found_and_how_sure_it_is():
    found = Figure(0.5, 0.4, 0.6)
    findings = [
        Finding(Goal("a", high=1, unit="s"), found),
        Finding(Goal("b", high=0.3), found),
        Finding(Goal("c", high=0.5), found),
        Finding(Goal("d", low=1_000), Figure(2420, 2400, 2500), quiet=False),
    ]
    assert report.targets(findings).splitlines()[2:] == [
        "| a | ≤ 1 s | 0.500 s | 0.400 to 0.600 | met |",
        "| b | ≤ 0.3 | 0.500 | 0.400 to 0.600 | **missed** |",
        "| c | ≤ 0.5 | 0.500 | 0.400 to 0.600 | *not decided* |",
        "| d | ≥ 1,000 | 2,420 | 2,400 to 2,500 | *not decided* |",
    ]


def test_figures_have_three_digits():
    assert [report.format_number(x) for x in (0.31274, 25.231, 1709.9)] == ["0.313", "25.2", "1,710"]


def test_the_machine_is_named_by_what_matters():
    line = report.machine()
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
def test_python_and_c_find_the_same_shape(compiler):
    cases = [BenchmarkCase(method, 200, churn=0.05 * method.startswith("epoll-")) for method in METHOD_SYSCALLS]
    cases += [
        BenchmarkCase("poll", 200, ready_position=position, blocking=True) for position in ("first", "last", "random")
    ]
    with wait_cost.CProgram() as c_program:
        seconds = {(case.method, case.ready_position, case.blocking): c_program.seconds(case) for case in cases}
        comparison = wait_cost.compare(c_program, [BenchmarkCase("poll", 100), BenchmarkCase("epoll", 100)], rounds=2)
    pairs = comparison.pairs()
    assert seconds["poll-empty", "random", False] < seconds["poll", "random", False]
    assert 2 * seconds["epoll", "random", False] < seconds["poll", "random", False]
    assert seconds["epoll", "random", False] < seconds["epoll-mod", "random", False]
    assert seconds["poll", "first", True] < seconds["poll", "last", True]
    assert [python.method for python, _c in pairs] == ["poll", "epoll"]
    assert all(c.seconds < 2 * python.seconds for python, c in pairs)
    assert wait_cost.case_table(pairs, "N", lambda p: p.method).count("\n") == 4
    assert comparison.noise().startswith("Interquartile range: ")


@linux
@pytest.mark.parametrize("test_name", conformance.TESTS)
def test_the_echo_server_in_c_keeps_the_contract(compiler, test_name):
    program = c_programs.build_program("echo")
    with conformance.launch_for_test([program], test_name) as server:
        conformance.TESTS[test_name](server)


@linux
def test_the_echo_bench_in_small(compiler):
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
    assert sum(map(tables[5].count, VERDICTS)) == len(tables[5].splitlines()) - 2 >= 4
    assert text.count("Interquartile range: ") == 5
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


def test_a_bench_without_uvloop_says_so(monkeypatch):
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
def test_no_wrong_reply_goes_unseen(compiler, monkeypatch, capfd, answer, message):
    monkeypatch.setattr(echo_load, "command", lambda name: [sys.executable, "-c", WRONG % answer])

    def measure():
        with echo_load.ServerUnderLoad("the wrong one", 3, 2) as server:
            return server.run_batch(20)

    if message is None:
        assert measure().cpu > 0
    else:
        with pytest.raises(UserError, match=message):
            measure()


def test_a_bench_that_fails_does_not_stop_the_others(monkeypatch, capsys):
    def refuse():
        raise UserError("A reply was wrong.")
        yield

    monkeypatch.setattr(meter_overhead, "run", refuse)
    monkeypatch.setattr(live_chart, "run", lambda: iter(["A table."]))
    monkeypatch.setattr(sys, "argv", ["bench", "meter_overhead", "live_chart"])
    with pytest.raises(SystemExit, match=r"^meter_overhead: A reply was wrong\.$"):
        command_line.main()
    printed = capsys.readouterr().out
    assert printed.index("A reply was wrong.") < printed.index("A table.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_bench_says_so(monkeypatch, number):
    def interrupt():
        signal.raise_signal(number)
        yield

    monkeypatch.setattr(meter_overhead, "run", interrupt)
    monkeypatch.setattr(sys, "argv", ["bench", "meter_overhead", "live_chart"])
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit, match=r"^meter_overhead was interrupted"):
            command_line.main()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_every_bench_has_a_run_and_a_line_in_the_readme():
    readme = (ROOT / "bench" / "README.md").read_text("utf-8")
    for name in command_line.BENCHES:
        assert callable(importlib.import_module(f"bench.{name}").run)
        assert f"| `{name}` |" in readme


def test_every_module_keeps_the_rules():
    found = list(check_modules.violations(ROOT / "bench"))
    assert not found, "\n".join(found)


def test_without_a_compiler_a_sentence_says_so(tmp_path, monkeypatch):
    (tmp_path / "echo.c").write_text("int main(void) { return 0; }")
    monkeypatch.setattr(c_programs, "C_FOLDER", tmp_path)
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(UserError, match=r"“no-such-compiler” did not build echo\.c"):
        c_programs.build_program("echo")


OUR_SERVER = """
import os, sys
from readiness.servers.ftp.__main__ import main
os.environ["READINESS_FTP_PASSWORD"] = sys.argv[3]
main(["--root", sys.argv[1], "--user", sys.argv[2]])
"""
"""Our own server instead of pyftpdlib, which may not be installed."""


@pytest.fixture
def without_pyftpdlib(monkeypatch):
    """Our own server instead of pyftpdlib."""
    monkeypatch.setattr(ftp_load, "PYFTPDLIB_SERVER", OUR_SERVER)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)


SMALL_PLAN = ftp_cases.Plan(rounds=1, large=2 << 20, file_count=3, login_count=3)


@linux
def test_the_ftp_bench_in_small(without_pyftpdlib, monkeypatch, tmp_path):
    folders = [Folder("disk", tmp_path, "ext4"), Folder("tmpfs", tmp_path, "tmpfs")]
    monkeypatch.setattr(ftp, "find_folders", lambda needed: (folders, []))
    monkeypatch.setattr(ftp_cases, "wait_for_ports", lambda: None)  # other tests hold many, and no time is judged here
    text = "\n".join(ftp.run(SMALL_PLAN))
    assert all(f"| {title} |" in text for title in ftp.GOALS)
    assert sum(map(text.count, VERDICTS)) == 14
    assert text.count("Interquartile range: ") == 6
    assert "| STOR, 1 client, over a file, tmpfs | pyftpdlib |" in text
    assert list(tmp_path.iterdir()) == []


@linux
def test_a_wrong_byte_of_an_upload_ends_the_ftp_bench(monkeypatch, tmp_path):
    monkeypatch.setattr(ftp_load, "BLOCK", b"x" * ftp_cases.CHUNK)
    with ftp_load.ServerProcess(ftp_load.OURS, tmp_path) as server:
        with pytest.raises(UserError, match="The content of up0 is wrong"):
            ftp_cases.upload_case("", SMALL_PLAN, 1, over=False).measure(server)


@linux
@pytest.mark.parametrize(
    ("case", "name", "size"),
    [
        (ftp_cases.download_case("", SMALL_PLAN, 1), "1-0", SMALL_PLAN.large),
        (ftp_cases.small_file_case("", SMALL_PLAN), "small", len(ftp_cases.SMALL)),
    ],
)
def test_a_wrong_byte_of_a_download_ends_the_ftp_bench(monkeypatch, tmp_path, case, name, size):
    monkeypatch.setattr(ftp_cases, "wait_for_ports", lambda: None)  # other tests hold many, and nothing is measured
    (tmp_path / name).write_bytes(b"x" * size)
    with ftp_load.ServerProcess(ftp_load.OURS, tmp_path) as server:
        with pytest.raises(UserError, match="wrong"):
            case.measure(server)


@linux
def test_a_server_that_refuses_ends_the_ftp_bench_in_a_sentence(without_pyftpdlib, tmp_path):
    def refuse(server):
        with server.login() as client:
            client.sendcmd("RETR nothing")

    with pytest.raises(UserError, match=r"^The FTP server failed: 550 "):
        ftp.measure_cases([ftp_cases.Case("", "MB", refuse)], tmp_path, 1)


def test_content_that_is_longer_or_shorter_is_wrong():
    ftp_cases.verify("f", ftp_cases.BLOCK * 2, 2 * ftp_cases.CHUNK)
    for content in (ftp_cases.BLOCK, ftp_cases.BLOCK * 3, ftp_cases.BLOCK * 2 + b"x"):
        with pytest.raises(UserError, match=r"^The content of f is wrong: .* arrived, 131,072 bytes were sent"):
            ftp_cases.verify("f", content, 2 * ftp_cases.CHUNK)


@pytest.mark.parametrize(("sent", "size"), [(b"abc", 4), (b"abcde", 4)])
def test_a_download_of_another_length_is_refused(sent, size):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(UserError, match="A download had"):
            ftp_load.receive_file(memoryview(bytearray(size)))(ours)


def test_an_ftp_bench_without_pyftpdlib_says_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "Missing: pyftpdlib" in "".join(ftp.run())


@pytest.mark.parametrize("module", [echo, echo_parts, ftp])
def test_a_bench_that_needs_linux_says_so(monkeypatch, module):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "".join(module.run()).startswith("Missing: Linux")


SUMMARY = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.006000           3      2000         3 recvfrom
 40.00    0.004000           2      2000           sendto
------ ----------- ----------- --------- --------- ----------------
100.00    0.010000           2      4000         3 total
"""


def test_the_summary_of_strace_is_read():
    assert echo_parts.parse_summary(SUMMARY) == {"recvfrom": 2000, "sendto": 2000}
    assert echo_parts.parse_summary("") == {}


@linux
def test_the_parts_of_a_message_in_small(compiler):
    text = "\n".join(echo_parts.run(rounds=1, messages=200, loops=2))
    assert "| C, epoll |" in text
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]
    bytecodes = [int(row[4]) for row in rows if len(row) > 4 and row[1] in LAYERS]
    assert len(bytecodes) == len(LAYERS)
    assert bytecodes == sorted(bytecodes)
    assert bytecodes[0] > 5


@linux
def test_a_layer_with_a_wrong_reply_is_refused(monkeypatch):
    monkeypatch.setattr("readiness.servers.echo.framing.SUFFIX", b"_sb\n")
    with Layers(2) as layers:
        with pytest.raises(UserError, match="wrong reply"):
            layers.measure("the whole server on epoll", 1)
