"""Write constraints.txt: the newest package versions that work together in every Python that the course supports.

    python -m tools.constraints

pip finds the versions for the oldest supported Python (`--python-version`, from `requires-python`). The Python that
runs this tool does not matter. Nothing is installed.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def project() -> dict[str, Any]:
    """Return the table [project] of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def oldest_python() -> str:
    """Return the oldest supported Python, the lower bound of `requires-python`, as three numbers such as "3.11.0"."""
    parts = project()["requires-python"].removeprefix(">=").split(".")
    return ".".join([*parts, "0", "0"][:3])


def resolve(requirements: list[str], *options: str) -> dict[str, str]:
    """Return the package versions that pip would install into an empty environment.

    Args:
        requirements: the packages to install, such as "numpy>=1.26".
        options: more options for ``pip install``.

    Returns:
        The version of each package, by the package's name. Packages that `requirements` depend on are included.

    Raises:
        subprocess.CalledProcessError: No versions of the packages work together.
    """
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"]
        command += ["--ignore-installed", "--target", target, "--report", "-", *options, *requirements]
        report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {item["metadata"]["name"]: item["metadata"]["version"] for item in report["install"]}


def main() -> None:
    """Find the versions of all packages that the course uses, and write them to constraints.txt."""
    extras = dict(project()["optional-dependencies"])
    bench = extras.pop("bench")
    # pip resolves for another Python from wheels alone, and the bench needs a package that has none.
    wheels = ("--only-binary=:all:", "--python-version", oldest_python())
    pins = resolve([*project()["dependencies"], *(line for extra in extras.values() for line in extra)], *wheels)
    pins |= resolve([*bench, *(f"{name}=={version}" for name, version in pins.items())])
    path = ROOT / "constraints.txt"
    comments = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    lines = sorted((f"{name}=={version}" for name, version in pins.items()), key=str.lower)
    path.write_text("\n".join([*comments, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
