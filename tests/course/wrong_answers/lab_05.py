"""Lab 05: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

CHECK_WORDS = {
    "asks_only_for_what_is_news": "nearly always",
    "knows_when_to_read_no_more": "end of the input",
    "adds_a_client": "register",
    "leaves_the_list_before_it_closes": "unregister",
    "keeps_what_found_no_room": "takes what fits",
    "hears_every_bit": "==",
    "reads_once": "call `recv` once",
    "takes_ready_for_a_hint": "not now",
    "survives_every_failure": "raises an error",
    "ignores_unknown_numbers": "number belongs to no connection",
    "registers_what_it_needs_now": "modify",
    "answers_a_line": "modify",
    "answers_wherever_lines_are_cut": "may return a part",
    "sends_all_before_it_closes": "sends no more",
    "bounds_what_is_unsent": "keeps the rest",
    "outlives_resets": "reset",
    "leaves_a_turn_to_the_others": "call `recv` once",
    "gives_every_descriptor_back": "unregister",
    "sleeps_when_nothing_happens": "nearly always",
}
"""{check: its key word}, which the section that the check leads to has."""

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
            "would never be sent",
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
        (
            "events-for",  # edge-triggered
            [
                ("    return events", "    return events | select.EPOLLET"),
            ],
            "The mask has EPOLLET, too",
        ),
        (
            "events-for",  # once, and never again
            [
                ("    return events", "    return events | select.EPOLLONESHOT"),
            ],
            "The mask has EPOLLONESHOT, too",
        ),
        (
            "events-for",  # one bit more than the task asks for
            [
                ("    return events", "    return events | select.EPOLLRDHUP"),
            ],
            "The mask has EPOLLRDHUP, too",
        ),
        (
            "events-for",  # urgent data, for which nothing is done
            [
                ("    return events", "    return events | select.EPOLLPRI"),
            ],
            "The mask has EPOLLPRI, too",
        ),
        (
            "events-for",  # a set of events, as a list
            [
                ("    return events", "    return [events]"),
            ],
            "return an int, saw a list",
        ),
        (
            "events-for",  # an answer that is no number
            [
                ("    return events", "    return bool(events)"),
            ],
            "Return a number: 1, not True",
        ),
        (
            "events-for",  # less is read than may be kept: ten bytes
            [
                ("HIGH_WATER", "1"),
            ],
            "many clients send all before they read",
        ),
        (
            "events-for",  # not called, but returned
            [
                ("    return events", "    return lambda: events"),
            ],
            "saw a function",
        ),
        (
            "events-for",  # forgets half a line's client
            [
                (
                    "if not connection.eof_received and",
                    "if not connection.protocol.partial and not connection.eof_received and",
                ),
            ],
            "Half a line has come",
        ),
        (
            "events-for",  # a coroutine
            [("def wanted_events", "async def wanted_events")],
            "is a coroutine",
        ),
    ],
    "knows_when_to_read_no_more": [
        (
            "events-for",  # reads on at the end
            """def wanted_events(connection):
    return select.EPOLLIN | select.EPOLLOUT if connection.write_buffer else select.EPOLLIN""",
            "With HIGH_WATER unsent bytes or more, wait for room",
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
            "the unsent bytes are lost",
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
            "A slow client is still there",
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
        (
            "events-for",  # the mark itself is still read
            [
                ("< HIGH_WATER", "<= HIGH_WATER"),
            ],
            "262,144 bytes are unsent: expected EPOLLOUT, saw EPOLLIN.EPOLLOUT",
        ),
        (
            "events-for",  # one byte too early
            [
                ("< HIGH_WATER", "< HIGH_WATER - 1"),
            ],
            "262,143 bytes are unsent: expected EPOLLIN.EPOLLOUT, saw EPOLLOUT",
        ),
        (
            "events-for",  # a pause until all is sent
            [
                (
                    "    events = 0\n",
                    "    events = 0\n"
                    "    full = len(connection.write_buffer) >= HIGH_WATER\n"
                    "    was_paused = getattr(connection, 'paused', False)\n"
                    "    connection.paused = full or was_paused and bool(connection.write_buffer)\n",
                ),
                ("len(connection.write_buffer) < HIGH_WATER", "not connection.paused"),
            ],
            "262,144 bytes were unsent before.*\nTo pause is not to stop",
        ),
        (
            "events-for",  # twice as much
            [
                ("< HIGH_WATER", "< 2 * HIGH_WATER"),
            ],
            "wait for room, and don't read meanwhile",
        ),
        (
            "events-for",  # the end is forgotten again
            [("    return events", "    connection.eof_received = False\n    return events")],
            "has changed the connection",
        ),
        (
            "events-for",  # the other constant
            [
                ("< HIGH_WATER", "< RECV_SIZE"),
            ],
            "65,536 bytes are unsent: expected EPOLLIN",
        ),
        (
            "events-for",  # a pause that never ends
            [
                (
                    "    events = 0\n",
                    "    events = 0\n"
                    "    full = len(connection.write_buffer) >= HIGH_WATER\n"
                    "    connection.paused = full or getattr(connection, 'paused', False)\n",
                ),
                ("len(connection.write_buffer) < HIGH_WATER", "not connection.paused"),
            ],
            "To pause is not to stop",
        ),
        (
            "events-for",  # a full buffer is emptied
            [
                ("    return events", "    del connection.write_buffer[HIGH_WATER:]\n    return events"),
            ],
            "has changed the connection",
        ),
    ],
    "adds_a_client": [
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
            r"the list has EPOLLIN\|EPOLLPRI\|EPOLLOUT",
        ),
        (
            "watch",  # under the socket, as selectors would have it
            [(".fileno()]", "]")],
            "epoll will return the number",
        ),
        (
            "watch",  # the socket itself, and no Connection
            """def add_connection(server, sock):
    sock.setblocking(False)
    server.connections[sock.fileno()] = sock
    server.epoll.register(sock, select.EPOLLIN)""",
            "There is a socket",
        ),
        (
            "watch",  # as poll would have it: the list is handed over later
            """def add_connection(server, sock):
    sock.setblocking(False)
    server.connections[sock.fileno()] = Connection(sock)""",
            "without register",
        ),
        (
            "watch",  # a new table for each client
            [
                (
                    "server.connections[sock.fileno()] = connection = Connection(sock)",
                    "connection = Connection(sock)\n    server.connections = {sock.fileno(): connection}",
                ),
            ],
            "replace nothing",
        ),
        (
            "watch",  # a time limit: send waits, too
            [
                ("setblocking(False)", "settimeout(5)"),
            ],
            "its time limit is 5.0",
        ),
        (
            "watch",  # registered twice
            [
                (
                    "    server.epoll.register",
                    "    server.epoll.register(sock, select.EPOLLIN)\n    server.epoll.register",
                ),
            ],
            "FileExistsError.*\\n.*once for each socket",
        ),
        (
            "watch",  # modify adds no entry
            [("epoll.register(", "epoll.modify(")],
            "modify changes an entry that is there",
        ),
        (
            "watch",  # edge-triggered, and on_ready reads once
            [
                ("wanted_events(connection))", "wanted_events(connection) | select.EPOLLET)"),
            ],
            "the list has EPOLLIN.EPOLLET",
        ),
        (
            "watch",  # a copy is registered
            [
                (
                    "sock.fileno()] = connection = Connection(sock)",
                    "sock.fileno()] = connection = Connection(sock.dup())",
                ),
            ],
            "a Connection with this socket",
        ),
        (
            "watch",  # the class, and no object of it
            [
                ("connection = Connection(sock)", "connection = Connection"),
                ("wanted_events(connection)", "select.EPOLLIN"),
            ],
            "the class Connection itself",
        ),
        (
            "watch",  # a list of one, not a table
            [
                (
                    "server.connections[sock.fileno()] = connection = Connection(sock)",
                    "connection = Connection(sock)\n    server.connections = [connection]",
                ),
            ],
            "server.connections is a list",
        ),
        (
            "watch",  # accepted a second time
            [("    sock.setblocking", "    sock, _address = server.listener.accept()\n    sock.setblocking")],
            "BlockingIOError.*\nThe client is accepted already",
        ),
        (
            "watch",  # a coroutine
            [("def add_connection", "async def add_connection")],
            "is a coroutine",
        ),
        (
            "watch",  # a list of its own for each client
            [("    sock.setblocking(False)", "    sock.setblocking(False)\n    server.epoll = select.epoll()")],
            "After add_connection, server.epoll is another object",
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
        (
            "let-go",  # ends the connection for a child, too
            [
                (
                    "    connection.sock.close()",
                    "    connection.sock.shutdown(socket.SHUT_RDWR)\n    connection.sock.close()",
                ),
            ],
            "shutdown does that, close does not",
        ),
        (
            "let-go",  # not before all is sent
            [("    server.epoll", "    if connection.write_buffer:\n        return\n    server.epoll")],
            "socket is still open",
        ),
        (
            "let-go",  # what is unsent is sent first
            [
                (
                    "    connection.sock.close()",
                    "    connection.sock.sendall(connection.write_buffer)\n    connection.sock.close()",
                ),
            ],
            "close_connection sent b'UNSENT_SB",
        ),
        (
            "let-go",  # shut down for reading alone
            [
                (
                    "    connection.sock.close()",
                    "    connection.sock.shutdown(socket.SHUT_RD)\n    connection.sock.close()",
                ),
            ],
            "shutdown does that, close does not",
        ),
        (
            "let-go",  # unregistered twice, and not yet closed
            [("    del server", "    server.epoll.unregister(connection.sock)\n    del server")],
            "FileNotFoundError.*\\nUnregister connection.sock once",
        ),
        (
            "let-go",  # deleted twice
            [
                (
                    "    connection.sock.close()",
                    "    del server.connections[connection.sock.fileno()]\n    connection.sock.close()",
                ),
            ],
            "Delete one key of server.connections, once",
        ),
        (
            "let-go",  # closed twice
            [
                ("    connection.sock.close()", "    os.close(connection.sock.fileno())\n    connection.sock.close()"),
            ],
            "Unregister connection.sock once, and close it once",
        ),
        (
            "let-go",  # only the number is closed
            [
                ("    connection.sock.close()", "    os.close(connection.sock.fileno())"),
            ],
            "the socket object still has this number",
        ),
        (
            "let-go",  # the entry is muted, and stays
            [
                ("server.epoll.unregister(connection.sock)", "server.epoll.modify(connection.sock, 0)"),
            ],
            "still on the list, with the mask 0",
        ),
        (
            "let-go",  # all connections are taken out
            [
                ("del server.connections[connection.sock.fileno()]", "server.connections.clear()"),
            ],
            "the other connection alone",
        ),
        (
            "let-go",  # everything is unregistered
            [
                (
                    "    server.epoll.unregister(connection.sock)\n",
                    "    for number in server.connections:\n        server.epoll.unregister(number)\n",
                ),
            ],
            "The other connection was unregistered or closed, too",
        ),
        (
            "let-go",  # the listener is unregistered
            [("unregister(connection.sock)", "unregister(server.listener)")],
            "The listener has left the list",
        ),
        (
            "let-go",  # detached, and never closed
            [
                ("    connection.sock.close()", "    connection.sock.detach()"),
            ],
            "gave its descriptor",
        ),
        (
            "let-go",  # found by the Connection, not by its number
            [
                ("connections[connection.sock.fileno()]", "connections[connection]"),
            ],
            "the number of the socket",
        ),
        (
            "let-go",  # a coroutine
            [("def close_connection", "async def close_connection")],
            "is a coroutine",
        ),
        (
            "let-go",  # the list is closed with the connection
            [("    connection.sock.close()", "    connection.sock.close()\n    server.epoll.close()")],
            "After close_connection, server.epoll is closed",
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
            "exactly as many bytes as send returns",
        ),
        (
            "talk",  # sendall: sends a part, and can't say which
            [
                (
                    "del connection.write_buffer[: connection.sock.send(connection.write_buffer)]",
                    "connection.sock.sendall(connection.write_buffer)\n            connection.write_buffer.clear()",
                )
            ],
            "sendall does not say how many",
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
            r"stopped after \d seconds",
        ),
        (
            "talk",  # nothing is returned, which is false
            [("    return True\n", "")],
            "return a bool, saw None. Is a return missing",
        ),
        (
            "talk",  # one byte for each event
            [
                ("connection.sock.send(connection.write_buffer)", "connection.sock.send(connection.write_buffer[:1])"),
            ],
            "pass the whole write buffer to send",
        ),
        (
            "talk",  # what was sent is taken from the end
            [
                (
                    "[: connection.sock.send(connection.write_buffer)]",
                    "[-connection.sock.send(connection.write_buffer) :]",
                ),
            ],
            "in its order",
        ),
        (
            "talk",  # the buffer becomes a number
            [
                (
                    "del connection.write_buffer[: connection.sock.send(connection.write_buffer)]",
                    "connection.write_buffer = connection.sock.send(connection.write_buffer)",
                ),
            ],
            "expected a bytearray",
        ),
        (
            "talk",  # all sent: closed
            [
                (
                    "            connection.read()",
                    "            connection.read()\n"
                    "        if not connection.write_buffer:\n"
                    "            connection.sock.close()",
                ),
            ],
            "on_ready closed the socket",
        ),
        (
            "talk",  # all sent: shut down
            [
                (
                    "            connection.read()",
                    "            connection.read()\n"
                    "        if not connection.write_buffer:\n"
                    "            connection.sock.shutdown(socket.SHUT_WR)",
                ),
            ],
            "has ended the connection",
        ),
        (
            "talk",  # nothing more to do is no failure
            [
                ("    return True", "    return bool(connection.write_buffer)"),
            ],
            "expected True",
        ),
        (
            "talk",  # sends only what is too much
            [
                (
                    "if mask & select.EPOLLOUT:",
                    "if mask & select.EPOLLOUT and len(connection.write_buffer) >= HIGH_WATER:",
                )
            ],
            "bytes were unsent: on_ready got EPOLLOUT again and again, and sent nothing",
        ),
        (
            "talk",  # all is well, and nothing is done
            [
                ("connection.sock.send(connection.write_buffer)", "0"),
            ],
            "and sent nothing",
        ),
        (
            "talk",  # a coroutine
            [("def on_ready", "async def on_ready")],
            "is a coroutine",
        ),
    ],
    "hears_every_bit": [
        (
            "talk",  # one bit, or the other
            [("        if mask & ~select.EPOLLOUT:", "        elif mask & ~select.EPOLLOUT:")],
            "an elif leaves the second bit out",
        ),
        (
            "talk",  # read is not called
            [("connection.read()", "connection.read")],
            "The mask was EPOLLIN, and the client was not read: call connection.read",
        ),
        (
            "talk",  # what is unsent is dropped before the read
            [
                (
                    "            connection.read()",
                    "            connection.write_buffer.clear()\n            connection.read()",
                ),
            ],
            "expected FIRST_SB and SECOND_SB in the write buffer, saw b'SECOND_SB",
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
            "on_ready got EPOLLHUP two times, and returned .False, False",
        ),
        (
            "talk",  # a hang-up is read, an error is not
            [("~select.EPOLLOUT", "(select.EPOLLIN | select.EPOLLHUP)")],
            "on_ready got EPOLLERR two times, and returned .True, True",
        ),
        (
            "talk",  # a hang-up taken for a failure
            [("    try:", "    if mask & (select.EPOLLHUP | select.EPOLLERR):\n        return False\n    try:")],
            "returned .False, False..\nSaw b'' unsent, connection.eof_received False",
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
            "Saw b'' unsent, connection.eof_received True",
        ),
        (
            "talk",  # a mask is true, whatever its bits
            [
                ("mask & select.EPOLLOUT:", "mask and select.EPOLLOUT:"),
            ],
            "Test EPOLLOUT with &",
        ),
        (
            "talk",  # the end with nothing unsent taken for a failure
            [("return True", "return bool(connection.write_buffer) or not connection.eof_received")],
            "An end is no failure: return True",
        ),
    ],
    "reads_once": [
        (
            "talk",  # reads after each event
            [
                ("        if mask & ~select.EPOLLOUT:\n            connection.read()", "        connection.read()"),
            ],
            "EPOLLOUT alone",
        ),
        (
            "talk",  # & comes before |
            [("mask & ~select.EPOLLOUT", "mask & select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR")],
            "EPOLLOUT alone.*\n.*\n.*does it hold for every mask",
        ),
        (
            "talk",  # reads until nothing is left
            [
                (
                    "            connection.read()",
                    "            while not connection.eof_received:\n                connection.read()",
                ),
            ],
            "Call connection.read\\(\\) once",
        ),
        (
            "talk",  # reads twice
            [
                ("            connection.read()", "            connection.read()\n            connection.read()"),
            ],
            "expected at most 65,536",
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
            r"stopped after \d seconds",
        ),
        (
            "talk",  # waits a little before it reads
            [
                (
                    "            connection.read()",
                    "            select.select([connection.sock], [], [], 0.2)\n            connection.read()",
                ),
            ],
            "on_ready took 2\\d\\d ms",
        ),
        (
            "talk",  # nothing is there: the end
            [
                ("        pass", "        connection.eof_received = True"),
            ],
            "only b'' is the end",
        ),
        (
            "talk",  # what has no room is dropped
            [
                ("        pass", "        connection.write_buffer.clear()"),
            ],
            "Nothing could be read or sent",
        ),
        (
            "talk",  # to send again is another matter
            [
                (
                    "    except BlockingIOError:\n        pass\n    except",
                    "    except BlockingIOError:\n        return not mask & select.EPOLLOUT\n    except",
                ),
            ],
            "EPOLLOUT found nothing to do",
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
            "EPOLLIN, and ConnectionResetError.* came out of on_ready",
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
        (
            "talk",  # every exception is a failed connection
            [
                ("except OSError", "except Exception"),
            ],
            "a mistake in the program, and on_ready hid it",
        ),
        (
            "talk",  # every exception, whatever it is
            [
                ("except OSError", "except"),
            ],
            "a mistake in the program, and on_ready hid it",
        ),
        (
            "talk",  # a failure returns nothing
            [
                ("return False", "return"),
            ],
            "saw None. Is a return missing",
        ),
        (
            "talk",  # a failure is closed at once
            [
                ("        return False", "        connection.sock.close()\n        return False"),
            ],
            "on_ready closed the socket",
        ),
        (
            "talk",  # a time-out may pass
            [
                ("    except OSError", "    except TimeoutError:\n        pass\n    except OSError"),
            ],
            "Connection timed out.*\n?.*returned True",
        ),
        (
            "talk",  # a broken pipe is passed over
            [
                ("    except BlockingIOError", "    except (BlockingIOError, BrokenPipeError)"),
            ],
            "Broken pipe.*\n?.*returned True",
        ),
        (
            "talk",  # a mistake in the program is a failed connection, too
            [("except OSError", "except (OSError, ValueError)")],
            "connection.read raised ValueError, a mistake in the program",
        ),
        (
            "talk",  # whatever send raises
            [
                (
                    "            del connection.write_buffer[: connection.sock.send(connection.write_buffer)]",
                    """            try:
                sent = connection.sock.send(connection.write_buffer)
            except BlockingIOError:
                return True
            except Exception:
                return False
            del connection.write_buffer[:sent]""",
                )
            ],
            "send raised ZeroDivisionError, a mistake in the program",
        ),
    ],
    "ignores_unknown_numbers": [
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
            "whose number belongs to no connection",
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
            "a client can be accepted",
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
            "a client can be accepted",
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
            "If fd is equal to server.listener.fileno",
        ),
        (
            "dispatch",  # the listener is added as a client
            [("        server.accept()", "        add_connection(server, server.listener)")],
            "FileExistsError.*\nserver.accept.. passes the client to add_connection",
        ),
        (
            "dispatch",  # an unknown number is a new client
            [
                ("    elif connection:", "    elif not connection:\n        server.epoll.unregister(fd)\n    else:"),
            ],
            "is in no entry",
        ),
        (
            "dispatch",  # whatever is unknown is the listener
            [
                ("    if fd == server.listener.fileno():", "    if not connection:"),
            ],
            "ignore the event: do not accept",
        ),
        (
            "dispatch",  # the listener is looked up among the clients
            [
                ("server.connections.get(fd)", "server.connections[fd]"),
            ],
            "The listener's number is not in server.connections",
        ),
        (
            "dispatch",  # a coroutine
            [("def dispatch", "async def dispatch")],
            "is a coroutine",
        ),
        (
            "dispatch",  # its own accept, without what server.accept does
            [
                (
                    "        server.accept()",
                    "        sock, _address = server.listener.accept()\n        add_connection(server, sock)",
                )
            ],
            r"dispatch raised OSError\(24, .*which ends the loop.\nserver.accept\(\) handles",
        ),
        (
            "dispatch",  # its own accept, with no pause
            [
                (
                    "        server.accept()",
                    "        with suppress(OSError):\n"
                    "            sock, _address = server.listener.accept()\n"
                    "            add_connection(server, sock)",
                )
            ],
            "no descriptor was free for a client: expected a pause",
        ),
        (
            "dispatch",  # one client, and no other
            [("        server.accept()", "        server.accept()\n        server.listener.close()")],
            "After dispatch, server.listener is closed",
        ),
    ],
    "registers_what_it_needs_now": [
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
            "dispatch",  # on_ready is not called
            [("wanted_events(connection) if on_ready(connection, mask) else 0", "wanted_events(connection)")],
            "the client received None, and b'' is unsent",
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
            "the client received None",
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
            "epoll keeps the last mask",
        ),
        (
            "dispatch",  # a mask of its own
            [(", events)", ", events | mask)")],
            "epoll keeps the last mask",
        ),
        (
            "dispatch",  # an answer about the mask of the event
            [
                (
                    "events = wanted_events(connection) if on_ready(connection, mask) else 0",
                    "events = mask if on_ready(connection, mask) else 0",
                ),
            ],
            "epoll keeps the last mask",
        ),
        (
            "dispatch",  # the mask is not passed on
            [
                ("on_ready(connection, mask)", "on_ready(connection, select.EPOLLIN)"),
            ],
            "b'HELLO_SB.n' is unsent.\\nCall on_ready with the connection and each mask",
        ),
        (
            "dispatch",  # a mistake is hidden
            [
                (
                    "events = wanted_events(connection) if on_ready(connection, mask) else 0",
                    "try:\n"
                    "            events = wanted_events(connection) if on_ready(connection, mask) else 0\n"
                    "        except Exception:\n"
                    "            return",
                ),
            ],
            "dispatch hid it",
        ),
        (
            "dispatch",  # a mistake ends the connection
            [
                (
                    "events = wanted_events(connection) if on_ready(connection, mask) else 0",
                    "try:\n"
                    "            events = wanted_events(connection) if on_ready(connection, mask) else 0\n"
                    "        except Exception:\n"
                    "            events = 0",
                ),
            ],
            "dispatch hid it",
        ),
        (
            "dispatch",  # closed after each answer
            [
                ("if events:", "if events & select.EPOLLOUT:"),
            ],
            "its connection was closed",
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
            r"stopped after \d seconds",
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
            "FileExistsError.*\nregister adds an entry",
        ),
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
            "Close a connection if it has failed",
        ),
        (
            "dispatch",  # the masks are remembered by number, beyond the end
            [
                ("def dispatch(", "LAST = {}\n\n\ndef dispatch("),
                (
                    "            server.epoll.modify(fd, events)",
                    "            if LAST.get(fd, select.EPOLLIN) != events:\n"
                    "                server.epoll.modify(fd, events)\n"
                    "            LAST[fd] = events",
                ),
            ],
            "forget at close what you keep by number",
        ),
        (
            "dispatch",  # an unknown number, and every other KeyError
            """def dispatch(server, fd, mask):
    if fd == server.listener.fileno():
        return server.accept()
    with suppress(KeyError):
        connection = server.connections[fd]
        if on_ready(connection, mask) and wanted_events(connection):
            server.epoll.modify(fd, wanted_events(connection))
        else:
            close_connection(server, connection)""",
            "connection.read raised KeyError, .* dispatch hid it.\nLook the number up first",
        ),
        (
            "dispatch",  # an error of modify is hidden
            [("    server.epoll.modify(fd", "    with suppress(OSError):\n                server.epoll.modify(fd")],
            "modify raises FileNotFoundError, and dispatch raised nothing",
        ),
        (
            "dispatch",  # changed after it was taken off
            [("    server.epoll.modify(fd", "    server.epoll.unregister(fd)\n            server.epoll.modify(fd")],
            r"FileNotFoundError\(.*\.\nregister adds an entry, and modify\(number, mask\) changes one",
        ),
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
            "on_ready returns False. Its socket is still open after dispatch.\nCall close_connection",
        ),
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
            "closed it, and then raised OSError.*\nAfter close_connection, register nothing",
        ),
        (
            "dispatch",  # closed, and neither unregistered nor deleted
            [("            close_connection(server, connection)", "            connection.sock.close()")],
            "its number is still in server.connections and the list",
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
            "wanted_events returns 0. Its socket is still open after dispatch",
        ),
        (
            "dispatch",  # an end is forgotten, and not closed
            [
                ("            close_connection(server, connection)", "            server.epoll.modify(fd, 0)"),
            ],
            "on_ready returns False. Its socket is still open after dispatch",
        ),
    ],
    "answers_a_line": [
        (
            "dispatch",  # the numbers of closed connections are kept, and every event of them is ignored
            [
                ("def dispatch(", "CLOSED = set()\n\n\ndef dispatch("),
                ("    elif connection:", "    elif connection and fd not in CLOSED:"),
                ("            close_connection", "            CLOSED.add(fd)\n            close_connection"),
            ],
            "Forget at its end what you keep by number|answers no line at all",  # which client has the number is chance
        ),
        (
            "talk",  # a copy of the server's process keeps its sockets
            [
                ("def on_ready(", "KERNEL = os.getpid()\n\n\ndef on_ready("),
                (
                    "    try:\n",
                    "    if os.getpid() != KERNEL and not os.fork():\n        select.select([], [], [])\n    try:\n",
                ),
            ],
            "The server's process has started another process",
        ),
    ],
    "answers_wherever_lines_are_cut": [
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
            "dispatch",  # reads on at the end, to notice a reset
            [(", events)", ", events | select.EPOLLIN * connection.eof_received)")],
            r"uses \d+% of a processor",
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
        (
            "talk",  # after the end, nothing is done
            [("    try:", "    if connection.eof_received:\n        return True\n    try:")],
            "The end of input",
        ),
    ],
    "bounds_what_is_unsent": [
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
        (
            "dispatch",  # every connection gets the mask of one
            [
                (
                    "            server.epoll.modify(fd, events)",
                    "            for number in server.connections:\n"
                    "                server.epoll.modify(number, events)",
                ),
            ],
            "Stop reading from a client",
        ),
    ],
    "outlives_resets": [
        (
            "dispatch",  # a hang-up that comes with an error ends the server
            [
                ("events = wanted", "assert not mask & select.EPOLLERR\n        events = wanted"),
            ],
            "Your server's loop ended",
        ),
    ],
    "leaves_a_turn_to_the_others": [
        (
            "dispatch",  # one client is served until nothing is left
            [
                (
                    "        events = wanted",
                    """        while wanted_events(connection) & select.EPOLLIN and mask & select.EPOLLIN:
            if not select.select([fd], [], [], 0)[0]:
                break
            if not all(on_ready(connection, bit) for bit in (select.EPOLLIN, select.EPOLLOUT)):
                break
        events = wanted""",
                )
            ],
            "read a bounded number of bytes in a turn",
        ),
    ],
    "gives_every_descriptor_back": [
        (
            "dispatch",  # a failed connection stays until all is sent
            [("else:", "elif not connection.write_buffer:")],
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
    (
        "sends at once what it has read",
        "talk",
        """def on_ready(connection, mask):
    try:
        if mask & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            connection.read()
        if connection.write_buffer:
            sent = connection.sock.send(connection.write_buffer)
            connection.write_buffer = connection.write_buffer[sent:]
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True""",
    ),
    (
        "memoryview in pieces until there is no room",
        "talk",
        """def on_ready(connection, mask):
    sent = 0
    try:
        if mask & select.EPOLLOUT:
            with memoryview(connection.write_buffer) as view, suppress(BlockingIOError):
                while sent < len(view):
                    sent += connection.sock.send(view[sent : sent + 4096])
            del connection.write_buffer[:sent]
        if mask != select.EPOLLOUT:
            connection.read()
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return True""",
    ),
    (
        "os.write and an errno",
        "talk",
        """def on_ready(connection, mask):
    try:
        if mask & select.EPOLLOUT and connection.write_buffer:
            sent = os.write(connection.sock.fileno(), connection.write_buffer)
            connection.write_buffer[:sent] = b""
        if mask & ~select.EPOLLOUT:
            connection.read()
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
    return True""",
    ),
    (
        "sendmsg, and a match",
        "talk",
        """def on_ready(connection, mask):
    def send():
        del connection.write_buffer[: connection.sock.sendmsg([connection.write_buffer])]

    match bool(mask & select.EPOLLOUT), bool(mask & ~select.EPOLLOUT):
        case True, True:
            calls = [send, connection.read]
        case True, False:
            calls = [send]
        case _:
            calls = [connection.read]
    for call in calls:
        try:
            call()
        except BlockingIOError:
            continue
        except OSError:
            return False
    return True""",
    ),
    (
        "os.set_blocking",
        "watch",
        [("sock.setblocking(False)", "os.set_blocking(sock.fileno(), False)")],
    ),
    (
        "fcntl and O_NONBLOCK",
        "watch",
        """import fcntl


