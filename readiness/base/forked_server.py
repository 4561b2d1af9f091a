"""Apart: a server in a process of its own, a copy of this one, that is gone afterwards, also when it hangs.

For servers that a learner has written in a cell. It judges nothing, and knows nothing of what is served.
"""

import json
import os
import re
import selectors
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from readiness.base.background import Background, Server, Stop
from readiness.base.messages import _


class Ended(AssertionError):
    """The server's loop ended by itself: its error and its line, in words."""


class Apart:
    """`make()` is called in a copy of this process (fork(2)), and the loop of the server that it gives is run there.

    A context manager, entered once the server has said its `address`. `pid` is its process, None where a system can't
    fork: there it runs in a thread. As it is left, the process is killed; what the loop died of before is raised: a
    NotImplementedError as it is, anything else as `Ended`, in the place of what the block has met since.
    """

    def __init__(self, make: Callable[[], Server]) -> None:
        self.make = make
        self.address: tuple[str, int] | None = None
        self.pid: int | None = None
        self._background: Background | None = None

    def __enter__(self) -> "Apart":
        if not hasattr(os, "fork"):
            server = self.make()
            self._background = Background(server).start()
            self.address = server.address
            return self
        ours, theirs = os.pipe()  # what it says
        leash, end = os.pipe()  # open as long as we live
        with (
            warnings.catch_warnings()
        ):  # fork(2) beside threads: the copy calls nothing that another thread may have locked
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if not self.pid:
            os.close(ours)
            os.close(end)
            _child(self.make, theirs, leash)
        os.close(theirs)
        os.close(leash)
        self._said, self._leash = os.fdopen(ours, encoding="utf-8"), end
        try:
            self._hear()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def check(self) -> None:
        """Raise, once, what the loop has died of; return at once while it runs."""
        if self._background is not None:
            self._background.check()
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._said, selectors.EVENT_READ)
            if selector.select(0):
                self._hear()

    def _hear(self) -> None:
        """Its next word: the address, or what it ended with; nothing, if it was killed."""
        word = json.loads(self._said.readline() or "{}")
        if "address" in word:
            self.address = tuple(word["address"])
        elif word.get("kind") == "NotImplementedError":
            raise NotImplementedError(word["text"])
        elif word:
            raise Ended(
                _("Your server's loop ended. {kind}: {text}\n  at: {line}").format(**word)
                if word["kind"]
                else _("Your server's loop returned, though nobody had told it to stop.")
            )

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if self._background is not None:
            self._background.stop()
            return
        os.close(self._leash)
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            if not isinstance(error, Ended | NotImplementedError):
                self._hear()
        finally:
            self._said.close()


def _child(make: Callable[[], Server], pipe: int, leash: int) -> None:
    """All that the copy ever does; it returns to nobody."""

    def tell(**word: Any) -> None:
        os.write(pipe, json.dumps(word).encode() + b"\n")

    def watch() -> None:
        os.read(leash, 1)  # returns as our parent ends
        os._exit(1)

    try:
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted cell is the parent's business
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 – the parent's belong to its cells
        threading.Thread(target=watch, daemon=True).start()
        server = make()
        tell(address=server.address)
        server.serve(Stop())
        tell(kind="", text="", line="")
    except BaseException as error:  # whatever it is, the parent is told
        tell(kind=type(error).__name__, text=str(error)[:500], line=line_of(error))
    finally:
        os._exit(0)


def line_of(error: BaseException) -> str:
    """The last line of its traceback that stands in a cell, else the last one, in words."""
    frames = traceback.extract_tb(error.__traceback__)
    cells = [frame for frame in frames if re.search(r"ipykernel|^<(?!frozen)", frame.filename)]  # <frozen posixpath>
    frame = (cells or frames)[-1]
    return f"{frame.line or '?'}   ({frame.name}, {_('line')} {frame.lineno})"
