"""Settings of a JupyterHub that hands out this course. docs/teachers.md says how to use them."""

import shlex
import sys
from pathlib import Path
from urllib.parse import urlencode

from readiness.course import course_folder, launcher

REPO = ""  # "": all users share this course, and can't change it. The address of a repository: each user gets a clone
FIRST = f"lab/tree/course/{course_folder.FIRST_LESSON}"
LINK = f"""[ -e "$HOME/course" ] || ln -s {shlex.quote(str(course_folder.original_root()))} "$HOME/course" """
# The Hub ends a server with SIGINT. If there is no terminal, only SIGTERM lets it end its kernels and remove its files.
STOP = "import os, signal; signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))"
SERVER = f'exec {shlex.quote(sys.executable)} -P -c "{STOP}; from jupyterhub.singleuser import main; main()" "$@"'
PATH = f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"'  # of the terminals

c = get_config()  # noqa: F821 – JupyterHub defines it
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.Authenticator.allow_all = True  # each user with an account on this machine
c.Spawner.http_timeout = 120  # seconds until a server answers, also when a whole class logs in at once
c.Spawner.environment = launcher.course_environment()
c.Spawner.args = [*launcher.page_arguments(), "--KernelManager.transport=ipc"]
c.Spawner.cmd = ["sh", "-c", f"{PATH}; {'true' if REPO else LINK}; {SERVER}", "sh"]
c.Spawner.default_url = f"/{FIRST}"
if REPO:
    c.Spawner.default_url = "/git-pull?" + urlencode({"repo": REPO, "targetPath": "course", "urlpath": FIRST})
