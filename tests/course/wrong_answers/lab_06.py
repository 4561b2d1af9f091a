"""Lab 06: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

ANSWERS = {
    "reads_until_eagain": [
        (
            "read-some",  # one recv for each event, as a level-triggered server may: the lost edge
            """def read_some(conn, budget):
    try:
        data = conn.recv(SIZE)
    except BlockingIOError:
        return b"", EMPTY
    return data, EMPTY if data else END""",
            "no further edge reports the rest",
        ),
        (
            "read-some",  # EAGAIN is not expected
            [
                (
                    """try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY""",
                    "chunk = conn.recv(SIZE)",
                )
            ],
            "BlockingIOError came out of read_some",
        ),
        (
            "read-some",  # every error is passed over, EAGAIN too: asks without end
            """def read_some(conn, budget):
    data = b""
    while True:
        try:
            chunk = conn.recv(SIZE)
            if not chunk:
                return data, END
            data += chunk
        except Exception:
            pass""",
            "stopped after 2 seconds. It may loop",
        ),
        (
            "read-some",  # only the last piece is kept
            [
                ("            chunk = conn.recv(SIZE)", "            data = conn.recv(SIZE)"),
                ("chunk:\n            return data, END\n        data += chunk", "data:\n            return data, END"),
            ],
            "2500 bytes lay there, 452 came back",
        ),
        ("read-some", "def read_some(conn, budget):\n    pass", "Expected a pair"),
    ],
    "distinguishes_end_from_empty": [
        (
            "read-some",  # the end taken for EAGAIN
            [
                (
                    "return data, EMPTY\n        if not chunk:\n            return data, END",
                    'chunk = b""\n        if not chunk:\n            return data, EMPTY',
                )
            ],
            "expected 'end', saw 'empty'",
        ),
        (
            "read-some",  # the end is never looked for: reads b"" until the budget is spent
            [
                ("            chunk = conn.recv(SIZE)\n", "            data += conn.recv(SIZE)\n"),
                ("        if not chunk:\n            return data, END\n        data += chunk\n", ""),
            ],
            "expected 'end', saw 'more' after 16 reads",
        ),
        (
            "read-some",  # a short read taken for the last one: bytes and the end came as one edge
            [
                (
                    "    return data, MORE",
                    "        if len(chunk) < SIZE:\n            return data, EMPTY\n    return data, MORE",
                )
            ],
            "Until you have met one of the two, read on",
        ),
        (
            "read-some",  # what came before the end is thrown away
            [("return data, END", 'return b"", END')],
            "the end takes nothing away",
        ),
    ],
    "stays_within_budget": [
        (
            "read-some",  # no budget: drains until the firehose pauses
            [("for _ in range(budget)", "while True"), ("chunk\n    return data, MORE", "chunk")],
            "expected 1 reads, saw 502",
        ),
        (
            "read-some",  # one more than it may
            [
                ('data = b""\n    for _ in range(budget):', 'data, reads = b"", 0\n    while True:'),
                (
                    "    return data, MORE",
                    "        reads += 1\n        if reads > budget:\n            return data, MORE",
                ),
            ],
            "expected 1 reads, saw 2",
        ),
        (
            "read-some",  # the budget is spent, and the caller does not learn it
            [("return data, EMPTY", "break"), ("data, MORE", "data, EMPTY")],
            "expected 'more', saw 'empty'",
        ),
    ],
    "reads_all_ready_clients": [
        (
            "one-turn",  # the first event, and no other
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    events = epoll.poll(0 if unfinished else None)
    for fd in {fd for fd, mask in events[:1]} | unfinished:
        got[fd], reason = read_some(conns[fd], budget)
    return got""",
            "one wait can bring several events",
        ),
        (
            "one-turn",  # never sleeps
            [("0 if unfinished else None)", "0)")],
            "keeps a core busy for nothing",
        ),
        (
            "one-turn",  # no client is ever removed from the set
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    return {fd: read_some(conns[fd], budget)[0] for fd in unfinished}""",
            "only MORE keeps them there",
        ),
        (
            "one-turn",  # the set changes while it is gone through
            [
                ("    for fd in list(unfinished):\n", "    for fd in unfinished:\n"),
                ("        if reason == END:\n            conns.pop(fd).close()\n", ""),
            ],
            "changed size during iteration",
        ),
        ("one-turn", "def one_turn(epoll, conns, unfinished, budget):\n    epoll.poll(0)", "should give a dict"),
    ],
    "remembers_unfinished_clients": [
        (
            "one-turn",  # the budget is spent, and the client is forgotten
            [
                ("unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}\n    result", "result"),
                ("fd in list(unfinished)", "fd, mask in epoll.poll()"),
                ("!= MORE:\n            unfinished.remove(fd)\n        if reason =", "="),
            ],
            r"went to sleep, while [\d,]+ bytes of A lay unread",
        ),
        (
            "one-turn",  # remembered in a set of its own, which the caller never sees
            [("unfinished |= {", "unfinished = unfinished | {")],
            "in the caller's set",
        ),
        (
            "one-turn",  # sleeps while a client is unfinished
            [("0 if unfinished else None", "1")],
            "wait with 0 while it is not empty",
        ),
        (
            "one-turn",  # the unfinished have their turn when there is no event, and there always is one
            [
                (
                    "unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}",
                    "events = [fd for fd, mask in epoll.poll(0 if unfinished else None)]",
                ),
                ("in list(unfinished", "in events or list(unfinished"),
                ("        if reason != MORE:", "        unfinished.add(fd)\n        if reason != MORE:"),
            ],
            "whether or not others have an event",
        ),
        (
            "one-turn",  # waits until it has everything: an event that never comes
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    while unfinished:
        for fd in list(unfinished):
            data, reason = read_some(conns[fd], budget)
            got[fd] = got.get(fd, b"") + data
            if reason != MORE:
                unfinished.remove(fd)
            if reason == END:
                conns.pop(fd).close()
            while reason == MORE and fd not in {fd for fd, mask in epoll.poll()}:
                pass
    return got""",
            "stopped after 2 seconds. It may loop",
        ),
    ],
    "starves_no_client": [
        (
            "one-turn",  # asks for no other client while one is unfinished
            [
                (
                    "unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None",
                    "if not unfinished:\n        unfinished |= {fd for fd, mask in epoll.poll(",
                )
            ],
            "still ask the epoll",
        ),
        (
            "one-turn",  # reads on as long as there is more: the budget is there, and for nothing
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    for fd, mask in epoll.poll():
        reason, got[fd] = MORE, b""
        while reason == MORE:
            data, reason = read_some(conns[fd], budget)
            got[fd] += data
        if reason == END:
            conns.pop(fd).close()
    return got""",
            r"turn 1 read the firehose 40\d times",
        ),
        (
            "one-turn",  # reads the unfinished, and then who has an event, who may be the same
            [
                ("unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}\n    result", "result"),
                (
                    "for fd in list(unfinished):\n        result[fd], reason = read_some(conns[fd], budget",
                    """events = [fd for fd, mask in epoll.poll(0 if unfinished else None)]
    for fd in [*unfinished, *events]:
        data, reason = read_some(conns[fd], budget)
        result[fd] = result.get(fd, b"") + data
        unfinished.add(fd""",
                ),
            ],
            "once for each client",
        ),
    ],
    "closes_ended_clients": [
        (
            "one-turn",  # the end taken for a client who may have more: spins
            [
                ("        if reason != MORE:\n", "        if reason == EMPTY:\n"),
                ("        if reason == END:\n            conns.pop(fd).close()\n", ""),
            ],
            "from it without end, and never sleep again",
        ),
        (
            "one-turn",  # the end taken for EAGAIN: leaks
            [("        if reason == END:\n            conns.pop(fd).close()\n", "")],
            "descriptors leak",
        ),
        (
            "one-turn",  # closed, and still in conns
            [(".pop(fd).", "[fd].")],
            "conns should hold B alone",
        ),
        (
            "one-turn",  # the last bytes are lost with the client that sent them
            [
                ("result[fd]", "data"),
                ("    return result", "        else:\n            result[fd] = data\n    return result"),
            ],
            "before it closed",
        ),
    ],
    "keeps_unsent_bytes": [
        (
            "on-event",  # sent is sent
            [
                ("while unsent:\n                unsent = unsent[conn.send(unsent) :]", "conn.send(unsent)"),
                ("    return data, reason, unsent", '        unsent = b""\n    return data, reason, unsent'),
            ],
            "together they are not the reply",
        ),
        (
            "on-event",  # sendall on a non-blocking socket: sends a part, and can't say which
            [
                (
                    "while unsent:\n                unsent = unsent[conn.send(unsent) :]",
                    'conn.sendall(unsent)\n            unsent = b""',
                )
            ],
            "together they are not the reply",
        ),
        (
            "on-event",  # no room is not expected
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask & select.EPOLLIN:
        data, reason = read_some(conn, 16)
    if mask & select.EPOLLOUT:
        unsent = unsent[conn.send(unsent) :]
    return data, reason, unsent""",
            "BlockingIOError came out of on_event",
        ),
        (
            "on-event",  # tries again until there is room: there will be none as long as it tries
            [
                ("if mask & select.EPOLLOUT", "while mask & select.EPOLLOUT and unsent"),
                ("while unsent:\n                unsent", "unsent"),
                ("            pass", "            continue"),
            ],
            "stopped after 2 seconds",
        ),
    ],
    "handles_both_bits": [
        (
            "on-event",  # the habit
            [("    if mask & select.EPOLLOUT:", "    elif mask & select.EPOLLOUT:")],
            "with if and if",
        ),
        (
            "on-event",  # the mask compared as a whole
            [
                ("if mask & select.EPOLLIN", "if mask == select.EPOLLIN"),
                ("if mask & select.EPOLLOUT", "if mask == select.EPOLLOUT"),
            ],
            "test each bit on its own",
        ),
        (
            "on-event",  # writing first, and then done
            """def on_event(conn, mask, unsent):
    if mask & select.EPOLLOUT:
        try:
            while unsent:
                unsent = unsent[conn.send(unsent) :]
        except BlockingIOError:
            pass
        return b"", EMPTY, unsent
    return *read_some(conn, 16), unsent""",
            "test each bit on its own",
        ),
    ],
}
