"""Lessons and solved labs run from top to bottom in environments that learners have and the other tests do not.

Numbers aren't compared. test_other_platforms.py runs the lessons where epoll and /proc are missing.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

from readiness.system import limits
from tests import ROOT
from tests.course import pythons
from tests.course.test_other_platforms import LESSONS, errors
from tests.ipc_kernels import transport

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(sys.platform != "linux", reason="these are environments of Linux"),
]

NOTEBOOKS = LESSONS + sorted((ROOT / "solutions").glob("[0-9]*.ipynb"))
COPY = "import shutil, sys; shutil.copytree(sys.argv[1], 'course', ignore=shutil.ignore_patterns('.*'))"
CELL_TIMEOUT, TIMEOUT = 60, 300  # seconds for a cell, and for a notebook, on a busy machine
OTHER_USER = 65534  # has no rights anywhere
# What is not run by root needs no other user.
NOT_ROOT = ("setpriv", f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}", "--clear-groups", "--bounding-set=-all")
NOT_ROOT *= hasattr(os, "getuid") and os.getuid() == 0
# The shell stays, root's and the first process in its namespace: there is one to be hidden.
HIDDEN = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c")
HIDDEN += ('mount -o remount,hidepid=2 /proc && "$@"; exit $?', "sh", *NOT_ROOT)


@dataclass(frozen=True)
class Environment:
    """How Python is started there.

    Attributes:
        check: is true there.
        start: the words of the command that come before `env`.
        python: which one, if not the one that runs the tests.
        variables: of the environment.
        sentences: what the course says where it can't go on there: {part of a notebook's path: pattern}.
    """

    check: str
    start: tuple[str, ...] = ()
    python: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)


def limited(soft: int, hard: int) -> Environment:
    """An environment with these limits of open descriptors. A check of a lab may say that the hard limit is too low."""
    check = f"resource.getrlimit(resource.RLIMIT_NOFILE) == ({soft}, {hard})"
    sentences = {"solutions/": rf"limit.{{0,20}}\b{hard:,}\b"}
    return Environment(check, ("prlimit", f"--nofile={soft}:{hard}"), sentences=sentences)


HARD = int(min(limits.fd_limits()[1] or 0, 20_000))
ENVIRONMENTS = {
    "not root": Environment("os.getuid() > 0 and not os.access('/etc', os.W_OK)", NOT_ROOT),
    "256 descriptors": limited(256, 256),
    "1,024 descriptors": limited(1024, 1024),
    "soft limit of 256": limited(256, HARD),
    "others' processes hidden": Environment(
        "os.getuid() > 0 and os.path.exists('/proc/self') and not os.path.exists('/proc/1')", HIDDEN
    ),
    "C locale": Environment("sys.flags.utf8_mode == 1", variables={"LC_ALL": "C"}),
    "C locale without UTF-8": Environment(
        "sys.getfilesystemencoding() == 'ascii'",
        variables={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        sentences={"/12": "UTF-8"},
    ),
    pythons.SYSTEM: Environment("sys.base_prefix == '/usr'", python=pythons.SYSTEM),
    pythons.NEWER: Environment("sys.version_info[:2] == (3, 13)", python=pythons.NEWER),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for the user of any environment. pytest's own are closed to other users."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


Run = Callable[..., subprocess.CompletedProcess]


def ran(command: list, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT, stdin=subprocess.DEVNULL, **options
    )


@pytest.fixture
def run(need: Callable[[object, str], None], folder: Path) -> Run:
    """`run(environment, arguments)` runs Python there, in `folder`. The test is skipped if that can't be had."""

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess:
        there = ENVIRONMENTS[name]
        tried = ran([*there.start, "true"])
        need(tried.returncode == 0, f"{name}: not possible here: {tried.stderr.strip()}")
        python = pythons.python_of(there.python, need) if there.python else sys.executable
        if there.start and ran([*there.start, "env", python, "-V"]).returncode:  # it may be in a folder of root's alone
            python = pythons.python_of(pythons.SYSTEM, need)
        variables = {"PYTHONPATH": ROOT, "READINESS_PROGRESS": folder / "progress", **there.variables}
        if "setpriv" in there.start:
            variables["HOME"] = folder
        words = [f"{key}={value}" for key, value in variables.items()]
        return ran([*there.start, "env", "-C", folder, *words, python, *arguments])

    return run


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_environment_is_what_its_name_says(name, run):
    check = f"import os, resource, sys\nassert {ENVIRONMENTS[name].check}"
    assert run(name, "-c", check).stderr == ""


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_runs(path, name, run, folder):
    assert run(name, "-c", COPY, path.parent).stderr == ""  # the copy belongs to the user of that environment
    options = ["--execute", "--allow-errors", f"--ExecutePreprocessor.timeout={CELL_TIMEOUT}"]
    options += [f"--KernelManager.{trait}={value}" for trait, value in transport(folder).items()]
    done = run(name, "-m", "nbconvert", "--to=notebook", "--output=ran.ipynb", *options, f"course/{path.name}")
    ran = folder / "course" / "ran.ipynb"
    assert ran.exists(), done.stderr[-10_000:]
    found = errors(nbformat.read(ran, as_version=4))
    patterns = [p for part, p in ENVIRONMENTS[name].sentences.items() if part in f"{path.parent.name}/{path.name}"]
    # After such a sentence a cell may miss what an earlier one could not make.
    said = next((n for n, error in enumerate(found) if any(re.search(p, error) for p in patterns)), len(found))
    if found[:said]:
        pytest.fail("\n".join(found[:said]), pytrace=False)


def test_a_python_that_is_missing_or_too_old_is_asked_for(need, monkeypatch):
    monkeypatch.setenv("CI", "")
    monkeypatch.setattr(pythons, "candidates", lambda name: ["", "/nowhere/python3"])
    for name in (pythons.SYSTEM, pythons.NEWER):
        with pytest.raises(pytest.skip.Exception, match=f"{name} is not here"):
            pythons.python_of(name, need)
    assert not pythons.fits("3.9.2", pythons.SYSTEM)
    assert pythons.fits("3.11.2", pythons.SYSTEM)
    assert not pythons.fits("3.14.0", pythons.NEWER)
