"""A JupyterHub with the settings of docs/jupyterhub_config.py, whose users have no rights but in their own homes.

Hub, proxy and the users' servers are in an environment of their own, made once in .venv/hub.
"""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests import ROOT
from tests.course import pythons
from tests.course.jupyter_api import Api
from tests.course.test_environments import NOT_ROOT
from tests.environments import environment
from tests.project.test_project_files import PROJECT

REQUIREMENTS = ("jupyterhub>=5,<7", "nbgitpuller>=1.2,<2")
PROXY = "configurable-http-proxy@5"
INSTALL_TIMEOUT = 600  # seconds
START_TIMEOUT, END_TIMEOUT = 120, 60  # seconds, on a busy machine
TOKEN = "token-of-the-tests"
CONFIG = """
load_subconfig({settings!r})
ports = dict(zip({users!r}, {ports!r}[3:]))
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_port = {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {home!r}
c.Spawner.environment["TMPDIR"] = {temporary!r}
c.Spawner.pre_spawn_hook = lambda spawner: setattr(spawner, "port", ports[spawner.user.name])
c.Spawner.start_timeout = c.Spawner.http_timeout = {timeout}
c.JupyterHub.services = [{{"name": "test", "api_token": {token!r}}}]
scopes = ["admin:users", "admin:servers", "access:servers"]
c.JupyterHub.load_roles = [{{"name": "test", "services": ["test"], "scopes": scopes}}]
"""


def programs(need: Callable[[object, str], None]) -> Path:
    """The folder of programs of an environment with JupyterHub, its proxy and this course. `need` is the fixture."""
    need(shutil.which("npm"), "npm is not here, and it installs the Hub's proxy (on Debian: apt install npm)")
    base = pythons.interpreter(pythons.SYSTEM, need) if NOT_ROOT else sys.executable  # root's may be closed to others
    pins = os.environ.get("PINS", "-c constraints.txt").split()
    packages = [[*pins, *PROJECT["dependencies"], *REQUIREMENTS], ["--no-deps", "-e", str(ROOT)]]
    found = environment("hub", packages, need, base, (ROOT / "constraints.txt").read_text("utf-8"))
    npm = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", found.parent / "npm", PROXY]
    if not (proxy := found.parent / "npm" / "node_modules" / ".bin").is_dir():
        done = subprocess.run(npm, capture_output=True, text=True, timeout=INSTALL_TIMEOUT)
        need(done.returncode == 0 and proxy.is_dir(), f"the Hub's proxy could not be installed: {done.stderr}")
    return found


@contextmanager
def shared_course() -> Iterator[Path]:
    """A folder open to every user, with a copy of the course that is read-only for all."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own are closed to other users, and too long for a socket
        folder = Path(name)
        for part in ("notebooks", "labs", "solutions", "readiness", "docs"):
            shutil.copytree(ROOT / part, folder / "course" / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        shutil.copy(ROOT / "pyproject.toml", folder / "course")  # has the version
        files = [folder / "course", *(folder / "course").rglob("*")]
        for path in files:
            path.chmod(path.stat().st_mode & ~0o222 | 0o444)
        folder.chmod(0o777)
        try:
            yield folder
        finally:
            for path in files:
                path.chmod(path.stat().st_mode | stat.S_IWUSR)


def free_ports(count: int) -> list[int]:
    """Ports that are free now, and lower than those that the kernel chooses for other programs (ip(7))."""
    found: list[int] = []
    for port in random.sample(range(12_000, 32_000), 1000):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            break
    return found


@dataclass(frozen=True)
class Hub:
    """A Hub that runs.

    Attributes:
        api: its REST API.
        folder: the homes of its users, each with the name of the user.
        process: the Hub's own.
    """

    api: Api
    folder: Path
    process: psutil.Process

    def server(self, user: str) -> Api:
        """The server of a user, who need not have one yet."""
        return Api(f"{self.api.base}user/{user}/", TOKEN)

    def processes(self) -> list[psutil.Process]:
        """All processes of the users, also those whose parent has ended."""
        return [process for process in psutil.process_iter() if self.home_of(process).is_relative_to(self.folder)]

    def home_of(self, process: psutil.Process) -> Path:
        try:
            return Path(process.environ().get("HOME", "/"))
        except psutil.Error:  # it has ended, or it is another user's
            return Path("/")


@contextmanager
def running(found: Path, folder: Path, users: list[str], way: str = "WAY = SHARED") -> Iterator[Hub]:
    """Start a Hub.

    Args:
        found: what `programs` returned.
        folder: what `shared_course` yields.
        users: the names of all users.
        way: a line that stands in the settings instead of their first choice.
    """
    ports = free_ports(3 + len(users))
    settings = (folder / "course" / "docs" / "jupyterhub_config.py").read_text("utf-8")
    place = folder / "hub"
    for own in (place, folder / "tmp"):
        own.mkdir()
        own.chmod(0o777)
    (place / "settings.py").write_text(re.sub(rf"(?m)^{way.split()[0]} = .*", way, settings), "utf-8")
    values = {"home": f"{folder}/{{username}}", "temporary": str(folder / "tmp"), "timeout": START_TIMEOUT}
    values |= {"settings": str(place / "settings.py"), "users": users, "ports": ports, "token": TOKEN}
    (place / "jupyterhub_config.py").write_text(CONFIG.format(**values), "utf-8")
    path = [found.parent / "npm" / "node_modules" / ".bin", found, os.environ["PATH"]]
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("READINESS", "JUPYTER"))}
    variables |= {"PATH": os.pathsep.join(map(str, path)), "PYTHONPATH": str(folder / "course"), "HOME": str(place)}
    with (folder / "log.txt").open("w") as log:  # a pipe could become full
        command = [*NOT_ROOT, found / "python", "-m", "jupyterhub"]
        process = subprocess.Popen(command, cwd=place, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        hub = Hub(Api(f"http://127.0.0.1:{ports[0]}/", TOKEN), folder, psutil.Process(process.pid))
        try:
            hub.api.wait("hub/api/", START_TIMEOUT)
            hub.api.ask("hub/api/users", "POST", {"usernames": users})
            yield hub
            process.send_signal(signal.SIGTERM)
            process.wait(END_TIMEOUT)
        except BaseException:
            print((folder / "log.txt").read_text(errors="replace")[-20_000:])
            raise
        finally:
            for left in hub.processes():
                left.kill()
            process.wait()
