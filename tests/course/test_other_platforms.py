"""The lessons run from top to bottom where epoll and /proc are missing, and where there is only select.

fake_platform/sitecustomize.py makes this system look like the others; CI has the real ones. Numbers aren't compared.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from readiness.course import labs
from tests import ROOT
from tests.course.sample_lesson import cell, good_lesson
from tools.notebooks import record

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SYSTEMS = {"no epoll": "poll", "select alone": "select"}
# Episodes that must show what a Linux machine measured: those with experiments, and those with the recorded sweeps and
# system calls.
RECORDED = {number for number, path in record.EPISODES.items() if record.experiment_names(path)}
RECORDED |= {"07a", "07b", "08a"} & set(record.EPISODES)
HIDDEN = {"no epoll": {"epoll", "eventfd", "fdinfo", "kallsyms", "linux", "wchan"}}
HIDDEN["select alone"] = HIDDEN["no epoll"] | {"poll"}
"""The features that a system lacks, as `runner.run_or_replay` names them."""
CELL_TIMEOUT = 60  # seconds
PROBE_TIMEOUT = 180  # seconds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is nothing to hide here")


def fake_platform(system: str) -> dict[str, str]:
    folder = ROOT / "tests" / "course" / "fake_platform"
    return os.environ | {"PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))), "FAKE_PLATFORM": SYSTEMS[system]}


def run(nb: nbformat.NotebookNode, folder: Path, env: dict[str, str]) -> nbformat.NotebookNode:
    """Return the notebook with its outputs, run in a kernel with that environment, which starts in `folder`."""
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(nb, timeout=CELL_TIMEOUT, kernel_name="python3", allow_errors=True, resources=resources)
    asyncio.run(client.async_execute(env=env))  # client.execute() leaves a loop open
    return nb


def outputs(nb: nbformat.NotebookNode) -> list[tuple[str, nbformat.NotebookNode]]:
    return [(c.id, output) for c in nb.cells if c.cell_type == "code" for output in c.outputs]


def errors(nb: nbformat.NotebookNode) -> list[str]:
    """What stands in error outputs where no error is meant, each with its cell."""
    meant = {c.id for c in nb.cells if "raises-exception" in c.metadata.get("tags", [])}
    found = [(name, o) for name, o in outputs(nb) if o.output_type == "error" and name not in meant]
    return [f"{name}: {o.ename}: {o.evalue}" for name, o in found]


def text_of(nb: nbformat.NotebookNode) -> str:
    texts = []
    for _, output in outputs(nb):
        data = output.get("data", {})
        texts += [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]
    return "\n".join(texts)


def required_features(path) -> set[str]:
    """Return the features that the episode's experiments need (the strings that follow in `runner.run_or_replay`)."""
    source = "".join(c.source + "\n" for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
    calls = re.findall(r"run_or_replay\(\s*\w+((?:,\s*\"[^\"]+\")*)", source)
    return {feature for call in calls for feature in re.findall(r'"([^"]+)"', call)}


def test_there_are_lessons():
    assert {labs.number_of(path.name) for path in LESSONS} >= RECORDED


FIRST_THAT_NEEDS = {feature: path for path in reversed(LESSONS) for feature in required_features(path)}
IN_MAKE_TEST = {*LESSONS[:1], *FIRST_THAT_NEEDS.values(), record.EPISODES["07a"]}
"""The first episode, the first one that needs each feature that a system may lack, and one with a recorded sweep."""


# A few episodes where there is only select; the others, and where poll is, too, in make thorough.
@pytest.mark.parametrize(
    ("path", "system"),
    [
        pytest.param(
            *(path, system),
            id=f"{path.stem}-{system}",
            marks=[] if system == "select alone" and path in IN_MAKE_TEST else pytest.mark.thorough,
        )
        for path in LESSONS
        for system in SYSTEMS
    ],
)
def test_a_lesson_runs(path, system, tmp_path):
    shutil.copytree(path.parent, tmp_path / "notebooks")
    nb = run(nbformat.read(path, as_version=4), tmp_path / "notebooks", fake_platform(system))
    assert errors(nb) == []
    if required_features(path) & HIDDEN[system] or labs.number_of(path.name) in {"07a", "07b", "08a"}:
        assert re.search(r"\brecorded\b", text_of(nb), re.I), "nothing says that it is recorded"


PROBES = {
    "epoll": "import select; select.epoll",
    "the selector": "import selectors; selectors.EpollSelector",
    "eventfd": "import os; os.eventfd",
    "open": "open('/proc/self/fdinfo/1')",
    "os.open": "import os; os.open('/proc/self/status', os.O_RDONLY)",
    "pathlib": "from pathlib import Path; Path('/proc/sys/fs/nr_open').read_text()",
    "listdir": "import os; os.listdir('/proc/self/fd')",
    "scandir": "import os; os.scandir('/proc/self/task')",
    "iterdir": "from pathlib import Path; list(Path('/proc/self/fd').iterdir())",
    "readlink": "import os; os.readlink('/proc/self/fd/1')",
    "stat": "import os; os.stat('/proc/kallsyms')",
    "strace": "import subprocess; subprocess.run(['strace', '-V'])",
    "ctypes": "import ctypes; ctypes.CDLL(None).epoll_create1",
}
NO_POLL_PROBES = {
    "poll": "import select; select.poll",
    "resource": "import resource",
    "setitimer": "import signal; signal.setitimer",
    "poll by ctypes": "import ctypes; ctypes.CDLL(None).poll",
}
PRESENT = """
import os, pathlib, selectors, shutil, subprocess
assert selectors.DefaultSelector.__name__ == {name!r}, selectors.DefaultSelector
assert not os.path.exists("/proc/self/fdinfo") and not pathlib.Path("/proc").is_dir()
assert shutil.which("strace") is None and shutil.which("sh")
if hasattr(selectors, "PollSelector"):  # psutil for Linux imports resource
    import psutil
    assert psutil.Process().num_threads() >= 1
print(subprocess.check_output(["echo", "works"], text=True), open(os.devnull).read())
"""


def probe(source: str, system: str) -> str:
    """Return the last line of Python's traceback, if the source raises; else an empty string."""
    command = [sys.executable, "-c", source]
    env = fake_platform(system)
    stderr = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PROBE_TIMEOUT).stderr
    return stderr.strip().splitlines()[-1] if stderr else ""


