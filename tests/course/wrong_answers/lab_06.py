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
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        chunk = conn.recv(SIZE)
        if not chunk:
            return data, END
        data += chunk
    return data, MORE""",
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
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            data = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not data:
            return data, END
    return data, MORE""",
            "2500 bytes lay there, 452 came back",
        ),
        ("read-some", "def read_some(conn, budget):\n    pass", "Expected a pair"),
    ],
    "distinguishes_end_from_empty": [
        (
            "read-some",  # the end taken for EAGAIN
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            chunk = b""
        if not chunk:
            return data, EMPTY
        data += chunk
    return data, MORE""",
            "expected 'end', saw 'empty'",
        ),
        (
            "read-some",  # the end is never looked for: reads b"" until the budget is spent
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            data += conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
    return data, MORE""",
            "expected 'end', saw 'more' after 16 reads",
        ),
        (
            "read-some",  # a short read taken for the last one: bytes and the end came as one edge
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not chunk:
            return data, END
        data += chunk
        if len(chunk) < SIZE:
            return data, EMPTY
    return data, MORE""",
            "Until you have met one of the two, read on",
        ),
        (
            "read-some",  # what came before the end is thrown away
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not chunk:
            return b"", END
        data += chunk
    return data, MORE""",
            "the end takes nothing away",
        ),
    ],
    "stays_within_budget": [
        (
            "read-some",  # no budget: drains until the firehose pauses
            """def read_some(conn, budget):
    data = b""
    while True:
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not chunk:
            return data, END
        data += chunk""",
            "expected 1 reads, saw 502",
        ),
        (
            "read-some",  # one more than it may
            """def read_some(conn, budget):
    data, reads = b"", 0
    while True:
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not chunk:
            return data, END
        data += chunk
        reads += 1
        if reads > budget:
            return data, MORE""",
            "expected 1 reads, saw 2",
        ),
        (
            "read-some",  # the budget is spent, and the caller does not learn it
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            break
        if not chunk:
            return data, END
        data += chunk
    return data, EMPTY""",
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
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0)}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
    return got""",
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
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in unfinished:
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
    return got""",
            "changed size during iteration",
        ),
        ("one-turn", "def one_turn(epoll, conns, unfinished, budget):\n    epoll.poll(0)", "should give a dict"),
    ],
    "remembers_unfinished_clients": [
        (
            "one-turn",  # the budget is spent, and the client is forgotten
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    for fd, mask in epoll.poll():
        got[fd], reason = read_some(conns[fd], budget)
        if reason == END:
            conns.pop(fd).close()
    return got""",
            r"went to sleep, while [\d,]+ bytes of A lay unread",
        ),
        (
            "one-turn",  # remembered in a set of its own, which the caller never sees
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished = unfinished | {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
    return got""",
            "in the caller's set",
        ),
        (
            "one-turn",  # sleeps while a client is unfinished
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(1)}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
    return got""",
            "wait with 0 while it is not empty",
        ),
        (
            "one-turn",  # the unfinished have their turn when there is no event, and there always is one
            """def one_turn(epoll, conns, unfinished, budget):
    events = [fd for fd, mask in epoll.poll(0 if unfinished else None)]
    got = {}
    for fd in events or list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        unfinished.add(fd)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
    return got""",
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
            """def one_turn(epoll, conns, unfinished, budget):
    if not unfinished:
        unfinished |= {fd for fd, mask in epoll.poll()}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
    return got""",
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
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    events = [fd for fd, mask in epoll.poll(0 if unfinished else None)]
    for fd in [*unfinished, *events]:
        data, reason = read_some(conns[fd], budget)
        got[fd] = got.get(fd, b"") + data
        unfinished.add(fd)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
    return got""",
            "once for each client",
        ),
    ],
    "closes_ended_clients": [
        (
            "one-turn",  # the end taken for a client who may have more: spins
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason == EMPTY:
            unfinished.remove(fd)
    return got""",
            "from it without end, and never sleep again",
        ),
        (
            "one-turn",  # the end taken for EAGAIN: leaks
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
    return got""",
            "descriptors leak",
        ),
        (
            "one-turn",  # closed, and still in conns
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        got[fd], reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns[fd].close()
    return got""",
            "conns should hold B alone",
        ),
        (
            "one-turn",  # the last bytes are lost with the client that sent them
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        data, reason = read_some(conns[fd], budget)
        if reason != MORE:
            unfinished.remove(fd)
        if reason == END:
            conns.pop(fd).close()
        else:
            got[fd] = data
    return got""",
            "before it closed",
        ),
    ],
    "keeps_unsent_bytes": [
        (
            "on-event",  # sent is sent
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask & select.EPOLLIN:
        data, reason = read_some(conn, 16)
    if mask & select.EPOLLOUT:
        try:
            conn.send(unsent)
        except BlockingIOError:
            pass
        unsent = b""
    return data, reason, unsent""",
            "together they are not the reply",
        ),
        (
            "on-event",  # sendall on a non-blocking socket: sends a part, and can't say which
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask & select.EPOLLIN:
        data, reason = read_some(conn, 16)
    if mask & select.EPOLLOUT:
        try:
            conn.sendall(unsent)
            unsent = b""
        except BlockingIOError:
            pass
    return data, reason, unsent""",
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
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask & select.EPOLLIN:
        data, reason = read_some(conn, 16)
    while mask & select.EPOLLOUT and unsent:
        try:
            unsent = unsent[conn.send(unsent) :]
        except BlockingIOError:
            continue
    return data, reason, unsent""",
            "stopped after 2 seconds",
        ),
    ],
    "handles_both_bits": [
        (
            "on-event",  # the habit
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask & select.EPOLLIN:
        data, reason = read_some(conn, 16)
    elif mask & select.EPOLLOUT:
        try:
            while unsent:
                unsent = unsent[conn.send(unsent) :]
        except BlockingIOError:
            pass
    return data, reason, unsent""",
            "with if and if",
        ),
        (
            "on-event",  # the mask compared as a whole
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask == select.EPOLLIN:
        data, reason = read_some(conn, 16)
    if mask == select.EPOLLOUT:
        try:
            while unsent:
                unsent = unsent[conn.send(unsent) :]
        except BlockingIOError:
            pass
    return data, reason, unsent""",
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
