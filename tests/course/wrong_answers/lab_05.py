"""Lab 05: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

ANSWERS = {
    "asks_only_for_what_is_news": [
        (
            "events-for",  # EPOLLOUT for ever
            "def events_for(client):\n    return 0 if client.ended else select.EPOLLIN | select.EPOLLOUT",
            "100 of 100 waits ended at once",
        ),
        (
            "events-for",  # the answers stay where they are
            "def events_for(client):\n    return 0 if client.ended else select.EPOLLIN",
            "they would never be sent",
        ),
        (
            "events-for",  # deaf while it talks
            """def events_for(client):
    if client.owed:
        return select.EPOLLOUT
    return 0 if client.ended else select.EPOLLIN""",
            "doesn't hear this client",
        ),
        ("events-for", "def events_for(client):\n    events = select.EPOLLIN", "saw None"),
    ],
    "knows_when_to_read_no_more": [
        (
            "events-for",  # reads on at the end
            """def events_for(client):
    return select.EPOLLIN | select.EPOLLOUT if client.owed else select.EPOLLIN""",
            "At its end a socket stays readable",
        ),
        (
            "events-for",  # closed before it is flushed
            """def events_for(client):
    events = 0
    if not client.ended:
        events = select.EPOLLIN if len(client.owed) < HIGH else 0
        if client.owed:
            events |= select.EPOLLOUT
    return events""",
            "what is owed goes out before you close",
        ),
        (
            "events-for",  # takes whatever comes
            """def events_for(client):
    events = 0
    if not client.ended:
        events |= select.EPOLLIN
    if client.owed:
        events |= select.EPOLLOUT
    return events""",
            "expected EPOLLOUT, saw EPOLLIN.EPOLLOUT",
        ),
        (
            "events-for",  # who is behind is let go
            """def events_for(client):
    if len(client.owed) >= HIGH:
        return 0
    events = 0 if client.ended else select.EPOLLIN
    if client.owed:
        events |= select.EPOLLOUT
    return events""",
            "Who is owed HIGH bytes or more needs room",
        ),
        (
            "events-for",  # there is always something to wait for
            """def events_for(client):
    if client.owed:
        return select.EPOLLOUT if client.ended or len(client.owed) >= HIGH else select.EPOLLIN | select.EPOLLOUT
    return select.EPOLLIN""",
            "needs no event any more",
        ),
    ],
    "takes_up_a_client": [
        (
            "watch",  # non-blocking on the listener only
            """def watch(server, sock):
    server.clients[sock.fileno()] = client = Client(sock)
    server.epoll.register(sock, events_for(client))""",
            "socket is blocking",
        ),
        (
            "watch",  # register's own default
            """def watch(server, sock):
    sock.setblocking(False)
    server.clients[sock.fileno()] = Client(sock)
    server.epoll.register(sock)""",
            r"the list says EPOLLIN\|EPOLLPRI\|EPOLLOUT",
        ),
        (
            "watch",  # under the socket, as selectors would have it
            """def watch(server, sock):
    sock.setblocking(False)
    server.clients[sock] = client = Client(sock)
    server.epoll.register(sock, events_for(client))""",
            "epoll will report the number",
        ),
        (
            "watch",  # the socket itself, and no Client
            """def watch(server, sock):
    sock.setblocking(False)
    server.clients[sock.fileno()] = sock
    server.epoll.register(sock, select.EPOLLIN)""",
            "There lies a socket",
        ),
        (
            "watch",  # as poll would have it: the list is handed over later
            """def watch(server, sock):
    sock.setblocking(False)
    server.clients[sock.fileno()] = Client(sock)""",
            "without register",
        ),
    ],
    "leaves_the_list_before_it_closes": [
        (
            "let-go",  # close will do
            """def let_go(server, client):
    del server.clients[client.sock.fileno()]
    client.sock.close()""",
            "close took nothing off the list",
        ),
        (
            "let-go",  # unregistered after close: by the socket
            """def let_go(server, client):
    del server.clients[client.sock.fileno()]
    client.sock.close()
    server.epoll.unregister(client.sock)""",
            "ValueError.*\nA closed socket has no number",
        ),
        (
            "let-go",  # unregistered after close: by the number
            """def let_go(server, client):
    fd = client.sock.fileno()
    client.sock.close()
    server.epoll.unregister(fd)
    del server.clients[fd]""",
            "Bad file descriptor.*\nA closed socket has no number",
        ),
        (
            "let-go",  # the same, and silenced
            """def let_go(server, client):
    fd = client.sock.fileno()
    client.sock.close()
    try:
        server.epoll.unregister(fd)
    except Exception:
        pass
    del server.clients[fd]""",
            "close took nothing off the list",
        ),
        (
            "let-go",  # looked up by a number that is -1
            """def let_go(server, client):
    server.epoll.unregister(client.sock)
    client.sock.close()
    del server.clients[client.sock.fileno()]""",
            r"KeyError\(-1\)",
        ),
        (
            "let-go",  # forgotten, and not closed
            """def let_go(server, client):
    server.epoll.unregister(client.sock)
    del server.clients[client.sock.fileno()]""",
            "socket is still open",
        ),
        (
            "let-go",  # closed, and not forgotten
            """def let_go(server, client):
    server.epoll.unregister(client.sock)
    client.sock.close()""",
            "given to the next client",
        ),
    ],
    "keeps_what_found_no_room": [
        (
            "talk",  # sent is sent
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            client.sock.send(client.owed)
            client.owed.clear()
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "exactly as many bytes as it returns",
        ),
        (
            "talk",  # sendall: sends a part, and can't say which
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            client.sock.sendall(client.owed)
            client.owed.clear()
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "exactly as many bytes as it returns",
        ),
        (
            "talk",  # tries until all is sent: hangs
            """def talk(client, mask):
    while mask & select.EPOLLOUT and client.owed:
        try:
            del client.owed[: client.sock.send(client.owed)]
        except BlockingIOError:
            pass
    if mask & ~select.EPOLLOUT:
        client.read()
    return True""",
            "stopped after 2 seconds",
        ),
        (
            "talk",  # nothing is returned, which is false
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False""",
            "talk gave None",
        ),
    ],
    "hears_every_bit": [
        (
            "talk",  # one bit, or the other
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        elif mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "an elif leaves the second bit out",
        ),
        (
            "talk",  # if IN, elif OUT
            """def talk(client, mask):
    try:
        if mask & select.EPOLLIN:
            client.read()
        elif mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "nothing was sent",
        ),
        (
            "talk",  # only what was asked for
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & select.EPOLLIN:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "come unasked, and stay",
        ),
        (
            "talk",  # the mask compared as a whole
            """def talk(client, mask):
    try:
        if mask == select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask == select.EPOLLIN:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "== fits one bit alone",
        ),
        (
            "talk",  # a hang-up is heard, an error is not
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & select.EPOLLIN:
            client.read()
        elif mask == select.EPOLLHUP:
            return False
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "The mask was EPOLLHUP, twice",
        ),
        (
            "talk",  # a hang-up is read, an error is not
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & (select.EPOLLIN | select.EPOLLHUP):
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "The mask was EPOLLERR, twice",
        ),
        (
            "talk",  # whoever hangs up has gone, it seems
            """def talk(client, mask):
    if mask & (select.EPOLLHUP | select.EPOLLERR):
        return False
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "saw b'' owed, client.ended False",
        ),
        (
            "talk",  # the end taken for a failure
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return not client.ended""",
            "An end is no failure",
        ),
        (
            "talk",  # a hang-up is what a peer that has ended looks like, it seems
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
            if client.ended:
                client.owed.clear()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "saw b'' owed, client.ended True",
        ),
    ],
    "takes_ready_for_a_hint": [
        (
            "talk",  # what lies there is read, and what doesn't
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except ConnectionError:
        return False
    return True""",
            "BlockingIOError came out of talk",
        ),
        (
            "talk",  # every OSError is an end
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except OSError:
        return False
    return True""",
            "BlockingIOError is an OSError",
        ),
        (
            "talk",  # waits until something lies there
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            select.select([client.sock], [], [])
            client.read()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "stopped after 2 seconds",
        ),
    ],
    "survives_every_failure": [
        (
            "talk",  # only what is sent can fail, it seems
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
    except BlockingIOError:
        pass
    except OSError:
        return False
    with suppress(BlockingIOError):
        if mask & ~select.EPOLLOUT:
            client.read()
    return True""",
            "EPOLLIN, and OSError.* came out of talk",
        ),
        (
            "talk",  # a hint is expected, a reset is not
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    return True""",
            "it ends the loop, for everybody",
        ),
        (
            "talk",  # one failure of many
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except ConnectionResetError:
        return False
    return True""",
            "Each is an OSError",
        ),
        (
            "talk",  # some failures of many
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except BlockingIOError:
        pass
    except ConnectionError:
        return False
    return True""",
            "Each is an OSError",
        ),
        (
            "talk",  # an error is silenced, and the one who had it stays for ever
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
    except Exception:
        pass
    return True""",
            "would be kept for ever",
        ),
    ],
    "passes_over_whom_it_has_not": [
        (
            "dispatch",  # each number is a client's
            """def dispatch(server, fd, mask):
    if fd == server.listener.fileno():
        server.accept()
        return
    client = server.clients[fd]
    if talk(client, mask) and events_for(client):
        server.epoll.modify(fd, events_for(client))
    else:
        let_go(server, client)""",
            "whose number is nobody's",
        ),
        (
            "dispatch",  # nobody is let in
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if client:
        if talk(client, mask) and events_for(client):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "somebody can be accepted",
        ),
        (
            "dispatch",  # silenced, and so is everything else
            """def dispatch(server, fd, mask):
    try:
        client = server.clients[fd]
        if talk(client, mask) and events_for(client):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)
    except Exception:
        pass""",
            "somebody can be accepted",
        ),
        (
            "dispatch",  # one client until it has gone: an endless loop
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        while talk(client, mask):
            pass
        let_go(server, client)""",
            "stopped after 2 seconds",
        ),
        (
            "dispatch",  # registered a second time
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if talk(client, mask) and events_for(client):
            server.epoll.register(fd, events_for(client))
        else:
            let_go(server, client)""",
            "FileExistsError",
        ),
        (
            "dispatch",  # a number compared with a socket
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd is server.listener:
        server.accept()
    elif client:
        if talk(client, mask) and events_for(client):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "Its number is server.listener.fileno",
        ),
    ],
    "answers_a_line": [
        (
            "dispatch",  # told once, and never again: what is owed stays where it is
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if not talk(client, mask) or not events_for(client):
            let_go(server, client)""",
            "What epoll was told last holds",
        ),
        (
            "dispatch",  # told before it has talked: one event behind
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        server.epoll.modify(fd, events_for(client))
        if not talk(client, mask) or not events_for(client):
            let_go(server, client)""",
            "when a client has talked, tell it",
        ),
        (
            "dispatch",  # only what can be read is an event
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client and mask & select.EPOLLIN:
        if talk(client, mask) and events_for(client):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "What epoll was told last holds",
        ),
        (
            "dispatch",  # not written to its end
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        talk(client, mask)""",
            "What epoll was told last holds",
        ),
        (
            "dispatch",  # who needs no event stays on the list for ever
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if talk(client, mask):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "no event any more is let go",
        ),
    ],
    "answers_wherever_lines_are_cut": [
        (
            "dispatch",  # who is owed nothing is done, it seems
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if talk(client, mask) and (client.owed or mask & select.EPOLLOUT):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "a recv may bring any part of a line",
        ),
        (
            "talk",  # a line is what one recv brings
            """def talk(client, mask):
    try:
        if mask & select.EPOLLOUT:
            del client.owed[: client.sock.send(client.owed)]
        if mask & ~select.EPOLLOUT:
            client.read()
            client.owed += client.lines.end()
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True""",
            "Before its newline",
        ),
    ],
    "sleeps_when_nothing_happens": [
        (
            "dispatch",  # asked for, and never taken back
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        events = events_for(client) if talk(client, mask) else 0
        if not events:
            let_go(server, client)
        elif events != select.EPOLLIN:
            server.epoll.modify(fd, events)""",
            "While nothing happens at all",
        ),
        (
            "dispatch",  # a mask of its own
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        events = events_for(client) if talk(client, mask) else 0
        if events:
            server.epoll.modify(fd, events | mask)
        else:
            let_go(server, client)""",
            "While nothing happens at all",
        ),
    ],
    "sends_all_before_it_closes": [
        (
            "dispatch",  # the same, one function later
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if talk(client, mask) and not client.ended:
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "The end of input",
        ),
    ],
    "bounds_what_it_owes": [
        (
            "dispatch",  # EPOLLIN is never taken back
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        events = events_for(client) if talk(client, mask) else 0
        if events:
            server.epoll.modify(fd, events | select.EPOLLIN)
        else:
            let_go(server, client)""",
            "Stop reading from a client that has too many unsent bytes",
        ),
        (
            "dispatch",  # who is behind is let go
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if talk(client, mask) and events_for(client) and len(client.owed) < HIGH:
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "the server has let it go",
        ),
    ],
    "outlives_resets": [
        (
            "dispatch",  # let go, and then told what it needs
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        if not talk(client, mask):
            let_go(server, client)
        if events_for(client):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            "Your server's loop ended",
        ),
    ],
    "gives_every_descriptor_back": [
        (
            "dispatch",  # talk's answer is not heard
            """def dispatch(server, fd, mask):
    client = server.clients.get(fd)
    if fd == server.listener.fileno():
        server.accept()
    elif client:
        talk(client, mask)
        if events_for(client):
            server.epoll.modify(fd, events_for(client))
        else:
            let_go(server, client)""",
            r"\d+ descriptors are left behind",
        ),
    ],
}

RIGHT = [
    (
        "talk",  # reads before it sends
        """def talk(client, mask):
    try:
        if mask & ~select.EPOLLOUT:
            with suppress(BlockingIOError):
                client.read()
        if mask & select.EPOLLOUT:
            with suppress(BlockingIOError):
                del client.owed[: client.sock.send(client.owed)]
    except OSError:
        return False
    return True""",
    ),
]
"""Other answers than the solution's, (cell, answer), that are as right."""