@pytest.mark.parametrize("name", PROBES)
def test_it_is_hidden(name):
    assert re.match(r"AttributeError|FileNotFoundError", probe(PROBES[name], "no epoll"))


@pytest.mark.parametrize("name", NO_POLL_PROBES)
def test_it_is_hidden_where_there_is_only_select(name):
    assert re.match(r"AttributeError|ModuleNotFoundError", probe(NO_POLL_PROBES[name], "select alone"))
    assert probe(NO_POLL_PROBES[name], "no epoll") == ""


@pytest.mark.parametrize(("system", "name"), [("no epoll", "PollSelector"), ("select alone", "SelectSelector")])
def test_the_rest_works(system, name):
    assert probe(PRESENT.format(name=name), system) == ""


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_kernel_runs_there_and_an_error_is_seen(system, tmp_path):
    nb = good_lesson()
    cell(
        nb, "add"
    ).source = "import ipywidgets, matplotlib.pyplot, readiness, selectors\nprint(selectors.DefaultSelector)"
    cell(nb, "say").source = "selectors.EpollSelector"
    nb = run(nb, tmp_path, fake_platform(system))
    assert [sentence.split(":")[:2] for sentence in errors(nb)] == [["say", " AttributeError"]]
    assert "Epoll" not in text_of(nb)
    assert "Selector" in text_of(nb)
