"""Lab 05: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

ANSWERS = {
    "asks_only_for_what_is_news": [
        (
            "events-for",  # EPOLLOUT all the time
            "def wanted_events(connection):\n"
            "    return 0 if connection.eof_received else select.EPOLLIN | select.EPOLLOUT",
            "100 of 100 waits ended at once",
        ),
        (
            "events-for",  # the replies are never sent
            "def wanted_events(connection):\n    return 0 if connection.eof_received else select.EPOLLIN",
            "they would never be sent",
        ),
        (
            "events-for",  # does not read while it sends
            """def wanted_events(connection):
    if connection.write_buffer:
        return select.EPOLLOUT
    return 0 if connection.eof_received else select.EPOLLIN""",
            "doesn't read from this client",
        ),
        ("events-for", "def wanted_events(connection):\n    events = select.EPOLLIN", "saw None"),
    ],
    "knows_when_to_read_no_more": [
        (
            "events-for",  # reads on at the end
            """def wanted_events(connection):
    return select.EPOLLIN | select.EPOLLOUT if connection.write_buffer else select.EPOLLIN""",
            "At its end a socket stays readable",
        ),
        (
            "events-for",  # closed before it is flushed
            """def wanted_events(connection):
    events = 0
    if not connection.eof_received:
        events = select.EPOLLIN if len(connection.write_buffer) < HIGH_WATER else 0
        if connection.write_buffer:
            events |= select.EPOLLOUT
    return events""",
            "the unsent bytes go out before you close",
        ),
        (
            "events-for",  # reads without a limit
            [("eof_received and len(connection.write_buffer) < HIGH_WATER:", "eof_received:")],
            "expected EPOLLOUT, saw EPOLLIN.EPOLLOUT",
        ),
        (
            "events-for",  # a slow client is closed
            """def wanted_events(connection):
    if len(connection.write_buffer) >= HIGH_WATER:
        return 0
    events = 0 if connection.eof_received else select.EPOLLIN
    if connection.write_buffer:
        events |= select.EPOLLOUT
    return events""",
            "With HIGH_WATER unsent bytes or more, wait for room",
        ),
        (
            "events-for",  # there is always something to wait for
            """def wanted_events(connection):
    if connection.write_buffer:
        full = len(connection.write_buffer) >= HIGH_WATER
        return select.EPOLLOUT if connection.eof_received or full else select.EPOLLIN | select.EPOLLOUT
    return select.EPOLLIN""",
            "needs no event any more",
        ),
    ],
    "takes_up_a_client": [
        (
            "watch",  # non-blocking on the listener only
            [("    sock.setblocking(False)\n", "")],
            "socket is blocking",
        ),
        (
            "watch",  # register's own default
            """def add_connection(server, sock):
    sock.setblocking(False)
    server.connections[sock.fileno()] = Connection(sock)
    server.epoll.register(sock)""",
            r"the list says EPOLLIN\|EPOLLPRI\|EPOLLOUT",
        ),
        (
            "watch",  # under the socket, as selectors would have it
            [(".fileno()]", "]")],
            "epoll will report the number",
        ),
        (
            "watch",  # the socket itself, and no Connection
            """def add_connection(server, sock):
    sock.setblocking(False)
    server.connections[sock.fileno()] = sock
    server.epoll.register(sock, select.EPOLLIN)""",
            "The value is a socket",
        ),
        (
            "watch",  # as poll would have it: the list is handed over later
            """def add_connection(server, sock):
    sock.setblocking(False)
    server.connections[sock.fileno()] = Connection(sock)""",
            "without register",
        ),
    ],
    "leaves_the_list_before_it_closes": [
        (
            "let-go",  # close will do
            [("    server.epoll.unregister(connection.sock)\n", "")],
            "close took nothing off the list",
        ),
        (
            "let-go",  # unregistered after close: by the socket
            [
                ("server.epoll.unregister(connection.sock)\n    del", "del"),
                ("sock.close()", "sock.close()\n    server.epoll.unregister(connection.sock)"),
            ],
            "ValueError.*\nA closed socket has no number",
        ),
        (
            "let-go",  # unregistered after close: by the number
            """def close_connection(server, connection):
    fd = connection.sock.fileno()
    connection.sock.close()
    server.epoll.unregister(fd)
    del server.connections[fd]""",
            "Bad file descriptor.*\nA closed socket has no number",
        ),
        (
            "let-go",  # the same, and silenced
            """def close_connection(server, connection):
    fd = connection.sock.fileno()
    connection.sock.close()
    try:
        server.epoll.unregister(fd)
    except Exception:
        pass
    del server.connections[fd]""",
            "close took nothing off the list",
        ),
        (
            "let-go",  # looked up by a number that is -1
            """def close_connection(server, connection):
    server.epoll.unregister(connection.sock)
    connection.sock.close()
    del server.connections[connection.sock.fileno()]""",
            r"KeyError\(-1\)",
        ),
        (
            "let-go",  # forgotten, and not closed
            [("    connection.sock.close()\n", "")],
            "socket is still open",
        ),
        (
            "let-go",  # closed, and not forgotten
            [("    del server.connections[connection.sock.fileno()]\n", "")],
            "given to the next client",
        ),
    ],
    "keeps_what_found_no_room": [
        (
            "talk",  # sent is sent
            [
                (
                    "del connection.write_buffer[: connection.sock.send(connection.write_buffer)]",
                    "connection.sock.send(connection.write_buffer)\n            connection.write_buffer.clear()",
                )
            ],
            "exactly as many bytes as it returns",
        ),
        (
            "talk",  # sendall: sends a part, and can't say which
            [
                (
                    "del connection.write_buffer[: connection.sock.send(connection.write_buffer)]",
                    "connection.sock.sendall(connection.write_buffer)\n            connection.write_buffer.clear()",
                )
            ],
            "exactly as many bytes as it returns",
        ),
        (
            "talk",  # tries until all is sent: hangs
            """def on_ready(connection, mask):
    while mask & select.EPOLLOUT and connection.write_buffer:
        try:
            del connection.write_buffer[: connection.sock.send(connection.write_buffer)]
        except BlockingIOError:
            pass
    if mask & ~select.EPOLLOUT:
        connection.read()
    return True""",
            "stopped after 2 seconds",
        ),
        (
            "talk",  # nothing is returned, which is false
            [("    return True\n", "")],
            "on_ready returned None",
        ),
    ],
    "hears_every_bit": [
        (
            "talk",  # one bit, or the other
            [("        if mask & ~select.EPOLLOUT:", "        elif mask & ~select.EPOLLOUT:")],
            "an elif leaves the second bit out",
        ),
        (
            "talk",  # if IN, elif OUT
            [
                (
                    "        if mask & select.EPOLLOUT:\n",
                    """        if mask & select.EPOLLIN:
            connection.read()
        elif mask & select.EPOLLOUT:
