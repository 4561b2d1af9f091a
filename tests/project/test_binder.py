"""Binder: what repo2docker makes of the course, run as far as that is possible without Docker and conda.

repo2docker prints its Dockerfile. Its steps are then made in an environment of pip instead of conda: the versions of
Jupyter that repo2docker has frozen for its images, the pip part of environment.yml, and postBuild. A server is started
there as Binder starts it. What conda adds, Python and pip, is compared with the frozen versions: conda's solver has
nothing to do if they fit.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.specifiers import SpecifierSet

from readiness.course.launcher import FIRST_LESSON
from tests import ROOT
from tests.course import pythons
from tests.environments import environment
from tests.ipc_kernels import transport
from tests.launched_jupyter import START_TIMEOUT, TOKEN, clean_variables, launched_jupyter
from tests.project.test_project_files import PROJECT, shipped_files

FILE = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
CONDA_PART = [line for line in FILE["dependencies"] if isinstance(line, str)]
(PIP_PART,) = (line["pip"] for line in FILE["dependencies"] if isinstance(line, dict))
PIN = CONDA_PART[0].removeprefix("python=")

# Conda's name of a frozen package: its name on PyPI, if that is another. What comes with them, pip chooses.
PACKAGES = {name: name for name in ("ipykernel", "ipython", "ipywidgets", "jupyter_client", "jupyter_server")}
PACKAGES |= {name: name for name in ("jupyterlab", "nbclient", "notebook", "platformdirs", "pyzmq")}
PACKAGES |= {"jupyterhub-singleuser": "jupyterhub", "nbconvert-core": "nbconvert"}
EPISODE = "notebooks/05a-one-call-becomes-three.ipynb"
WITH_PANEL = "notebooks/00b-fifteen-minutes.ipynb"
RUN_TIMEOUT = 300  # seconds for one step, on a busy machine


def test_the_pin_is_a_python_that_is_promised_and_tested():
    assert re.fullmatch(r"3\.\d+", PIN), "repo2docker takes no range: it would install another Python"
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{PIN}.0")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert f"image: python:{PIN}-" in workflow


def test_binder_reads_the_files_in_the_root():
    assert not [name for name in ("binder", ".binder") if (ROOT / name).exists()], (
        "repo2docker then ignores environment.yml and postBuild in the root"
    )
    script = ROOT / "postBuild"
    lines = script.read_text("utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    if os.name == "posix":
        assert script.stat().st_mode & stat.S_IXUSR


def test_the_readme_has_the_address_that_opens_the_first_episode():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"https://mybinder.org/v2/gh/OWNER/REPO/HEAD?urlpath=lab/tree/{FIRST_LESSON}" in readme


# What takes long: the steps of the Dockerfile, and the server

linux = pytest.mark.skipif(sys.platform != "linux", reason="Binder's images are Linux")


@dataclass
class Image:
    """What stands for the image.

    Attributes:
        steps: the RUN instructions of the Dockerfile after the course was copied into the image.
        log: what repo2docker printed.
        frozen: {conda's name of a package: version}, for all that the image has before the course comes.
        course: the folder of the course in the image.
        bin: the folder of its programs.
        home: the home folder of Binder's user.
    """

    steps: list[str]
    log: str
    frozen: dict[str, str]
    course: Path
    bin: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment variables: none of ours."""
        return clean_variables(self.bin, self.home)

    def run(self, *command: object) -> subprocess.CompletedProcess:
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.course,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=RUN_TIMEOUT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done


def dockerfile_of(course: Path, repo2docker: Path) -> str:
    """What repo2docker prints for the course: its Dockerfile and a few lines of log."""
    command = [repo2docker / "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=RUN_TIMEOUT)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def frozen_versions(repo2docker: Path) -> dict[str, str]:
    """{name: version} of what repo2docker's images for Python `PIN` have, from its list for conda."""
    (lock,) = repo2docker.parent.rglob(f"repo2docker/buildpacks/conda/environment.py-{PIN}-linux-64.lock")
    names = [line.rpartition("/")[2] for line in lock.read_text("utf-8").splitlines() if line.startswith("http")]
    return {name.rsplit("-", 2)[0]: name.rsplit("-", 2)[1] for name in names}


def copy_course(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    for path in shipped_files():
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)


@pytest.fixture(scope="module")
def image(need) -> Iterator[Image]:
    repo2docker = environment("repo2docker", [["jupyter-repo2docker>=2026.4"]], need)
    frozen = frozen_versions(repo2docker)
    versions = [f"{name}=={frozen[conda]}" for conda, name in PACKAGES.items()]
    python = pythons.interpreter(pythons.NEWER, need)
    programs = environment("binder", [versions], need, python, key="\n".join(PROJECT["dependencies"] + PIP_PART))
    course = programs.parent / "course"
    copy_course(course)
    log = dockerfile_of(course, repo2docker)
    steps = re.findall(r"^RUN ((?:.*\\\n)*.*)", log[log.index(" src/ ") :], re.MULTILINE)
    ready = programs.parent / ".ready"
    contents = ready.read_text("utf-8")
    with tempfile.TemporaryDirectory() as home:  # its path is short, as Binder's: a Unix socket's has 107 bytes at most
        ready.unlink()  # pip changes the environment: if it is interrupted, the next run makes it again
        image = made_image(Image(steps, log, frozen, course, programs, Path(home)))
        ready.write_text(contents, "utf-8")
        yield image


def made_image(image: Image) -> Image:
    """Run the steps of the Dockerfile that need no conda.

    For the pip part it is mamba's command, with a file beside environment.yml (libmamba/src/api/utils.cpp).
    """
    (image.course / "pip.txt").write_text("\n".join(PIP_PART))
    image.run("python", "-m", "pip", "install", "-U", "-r", "pip.txt", "--no-input")
    image.run("./postBuild")
    return image


@pytest.fixture(scope="module")
def address(image) -> Iterator[str]:
    """The address of JupyterLab as Binder starts it: BinderHub runs `jupyter-lab` with an address and a port."""
    with launched_jupyter([image.bin / "jupyter-lab", "--expose-app-in-browser"], image.env, image.course) as address:
        yield address


def get(address: str, path: str, data: bytes | None = None) -> str:
    request = urllib.request.Request(address + path, data, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=START_TIMEOUT) as response:
        return response.read().decode()


@pytest.mark.thorough
@linux
class TestTheImage:
    def test_repo2docker_takes_the_pinned_python_and_runs_both_files(self, image):
        assert f"Building conda environment for python={PIN}\n" in image.log
        update, *rest = image.steps
        assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in update
        assert rest == ["chmod +x postBuild", "./postBuild"]

    def test_conda_has_nothing_to_solve(self, image):
        assert image.frozen["python"].startswith(f"{PIN}.")
        assert set(CONDA_PART[1:]) <= set(image.frozen)

    def test_the_packages_fit_together(self, image):
        image.run("python", "-m", "pip", "check")
        assert image.run("python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip() == PIN

    def test_the_first_episode_opens_without_results(self, image, address):
        on_disk = nbformat.read(image.course / FIRST_LESSON, as_version=4)
        assert any(cell.get("outputs") for cell in on_disk.cells)
        cells = json.loads(get(address, f"/api/contents/{FIRST_LESSON}"))["content"]["cells"]
        assert [cell.source for cell in on_disk.cells] == [cell["source"] for cell in cells]
        assert not any(cell.get("outputs") for cell in cells)

    def test_the_page_is_that_of_make_lab(self, address):
        page = get(address, f"/lab/tree/{FIRST_LESSON}")
        config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
        assert "whos-ready" in [extension["name"] for extension in config["federated_extensions"]]
        assert "addStyles" in get(address, "/lab/extensions/whos-ready/page.js")
        own = json.loads((ROOT / "readiness/course/labconfig/default_setting_overrides.json").read_text("utf-8"))
        for plugin, values in own.items():
            shown = json.loads(get(address, f"/lab/api/settings/{plugin}"))["schema"]["properties"]
            assert {key: shown[key]["default"] for key in values} == values

    def test_its_kernels_have_unix_sockets(self, image, address):
        get(address, "/api/kernels", data=b"{}")
        (file,) = image.home.rglob("kernel-*.json")
        assert json.loads(file.read_text("utf-8"))["transport"] == "ipc"

    def test_a_kernel_has_the_hints(self, image):
        done = image.run("ipython", "--no-banner", "-c", "print(get_ipython().custom_exceptions)")
        assert "NameError" in done.stdout

    def test_a_panel_works_in_a_browser(self, image, address, need):
        browser, presses = pytest.importorskip("tools.browser.session"), pytest.importorskip("tools.browser.presses")
        need(browser.find_chromium(), "the browser tests need Chromium: apt install chromium")
        with browser.chromium() as chromium:
            page = browser.open_page(chromium, f"{address}/?token={TOKEN}")
            with browser.Lesson(page, WITH_PANEL) as lesson:
                assert lesson.outputs.locator(".jp-OutputArea-output").count() == 0
                lesson.run_all(RUN_TIMEOUT)
                assert lesson.errors() == []
                for cell_id, names in presses.declared(nbformat.read(ROOT / WITH_PANEL, as_version=4)).items():
                    presses.make(lesson, cell_id, names)
                    assert presses.alerts(lesson, cell_id, expected=False) == []
                assert lesson.errors() == []

    def test_an_episode_runs(self, image):
        options = [f"--KernelManager.{trait}={value}" for trait, value in transport(image.home).items()]
        image.run("python", "-m", "nbconvert", "--to=notebook", "--execute", "--stdout", *options, EPISODE)
