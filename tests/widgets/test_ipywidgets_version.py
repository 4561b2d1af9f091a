"""An ipywidgets that is too old for the panels is named in a sentence, before a panel fails."""

import re
import subprocess
import sys

import pytest

from readiness.base.messages import UserError
from readiness.widgets.ipywidgets_version import OLDEST, require_ipywidgets
from tests.project.test_project_files import PROJECT


@pytest.mark.parametrize("version", ["8.1.0", "8.1.7rc1", "8.2b1", "9.0.1"])
def test_one_that_is_new_enough_passes(version):
    require_ipywidgets(version)


@pytest.mark.parametrize("version", ["7.7.1", "8.0.7"])
def test_one_that_is_too_old_is_named(version):
    with pytest.raises(UserError, match=rf"ipywidgets 8\.1 or newer, and this kernel has {re.escape(version)}: run"):
        require_ipywidgets(version)


def test_the_oldest_is_that_of_the_package():
    wanted = ".".join(map(str, OLDEST))
    assert [line for line in PROJECT["dependencies"] if line.startswith(f"ipywidgets>={wanted}")]


def test_the_import_of_the_panels_checks_it():
    code = "import ipywidgets; ipywidgets.__version__ = '7.7.1'; import readiness.widgets"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "UserError: The panels need ipywidgets 8.1" in done.stderr
