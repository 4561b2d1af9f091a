"""Experiment: a function of a lesson's cell, run where this machine can, shown as recorded where it can't.

It measures nothing itself, and it keeps nothing: ``tools/notebooks/record.py`` keeps what ran on a Linux machine.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from readiness.base.messages import UserError, _
from readiness.experiments import recordings
from readiness.system import limits

RECORD = "READINESS_RECORD"
"""The variable that names the file to which each result is added, a JSON line for each, while a lesson is recorded."""


def missing(*needs: str) -> str:
    """The first of `needs` that this machine lacks; empty if it has them all.

    A need is "linux", with its /proc; "kallsyms", which containers may hide; or a yes-or-no field of `limits.Report`:
    "poll", "epoll", "kqueue", "eventfd", "fdinfo", "wchan".
    """
    here = {
        "linux": lambda: sys.platform == "linux" and limits.read_proc("/proc/self/status") is not None,
        "kallsyms": lambda: bool(limits.read_proc("/proc/kallsyms")),
    }
    for need in needs:
        if not (here[need]() if need in here else getattr(limits.report(), need)):
            return need
    return ""


def run(function: Callable[[], Any], *needs: str) -> Any:
    """What `function()` returns: run here, or as a Linux machine recorded it, which is then said in one line.

    The result is what JSON makes of it (a tuple comes back as a list, a key as a str), so that it is the same here
    and recorded. It is recorded under the function's name. Whatever refuses (`UserError`) is shown as recorded, too.
    """
    lacking = missing(*needs)
    if not lacking:
        try:
            text = json.dumps(function())
        except UserError as error:
            lacking = str(error)
        else:
            if path := os.environ.get(RECORD):
                with open(path, "a", encoding="utf-8") as file:
                    file.write(json.dumps({"name": function.__name__, "data": json.loads(text)}) + "\n")
            return json.loads(text)
    found = recordings.load(function.__name__)
    if lacking in needs:
        names = {"linux": "/proc", "kallsyms": "/proc/kallsyms", "fdinfo": "/proc/self/fdinfo"}
        lacking = _("This machine shows no {what}.").format(what=names.get(lacking, lacking))
    print(lacking, _("What follows was {recorded}.").format(recorded=found.machine))
    return found.data
