"""The wheel and the sdist: they are built from the committed files, hold what they must, and the wheel works alone."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tests.project.test_project_files import shipped_files

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


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


def test_the_wheel_holds_the_whole_package_and_nothing_else(unpacked):
    expected = {path.relative_to(ROOT) for path in shipped_files() if path.relative_to(ROOT).parts[0] == "readiness"}
    assert Path("readiness/py.typed") in expected
    held = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    assert {path for path in held if path.parts[0] == "readiness"} == expected
    assert {path.parts[0] for path in held} == {"readiness", f"readiness-{VERSION}.dist-info"}


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


def test_the_course_is_not_in_the_wheel_and_the_launcher_says_so(unpacked):
    started = run_from(unpacked, "-m", "readiness", "--no-browser")
    assert started.returncode == 1
    assert "Traceback" not in started.stderr
    assert "There are no episodes in" in started.stderr
