"""`python -m readiness` opens the first lesson in JupyterLab, prints its address, and ends at once on Ctrl-C."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
import webbrowser
from contextlib import closing
from pathlib import Path

import pytest
import websocket  # jupyter_server brings it

from readiness.__main__ import main
from readiness.base.messages import UserError
from readiness.course import course_folder, launcher
from tests import ROOT

LAUNCH_TIMEOUT = 60  # seconds; it takes one and a half on a quiet machine


@pytest.fixture
def launch():
    """Starts `python -m readiness`; what a test leaves running is killed.

    Its error output goes to the file `errors`: a pipe that is read at the end alone may become full before that.
    """
    started = []

    def start(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "readiness", *arguments]
        errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors}
        process = subprocess.Popen(command, cwd=cwd, env=os.environ | environment, text=True, **pipes)
        process.errors = errors
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
        process.errors.close()


@pytest.fixture
def home(tmp_path):
    """Environment variables that name an empty Jupyter configuration."""
    return {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}


def first_lines(process: subprocess.Popen, count: int) -> list[str]:
    watchdog = threading.Timer(LAUNCH_TIMEOUT, process.kill)  # ends the wait for a line that never comes
    watchdog.start()
    try:
        return [process.stdout.readline() for _ in range(count)]
    finally:
        watchdog.cancel()
        watchdog.join()


@pytest.fixture
def lab(launch, home):
    """JupyterLab as `python -m readiness` starts it, and its address."""
    process = launch("--no-browser", "--port", "0", **home)
    (line,) = first_lines(process, 1)
    address = re.search(r"http://127\.0\.0\.1:(\d+)/\S+", line)
    assert address, line + interrupt(process)
    return process, address[0]


def get(address: str, path: str = "") -> tuple[str, str]:
    """Return the final URL of a request and its body; `path` replaces that of the address."""
    base, token = re.match(r"(http://[^/]+)/.*\?token=(\w+)$", address).groups()
    request = urllib.request.Request(base + path if path else address, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=LAUNCH_TIMEOUT) as response:
        return response.url, response.read().decode()


def interrupt(process: subprocess.Popen) -> str:
    """Send Ctrl-C; return everything that the process printed after its first line."""
    process.send_signal(signal.SIGINT)
    return "".join(wait_for_output(process))


def wait_for_output(process: subprocess.Popen) -> tuple[str, str]:
    """Wait until the process ends; return what it printed since it was last read, and its error output."""
    out, _ = process.communicate(timeout=LAUNCH_TIMEOUT)
    process.errors.seek(0)
    return out, process.errors.read()


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C to a whole console, this test's own included")
def test_it_opens_the_first_lesson_quietly_and_stops_at_once(lab):
    process, address = lab
    assert "/lab/tree/notebooks/00a-start-here.ipynb?token=" in address

    final_url, page = get(address)
    assert "/login" not in final_url
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert config["treePath"] == "notebooks/00a-start-here.ipynb"
    assert get(address, "/")[0].endswith("/lab/tree/notebooks/00a-start-here.ipynb")

    _, root = get(address, "/api/contents/notebooks?content=1")
    assert "00a-start-here.ipynb" in [entry["name"] for entry in json.loads(root)["content"]]

    _, settings = get(address, "/lab/api/settings/@jupyterlab/apputils-extension:notification")
    defaults = json.loads(settings)["schema"]["properties"]
    assert defaults["fetchNews"]["default"] == "false"
    assert defaults["checkForUpdates"]["default"] is False
    _, settings = get(address, "/lab/api/settings/@jupyterlab/notebook-extension:tracker")
    assert json.loads(settings)["schema"]["properties"]["windowingMode"]["default"] == "none"

    assert interrupt(process) == ""
    assert process.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C to a whole console, this test's own included")
def test_a_running_kernel_stops_with_it_and_prints_nothing(lab):
    process, address = lab
    base, token = re.match(r"(http://[^/]+)/.*\?token=(\w+)$", address).groups()
    request = urllib.request.Request(base + "/api/kernels", data=b"{}", headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=LAUNCH_TIMEOUT) as response:
        kernel = json.loads(response.read())["id"]
    channels = f"{base.replace('http', 'ws')}/api/kernels/{kernel}/channels?token={token}"
    header = {"msg_id": "1", "session": "1", "username": "", "msg_type": "kernel_info_request", "version": "5.3"}
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": {}, "buffers": []}
    with closing(websocket.create_connection(channels, timeout=LAUNCH_TIMEOUT)) as connection:
        connection.send(json.dumps(message))
        while json.loads(connection.recv())["msg_type"] != "kernel_info_reply":  # it may still be starting
            pass
    assert interrupt(process) == ""
    assert process.returncode == 0


def test_a_port_that_is_taken_is_named_and_ends_it(lab, launch, home):
    _, address = lab
    port = re.search(r":(\d+)/", address)[1]
    second = launch("--no-browser", "--port", port, **home)
    out, err = wait_for_output(second)
    assert second.returncode == 1
    assert out == ""
    assert f"port {port} is not available" in err
    assert "Traceback" not in err


def test_without_the_lessons_it_names_what_to_do(launch, tmp_path):
    shutil.copytree(ROOT / "readiness", tmp_path / "readiness", ignore=shutil.ignore_patterns("__pycache__"))
    process = launch("--no-browser", cwd=tmp_path)
    out, err = wait_for_output(process)
    assert process.returncode == 1
    assert out == ""
    assert err.splitlines() == [
        f"There are no episodes in {tmp_path.resolve() / 'readiness'}: "
        "install the course again, from its wheel or its cloned folder."
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_folder, "PACKAGE", tmp_path / "readiness")
        patch.chdir(tmp_path)
        with pytest.raises(UserError):
            course_folder.course_root()


def test_a_missing_browser_is_noticed(monkeypatch):
    def get_none(using=None):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", get_none)
    assert launcher.has_browser() is False


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is a machine without a browser easily had")
def test_without_a_browser_it_asks_to_open_the_address(launch, home, tmp_path):
    no_browser = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "", "PATH": str(tmp_path)}
    process = launch("--port", "0", **home, **no_browser)
    lines = first_lines(process, 2)
    assert "http://127.0.0.1:" in lines[0]
    assert lines[1] == "No browser was found here: open this address in a browser of your own.\n"
    assert interrupt(process) == ""


def run_without_packages(module: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a module of the course with a Python that has the standard library alone (-S: no site-packages)."""
    command = [sys.executable, "-S", "-m", module, *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LAUNCH_TIMEOUT)


