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
            "no further edge tells of the rest",
        ),
        (
            "read-some",  # EAGAIN is not expected
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        some = conn.recv(SIZE)
        if not some:
            return data, END
        data += some
    return data, MORE""",
            "BlockingIOError came out of read_some",
        ),
        (
            "read-some",  # every error is passed over, EAGAIN too: asks for ever
            """def read_some(conn, budget):
    data = b""
    while True:
        try:
            some = conn.recv(SIZE)
            if not some:
                return data, END
            data += some
        except Exception:
            pass""",
            "stopped after 2 seconds: it loops",
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
    "tells_the_end_from_empty": [
        (
            "read-some",  # the end taken for EAGAIN
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            some = conn.recv(SIZE)
        except BlockingIOError:
            some = b""
        if not some:
            return data, EMPTY
        data += some
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
            some = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not some:
            return data, END
        data += some
        if len(some) < SIZE:
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
            some = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not some:
            return b"", END
        data += some
    return data, MORE""",
            "the end takes nothing away",
        ),
    ],
    "keeps_to_its_budget": [
        (
            "read-some",  # no budget: drains until the firehose pauses
            """def read_some(conn, budget):
    data = b""
    while True:
        try:
            some = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not some:
            return data, END
        data += some""",
            "expected 1 reads, saw 502",
        ),
        (
            "read-some",  # one more than it may
            """def read_some(conn, budget):
    data, reads = b"", 0
    while True:
        try:
            some = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        if not some:
            return data, END
        data += some
        reads += 1
        if reads > budget:
            return data, MORE""",
            "expected 1 reads, saw 2",
        ),
        (
            "read-some",  # the budget is spent, and nobody is told
            """def read_some(conn, budget):
    data = b""
    for _ in range(budget):
        try:
            some = conn.recv(SIZE)
        except BlockingIOError:
            break
        if not some:
            return data, END
        data += some
    return data, EMPTY""",
            "expected 'more', saw 'empty'",
        ),
    ],
    "reads_all_who_are_ready": [
        (
            "one-turn",  # the first event, and no other
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    events = epoll.poll(0 if unfinished else None)
    for fd in {fd for fd, mask in events[:1]} | unfinished:
        got[fd], why = read_some(conns[fd], budget)
    return got""",
            "one wait can bring several events",
        ),
        (
            "one-turn",  # never sleeps
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0)}
    got = {}
    for fd in list(unfinished):
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
    return got""",
            "keeps a core busy for nothing",
        ),
        (
            "one-turn",  # nobody is ever taken off the list
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
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
    return got""",
            "changed size during iteration",
        ),
        ("one-turn", "def one_turn(epoll, conns, unfinished, budget):\n    epoll.poll(0)", "should give a dict"),
    ],
    "forgets_nobody": [
        (
            "one-turn",  # the budget is spent, and nobody remembers
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    for fd, mask in epoll.poll():
        got[fd], why = read_some(conns[fd], budget)
        if why == END:
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
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
    return got""",
            "in the caller's set",
        ),
        (
            "one-turn",  # sleeps while somebody is unfinished
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(1)}
    got = {}
    for fd in list(unfinished):
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
    return got""",
            "wait with 0 while it holds somebody",
        ),
        (
            "one-turn",  # the unfinished have their turn when there is no event, and there always is one
            """def one_turn(epoll, conns, unfinished, budget):
    events = [fd for fd, mask in epoll.poll(0 if unfinished else None)]
    got = {}
    for fd in events or list(unfinished):
        got[fd], why = read_some(conns[fd], budget)
        unfinished.add(fd)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
    return got""",
            "whoever else has an event",
        ),
        (
            "one-turn",  # waits until it has everything: an event that never comes
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    while unfinished:
        for fd in list(unfinished):
            data, why = read_some(conns[fd], budget)
            got[fd] = got.get(fd, b"") + data
            if why != MORE:
                unfinished.remove(fd)
            if why == END:
                conns.pop(fd).close()
            while why == MORE and fd not in {fd for fd, mask in epoll.poll()}:
                pass
    return got""",
            "stopped after 2 seconds: it loops, waits",
        ),
    ],
    "starves_nobody": [
        (
            "one-turn",  # asks nobody else while somebody is unfinished
            """def one_turn(epoll, conns, unfinished, budget):
    if not unfinished:
        unfinished |= {fd for fd, mask in epoll.poll()}
    got = {}
    for fd in list(unfinished):
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
    return got""",
            "still ask the epoll",
        ),
        (
            "one-turn",  # reads on as long as there is more: the budget is there, and for nothing
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    for fd, mask in epoll.poll():
        why, got[fd] = MORE, b""
        while why == MORE:
            data, why = read_some(conns[fd], budget)
            got[fd] += data
        if why == END:
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
        data, why = read_some(conns[fd], budget)
        got[fd] = got.get(fd, b"") + data
        unfinished.add(fd)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
    return got""",
            "once for each client",
        ),
    ],
    "lets_the_ended_go": [
        (
            "one-turn",  # the end taken for a client who may have more: spins
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        got[fd], why = read_some(conns[fd], budget)
        if why == EMPTY:
            unfinished.remove(fd)
    return got""",
            "from it for ever, and never sleep again",
        ),
        (
            "one-turn",  # the end taken for EAGAIN: leaks
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
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
        got[fd], why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns[fd].close()
    return got""",
            "conns should hold B alone",
        ),
        (
            "one-turn",  # the last words are lost with the one who spoke them
            """def one_turn(epoll, conns, unfinished, budget):
    unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}
    got = {}
    for fd in list(unfinished):
        data, why = read_some(conns[fd], budget)
        if why != MORE:
            unfinished.remove(fd)
        if why == END:
            conns.pop(fd).close()
        else:
            got[fd] = data
    return got""",
            "before it closed",
        ),
    ],
    "keeps_what_found_no_room": [
        (
            "on-event",  # sent is sent
            """def on_event(conn, mask, rest):
    data, why = b"", EMPTY
    if mask & select.EPOLLIN:
        data, why = read_some(conn, 16)
    if mask & select.EPOLLOUT:
        try:
            conn.send(rest)
        except BlockingIOError:
            pass
        rest = b""
    return data, why, rest""",
            "together they are not the reply",
        ),
        (
            "on-event",  # sendall on a non-blocking socket: sends a part, and can't say which
            """def on_event(conn, mask, rest):
    data, why = b"", EMPTY
    if mask & select.EPOLLIN:
        data, why = read_some(conn, 16)
    if mask & select.EPOLLOUT:
        try:
            conn.sendall(rest)
            rest = b""
        except BlockingIOError:
            pass
    return data, why, rest""",
            "together they are not the reply",
        ),
        (
            "on-event",  # no room is not expected
            """def on_event(conn, mask, rest):
    data, why = b"", EMPTY
    if mask & select.EPOLLIN:
        data, why = read_some(conn, 16)
    if mask & select.EPOLLOUT:
        rest = rest[conn.send(rest) :]
    return data, why, rest""",
            "BlockingIOError came out of on_event",
        ),
        (
            "on-event",  # tries again until there is room: there will be none as long as it tries
            """def on_event(conn, mask, rest):
    data, why = b"", EMPTY
    if mask & select.EPOLLIN:
        data, why = read_some(conn, 16)
    while mask & select.EPOLLOUT and rest:
        try:
            rest = rest[conn.send(rest) :]
        except BlockingIOError:
            continue
    return data, why, rest""",
            "stopped after 2 seconds",
        ),
    ],
    "hears_both_bits": [
        (
            "on-event",  # the habit
            """def on_event(conn, mask, rest):
    data, why = b"", EMPTY
    if mask & select.EPOLLIN:
        data, why = read_some(conn, 16)
    elif mask & select.EPOLLOUT:
        try:
            while rest:
                rest = rest[conn.send(rest) :]
        except BlockingIOError:
            pass
    return data, why, rest""",
            "with if and if",
        ),
        (
            "on-event",  # the mask compared as a whole
            """def on_event(conn, mask, rest):
    data, why = b"", EMPTY
    if mask == select.EPOLLIN:
        data, why = read_some(conn, 16)
    if mask == select.EPOLLOUT:
        try:
            while rest:
                rest = rest[conn.send(rest) :]
        except BlockingIOError:
            pass
    return data, why, rest""",
            "test each bit on its own",
        ),
        (
            "on-event",  # writing first, and then done
            """def on_event(conn, mask, rest):
    if mask & select.EPOLLOUT:
        try:
            while rest:
                rest = rest[conn.send(rest) :]
        except BlockingIOError:
            pass
        return b"", EMPTY, rest
    return *read_some(conn, 16), rest""",
            "test each bit on its own",
        ),
    ],
}
