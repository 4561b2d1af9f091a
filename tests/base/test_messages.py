"""What is refused is said in one sentence, also where IPython would show a traceback."""

import os
import subprocess
import sys

import pytest

from readiness.base.messages import Refusal, _


def test_english_is_its_own_key():
    assert _("Choose poll or epoll.") == "Choose poll or epoll."


@pytest.mark.parametrize(
    ("raised", "shown"), [("Refusal('Ask for at most 7.')", ["Ask for at most 7."]), ("KeyError('x')", None)]
)
def test_a_refusal_is_shown_as_its_sentence_alone(raised, shown, tmp_path):
    program = f"from readiness.base.messages import Refusal; raise {raised}"
    command = [sys.executable, "-m", "IPython", "--HistoryManager.enabled=False", "--colors=nocolor", "-c", program]
    env = os.environ | {"IPYTHONDIR": str(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    lines = (ended.stdout + ended.stderr).strip().splitlines()
    assert lines == shown if shown else len(lines) > 3


def test_a_refusal_is_a_value_error():
    assert issubclass(Refusal, ValueError)
