"""A class on a JupyterHub, as docs/teachers.md describes it: five users at once share one read-only course."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import nbformat
import psutil
import pytest

from readiness.course.course_folder import FIRST_LESSON
from readiness.course.progress_files import EPISODES, ProgressFiles
from tests import ROOT
from tests.course import hub as hubs
from tests.course.jupyter_api import Api, errors
from tests.course.test_environments import NOT_ROOT

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(sys.platform != "linux", reason="docs/teachers.md describes a Hub on Linux"),
]

CLASS = {  # user: (episode, lab), each by its number
    "ann": ("00b", "03"),
    "bob": ("03a", "04"),
    "cem": ("04b", "05"),
    "dia": ("05d", "06"),
    "eve": ("06a", "12-1"),
}
CELL_TIMEOUT = 180  # seconds, with ten kernels on two cores
SERVER_TIMEOUT = 180  # seconds until all have a server


@pytest.fixture(scope="module")
def programs(need) -> Path:
    return hubs.programs(need)


def notebook(folder: str, number: str) -> str:
    """The path of a notebook in a user's JupyterLab."""
    (path,) = (ROOT / folder).glob(f"{number}-*.ipynb")
    return f"course/{folder}/{path.name}"


def start_server(hub: hubs.Hub, user: str) -> Api:
    hub.api.ask(f"hub/api/users/{user}/server", "POST")
    deadline = time.monotonic() + SERVER_TIMEOUT
    while not hub.api.ask(f"hub/api/users/{user}")["servers"].get("", {}).get("ready"):
        assert time.monotonic() < deadline, f"{user} has no server"
        time.sleep(0.2)  # between two questions, up to the deadline
    return hub.server(user)


def stop_server(hub: hubs.Hub, user: str) -> None:
    hub.api.ask(f"hub/api/users/{user}/server", "DELETE")
    deadline = time.monotonic() + SERVER_TIMEOUT
    while hub.api.ask(f"hub/api/users/{user}")["servers"]:
        assert time.monotonic() < deadline, f"{user} still has a server"
        time.sleep(0.2)  # between two questions, up to the deadline


def run_notebook(server: Api, path: str) -> list[str]:
    """Run all cells; return the errors that no tag of a cell allows."""
    page = server.ask(f"api/contents/{path}")["content"]
    assert not any(cell.get("outputs") for cell in page["cells"]), path
    found = []
    with server.kernel(path) as kernel:
        for cell in page["cells"]:
            if cell["cell_type"] == "code" and "".join(cell["source"]).strip():
                messages = kernel.run(cell, CELL_TIMEOUT)
                if "raises-exception" not in cell["metadata"].get("tags", []):
                    found += [f"{path}, {cell['id']}: {error}" for error in errors(messages)]
    return found


def work(hub: hubs.Hub, user: str) -> list[str]:
    """What one user does: start a server, and run an episode and a solved lab, both at once."""
    server = start_server(hub, user)
    episode, lab = CLASS[user]
    with ThreadPoolExecutor() as pool:
        ran = pool.map(
            lambda path: run_notebook(server, path), (notebook("notebooks", episode), notebook("solutions", lab))
        )
        return [error for found in ran for error in found]


@pytest.fixture(scope="module")
def lesson(programs) -> Iterator[tuple[hubs.Hub, dict[str, list[str]]]]:
    """A class that has done its work: the Hub, and the errors that each user met."""
    with hubs.shared_course() as folder, hubs.running(programs, folder, list(CLASS)) as hub:
        with ThreadPoolExecutor(len(CLASS)) as pool:
            found = dict(zip(CLASS, pool.map(lambda user: work(hub, user), CLASS), strict=True))
        yield hub, found


def test_each_user_of_a_class_runs_an_episode_and_a_lab_without_an_error(lesson):
    _, found = lesson
    assert not any(found.values()), found


def test_each_user_has_progress_of_their_own(lesson):
    hub, _ = lesson
    for user, (episode, lab) in CLASS.items():
        progress = ProgressFiles(hub.folder / user / ".local/share/readiness/progress", None).load()
        assert progress[EPISODES] == [episode], user
        assert progress.keys() == {EPISODES, lab}, user
        assert sum(progress[lab]["checks"].values()) == progress[lab]["of"] > 0, user


