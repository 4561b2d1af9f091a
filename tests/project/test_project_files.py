"""The house: its lists agree, its verbs are what they say, and `python -m readiness` opens the first lesson."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import tomllib
import urllib.request
import webbrowser
from contextlib import closing
from pathlib import Path

import pytest
import websocket  # jupyter_server brings it

import readiness.__main__ as house
from readiness.base.messages import UserError
from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LAUNCH_DEADLINE = 60  # seconds; it takes one and a half on a quiet machine


def direct_dependencies() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    lines = PROJECT["dependencies"] + [line for extra in extras for line in extra]
    return [re.match(r"[A-Za-z0-9._-]+", line)[0] for line in lines]


def normal(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# Lists


def test_conda_gets_python_pip_and_the_course_and_nothing_else():
    lines = (ROOT / "environment.yml").read_text("utf-8").splitlines()
    assert lines == [
        "name: whos-ready",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python{PROJECT['requires-python']}",
        "  - pip",
        "  - pip:",
        "      - -e .",
    ]


def test_constraints_are_names_and_versions_and_cover_each_direct_dependency():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []
    pinned = [normal(line.split("==")[0]) for line in pins]
    assert len(set(pinned)) == len(pinned)
    wanted = {normal(name) for name in direct_dependencies()}
    assert len(wanted) >= 4
    assert wanted - set(pinned) == set()
    assert normal(PROJECT["name"]) not in pinned


# Verbs


def test_every_verb_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    assert {"help", "lab", "test", "lint", "freeze", "bench", "clean"} <= set(phony)
    for verb in phony:
        assert re.search(rf"^{verb}:.*## \w", makefile, re.MULTILINE), verb


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_alone_lists_the_verbs():
    said = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (
        re.findall(r"^  make (\w+)", said, re.MULTILINE)
        == re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1].split()
    )
    assert "first lesson" in said


def test_the_readme_names_no_verb_that_is_not_there():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for page in ("README.md", "CONTRIBUTING.md"):
        verbs = re.findall(r"`make ([a-z]+)", (ROOT / page).read_text("utf-8"))
        assert verbs, page
        for verb in verbs:
            assert re.search(rf"^{verb}:", makefile, re.MULTILINE), f"{page}: make {verb}"


def test_ci_runs_what_people_run():
    script = ROOT / ".ci" / "run"
    lines = script.read_text("utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert "exec make test" in lines
    if os.name == "posix":
        assert script.stat().st_mode & stat.S_IXUSR
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert "- run: .ci/run\n" in workflow
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"- run: python -m (pytest .*)", workflow):
        assert command.replace(" --ignore=tests/test_browser.py", "") in makefile, command
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert f'python: ["{oldest}", ' in workflow


def test_the_workflow_is_valid():
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*check, ".github/workflows/ci.yml"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# What is committed


def shipped_files() -> list[Path]:
    """The files that git tracks; without git, those that it would not ignore by the folder they are in."""
    git = ["git", "-c", f"safe.directory={ROOT.as_posix()}", "ls-files", "-z"]
    try:
        names = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        found = [ROOT / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        passing = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()} | {".git"}
        found = [path for path in ROOT.rglob("*") if not passing & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file()]


def test_nothing_committed_names_a_machine_or_a_package_host():
    # Written in pieces, so that this file may be searched too.
    folders = "|".join(["work", "root", "tmp", "home/[a-z]", "Users/[A-Za-z]", "opt/[a-z]"])
    machine = re.compile(rf"(?<![\w.~}}\])/-])/(?:{folders})/\w")
    host = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npm", "index" + "-url"]))
    texts = {path.relative_to(ROOT): path.read_bytes() for path in shipped_files()}
    texts = {path: text.decode("utf-8") for path, text in texts.items() if b"\0" not in text}
    assert len(texts) > 10
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if machine.search(line) or host.search(line)
    ]
    assert found == []


# The launcher


@pytest.fixture
def launch():
    """Starts `python -m readiness`; what a test leaves running is killed."""
    started = []

    def start(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "readiness", *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, cwd=cwd, env=os.environ | environment, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def home(tmp_path):
    """A Jupyter that nobody has set up yet, and the variables that name it."""
    return {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}


def first_lines(process: subprocess.Popen, count: int) -> list[str]:
    watchdog = threading.Timer(LAUNCH_DEADLINE, process.kill)  # ends the wait for a line that never comes
    watchdog.start()
    try:
        return [process.stdout.readline() for _ in range(count)]
    finally:
        watchdog.cancel()
        watchdog.join()


@pytest.fixture
def lab(launch, home):
    """JupyterLab as `python -m readiness` starts it, its address said."""
    process = launch("--no-browser", "--port", "0", **home)
    (line,) = first_lines(process, 1)
    address = re.search(r"http://127\.0\.0\.1:(\d+)/\S+", line)
    assert address, line + end(process)
    return process, address[0]


def get(address: str, path: str = "") -> tuple[str, str]:
    """Where a request ended up, and what it brought; `path` replaces that of the address."""
    base, token = re.match(r"(http://[^/]+)/.*\?token=(\w+)$", address).groups()
    request = urllib.request.Request(base + path if path else address, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=LAUNCH_DEADLINE) as answer:
        return answer.url, answer.read().decode()


def end(process: subprocess.Popen) -> str:
    """Ctrl-C; gives everything that it said after its first line."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LAUNCH_DEADLINE)
    return out + err


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C to a whole console, this test's own included")
def test_it_opens_the_first_lesson_quietly_and_stops_at_once(lab):
    process, address = lab
    assert "/lab/tree/notebooks/00-start-here.ipynb?token=" in address

    ended_at, page = get(address)
    assert "/login" not in ended_at
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert config["treePath"] == "notebooks/00-start-here.ipynb"
    assert get(address, "/")[0].endswith("/lab/tree/notebooks/00-start-here.ipynb")

    _, root = get(address, "/api/contents/notebooks?content=1")
    assert "00-start-here.ipynb" in [entry["name"] for entry in json.loads(root)["content"]]

    _, settings = get(address, "/lab/api/settings/@jupyterlab/apputils-extension:notification")
    defaults = json.loads(settings)["schema"]["properties"]
    assert defaults["fetchNews"]["default"] == "false"
    assert defaults["checkForUpdates"]["default"] is False

    assert end(process) == ""
    assert process.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C to a whole console, this test's own included")
