"""Run a function of an episode on this machine, or load the result that a Linux machine recorded.

This module measures nothing. ``tools/notebooks/record.py`` writes the recordings.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from readiness.base.messages import UserError, _
from readiness.base.worker import WorkerError
from readiness.experiments import recordings
from readiness.system import limits

RECORD_ENV = "READINESS_RECORD"
"""The environment variable with the path of a file. `run_or_replay` appends each result to the file, as a line of JSON.

It is set while ``tools/notebooks/record.py`` runs an episode.
"""


def missing_feature(*requires: str) -> str:
    """Return the name of the first required feature that this machine lacks, or an empty string if it has all.

    If a descriptor with a number is required, raise the soft limit of open descriptors first.

    Args:
        requires: names of features: "linux" (Linux with /proc), "kallsyms" (/proc/kallsyms can be read; a container may
            hide it), a descriptor with a number, such as "descriptor 700", or a field of
            `limits.Report` that is true or false: "poll", "epoll", "kqueue", "eventfd", "fdinfo", "wchan".
    """
    tests = {
        "linux": lambda: sys.platform == "linux" and limits.read_proc("/proc/self/status") is not None,
        "kallsyms": lambda: bool(limits.read_proc("/proc/kallsyms")),
    }
    for feature in requires:
        name, _space, number = feature.partition(" ")
        if number:
            limits.raise_fd_limit()
            found = (limits.fd_limits()[0] or 0) > int(number)
        else:
            found = tests[name]() if name in tests else getattr(limits.report(), name)
        if not found:
            return feature
    return ""


def run_or_replay(function: Callable[[], Any], *requires: str) -> Any:
    """Run a function on this machine, or load the recording of its result and print where it was recorded.

    The recording has the same name as the function. It is loaded if this machine lacks a required feature, or if the
    function raises `UserError`, except `WorkerError`.

    Args:
        function: takes no arguments, and returns a value that JSON can hold.
        requires: names of the features that the function needs (see `missing_feature`).

    Returns:
        The result after a conversion to JSON and back, in which a tuple becomes a list, and the keys of a dict become
            strings. So a result of this machine has the same form as a recorded one.
    """
    missing = missing_feature(*requires)
    if not missing:
        try:
            text = json.dumps(function())
        except WorkerError:  # this machine can run it, when the cell is run again
            raise
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
        text = _("This machine shows no {what}.")
        if missing.startswith("descriptor"):
            text = _("The limit of open descriptors (ulimit -Hn) allows no {what} here.")
        missing = text.format(what=names.get(missing, missing))
    print(missing, _("What follows was {recorded}.").format(recorded=recording.origin))
    return recording.data
