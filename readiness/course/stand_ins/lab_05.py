"""Stand-ins of lab 05: the functions of its echo server. The lab's text says what each of them must do.

Two of them call other functions of the lab. These can be the learner's, so they are looked up in the lab's names.
"""

import select
from collections.abc import Mapping
from typing import Any

from readiness.servers.echo.connection import HIGH_WATER


def wanted_events(connection: Any) -> int:
    """Return the mask that the lab's `Connection` must wait for."""
    unsent = len(connection.write_buffer)
    may_read = not connection.eof_received and unsent < HIGH_WATER
    return (select.EPOLLIN if may_read else 0) | (select.EPOLLOUT if unsent else 0)


def add_connection(names: Mapping[str, Any], server: Any, sock: Any) -> None:
    """Add a socket that the lab's server has accepted. `names` are the global names of the lab."""
    sock.setblocking(False)
    connection = server.connections[sock.fileno()] = names["Connection"](sock)
    server.epoll.register(sock, names["wanted_events"](connection))


def close_connection(server: Any, connection: Any) -> None:
    """Take a `Connection` off the list of the lab's server, and close its socket."""
    server.epoll.unregister(connection.sock)
    server.connections.pop(connection.sock.fileno())
    connection.sock.close()


def on_ready(connection: Any, mask: int) -> bool:
    """Send and read as `mask` says. Return False if the connection of the lab's `Connection` has failed."""
    try:
        if mask & select.EPOLLOUT:
            del connection.write_buffer[: connection.sock.send(connection.write_buffer)]
        if mask & ~select.EPOLLOUT:
            connection.read()
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def dispatch(names: Mapping[str, Any], server: Any, fd: int, mask: int) -> None:
    """Handle one event of the lab's server. `names` are the global names of the lab."""
    if fd == server.listener.fileno():
        server.accept()
    elif connection := server.connections.get(fd):
        is_open = names["on_ready"](connection, mask)
        if is_open and (events := names["wanted_events"](connection)):
            server.epoll.modify(fd, events)
        else:
            names["close_connection"](server, connection)
