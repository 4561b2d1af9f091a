"""Cells of a lab, run in this process as IPython runs them: each has a file of its own."""

import linecache
import textwrap

import pytest

from readiness.course.checks import CheckError, NotWrittenError

SECTION = "03a-three-bitmaps.ipynb#Call-it-again"
SETUP = """
import errno, os, select, socket, sys, threading, time
from readiness.course.checks import Lab
lab = Lab("03", total_checks=3)
"""


def run_cell(names, cell_id, source):
    source, file = textwrap.dedent(source), f"<{cell_id}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


def lab_with(*answer_cells, setup=""):
    """Run the setup cell and the answer cells. Return the names that they have defined."""
    names = {"__name__": "__main__"}
    run_cell(names, "setup", SETUP + textwrap.dedent(setup))
    names["lab"]._setup.remember()  # as IPython does when the cell has ended
    for number, source in enumerate(answer_cells, 1):
        run_cell(names, f"answer-{number}", source)
    return names


def check(names, body, options="", name="check"):
    """Run a check cell whose check has this body."""
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    head = f'@lab.check("{SECTION}"{", " * bool(options)}{options})\ndef {name}():\n    """It works."""\n'
    run_cell(names, "check", head + lines + "\n")


def failed(names, body, options="", name="check"):
    """Run a check that must fail. Return its message."""
    with pytest.raises(CheckError) as caught:
        check(names, body, options, name)
    return str(caught.value)


def not_written(names, body, options=""):
    """Run a check that must say that code is not written yet. Return its message."""
    with pytest.raises(NotWrittenError) as caught:
        check(names, body, options)
    return str(caught.value)
