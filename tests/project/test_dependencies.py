"""What is imported is declared, and the pins fit every Python that the course promises.

Imports are read from the syntax tree, notebooks' cells included; versions from the installed packages' own metadata.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.specifiers import SpecifierSet

from tests import ROOT
from tests.project.test_project_files import PROJECT, normalized
from tools import constraints

OWN = {"readiness", "tests", "tools", "bench"}
EXEMPT = {
    "nbgrader",  # tests/course/test_nbgrader.py gives it an environment of its own
    "test",  # CPython's own tests: lab 08 runs some of them where Python came with them
}
PROVIDERS = metadata.packages_distributions()
USES = {
    "readiness": [],
    "notebooks": [],
    "solutions": [],
    "labs": [],
    "tools": ["test"],
    "tests": ["test", "bench"],
    "bench": ["bench"],
}
"""Which extras a folder may use beside the dependencies that every learner installs."""


def sources(path: Path) -> Iterator[str]:
    """The Python in a file: the whole of a module, or each code cell of a notebook."""
    if path.suffix == ".py":
        yield path.read_text("utf-8")
        return
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            yield re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)


def imported(source: str) -> set[str]:
    """The top-level names of what the source imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def undeclared(names: set[str], declared: set[str]) -> set[str]:
    """Those of the imported names that no declared package provides."""
    third_party = names - OWN - EXEMPT - set(sys.stdlib_module_names)
    return {name for name in third_party if not {normalized(p) for p in PROVIDERS.get(name, [name])} & declared}


def declared(extras: list[str]) -> set[str]:
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return {normalized(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in lines}


@pytest.mark.parametrize("folder", USES)
def test_each_import_is_declared(folder):
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".ipynb")]
    files = [path for path in files if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]
    assert files
    for path in files:
        for source in sources(path):
            assert undeclared(imported(source), declared(USES[folder])) == set(), path


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import PIL.Image", {"PIL"}),
        ("def f():\n    from websocket import create_connection", {"websocket"}),
        ("import os, numpy as np\nfrom . import x\nfrom readiness.base import worker", set()),
    ],
)
def test_an_import_that_is_not_declared_is_found(source, found):
    assert undeclared(imported(source), declared([])) == found


def shadowing(names: set[str], used: set[str]) -> set[str]:
    """Return the names that a module of Python has, or a package that is used."""
    return (names & {*sys.stdlib_module_names, *used}) - OWN


def test_no_module_takes_a_name_that_python_or_a_package_has():
    # A file that is run by its path, as in `python bench/echo.py`, imports its neighbours before all other modules.
    files = [file for folder in OWN for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    names = {file.stem for file in files} | {file.parent.name for file in files}
    used = set().union(*(imported(file.read_text("utf-8")) for file in files))
    assert {"numpy", "zmq", "selectors"} <= used
    assert shadowing(names, used) == set()


@pytest.mark.parametrize(
    ("names", "found"),
    [({"selectors", "select_server"}, {"selectors"}), ({"numpy", "tests", "limits"}, {"numpy"})],
)
def test_a_name_that_is_taken_is_found(names, found):
    assert shadowing(names, {"numpy", "tests"}) == found


def misfits(pins: dict[str, str], requires: str) -> list[str]:
    """The installed pins whose own Requires-Python refuses the oldest Python of `requires`, such as ">=3.11"."""
    oldest = requires.removeprefix(">=") + ".0"
    found = []
    for name, version in pins.items():
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # only the benches need it
            continue
        wanted = package.metadata["Requires-Python"]
        if package.version == version and wanted and not SpecifierSet(wanted).contains(oldest):
            found.append(f"{name}=={version} needs Python {wanted}")
    return found


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_every_pin_fits_the_oldest_python():
    assert misfits(pins(), PROJECT["requires-python"]) == []


def test_what_is_installed_is_what_is_pinned():
    if os.environ.get("PINS", "-c").strip() == "":
        pytest.skip("PINS is empty: the newest versions are installed, to see whether they still work")
    installed = {normalized(package.name): package.version for package in metadata.distributions()}
    wrong = {name: (version, installed.get(normalized(name))) for name, version in pins().items()}
    wrong = {name: pair for name, pair in wrong.items() if pair[1] not in (None, pair[0])}
    if os.environ.get("CI") == "true":
        assert wrong == {}
    elif wrong:
        pytest.skip(f"this environment was not made from constraints.txt: {wrong}")


def test_a_pin_that_does_not_fit_is_named():
    name = "pytest"
    version = metadata.version(name)
    assert misfits({name: version, "not-installed": "1"}, ">=3.0")[0].startswith(f"{name}=={version} needs Python")


def test_the_pins_are_resolved_for_the_oldest_python():
    assert re.fullmatch(rf"{re.escape(PROJECT['requires-python'].removeprefix('>='))}\.0", constraints.oldest_python())


def lint_imports(folder: Path) -> subprocess.CompletedProcess:
    """Check the contracts of the pyproject.toml in `folder` against the package beside it."""
    command = "import sys; from importlinter.cli import lint_imports_command as main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", command, "--no-cache"], cwd=folder, capture_output=True, text=True)


def test_the_layers_hold():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


BROKEN_LAYERS = {
    "upwards": ("system/limits.py", "from readiness.graphics.charts import Scale"),
    "upwards, relative": ("system/limits.py", "from ..graphics import charts"),
    "hidden in a function": ("base/worker.py", "def f():\n    import readiness.system.limits"),
    "echo from FTP": ("servers/ftp/control.py", "from readiness.servers.echo import connection"),
    "FTP from echo": ("servers/echo/framing.py", "from readiness.servers.ftp import jail"),
    "widgets": ("graphics/charts.py", "from ipywidgets import HTML"),
    "a package without a layer": ("attic/__init__.py", ""),
}


@pytest.mark.parametrize("kind", BROKEN_LAYERS)
def test_a_broken_layer_is_found(kind, tmp_path):
    name, line = BROKEN_LAYERS[kind]
    shutil.copytree(ROOT / "readiness", tmp_path / "readiness", ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    module = tmp_path / "readiness" / name
    module.parent.mkdir(exist_ok=True)
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0, done.stdout