""",
                ),
                ("        if mask & ~select.EPOLLOUT:\n            connection.read()\n", ""),
            ],
            "nothing was sent",
        ),
        (
            "talk",  # only what was asked for
            [("~select.EPOLLOUT", "select.EPOLLIN")],
            "come unasked, and stay",
        ),
        (
            "talk",  # the mask compared as a whole
            [("mask & select", "mask == select"), ("& ~select.EPOLLOUT", "== select.EPOLLIN")],
            "== fits one bit alone",
        ),
        (
            "talk",  # a hang-up is noticed, an error is not
            [
                ("~select.EPOLLOUT", "select.EPOLLIN"),
                (
                    "    except BlockingIOError:",
                    "        elif mask == select.EPOLLHUP:\n            return False\n    except BlockingIOError:",
                ),
            ],
            "The mask was EPOLLHUP, twice",
        ),
        (
            "talk",  # a hang-up is read, an error is not
            [("~select.EPOLLOUT", "(select.EPOLLIN | select.EPOLLHUP)")],
            "The mask was EPOLLERR, twice",
        ),
        (
            "talk",  # a hang-up taken for a failure
            [("    try:", "    if mask & (select.EPOLLHUP | select.EPOLLERR):\n        return False\n    try:")],
            "saw b'' unsent, connection.eof_received False",
        ),
        (
            "talk",  # the end taken for a failure
            [("return True", "return not connection.eof_received")],
            "An end is no failure",
        ),
        (
            "talk",  # a hang-up is what a peer that has ended looks like, it seems
            [
                (
                    "    except BlockingIOError:",
                    """            if connection.eof_received:
                connection.write_buffer.clear()
    except BlockingIOError:""",
                )
            ],
            "saw b'' unsent, connection.eof_received True",
        ),
    ],
    "takes_ready_for_a_hint": [
        (
            "talk",  # what lies there is read, and what doesn't
            [("BlockingIOError:\n        pass\n    except OSError", "ConnectionError")],
            "BlockingIOError came out of on_ready",
        ),
        (
            "talk",  # every OSError is an end
            [("    except BlockingIOError:\n        pass\n", "")],
            "BlockingIOError is an OSError",
        ),
        (
            "talk",  # waits until something lies there
            [
                (
                    "            connection.read()",
                    "            select.select([connection.sock], [], [])\n            connection.read()",
                )
            ],
            "stopped after 2 seconds",
        ),
    ],
    "survives_every_failure": [
        (
            "talk",  # only what is sent can fail, it seems
            [
                ("        if mask & ~select.EPOLLOUT:\n            connection.read()\n", ""),
                (
                    "    return True\n",
                    """    with suppress(BlockingIOError):
        if mask & ~select.EPOLLOUT:
            connection.read()
    return True
