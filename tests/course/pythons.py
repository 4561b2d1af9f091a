"""Pythons other than the one that runs the tests, each in an environment that is made once, in .venv/pythons."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import ROOT
from tests.environments import environment
from tests.project.test_project_files import PROJECT

SYSTEM, NEWER = "the system's Python", "Python 3.13"
"""On Debian 12 the system's Python is 3.11.2."""
PROBE = "import ensurepip, sys, venv; print('.'.join(map(str, sys.version_info[:3])))"


def candidates(name: str) -> Iterator[str]:
    """Where that Python may be. There may be no such file."""
    if name == SYSTEM:
        yield "/usr/bin/python3"
        return
    yield sys.executable
    yield shutil.which("python3.13") or ""
    yield from map(str, Path.home().glob(".pyenv/versions/3.13.*/bin/python3.13"))


def version_of(path: str) -> str:
    """The version of the Python at that path, or an empty string: if there is none, or it has no venv."""
    try:
        return subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def fits(version: str, name: str) -> bool:
    numbers = tuple(map(int, version.split(".")[:2])) if version else ()
    return numbers >= (3, 11) if name == SYSTEM else numbers == (3, 13)


def interpreter(name: str, need: Callable[[object, str], None]) -> str:
    """The path of that Python itself. `need` is the fixture."""
    base = next((path for path in candidates(name) if fits(version_of(path), name)), "")
    need(base, f"{name} is not here, or too old, or without venv (on Debian: apt install python3-venv)")
    return base


def python_of(name: str, need: Callable[[object, str], None]) -> str:
    """The path of that Python in an environment with what the course needs. `need` is the fixture."""
    base = interpreter(name, need)
    if base == sys.executable:
        return base
    pins = os.environ.get("PINS", "-c constraints.txt").split()
    packages = [[*pins, *PROJECT["dependencies"]]]
    key = (ROOT / "constraints.txt").read_text("utf-8")
    return str(environment(f"pythons/{version_of(base)}", packages, need, base, key) / "python")
