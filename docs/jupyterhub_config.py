"""Settings of a JupyterHub that hands out this course. docs/teachers.md says how to use them."""

import shlex
import sys
from pathlib import Path
from urllib.parse import urlencode

from readiness.course import course_folder, launcher

PYTHON, COURSE = shlex.quote(sys.executable), shlex.quote(str(course_folder.original_root()))
SHARED = f'[ -e "$HOME/course" ] || ln -s {COURSE} "$HOME/course"'  # all users read one course
COPY = f'{PYTHON} -P -m readiness copy "$HOME/course"'  # each user gets a copy; later starts bring it up to date
WAY = SHARED  # or COPY
REPO = ""  # an address of git: each user gets a clone of it instead, by nbgitpuller

FIRST = f"lab/tree/course/{course_folder.FIRST_LESSON}"
PULL = urlencode({"repo": REPO, "targetPath": "course", "urlpath": FIRST})
# The Hub ends a server with SIGINT. If there is no terminal, only SIGTERM lets it end its kernels and remove its files.
STOP = "import os, signal; signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))"
SERVER = f'exec {PYTHON} -P -c "{STOP}; from jupyterhub.singleuser import main; main()" "$@"'
PATH = f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"'  # of the terminals

c = get_config()  # noqa: F821 – JupyterHub defines it
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.Authenticator.allow_all = True  # each user with an account on this machine
c.Spawner.http_timeout = 120  # seconds until a server answers, also when a whole class logs in at once
c.Spawner.environment = launcher.course_environment()
c.Spawner.args = [*launcher.page_arguments(), "--KernelManager.transport=ipc"]
c.Spawner.cmd = ["sh", "-c", f"{PATH}; {'true' if REPO else WAY}; {SERVER}", "sh"]
c.Spawner.default_url = f"/git-pull?{PULL}" if REPO else f"/{FIRST}"