def test_the_shared_course_is_read_only_and_a_users_home_is_not(lesson):
    hub, _ = lesson
    server, path = hub.server("ann"), notebook("notebooks", "00b")
    on_disk = (hub.folder / path).read_bytes()
    page = server.ask(f"api/contents/{path}")
    assert not page["writable"]
    page["content"]["cells"][0]["source"] = "mine"
    with pytest.raises(HTTPError, match="403"):
        server.save(path, page["content"])
    assert (hub.folder / path).read_bytes() == on_disk
    server.save("mine.ipynb", page["content"])
    assert nbformat.read(hub.folder / "ann" / "mine.ipynb", 4).cells[0].source == "mine"


def test_jupyterlab_has_the_courses_settings_and_opens_the_first_episode(lesson):
    hub, _ = lesson
    server = hub.server("ann")
    tracker = server.ask("lab/api/settings/@jupyterlab/notebook-extension:tracker")
    assert tracker["schema"]["properties"]["windowingMode"]["default"] == "none"
    page = server.text("lab")
    assert re.search(r'"federated_extensions":.*"whos-ready"', page, re.DOTALL)
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', server.text(""), re.DOTALL)[1])
    assert config["treePath"] == f"course/{FIRST_LESSON}"


def test_nothing_is_left_over_when_the_servers_end_with_kernels_that_run(lesson):
    """This test is the last one of the class."""
    hub, _ = lesson
    proxy = {hub.process, *(p for p in hub.process.children(recursive=True) if "proxy" in " ".join(p.cmdline()))}
    for user, (episode, _) in CLASS.items():
        hub.server(user).start_kernel(notebook("notebooks", episode))
    assert len(set(hub.processes()) - proxy) >= 2 * len(CLASS)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda user: stop_server(hub, user), CLASS))
    _, left = psutil.wait_procs(set(hub.processes()) - proxy, timeout=hubs.END_TIMEOUT)
    assert left == []
    files = [path for user in CLASS for path in (hub.folder / user / ".local/share/jupyter/runtime").iterdir()]
    assert {path.name for path in files} == {"jupyter_cookie_secret"}
    assert [path for path in hub.folder.rglob("*") if path.is_socket()] == []
    assert list((hub.folder / "tmp").iterdir()) == []


def check_own_course(server: Api, home: Path) -> None:
    """The user's own course can be written to, and its episodes come without results."""
    episode = server.ask(f"api/contents/course/{FIRST_LESSON}")
    assert episode["writable"]
    assert not any(cell.get("outputs") for cell in episode["content"]["cells"])
    episode["content"]["cells"][0]["source"] = "mine"
    server.save(f"course/{FIRST_LESSON}", episode["content"])
    assert nbformat.read(home / "course" / FIRST_LESSON, 4).cells[0].source == "mine"


def test_with_copy_each_user_gets_a_copy_and_keeps_what_is_written_there(programs):
    with hubs.shared_course() as folder, hubs.running(programs, folder, ["ann"], "WAY = COPY") as hub:
        check_own_course(start_server(hub, "ann"), folder / "ann")
        stop_server(hub, "ann")
        start_server(hub, "ann")
        assert nbformat.read(folder / "ann" / "course" / FIRST_LESSON, 4).cells[0].source == "mine"


def test_a_repository_in_the_settings_gives_each_user_a_clone(programs):
    with hubs.shared_course() as folder:
        repo = f"file://{folder}/repo"
        commands = "cp -r course/notebooks repo/ && chmod -R u+w repo && cd repo && git add . && git commit -qm course"
        git = ["env", *(f"GIT_{role}_{key}=me" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL"))]
        for command in (["git", "init", "-qb", "main", "repo"], ["sh", "-c", commands]):
            subprocess.run([*NOT_ROOT, *git, *command], cwd=folder, check=True)
        with hubs.running(programs, folder, ["ann"], f"REPO = {repo!r}") as hub:
            server = start_server(hub, "ann")
            assert "nbgitpuller" in server.text("")  # this page asks for what follows, and goes on to the first episode
            pulled = server.text("git-pull/api?" + urlencode({"repo": repo, "targetpath": "course"}))
            assert '"phase": "finished"' in pulled, pulled
            check_own_course(server, folder / "ann")
