"""Pythons other than the one that runs the tests, each in an environment that is made once, in .venv/pythons."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from readiness.system.optional import fcntl
from tests import ROOT
from tests.project.test_project_files import PROJECT

SYSTEM, NEWER = "the system's Python", "Python 3.13"
"""On Debian 12 the system's Python is 3.11.2."""
INSTALL_TIMEOUT = 300  # seconds
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


def python_of(name: str, need: Callable[[object, str], None]) -> str:
    """The path of that Python in an environment with what the course needs. `need` is the fixture."""
    found = {path: version_of(path) for path in candidates(name)}
    base = next((path for path, version in found.items() if fits(version, name)), "")
    need(base, f"{name} is not here, or too old, or without venv (on Debian: apt install python3-venv)")
    if base == sys.executable:
        return base
    home = ROOT / ".venv" / "pythons" / found[base]
    home.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{home}.lock").open("w") as lock:  # several processes run the tests; one of them installs
        fcntl.flock(lock, fcntl.LOCK_EX)
        failed = install(base, home)
    need(not failed, f"{name} could not get the packages of the course: {failed}")
    return str(home / "bin" / "python")


def install(base: str, home: Path) -> str:
    """Make the environment, unless it is there with the same contents. Return why that failed, or an empty string."""
    pins = os.environ.get("PINS", "-c constraints.txt").split()
    wanted = "\n".join([base, *pins, *PROJECT["dependencies"], (ROOT / "constraints.txt").read_text("utf-8")])
    ready = home / ".ready"
    if ready.exists() and ready.read_text("utf-8") == wanted:
        return ""
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins]
    for command in ([base, "-m", "venv", "--clear", home], [*pip, *PROJECT["dependencies"]]):
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=INSTALL_TIMEOUT)
        if ran.returncode:
            return (ran.stderr.strip().splitlines() or ["it does not say why"])[-1]
    ready.write_text(wanted, "utf-8")
    return ""