""",
                ),
            ],
            "EPOLLIN, and OSError.* came out of on_ready",
        ),
        (
            "talk",  # a hint is expected, a reset is not
            [("    except OSError:\n        return False\n", "")],
            "it ends the loop for every client",
        ),
        (
            "talk",  # one failure of many
            [("except OSError:", "except ConnectionResetError:")],
            "Each is an OSError",
        ),
        (
            "talk",  # some failures of many
            [("except OSError:", "except ConnectionError:")],
            "Each is an OSError",
        ),
        (
            "talk",  # an error is silenced, and its connection is never closed
            [("BlockingIOError", "Exception"), ("except OSError:\n        return False\n    return", "return")],
            "would never close this connection",
        ),
    ],
    "passes_over_whom_it_has_not": [
        (
            "dispatch",  # each number is a client's
            """def dispatch(server, fd, mask):
    if fd == server.listener.fileno():
        server.accept()
        return
    connection = server.connections[fd]
    if on_ready(connection, mask) and wanted_events(connection):
        server.epoll.modify(fd, wanted_events(connection))
    else:
        close_connection(server, connection)""",
            "whose number belongs to no client",
        ),
        (
            "dispatch",  # no connection is accepted
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if connection:
        if on_ready(connection, mask) and wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection))
        else:
            close_connection(server, connection)""",
            "a connection can be accepted",
        ),
        (
            "dispatch",  # silenced, and so is everything else
            """def dispatch(server, fd, mask):
    try:
        connection = server.connections[fd]
        if on_ready(connection, mask) and wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection))
        else:
            close_connection(server, connection)
    except Exception:
        pass""",
            "a connection can be accepted",
        ),
        (
            "dispatch",  # one client until it ends: an endless loop
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif connection:
        while on_ready(connection, mask):
            pass
        close_connection(server, connection)""",
            "stopped after 2 seconds",
        ),
        (
            "dispatch",  # registered a second time
            [
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """if on_ready(connection, mask) and wanted_events(connection):
            server.epoll.register(fd, wanted_events(connection)""",
                )
            ],
            "FileExistsError",
        ),
        (
            "dispatch",  # a number compared with a socket
            [
                ("== server.listener.fileno()", "is server.listener"),
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """if on_ready(connection, mask) and wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection)""",
                ),
            ],
            "Its number is server.listener.fileno",
        ),
    ],
    "answers_a_line": [
        (
            "dispatch",  # registered once, and never again: unsent bytes stay unsent
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif connection:
        if not on_ready(connection, mask) or not wanted_events(connection):
            close_connection(server, connection)""",
            "epoll keeps the last mask",
        ),
        (
            "dispatch",  # registered before the event is handled: one event late
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif connection:
        server.epoll.modify(fd, wanted_events(connection))
        if not on_ready(connection, mask) or not wanted_events(connection):
            close_connection(server, connection)""",
            "after each event, register what",
        ),
        (
            "dispatch",  # only what can be read is an event
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif connection and mask & select.EPOLLIN:
        if on_ready(connection, mask) and wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection))
        else:
            close_connection(server, connection)""",
            "epoll keeps the last mask",
        ),
        (
            "dispatch",  # not written to its end
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif connection:
        on_ready(connection, mask)""",
            "epoll keeps the last mask",
        ),
        (
            "dispatch",  # a connection that needs no event stays on the list
            [
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """if on_ready(connection, mask):
            server.epoll.modify(fd, wanted_events(connection)""",
                )
            ],
            "that needs no event any more",
        ),
    ],
    "answers_wherever_lines_are_cut": [
        (
            "dispatch",  # no unsent bytes taken for the end
            [
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """if on_ready(connection, mask) and (connection.write_buffer or mask & select.EPOLLOUT):
            server.epoll.modify(fd, wanted_events(connection)""",
                )
            ],
            "a recv may bring any part of a line",
        ),
        (
            "talk",  # a line is what one recv brings
            [
                (
                    "    except BlockingIOError:",
                    """            connection.write_buffer += connection.protocol.feed_eof()
    except BlockingIOError:""",
                )
            ],
            "Before its newline",
        ),
    ],
    "sleeps_when_nothing_happens": [
        (
            "dispatch",  # asked for, and never taken back
            [
                (
                    "if events:",
                    """if not events:
            close_connection(server, connection)
        elif events != select.EPOLLIN:""",
                ),
                (")\n        else:\n            close_connection(server, connection)", ")"),
            ],
            "While nothing happens at all",
        ),
        (
            "dispatch",  # a mask of its own
            [(", events)", ", events | mask)")],
            "While nothing happens at all",
        ),
    ],
    "sends_all_before_it_closes": [
        (
            "dispatch",  # the same, one function later
            [
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """if on_ready(connection, mask) and not connection.eof_received:
            server.epoll.modify(fd, wanted_events(connection)""",
                )
            ],
            "The end of input",
        ),
    ],
    "bounds_what_it_owes": [
        (
            "dispatch",  # EPOLLIN is never taken back
            [(", events)", ", events | select.EPOLLIN)")],
            "Stop reading from a client that has too many unsent bytes",
        ),
        (
            "dispatch",  # a slow client is closed
            """def dispatch(server, fd, mask):
    connection = server.connections.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif connection:
        if on_ready(connection, mask) and wanted_events(connection) and len(connection.write_buffer) < HIGH_WATER:
            server.epoll.modify(fd, wanted_events(connection))
        else:
            close_connection(server, connection)""",
            "the server has let it go",
        ),
    ],
    "outlives_resets": [
        (
            "dispatch",  # closed, and then registered
            [
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """if not on_ready(connection, mask):
            close_connection(server, connection)
        if wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection)""",
                )
            ],
            "Your server's loop ended",
        ),
    ],
    "gives_every_descriptor_back": [
        (
            "dispatch",  # the result of on_ready is ignored
            [
                (
                    """events = wanted_events(connection) if on_ready(connection, mask) else 0
        if events:
            server.epoll.modify(fd, events""",
                    """on_ready(connection, mask)
        if wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection)""",
                )
            ],
            r"\d+ descriptors are left behind",
        ),
    ],
}

RIGHT = [
    (
        "reads before it sends",
        "talk",
        """def on_ready(connection, mask):
    try:
        if mask & ~select.EPOLLOUT:
            with suppress(BlockingIOError):
                connection.read()
        if mask & select.EPOLLOUT:
            with suppress(BlockingIOError):
                del connection.write_buffer[: connection.sock.send(connection.write_buffer)]
    except OSError:
        return False
    return True""",
    ),
]
"""Other answers than the solution's, (method in words, cell, answer), that are as right."""