def add_connection(server, sock):
    flags = fcntl.fcntl(sock, fcntl.F_GETFL)
    fcntl.fcntl(sock, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    server.epoll.register(sock.fileno(), select.EPOLLIN)
    server.connections |= {sock.fileno(): Connection(sock)}""",
    ),
    (
        "settimeout of 0, and a table that is replaced by a longer one",
        "watch",
        """def add_connection(server, sock):
    sock.settimeout(0)
    connection = Connection(sock)
    server.connections = {**server.connections, sock.fileno(): connection}
    server.epoll.register(sock, wanted_events(connection))""",
    ),
    (
        "an option of TCP",
        "watch",
        [("setblocking(False)", "setblocking(False)\n    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)")],
    ),
    (
        "out of the table first, by pop",
        "let-go",
        """def close_connection(server, connection):
    with connection.sock as sock:
        server.connections.pop(sock.fileno())
        server.epoll.unregister(sock.fileno())""",
    ),
    (
        "a new table, and detach",
        "let-go",
        """def close_connection(server, connection):
    others = {fd: each for fd, each in server.connections.items() if each is not connection}
    server.connections = others
    server.epoll.unregister(connection.sock)
    os.close(connection.sock.detach())""",
    ),
    (
        "one expression for each bit",
        "events-for",
        """def wanted_events(connection):
    unsent = len(connection.write_buffer)
    read = select.EPOLLIN * (not connection.eof_received and unsent < HIGH_WATER)
    return read | select.EPOLLOUT * bool(unsent)""",
    ),
    (
        "a table of the four cases",
        "events-for",
        """MASKS = [0, select.EPOLLIN, select.EPOLLOUT, select.EPOLLIN | select.EPOLLOUT]


def wanted_events(connection):
    closed = connection.eof_received or len(connection.write_buffer) >= HIGH_WATER
    return MASKS[2 * (len(connection.write_buffer) > 0) + (not closed)]""",
    ),
    (
        "early returns",
        "events-for",
        """def wanted_events(connection):
    if not connection.write_buffer:
        return 0 if connection.eof_received else select.EPOLLIN
    if connection.eof_received or len(connection.write_buffer) >= HIGH_WATER:
        return select.EPOLLOUT
    return select.EPOLLIN | select.EPOLLOUT""",
    ),
    (
        "an unknown number found by KeyError",
        "dispatch",
        """def dispatch(server, fd, mask):
    if fd == server.listener.fileno():
        return server.accept()
    try:
        connection = server.connections[fd]
    except KeyError:
        return
    if not on_ready(connection, mask) or not wanted_events(connection):
        return close_connection(server, connection)
    server.epoll.modify(connection.sock, wanted_events(connection))""",
    ),
    (
        "modify only what has changed",
        "dispatch",
        """def dispatch(server, fd, mask):
    match fd:
        case _ if fd == server.listener.fileno():
            server.accept()
        case _ if fd in server.connections:
            connection = server.connections[fd]
            before = getattr(connection, "mask", select.EPOLLIN)
            connection.mask = on_ready(connection, mask) and wanted_events(connection)
            if not connection.mask:
                close_connection(server, connection)
            elif connection.mask != before:
                server.epoll.modify(fd, connection.mask)""",
    ),
    (
        "the client's share in a function of its own",
        "dispatch",
        """def update(server, connection, events):
    if events:
        server.epoll.modify(connection.sock.fileno(), events)
    else:
        close_connection(server, connection)


def dispatch(server, fd, mask):
    for connection in [each for number, each in server.connections.items() if number == fd]:
        update(server, connection, on_ready(connection, mask) and wanted_events(connection))
    if fd == server.listener.fileno():
        server.accept()""",
    ),
    (
        "all five functions by other methods",
        {
            "events-for": """def wanted_events(connection):
    unsent = len(connection.write_buffer)
    mask = select.EPOLLOUT if unsent else 0
    return mask if connection.eof_received or unsent >= HIGH_WATER else mask + select.EPOLLIN""",
            "watch": """def add_connection(server, sock):
    os.set_blocking(sock.fileno(), False)
    new = Connection(sock)
    server.epoll.register(sock.fileno(), wanted_events(new))
    server.connections.setdefault(sock.fileno(), new)""",
            "let-go": """def close_connection(server, connection):
    number = connection.sock.fileno()
    server.connections.pop(number)
    server.epoll.unregister(number)
    os.close(connection.sock.detach())""",
            "talk": """def on_ready(connection, mask):
    calls = [connection.read] if mask & ~select.EPOLLOUT else []
    if connection.write_buffer:
        calls.insert(0, lambda: connection.sock.send(connection.write_buffer))
    for call in calls:
        try:
            sent = call()
        except BlockingIOError:
            continue
        except OSError:
            return False
        connection.write_buffer = connection.write_buffer[sent or 0 :]
    return True""",
            "dispatch": """def dispatch(server, fd, mask):
    if fd in server.connections:
        connection = server.connections[fd]
        if on_ready(connection, mask) and (events := wanted_events(connection)):
            server.epoll.modify(fd, events)
            return
        close_connection(server, connection)
    elif fd == server.listener.fileno():
        for _ in range(16):
            server.accept()""",
        },
    ),
]
"""Other answers than the solution's, (method in words, cell, answer), that are as right."""
