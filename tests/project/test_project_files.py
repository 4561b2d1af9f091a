"""The project's files: its lists agree, its make targets are described, and no committed file names a machine."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def direct_dependencies() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    lines = PROJECT["dependencies"] + [line for extra in extras for line in extra]
    return [re.match(r"[A-Za-z0-9._-]+", line)[0] for line in lines]


def normalized(name: str) -> str:
    """Return a package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# Lists


def test_conda_gets_python_pip_and_the_course_and_nothing_else():
    lines = (ROOT / "environment.yml").read_text("utf-8").splitlines()
    assert lines == [
        "name: whos-ready",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        next(line for line in lines if line.startswith("  - python=")),  # which one: test_binder.py
        "  - pip",
        "  - pip:",
        "      - -e .",
    ]


def test_constraints_are_names_and_versions_and_cover_each_direct_dependency():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []
    pinned = [normalized(line.split("==")[0]) for line in pins]
    assert len(set(pinned)) == len(pinned)
    wanted = {normalized(name) for name in direct_dependencies()}
    assert len(wanted) >= 4
    assert wanted - set(pinned) == set()
    assert normalized(PROJECT["name"]) not in pinned


# Make targets


def test_every_target_is_described():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    assert {"help", "lab", "test", "thorough", "check", "freeze", "bench", "clean"} <= set(phony)
    for target in phony:
        assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE), target


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_alone_lists_the_targets():
    command = ["make", "--no-print-directory"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (
        re.findall(r"^  make (\w+)", output, re.MULTILINE)
        == re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1].split()
    )
    assert "first episode" in output


@pytest.fixture
def made_course(tmp_path):
    """A course with an environment whose Python writes its command line to the file `calls`."""
    course = tmp_path / "course"
    (course / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, course)
    python = course / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$*" >> calls\n')
    python.chmod(0o755)
    (course / ".venv" / ".made").touch()
    return course


def installs(course: Path, target: str) -> int:
    """Make a target, and return how many installations that took."""
    calls = course / "calls"
    calls.write_text("")
    subprocess.run(["make", target], cwd=course, capture_output=True, check=True)
    return sum("pip install" in line for line in calls.read_text().splitlines())


@pytest.mark.skipif(shutil.which("make") is None or os.name != "posix", reason="needs make, and a shell script")
def test_only_a_course_that_was_moved_is_installed_again(made_course, tmp_path):
    assert [installs(made_course, "lab") for _ in range(2)] == [1, 0]
    assert [installs(made_course, "check") for _ in range(2)] == [1, 0]
    assert installs(made_course, "lab") == 0
    moved = made_course.rename(tmp_path / "moved")
    stamps = sorted((moved / ".venv").glob(".*"))
    assert installs(moved, "help") == 0
    assert sorted((moved / ".venv").glob(".*")) == stamps
    assert [installs(moved, "lab") for _ in range(2)] == [1, 0]
    assert [installs(moved, "check") for _ in range(2)] == [1, 0]


def test_the_readme_names_no_missing_target():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for page in ("README.md", "CONTRIBUTING.md"):
        targets = re.findall(r"`make ([a-z]+)", (ROOT / page).read_text("utf-8"))
        assert targets, page
        for target in targets:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page}: make {target}"


def test_ci_runs_what_people_run():
    script = ROOT / ".ci" / "run"
    lines = script.read_text("utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert "target=${1:-test}" in lines
    assert 'exec make "$target"' in lines
    if os.name == "posix":
        assert script.stat().st_mode & stat.S_IXUSR
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.findall(r"- run: \.ci/run ?(.*)", workflow) == ["", "thorough"]
    assert "\nthorough: " in makefile
    thorough = yaml.safe_load(workflow)["jobs"]["thorough"]["container"]
    assert thorough["image"] == "python:3.13-bookworm"  # tests/course/test_environments.py needs it and Debian's own
    assert "--privileged" in thorough["options"]  # and mounts /proc
    for command in re.findall(r"- run: python -m (pytest .*)", workflow):
        assert command.replace(" --ignore=tests/course/test_browser.py", "") in makefile, command
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert f'python: ["{oldest}", ' in workflow


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[0-9]*.yml"),
        ("citation-file-format", "CITATION.cff"),
    ],
)
def test_what_the_forge_reads_is_valid(schema, pattern):
    files = sorted(map(str, ROOT.glob(pattern)))
    assert files
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*check, *files], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_version_stands_in_all_places():
    version = PROJECT["version"]
    releases = re.findall(r"^## (\d\S*) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert releases[0] == (version, citation["date-released"])
    assert str(citation["version"]) == version
    assert releases == sorted(releases, key=lambda release: [int(part) for part in release[0].split(".")], reverse=True)


# What is committed


def shipped_files() -> list[Path]:
    """Return the files that git tracks; without git, all files outside the folders that .gitignore names."""
    git = ["git", "-c", f"safe.directory={ROOT.as_posix()}", "ls-files", "-z"]
    try:
        names = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        found = [ROOT / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()} | {".git"}
        found = [path for path in ROOT.rglob("*") if not ignored & set(path.relative_to(ROOT).parts)]
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
