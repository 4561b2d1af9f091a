"""A server in the main thread, and the signal that stops it."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs the signals of POSIX")

PROGRAM = """
import os, signal, threading
from readiness.base.foreground import serve_until_signal

class Server:
    address = ("127.0.0.1", 1)
    def __init__(self):
        self.interrupted = threading.Event()
    def serve(self, stop):
        # The main thread takes no signal, as in a call that began just before the signal arrived.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.kill(os.getpid(), signal.SIGTERM)
        print(self.interrupted.wait(10), stop.is_set())
    def interrupt(self):
        self.interrupted.set()
    def close(self):
        print("closed")

serve_until_signal(Server(), "it")
print(threading.active_count())
"""


def test_a_blocked_call_is_interrupted_although_the_handler_has_not_run():
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == ["it listens on 127.0.0.1:1", "True True", "closed", "1"]
