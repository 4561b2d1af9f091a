"""Environments that a test makes once, in .venv, for what the course's own environment must not hold."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from readiness.system.optional import fcntl
from tests import ROOT

INSTALL_TIMEOUT = 600  # seconds for one call of pip, on a busy machine


def environment(
    name: str,
    installs: Sequence[Sequence[str]],
    need: Callable[[object, str], None],
    base: str = sys.executable,
    key: str = "",
) -> Path:
    """Return the folder of programs of the environment .venv/`name`. It is made if one of the arguments has changed.

    Args:
        name: a folder's name.
        installs: the arguments of each call of `pip install`.
        need: the fixture. The test is skipped if a package can't be had.
        base: the Python that makes the environment.
        key: a text on which the contents also depend.
    """
    home = ROOT / ".venv" / name
    home.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{home}.lock").open("w") as lock:  # several processes run the tests; one of them installs
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
        failed = _make(home, installs, base, key)
    need(not failed, f"the environment {name} could not be made: {failed}")
    return home / ("Scripts" if sys.platform == "win32" else "bin")


def _make(home: Path, installs: Sequence[Sequence[str]], base: str, key: str) -> str:
    """Make the environment, unless it is there with the same contents. Return why that failed, or an empty string."""
    wanted = "\n".join([base, *(argument for arguments in installs for argument in arguments), key])
    ready = home / ".ready"
    if ready.exists() and ready.read_text("utf-8") == wanted:
        return ""
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in ([base, "-m", "venv", "--clear", home], *([*pip, *arguments] for arguments in installs)):
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=INSTALL_TIMEOUT)
        if ran.returncode:
            return (ran.stderr.strip().splitlines() or ["it does not say why"])[-1]
    ready.write_text(wanted, "utf-8")
    return ""
