"""Makes this Python look like one on another system: on PYTHONPATH, it hides what only Linux offers.

Without epoll, eventfd, /proc and strace it is like macOS's; with FAKE_PLATFORM=select also without poll, resource and
setitimer, like Windows's. It hides from Python code only: the kernel below stays what it is.
"""

import os
import select
import shutil
import signal
import sys

NO_POLL = os.environ.get("FAKE_PLATFORM") == "select"
MEMBERS = {select: ["epoll", "EPOLL"], os: ["eventfd", "EFD_", "pidfd_open"]}
CALLS = ("epoll_", "eventfd")
if NO_POLL:
    MEMBERS[select] += ["poll", "POLL"]
    MEMBERS[signal] = ["setitimer", "getitimer", "alarm", "ITIMER_", "SIGALRM"]
    CALLS += ("poll",)
    sys.modules["resource"] = None  # importing it raises ImportError

for _module, _starts in MEMBERS.items():
    for _name in [name for name in dir(_module) if name.startswith(tuple(_starts))]:
        delattr(_module, _name)


def _hidden(path: object) -> bool:
    """Return whether a path is in /proc; psutil, which the kernel itself uses, may read it."""
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str | os.PathLike) or not (os.fspath(path) + "/").startswith("/proc/"):
        return False
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("psutil"):
            return False
        frame = frame.f_back
    return True


def _watch(event: str, arguments: tuple) -> None:
    """An audit hook: what it raises replaces the call."""
    if event in ("open", "os.listdir", "os.scandir") and _hidden(arguments[0]):
        raise FileNotFoundError(2, "No such file or directory", arguments[0])
    if event == "subprocess.Popen" and str(arguments[0]).endswith("strace"):
        raise FileNotFoundError(2, "No such file or directory", arguments[0])
    if event == "ctypes.dlsym" and str(arguments[1]).startswith(CALLS):
        raise AttributeError(f"undefined symbol: {arguments[1]}")


def _without_proc(function):
    def wrapped(path, *args, **kwargs):
        if _hidden(path):
            raise FileNotFoundError(2, "No such file or directory", path)
        return function(path, *args, **kwargs)

    for group in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if function in group:
            group.add(wrapped)
    return wrapped


sys.addaudithook(_watch)
for _name in ("stat", "lstat", "readlink"):  # these three raise no audit event
    setattr(os, _name, _without_proc(getattr(os, _name)))
_which = shutil.which
shutil.which = lambda cmd, *args, **kwargs: None if cmd == "strace" else _which(cmd, *args, **kwargs)
