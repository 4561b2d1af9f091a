"""The loop servers are one program, written out for each way of waiting: what may differ is named below.

A change to one of them is made in all, or is named here with its reason. Only the modules' docstrings are not compared.
"""

import ast
import difflib
from collections.abc import Iterator

import pytest

from tests import ROOT

REFERENCE = "epoll"
DIFFERENCES = {
    "poll": """
its own object
-epoll
+poll

its own constants
-EPOLL
+POLL

poll(2) takes milliseconds
-            events = self.poll.poll(self.timers.next_timeout())
+            timeout = self.timers.next_timeout()
+            events = self.poll.poll(timeout and timeout * 1000)  # poll(2): milliseconds

a poll object has no descriptor to close
-        self.poll.close()
""",
    "selectors": """
its own module
-import select
+import selectors

it takes any selector
-    def __init__(self, *, port: int = 0, idle_timeout: float = IDLE_TIMEOUT) -> None:
+    def __init__(
+        self,
+        selector: selectors.BaseSelector | None = None,
+        *,
+        port: int = 0,
+        idle_timeout: float = IDLE_TIMEOUT,
+    ) -> None:

it takes any selector
-    Args:
+    Args:
+        selector: the selector that waits; None means the best one of this machine.

it takes any selector
-self.epoll = select.epoll()
+self.epoll = selector or selectors.DefaultSelector()

its own object
-self.epoll
+self.selector

its own name for the wait
-self.selector.poll(
+self.selector.select(

its events are READ and WRITE
-IN, OUT = select.EPOLLIN, select.EPOLLOUT
-EVENTS = {READ: IN, WRITE: OUT, READ | WRITE: IN | OUT}
-

its events are READ and WRITE
-, IN)
+, selectors.EVENT_READ)

its events are READ and WRITE
-mask & OUT
+mask & WRITE

its events are READ and WRITE, for errors too
-mask != OUT
+mask & READ

a key has the connection in its data
-        get_connection = self.connections.get

a key has the connection in its data
-            for fd, mask in events:
-                connection = get_connection(fd)
-                if connection is not None:
-                    self.on_ready(connection, mask, now)
-                elif fd == self.listener.fileno():
+            for key, mask in events:
+                if key.data is not None:
+                    self.on_ready(key.data, mask, now)
+                elif key.fileobj is self.listener:

a key has the connection in its data
-            self.selector.register(connection.fd, EVENTS[connection.registered_events])
+            self.selector.register(sock, connection.registered_events, connection)

a key has the connection in its data
-self.selector.modify(connection.fd, EVENTS[wanted])
+self.selector.modify(connection.sock, wanted, connection)

a key belongs to a socket
-self.selector.unregister(connection.fd)
+self.selector.unregister(connection.sock)

no connection is looked up by its descriptor
-dict[int, Connection] = {}  # by file descriptor
+set[Connection] = set()

no connection is looked up by its descriptor
-self.connections[connection.fd] = connection
+self.connections.add(connection)

no connection is looked up by its descriptor
-del self.connections[connection.fd]
+self.connections.remove(connection)

no connection is looked up by its descriptor
-self.connections.values()
+self.connections
""",
    "select": """
the limit of a set
-import contextlib
-import select
-import socket
+import os
+import select
+import socket
+import sys

the limit of a set; there are no events, and a set for each of READ and WRITE
-IN, OUT = select.EPOLLIN, select.EPOLLOUT
-EVENTS = {READ: IN, WRITE: OUT, READ | WRITE: IN | OUT}
+SETSIZE = 1024 if os.name == "posix" else sys.maxsize  # FD_SETSIZE, select(2): a set holds smaller descriptors

the limit of a set; apart from it, a set takes any number, without a system call
-        If the kernel can't watch one more descriptor (ENOSPC or ENOMEM), close `sock` and return False.
+        If select can't watch the descriptor, because its number is too high, close `sock` and return False.

the limit of a set; apart from it, a set takes any number, without a system call
-        try:
-            self.epoll.register(connection.fd, EVENTS[connection.registered_events])
-        except OSError:
+        if connection.fd >= SETSIZE:

the limit of a set; apart from it, a set takes any number, without a system call
-            return False
+            return False
+        self.read_fds.add(connection.fd)

a set takes any number, without a system call
-new connections. If that fails, try again later.
+new connections.

a set takes any number, without a system call
-        try:
-            self.epoll.register(self.listener, IN)
-        except OSError:
-            self.timers.call_later(ACCEPT_RETRY_DELAY, self.resume_accepting)
+        self.epoll.register(self.listener, IN)

a set for each of READ and WRITE
-        self.epoll = select.epoll()
+        self.read_fds: set[int] = set()
+        self.write_fds: set[int] = set()

a set for each of READ and WRITE: the wait returns two lists
-events = self.epoll.poll(self.timers.next_timeout())
+readable, writable, _urgent = select.select(self.read_fds, self.write_fds, (), self.timers.next_timeout())

a set for each of READ and WRITE: the wait returns two lists
-        get_connection = self.connections.get

a set for each of READ and WRITE: the wait returns two lists
-            for fd, mask in events:
-                connection = get_connection(fd)
-                if connection is not None:
-                    self.on_ready(connection, mask, now)
+            for fd in writable:
+                self.on_ready(self.connections[fd], WRITE, now)
+            for fd in readable:
+                if fd in self.connections:
+                    self.on_ready(self.connections[fd], READ, now)

a set for each of READ and WRITE
-mask & OUT
+mask & WRITE

a set for each of READ and WRITE; for an error both lists have the descriptor
-mask != OUT
+mask & READ

a set takes any number, without a system call
-is 0, or the kernel refuses, close
+is 0, close

a set for each of READ and WRITE
-            with contextlib.suppress(OSError):
-                self.epoll.modify(connection.fd, EVENTS[wanted])
-                connection.registered_events = wanted
-                return
-        self.close_connection(connection)
+            for bit, fds in ((READ, self.read_fds), (WRITE, self.write_fds)):
+                (fds.add if wanted & bit else fds.discard)(connection.fd)
+            connection.registered_events = wanted
+        else:
+            self.close_connection(connection)

a set for each of READ and WRITE
-        with contextlib.suppress(KeyError, OSError):  # if `modify` failed, it may be unregistered already
-            self.epoll.unregister(connection.fd)
+        self.read_fds.discard(connection.fd)
+        self.write_fds.discard(connection.fd)

a set holds numbers, without events
-self.epoll.register(stop, IN)
+self.read_fds.add(stop.fileno())

a set holds numbers, without events
-self.epoll.register(self.listener, IN)
+self.read_fds.add(self.listener.fileno())

a set holds numbers, without events
-self.epoll.unregister(self.listener)
+self.read_fds.remove(self.listener.fileno())

a set has no descriptor to close
-        self.epoll.close()
""",
}
"""For each server, its differences from the reference: the reason, the reference's text, the server's text instead.

They are made in this order, each wherever its text stands. Without a text of the server's, whole lines are missing.
"""


def program(name: str) -> str:
    """The source of one server, after its module's docstring."""
    source = (ROOT / f"readiness/servers/echo/{name}_server.py").read_text(encoding="utf-8")
    return "".join(source.splitlines(keepends=True)[ast.parse(source).body[0].end_lineno :])


def replacements(differences: str) -> Iterator[tuple[str, str, str]]:
    """Reason, old text and new text of each difference."""
    for block in differences.strip("\n").split("\n\n"):
        reason, *lines = block.split("\n")
        old, new = ("\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
        yield reason, old if new else f"{old}\n", new


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_loop_server_differs_from_the_reference_only_where_it_must(name):
    expected = program(REFERENCE)
    for reason, old, new in replacements(DIFFERENCES[name]):
        assert old in expected, f"{REFERENCE} has this text no longer ({name}: {reason}):\n{old}"
        expected = expected.replace(old, new)
    found = difflib.unified_diff(
        expected.splitlines(), program(name).splitlines(), f"{REFERENCE}, as {name} should be", name, lineterm="", n=1
    )
    assert not (difference := "\n".join(found)), f"one server was changed, and the other was not:\n{difference}"
