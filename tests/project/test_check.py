"""`make check` fails on each thing that it is there for, and the commit hooks run the same steps."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests import ROOT
from tools import check


def test_the_hooks_run_the_steps_of_make_check():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    hooks = [hook for hook in hooks if hook.get("stages") != ["commit-msg"]]
    assert sorted(hook["id"] for hook in hooks) == sorted(check.STEPS)
    for hook in hooks:
        assert hook["entry"] == f"make --no-print-directory check STEPS={hook['id']}"
        assert not hook["pass_filenames"]


def test_make_test_begins_with_make_check():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^test: check ", makefile, re.MULTILINE)
    assert "-m tools.check $(STEPS)" in makefile


def test_a_step_that_fails_fails_the_command_and_shows_what_it_printed(monkeypatch, capfd):
    monkeypatch.setattr(
        check,
        "STEPS",
        {"good": ("-c", "print('hidden')"), "bad": ("-c", "import sys; print('the reason'); sys.exit(3)")},
    )
    assert check.main(["good"]) == 0
    assert check.main([]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert sum(re.match(r"good +ok +\d+\.\d s$", line) is not None for line in lines) == 2
    assert "the reason" in lines[lines.index(next(line for line in lines if line.startswith("bad "))) + 1]
    assert "hidden" not in lines


def test_a_step_that_dies_silently_has_failed(monkeypatch, capfd):
    monkeypatch.setattr(check, "STEPS", {"silent": ("-c", "import os; os._exit(9)")})
    assert check.main([]) == 1
    assert "exit code 9" in capfd.readouterr().out


def test_a_step_that_there_is_not_is_named(capfd):
    with pytest.raises(SystemExit):
        check.main(["speling"])
    assert "there is no step speling: choose from types, style" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("style", "import os\n"),
        ("format", "x = [1,2]\n"),
        ("types", "def f(x: int) -> str:\n    return x\n"),
    ],
)
def test_the_linters_see_a_new_module_of_the_package(step, text, tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    module = tmp_path / "readiness" / "base" / "bad.py"
    module.parent.mkdir(parents=True)
    for folder in (module.parent, module.parent.parent):
        (folder / "__init__.py").write_text('"""A package."""\n')
    module.write_text('"""A module."""\n\n' + text)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text('"""A package."""\n')
    command = [sys.executable, *check.STEPS[step]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "bad.py" in done.stdout