def test_a_running_kernel_stops_with_it_and_says_nothing(lab):
    process, address = lab
    base, token = re.match(r"(http://[^/]+)/.*\?token=(\w+)$", address).groups()
    request = urllib.request.Request(base + "/api/kernels", data=b"{}", headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=LAUNCH_DEADLINE) as answer:
        kernel = json.loads(answer.read())["id"]
    channels = f"{base.replace('http', 'ws')}/api/kernels/{kernel}/channels?token={token}"
    ask = {"msg_id": "1", "session": "1", "username": "", "msg_type": "kernel_info_request", "version": "5.3"}
    message = {"channel": "shell", "header": ask, "parent_header": {}, "metadata": {}, "content": {}, "buffers": []}
    with closing(websocket.create_connection(channels, timeout=LAUNCH_DEADLINE)) as connection:
        connection.send(json.dumps(message))
        while json.loads(connection.recv())["msg_type"] != "kernel_info_reply":  # it may still be starting
            pass
    assert end(process) == ""
    assert process.returncode == 0


def test_a_port_that_is_taken_is_said_and_ends_it(lab, launch, home):
    _, address = lab
    port = re.search(r":(\d+)/", address)[1]
    second = launch("--no-browser", "--port", port, **home)
    out, err = second.communicate(timeout=LAUNCH_DEADLINE)
    assert second.returncode == 1
    assert out == ""
    assert f"port {port} is not available" in err
    assert "Traceback" not in err


def test_without_the_lessons_it_says_what_to_do(launch, tmp_path):
    shutil.copytree(ROOT / "readiness", tmp_path / "readiness", ignore=shutil.ignore_patterns("__pycache__"))
    process = launch("--no-browser", cwd=tmp_path)
    out, err = process.communicate(timeout=LAUNCH_DEADLINE)
    assert process.returncode == 1
    assert out == ""
    assert err.splitlines() == [
        f"The lessons are not beside the package, in {tmp_path.resolve()}: "
        "clone the whole course, and in its folder run `pip install -e .`."
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "HOUSE", tmp_path / "readiness")
        with pytest.raises(UserError):
            house.course_root()


def test_a_missing_browser_is_noticed(monkeypatch):
    def get_none(using=None):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", get_none)
    assert house.has_browser() is False


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is a machine without a browser easily had")
def test_where_there_is_no_browser_it_says_to_open_the_address(launch, home, tmp_path):
    bare = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "", "PATH": str(tmp_path)}
    process = launch("--port", "0", **home, **bare)
    said = first_lines(process, 2)
    assert "http://127.0.0.1:" in said[0]
    assert said[1] == "No browser was found here: open that address in yours.\n"
    assert end(process) == ""
