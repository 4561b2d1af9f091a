"""Lab 04: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

ANSWERS = {
    "takes_whole_lines": [
        (
            "take-lines",  # half a line is broadcast
            """def take_lines(inbox):
    lines = inbox.splitlines(keepends=True)
    inbox.clear()
    return lines""",
            "what has none is no line yet",
        ),
        (
            "take-lines",  # another bytearray, which the caller never sees
            [("del inbox[:end", "inbox = inbox[end:")],
            "with del",
        ),
        (
            "take-lines",  # the newlines are lost
            """def take_lines(inbox):
    *lines, rest = bytes(inbox).split(b"\\n")
    inbox[:] = rest
    return lines""",
            "comes out with its newline",
        ),
        (
            "take-lines",  # one line for each recv
            """def take_lines(inbox):
    end = inbox.find(b"\\n") + 1
    line = bytes(inbox[:end])
    del inbox[:end]
    return [line] if line else []""",
            "expected .*two.*saw",
        ),
        (
            "take-lines",  # finds the same newline without end
            """def take_lines(inbox):
    lines = []
    while b"\\n" in inbox:
        line, newline, rest = inbox.partition(b"\\n")
        lines = [bytes(line + newline)]
    return lines""",
            "stopped after 2 seconds",
        ),
        (
            "take-lines",  # text too early: a letter of two bytes comes in halves
            """def take_lines(inbox):
    text = inbox.decode()
    lines = [line.encode() for line in text.splitlines(keepends=True) if line.endswith("\\n")]
    del inbox[: len(b"".join(lines))]
    return lines""",
            "UnicodeDecodeError",
        ),
    ],
    "requests_pollout_only_with_unsent_bytes": [
        ("wanted", "def wanted(member):\n    return select.POLLIN | select.POLLOUT", "100 of 100 waits ended at once"),
        ("wanted", "def wanted(member):\n    return select.POLLIN", "would never be sent"),
        (
            "wanted",  # does not read while its outbox holds bytes
            [("POLLIN | select.POLLOUT", "POLLOUT")],
            "Without POLLIN",
        ),
        ("wanted", "def wanted(member):\n    select.POLLIN", "Expected a mask"),
    ],
    "sends_what_fits": [
        (
            "pay",  # what send returns is ignored
            """def flush(member):
    member.sock.send(member.outbox)
    member.outbox.clear()""",
            "as send says that it took",
        ),
        (
            "pay",  # nothing leaves the outbox
            "def flush(member):\n    member.sock.send(member.outbox)",
            "as send says that it took",
        ),
        (
            "pay",
            """def flush(member):
    member.sock.sendall(member.outbox)
    member.outbox.clear()""",
            "more was sent than fits",
        ),
        (
            "pay",  # hangs: waits in a loop for a peer that must read first
            """def flush(member):
    while member.outbox:
        try:
            del member.outbox[: member.sock.send(member.outbox)]
        except BlockingIOError:
            pass""",
            "stopped after 2 seconds",
        ),
        (
            "pay",  # hangs: waits in the kernel
            """def flush(member):
    member.sock.setblocking(True)
    member.sock.sendall(member.outbox)
    member.outbox.clear()""",
            "stopped after 2 seconds",
        ),
        ("pay", "def flush(member):\n    pass", "each call should send"),
    ],
    "delivers_to_all_others": [
        (
            "deliver",  # an echo to the sender
            [("        if member is sender:\n            continue\n", "")],
            "(?s)outbox of Ann should hold .*all but its sender",
        ),
        (
            "deliver",  # the line before is overwritten
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender:
            member.outbox = bytearray(line)
    return []""",
            "(?s)outbox of Cleo should hold .*Add each line",
        ),
        (
            "deliver",  # sent at once, to members that may not be writable
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender:
            member.sock.send(line)
    return []""",
            "Add each line to the outbox",
        ),
        (
            "deliver",  # no list
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender:
            member.outbox += line""",
            "expected an empty list",
        ),
    ],
    "bounds_the_outbox": [
        (
            "deliver",  # no bound
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender:
            member.outbox += line
    return []""",
            "fills the memory",
        ),
        (
            "deliver",  # the others wait for the slowest
            [
                ("lagging = []\n    for", "for"),
                (
                    "lagging.append(member)\n        else:\n            member.outbox += line\n    return lagging",
                    "return [member]\n        member.outbox += line\n    return []",
                ),
            ],
            "must not keep the others",
        ),
        (
            "deliver",  # looks at the bound too late
            """def deliver(room, sender, line):
    lagging = []
    for member in room.members.values():
        if member is not sender:
            member.outbox += line
            if len(member.outbox) > LIMIT:
                lagging.append(member)
    return lagging""",
            "LIMIT is 16,384",
        ),
        (
            "deliver",  # unsent bytes are thrown away
            [
                (
                    "            lagging.append(member)",
                    "            member.outbox.clear()\n            lagging.append(member)",
                )
            ],
            "may be half sent",
        ),
        (
            "deliver",  # lines are skipped, and no member is returned
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender and len(member.outbox) + len(line) <= LIMIT:
            member.outbox += line
    return []""",
            "Return those whose outbox is full",
        ),
        (
            "deliver",  # a bound that is too small
            [(") > LIMIT:", ") > LIMIT // 2:")],
            "more would have fitted",
        ),
    ],
    "leaves_nothing_behind": [
        (
            "leave",  # closed first
            """def leave(room, member):
    member.sock.close()
    room.poll.unregister(member.sock)
    del room.members[member.sock.fileno()]""",
            "Unregister it first, close it last",
        ),
        (
            "leave",  # never unregistered
            [("    room.poll.unregister(member.sock)\n", "")],
            "POLLNVAL.*not unregistered",
        ),
        (
            "leave",  # never closed
            [("    member.sock.close()\n", "")],
            "waits permanently",
        ),
        (
            "leave",  # still a member
            [("    del room.members[member.sock.fileno()]\n", "")],
            "and no other",
        ),
    ],
    "tests_each_bit": [
        (
            "on-event",  # the whole mask is compared
            [
                (
                    "& select.POLLOUT and not revents & HANGUP",
                    "== select.POLLIN:\n        receive(room, member)\n    elif revents == select.POLLOUT",
                ),
                ("if revents & select.POLLIN:\n        receive(room, member)\n    elif", "elif"),
            ],
            "not the whole with ==",
        ),
        (
            "on-event",  # events that were not requested are ignored
            [
                ("POLLOUT and not revents & HANGUP:", "POLLOUT:"),
                (")\n    elif revents & HANGUP:\n        leave(room, member)", ")"),
            ],
            "POLLHUP, and the member is still in the room",
        ),
        (
            "on-event",  # one of three
            [("elif revents & HANGUP:", "elif revents & select.POLLHUP:")],
            "POLLERR, and the member is still in the room",
        ),
    ],
    "receives_the_last_lines": [
        (
            "on-event",  # hung up, so nothing is read
            [
                (
                    "select.POLLOUT and not revents & HANGUP",
                    "HANGUP:\n        leave(room, member)\n        return\n    if revents & select.POLLOUT",
                ),
                (")\n    elif revents & HANGUP:\n        leave(room, member)", ")"),
            ],
            "(?s) 0 were delivered.*Read while POLLIN is set",
        ),
        (
            "on-event",  # read once, and then hung up
            [
                ("POLLOUT and not revents & HANGUP:\n        flush(member)\n    if revents & select.POLLIN", "POLLIN"),
                ("    elif revents & HANGUP:", "    if revents & HANGUP:"),
                (
                    "leave(room, member)",
                    "leave(room, member)\n    elif revents & select.POLLOUT:\n        flush(member)",
                ),
            ],
            "(?s)40 were delivered.*leave only when it isn't",
        ),
        (
            "on-event",  # flushed, though the peer has gone
            [("POLLOUT and not revents & HANGUP:", "POLLOUT:")],
            "(?s) 0 were delivered.*send nothing to a member that has gone",
        ),
        (
            "on-event",  # received, then flushed, though the peer has gone
            [
                ("POLLOUT and not revents & HANGUP:\n        flush(member)\n    if revents & select.POLLIN", "POLLIN"),
                ("leave(room, member)", "leave(room, member)\n    if revents & select.POLLOUT:\n        flush(member)"),
            ],
            "(?s)40 were delivered.*send nothing to a member that has gone",
        ),
        (
            "on-event",  # received, then flushed, though it may have left
            """def on_event(room, member, revents):
    if revents & select.POLLIN:
        receive(room, member)
    elif revents & HANGUP:
        leave(room, member)
    if revents & select.POLLOUT and not revents & HANGUP:
        flush(member)""",
            "call flush before receive",
        ),
        (
            "on-event",  # never flushed
            [("    if revents & select.POLLOUT and not revents & HANGUP:\n        flush(member)\n", "")],
            "flush its outbox before it leaves",
        ),
    ],
    "serves_the_others": [
        (
            "on-event",  # hangs: flushes every outbox at once, and one member never reads
            [
                (
                    "leave(room, member)",
                    """leave(room, member)
    for other in room.members.values():
        while other.outbox and other is not member:
            try:
                flush(other)
            except OSError:
                pass""",
                )
            ],
            "stopped after 5 seconds",
        ),
    ],
}
