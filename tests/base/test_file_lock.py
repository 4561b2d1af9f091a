"""Of several processes one holds the lock. It is free again when its process has released it, or has ended."""

import os
import subprocess
import sys
import time

import pytest

from readiness.base.file_lock import file_lock
from tests import ROOT

HOLD = """
import sys, time
from pathlib import Path
from readiness.base.file_lock import file_lock
with file_lock(Path(sys.argv[1]), 1) as held:
    print(held, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@pytest.fixture
def holder(path):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_another_process_waits_for_it_and_goes_on_without_it_after_its_time(path, holder):
    began = time.monotonic()
    with file_lock(path, 0.1) as held:
        assert not held
        assert time.monotonic() - began >= 0.1


def test_it_is_free_when_it_was_released(path, holder):
    holder.stdin.close()
    with file_lock(path, 10) as held:
        assert held


def test_it_is_free_when_its_process_was_killed(path, holder):
    holder.kill()
    with file_lock(path, 10) as held:
        assert held


def test_an_error_in_the_body_releases_it_and_goes_through(path):
    with pytest.raises(KeyError):
        with file_lock(path, 1):
            raise KeyError
    with file_lock(path, 0) as held:
        assert held


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process inherits a descriptor here")
def test_a_process_that_was_forked_meanwhile_does_not_hold_it(path):
    with file_lock(path, 1):
        end, begin = os.pipe()
        child = os.fork()
        if not child:
            os.close(begin)
            os.read(end, 1)
            os._exit(0)
    try:
        with file_lock(path, 0) as held:
            assert held
    finally:
        os.close(begin)
        os.waitpid(child, 0)
        os.close(end)


def test_a_folder_that_is_missing_is_an_error(path):
    with pytest.raises(FileNotFoundError):
        with file_lock(path / "beneath", 1):
            pass
