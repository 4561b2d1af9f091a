"""A UserError is shown as one sentence, also where IPython would show a traceback."""

import os
import subprocess
import sys

import pytest

from readiness.base.messages import UserError, _


def test_english_is_its_own_key():
    assert _("Choose poll or epoll.") == "Choose poll or epoll."


@pytest.mark.parametrize(
    ("raised", "shown"), [("UserError('Ask for at most 7.')", ["Ask for at most 7."]), ("KeyError('x')", None)]
)
def test_a_user_error_is_shown_as_its_sentence_alone(raised, shown, tmp_path):
    program = f"from readiness.base.messages import UserError; raise {raised}"
    command = [sys.executable, "-m", "IPython", "--HistoryManager.enabled=False", "--colors=nocolor", "-c", program]
    env = os.environ | {"IPYTHONDIR": str(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    lines = (ended.stdout + ended.stderr).strip().splitlines()
    assert lines == shown if shown else len(lines) > 3


def test_a_user_error_is_a_value_error():
    assert issubclass(UserError, ValueError)