@pytest.mark.parametrize(("arguments", "package"), [((), "jupyterlab"), (("reset", "03"), "nbformat")])
def test_without_the_courses_packages_it_says_in_one_sentence_what_to_do(arguments, package):
    done = run_without_packages("readiness", *arguments)
    python = r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python"
    assert done.stderr.splitlines() == [
        f"This Python lacks a package that the course needs (No module named '{package}'): use {python}, "
        "which `make lab` installs (README.md says how to install it without make)."
    ]
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    "command", ["readiness --help", "readiness report", "readiness.servers --help", "readiness.ftp --help"]
)
def test_what_needs_no_package_runs_without_them(command):
    done = run_without_packages(*command.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_missing_module_of_our_own_is_not_taken_for_a_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "readiness.course.labs", None)
    with pytest.raises(ImportError, match=r"readiness\.course\.labs"):
        main(["reset", "03"])


def test_files_with_the_name_of_a_module_are_named_before_the_lab_starts(tmp_path):
    for name in ("notebooks/re.py", "labs/numpy.py", "labs/my_server.py", "labs/a.b-c.py", "labs/__main__.py", "re.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert launcher.shadowing_files(tmp_path) == [Path("notebooks/re.py"), Path("labs/numpy.py")]
    assert launcher.shadowing_files(ROOT) == []


@pytest.mark.parametrize("name", ["PYTHONUTF8", "PYTHONSTARTUP"])
def test_the_kernels_get_the_courses_environment_unless_the_learner_says_otherwise(monkeypatch, name):
    """File names are UTF-8, and a startup file explains a missing name."""
    ours = {"PYTHONUTF8": "1", "PYTHONSTARTUP": str(ROOT / "readiness" / "course" / "kernel_startup.py")}
    monkeypatch.delenv(name, raising=False)
    assert launcher.course_environment()[name] == ours[name]
    monkeypatch.setenv(name, "0")
    assert launcher.course_environment()[name] == "0"


def test_a_users_own_folders_of_settings_stay(monkeypatch):
    course = str(ROOT / "readiness" / "course")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    assert launcher.course_environment()["JUPYTER_CONFIG_PATH"] == course
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    assert launcher.course_environment()["JUPYTER_CONFIG_PATH"] == os.pathsep.join([course, "mine"])


def test_the_kernels_of_every_folder_get_the_same_folder_for_the_progress(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("READINESS_PROGRESS", "mine")
    assert launcher.course_environment()["READINESS_PROGRESS"] == str(tmp_path / "mine")
    monkeypatch.delenv("READINESS_PROGRESS")
    assert "READINESS_PROGRESS" not in launcher.course_environment()


@pytest.mark.skipif(os.name != "posix", reason="Windows reports a closed pipe as another error")
def test_output_whose_reader_has_ended_brings_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        command = [sys.executable, "-m", "readiness", "report"]
        done = subprocess.run(command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "")
