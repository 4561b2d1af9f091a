"""The wheel and the sdist: they are built from the committed files, hold what they must, and the wheel works alone."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from readiness.course import course_folder
from tests import ROOT
from tests.project.test_project_files import shipped_files

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

LESSONS = ("notebooks", "labs", "solutions")
SERVER_EXTENSION = "etc/jupyter/jupyter_server_config.d/readiness.json"
"""The file of an environment that makes its Jupyter load the course's extension."""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Build both from a copy of the files that git tracks; the wheel is made from the sdist."""
    copy, output = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    for path in shipped_files():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", output]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory) -> Path:
    """The wheel's files, alone in a folder."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(built / f"readiness-{VERSION}-py3-none-any.whl") as wheel:
        wheel.extractall(folder)
    return folder


def run_from(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Python with the package in `folder`, in that folder, where there is no notebook."""
    env = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_the_wheel_holds_the_whole_package_with_the_lessons_and_nothing_else(unpacked):
    shipped = {path.relative_to(ROOT) for path in shipped_files()}
    expected = {path for path in shipped if path.parts[0] == "readiness"}
    assert Path("readiness/py.typed") in expected
    expected |= {Path("readiness/lessons") / path for path in shipped if path.parts[0] in LESSONS}
    assert Path("readiness/lessons") / course_folder.FIRST_LESSON in expected
    held = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    assert {path for path in held if path.parts[0] == "readiness"} == expected
    (data,) = {path for path in held if path.parts[0] == f"readiness-{VERSION}.data"}
    assert data.relative_to(data.parts[0]) == Path("data") / SERVER_EXTENSION
    assert {path.parts[0] for path in held} == {"readiness", f"readiness-{VERSION}.dist-info", data.parts[0]}


def test_the_sdist_holds_the_course(built):
    with tarfile.open(built / f"readiness-{VERSION}.tar.gz") as sdist:
        held = {Path(*Path(name).parts[1:]) for name in sdist.getnames()}
    folders = {"notebooks", "labs", "solutions", "readiness", "tests", "tools", "bench"}
    expected = {path.relative_to(ROOT) for path in shipped_files()}
    expected = {
        path for path in expected if path.parts[0] in folders or path.suffix in (".md", ".toml", ".cff", ".yml")
    }
    assert len(expected) > 100
    assert {path for path in expected if path.parts[0] != ".github"} - held == set()


def test_the_wheel_works_alone(unpacked):
    shown = run_from(unpacked, "-c", "import readiness; print(readiness.__file__)")
    assert Path(shown.stdout.strip()).is_relative_to(unpacked.resolve())
    report = run_from(unpacked, "-m", "readiness", "report")
    assert report.returncode == 0, report.stderr
    assert "epoll" in report.stdout
    for command in ("readiness.servers", "readiness.ftp"):
        shown = run_from(unpacked, "-m", command, "--help")
        assert shown.returncode == 0, shown.stderr


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory, need) -> Path:
    """The Python of an environment in which pip has installed the wheel. The other packages are those of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name == "posix")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    need(find_spec("pip"), "pip is not installed in this environment")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet"]
    wheel = built / f"readiness-{VERSION}-py3-none-any.whl"
    subprocess.run([*install, "--disable-pip-version-check", wheel], check=True, timeout=120)
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    (packages / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return python


def run_installed(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, "-m", "readiness", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_an_installed_wheel_makes_a_copy_resets_a_lab_and_updates_the_copy(installed, tmp_path):
    started = run_installed(installed, tmp_path, "--no-browser")
    assert (started.returncode, started.stdout) == (1, "")
    assert started.stderr.startswith(f"There is no course in {tmp_path.resolve()}.")
    assert f"`{installed} -m readiness copy whos-ready`, then `cd whos-ready`" in started.stderr

    copied = run_installed(installed, tmp_path, "copy", "my course")
    assert copied.returncode == 0, copied.stderr
    copy = tmp_path / "my course"
    expected = {path.relative_to(ROOT) for path in shipped_files() if path.relative_to(ROOT).parts[0] in LESSONS}
    made = {path.relative_to(copy) for path in copy.rglob("*") if path.is_file()}
    assert {path for path in made if path.parts[0] != ".readiness"} == {
        path for path in expected if not path.name.startswith(".")
    }

    lab = copy / "labs" / "05-epoll-echo-server.ipynb"
    fresh = lab.read_text("utf-8")
    lab.write_text(mine := fresh.replace("raise NotImplementedError", "return  # mine"), "utf-8")
    reset = run_installed(installed, copy, "reset", "05")
    assert reset.stdout.startswith("labs/05-epoll-echo-server.ipynb is a fresh copy now."), reset.stderr
    assert lab.read_text("utf-8") == fresh != mine
    assert lab.with_name("05-epoll-echo-server-mine-1.ipynb").read_text("utf-8") == mine

    again = run_installed(installed, copy / "labs", "copy", "..")
    assert again.stdout == f"The copy in {copy.resolve()} has version {VERSION} now.\nNothing has changed.\n"
    report = run_installed(installed, copy / "labs", "report")
    assert report.stdout.endswith(f"The course is in {copy.resolve()}.\n")
