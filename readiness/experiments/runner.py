"""Run a function of a lesson's cell if this machine can, or replay what a Linux machine recorded.

This module measures nothing. ``tools/notebooks/record.py`` writes the recordings.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from readiness.base.messages import UserError, _
from readiness.experiments import recordings
from readiness.system import limits

RECORD_ENV = "READINESS_RECORD"
"""The variable that names the file to which each result is appended as a JSON line, while a lesson is recorded."""


def missing_feature(*requires: str) -> str:
    """Return the first of the required features that this machine lacks; an empty string if it has all of them.

    Args:
        requires: "linux" (a Linux with /proc), "kallsyms" (which a container may hide), or a yes-or-no field of
            `limits.Report`: "poll", "epoll", "kqueue", "eventfd", "fdinfo", "wchan".
    """
    tests = {
        "linux": lambda: sys.platform == "linux" and limits.read_proc("/proc/self/status") is not None,
        "kallsyms": lambda: bool(limits.read_proc("/proc/kallsyms")),
    }
    for feature in requires:
        if not (tests[feature]() if feature in tests else getattr(limits.report(), feature)):
            return feature
    return ""


def run_or_replay(function: Callable[[], Any], *requires: str) -> Any:
    """Run a function here, or load its recording and print where it was recorded.

    The recording has the function's name. It is loaded if this machine lacks a required feature, or if the function
    raises `UserError`.

    Args:
        function: returns a value that JSON can hold.
        requires: the features that the function needs (see `missing_feature`).

    Returns:
        The function's result as JSON returns it: a tuple becomes a list, and a key becomes a str. So a result of this
        machine has the form of a recorded one.
    """
    missing = missing_feature(*requires)
    if not missing:
        try:
            text = json.dumps(function())
        except UserError as error:
            missing = str(error)
        else:
            if path := os.environ.get(RECORD_ENV):
                with open(path, "a", encoding="utf-8") as file:
                    file.write(json.dumps({"name": function.__name__, "data": json.loads(text)}) + "\n")
            return json.loads(text)
    recording = recordings.load(function.__name__)
    if missing in requires:
        names = {"linux": "/proc", "kallsyms": "/proc/kallsyms", "fdinfo": "/proc/self/fdinfo"}
        missing = _("This machine shows no {what}.").format(what=names.get(missing, missing))
    print(missing, _("What follows was {recorded}.").format(recorded=recording.origin))
    return recording.data
