"""A launched process is read line by line, never waits for its reader, and has ended when it is left."""

import math
import os
import signal
import sys

import psutil
import pytest

from readiness.base.launched_process import LaunchedProcess
from readiness.base.messages import UserError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by signals")


def launch(program, **options):
    return LaunchedProcess([sys.executable, "-c", program], **options)


PRINT_ADDRESS = "import sys; print('listens on 127.0.0.1:70', flush=True)\n"


def test_its_address_is_read_and_it_has_ended_afterwards():
    with launch(PRINT_ADDRESS + "input()") as process:
        assert process.read_address(10) == ("127.0.0.1", 70)
        assert not process.has_ended()
    assert not psutil.pid_exists(process.pid)
    assert process.end() == -signal.SIGTERM


def test_lines_go_in_and_come_out_until_its_end():
    with launch("for line in iter(input, 'end'): print(line.upper(), flush=True)") as process:
        for line in ("one", "größe"):
            process.writeline(line)
            assert process.readline() == line.upper() + "\n"
        process.writeline("end")
        assert process.readline(10) == process.readline(10) == ""
        assert process.has_ended(10)
        assert process.end() == 0


def test_a_line_that_does_not_come_in_time_is_empty():
    with launch("print('half a li', end='', flush=True); input()") as process:
        assert process.readline(0.2) == ""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_it_may_print_any_amount_that_is_not_read(stream):
    program = f"sys.{stream}.write('x' * 200_000); sys.{stream}.flush(); print('\\ndone', flush=True); input()"
    with launch(PRINT_ADDRESS + program) as process:
        process.read_address(10)
        lines = [process.readline(10), process.readline(10)]
        assert lines[-1] == "done\n"
        assert process.end() == -signal.SIGTERM
        assert process.rest_of_output() == ("x" * 200_000 if stream == "stderr" else "")


@pytest.mark.parametrize(
    ("program", "output"),
    [
        ("print('good morning'); import time; time.sleep(60)", "good morning"),
        ("print('localhost:http')", "localhost:http"),
        ("print('localhost:65536')", "localhost:65536"),
        ("print('localhost:' + 5000 * '9')", "localhost:9+"),
        ("raise OSError('taken')", "OSError: taken"),
        ("pass", "-"),
    ],
)
def test_a_program_without_an_address_is_ended_and_quoted(program, output):
    with launch("import sys; sys.stdout.reconfigure(line_buffering=True)\n" + program) as process:
        with pytest.raises(UserError, match=f"did not print its address: {output}$"):
            process.read_address(10)
        assert process.has_ended()


def test_a_stopped_process_ends_too():
    with launch(PRINT_ADDRESS + "input()") as process:
        process.read_address(10)
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        assert process.end() == -signal.SIGTERM


def test_one_that_ignores_the_signal_is_killed():
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    with launch(ignore + PRINT_ADDRESS + "input()") as process:
        process.read_address(10)
        assert process.end(0.2) == -signal.SIGKILL


def test_it_is_prepared_before_it_begins(tmp_path):
    def lower_priority():
        os.nice(3)

    program = "import os; print(os.nice(0), os.getcwd(), os.environ['COLOUR'])"
    with launch(program, prepare=lower_priority, cwd=tmp_path, env=os.environ | {"COLOUR": "blue"}) as process:
        assert process.readline(10) == f"{os.nice(0) + 3} {tmp_path} blue\n"


@pytest.mark.parametrize("timeout", [1e10, math.inf])
def test_a_very_long_wait_for_a_line_is_a_wait(timeout):
    with launch("print('here')") as process:
        assert process.readline(timeout) == "here\n"


@pytest.mark.parametrize("timeout", [-1, math.nan])
def test_a_wait_of_no_time_is_none(timeout):
    with launch("input()") as process:
        assert process.readline(timeout) == ""
