"""Lab 04: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

ANSWERS = {
    "takes_whole_lines": [
        (
            "take-lines",  # half a line is broadcast
            """def take_lines(inbox):
    lines = inbox.splitlines(keepends=True)
    inbox.clear()
    return lines""",
            "What has no newline is no line yet",
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
            "each whole line, with its newline and every byte",
        ),
        (
            "take-lines",  # one line for each recv
            """def take_lines(inbox):
    end = inbox.find(b"\\n") + 1
    line = bytes(inbox[:end])
    del inbox[:end]
    return [line] if line else []""",
            r"saw \[b'one\\n'\].\nOne call returns each whole line",
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
    *lines, rest = inbox.decode().split("\\n")
    inbox[:] = rest.encode()
    return [f"{line}\\n".encode() for line in lines]""",
            "UnicodeDecodeError",
        ),
        (
            "take-lines",  # what is no UTF-8 is dropped
            """def take_lines(inbox):
    *lines, rest = inbox.decode(errors="ignore").split("\\n")
    inbox[:] = rest.encode()
    return [f"{line}\\n".encode() for line in lines]""",
            r"From b'caf\\xe9.*every byte as it was sent|every byte as it was sent",
        ),
        (
            "take-lines",  # a carriage return is cleaned away
            [("bytes(inbox[:end])", 'inbox[:end].rstrip(b"\\r\\n") + b"\\n"')],
            r"From b'hello\\r\\n' expected .*every byte as it was sent|every byte as it was sent",
        ),
        (
            "take-lines",  # spaces are cleaned away
            [("bytes(inbox[:end])", 'inbox[:end].strip() + b"\\n"')],
            "every byte as it was sent",
        ),
        (
            "take-lines",  # splitlines ends a line at a carriage return, too
            """def take_lines(inbox):
    lines = [bytes(line) for line in inbox.splitlines(keepends=True)]
    rest = lines.pop() if lines and not lines[-1].endswith(b"\\n") else b""
    inbox[:] = rest
    return lines""",
            "every byte as it was sent",
        ),
        (
            "take-lines",  # looks for a newline in the first 4,096 bytes
            [('inbox.find(b"\\n")', 'inbox.find(b"\\n", 0, 4096)')],
            "A line of 20,000 bytes.*saw lines of \\[\\] bytes",
        ),
        (
            "take-lines",  # an empty line is no line
            [("return lines", 'return [line for line in lines if line != b"\\n"]')],
            r"From b'\\n' expected|What has no newline",
        ),
        (
            "take-lines",  # text
            [("bytes(inbox[:end])", "inbox[:end].decode()")],
            r"saw \['one",
        ),
        (
            "take-lines",  # a generator
            [
                ("    lines = []\n", ""),
                ("lines.append(bytes(inbox[:end]))", "yield bytes(inbox[:end])"),
                ("    return lines\n", ""),
            ],
            "to return a list, saw a generator.*contains yield",
        ),
        ("take-lines", [("return lines", "lines")], "to return a list, saw None. Is a return missing"),
        (
            "take-lines",  # the rest is returned, too, in a tuple
            [("return lines", "return lines, inbox")],
            "to return a list, saw a tuple",
        ),
        (
            "take-lines",  # the rest is dropped
            [("return lines", "inbox.clear()\n    return lines")],
            "should stay in the inbox",
        ),
        (
            "take-lines",
            [("bytes(inbox[:end])", 'bytes(inbox[:end]).replace(b"\\0", b"")')],
            "its newline and every byte as it was sent",
        ),
    ],
    "requests_pollout_only_with_unsent_bytes": [
        ("wanted", [(" if member.outbox else select.POLLIN", "")], "100 of 100 waits ended at once"),
        ("wanted", "def wanted(member):\n    return select.POLLIN", "would never be sent"),
        (
            "wanted",  # does not read while its outbox holds bytes
            [("POLLIN | select.POLLOUT", "POLLOUT")],
            "Without POLLIN",
        ),
        ("wanted", "def wanted(member):\n    select.POLLIN", "to return an int, saw None. Is a return missing"),
        (
            "wanted",  # the event that its outbox asks for, in words
            [("select.POLLIN | select.POLLOUT if", '"POLLIN|POLLOUT" if')],
            "to return an int, saw a str",
        ),
        (
            "wanted",  # only when there is much to send
            [("if member.outbox", "if len(member.outbox) > 1")],
            "The outbox holds 1 bytes, and POLLOUT is not asked for",
        ),
        (
            "wanted",  # only while there is space in the outbox
            [("if member.outbox", "if 0 < len(member.outbox) < LIMIT")],
            "The outbox holds 16384 bytes, and POLLOUT is not asked for",
        ),
        (
            "wanted",  # urgent bytes, too
            [("else select.POLLIN", "else select.POLLIN | select.POLLPRI")],
            "POLLPRI.* is asked for. Only POLLIN and POLLOUT are wanted",
        ),
        ("wanted", [("if member.outbox", "if member.inbox")], "and POLLOUT is not asked for"),
        (
            "wanted",  # and, not or
            [("select.POLLIN | select.POLLOUT if", "select.POLLIN & select.POLLOUT if")],
            "Without POLLIN",
        ),
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
            "flush raised BlockingIOError, after some bytes were sent.*sendall does not say it",
        ),
        (
            "pay",  # the bytes stay in the outbox, and are sent until the socket takes no more
            "def flush(member):\n    while member.outbox:\n        member.sock.send(member.outbox)",
            "after some bytes were sent. Remove exactly these: send takes what fits, and returns how many",
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
        (
            "pay",  # a full socket loses what was unsent
            """def flush(member):
    try:
        del member.outbox[: member.sock.send(member.outbox)]
    except BlockingIOError:
        member.outbox.clear()""",
            "The socket was full.*should stay in the outbox",
        ),
        (
            "pay",  # taken out before it is sent
            """def flush(member):
    data, member.outbox = member.outbox, bytearray()
    member.outbox += data[member.sock.send(data) :]""",
            "The socket was full.*should stay in the outbox",
        ),
        (
            "pay",  # sent twice, with what send returned the first time
            [("    del", "    member.sock.send(member.outbox[:9])\n    del")],
            "as send says that it took|after some bytes were sent. Remove exactly these",
        ),
        (
            "pay",  # a piece, and counted from the wrong end
            [("del member.outbox[:sent]", "del member.outbox[-sent:]")],
            "80,000 of 80,000.\\nThe number is right, but not the bytes",
        ),
        ("pay", [("send(member.outbox)", "send(member.inbox)")], "each call should send"),
        (
            "pay",  # another bytearray, which no member has
            [("del member.outbox[:sent]", "outbox = member.outbox[sent:]")],
            "as send says that it took",
        ),
        (
            "pay",  # a connection that is lost is taken for a full one
            [
                (
                    "    sent = member.sock.send(member.outbox)\n    del member.outbox[:sent]",
                    "    with suppress(OSError):\n        del member.outbox[: member.sock.send(member.outbox)]",
                )
            ],
            "flush passed it over",
        ),
        (
            "pay",  # the peer has closed: that error is not let out
            """def flush(member):
    try:
        sent = member.sock.send(member.outbox)
    except (BlockingIOError, BrokenPipeError):
        return
    del member.outbox[:sent]""",
            "send raised OSError EPIPE, and flush passed it over",
        ),
        (
            "pay",  # a connection that was reset: that error is not let out
            """def flush(member):
    try:
        sent = member.sock.send(member.outbox)
    except ConnectionResetError:
        return
    del member.outbox[:sent]""",
            "send raised OSError ECONNRESET, and flush passed it over",
        ),
        (
            "pay",  # what is unsent, as bytes
            [("del member.outbox[:sent]", "member.outbox = bytes(member.outbox[sent:])")],
            "The outbox is no bytearray any more",
        ),
        (
            "pay",  # a piece, though more has space
            [("send(member.outbox)", "send(member.outbox[:100])")],
            "After call 1, 79,900 bytes were unsent, and the socket was still writable",
        ),
    ],
    "delivers_to_all_others": [
        (
            "deliver",  # an echo to the sender
            [("        if member is sender:\n            continue\n", "")],
            "(?s)outbox of Ann should hold .*of all members but its sender",
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
            "The peers have received .* already[\\s\\S]*deliver sends nothing",
        ),
        (
            "deliver",  # no list
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender:
            member.outbox += line""",
            "to return a list, saw None. Is a return missing",
        ),
        (
            "deliver",  # a set
            [("return lagging", "return set(lagging)")],
            "to return a list, saw a set",
        ),
        (
            "deliver",  # only one gets it
            [("            member.outbox += line", "            member.outbox += line\n            break")],
            "(?s)outbox of Cleo should hold .*Add each line",
        ),
        (
            "deliver",  # sent, too
            [
                (
                    "            member.outbox += line",
                    "            member.outbox += line\n            member.sock.send(line)",
                )
            ],
            "The peers have received .* already[\\s\\S]*deliver sends nothing",
        ),
        (
            "deliver",  # all others in the list
            [
                (
                    "            member.outbox += line",
                    "            member.outbox += line\n            lagging.append(member)",
                )
            ],
            "Each outbox has space for .*: expected an empty list, saw 2 members",
        ),
        (
            "deliver",  # the new line first
            [("member.outbox += line", "member.outbox[:0] = line")],
            "(?s)outbox of Cleo should hold .*Add each line",
        ),
        (
            "deliver",  # the sender leaves
            [("            continue", "            del room.members[member.sock.fileno()]\n            break")],
            "should hold|deliver changed room.members",
        ),
        (
            "deliver",  # bytes
            [("member.outbox += line", "member.outbox = bytes(member.outbox) + line")],
            "An outbox is no bytearray any more",
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
            r"Line 164 should be .* It holds 0 bytes, and that of a member who never reads 16,300",
        ),
        (
            "deliver",  # the sender is returned
            [("lagging.append(member)", "lagging.append(sender)")],
            r"that member alone in the list, saw \['the sender'\]",
        ),
        (
            "deliver",  # returned twice
            [("lagging.append(member)", "lagging.extend([member, member])")],
            r"saw \['that member', 'that member'\].*\n.*each once",
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
            "16,300 bytes, and the outbox holds 0 bytes[\\s\\S]*may be half sent",
        ),
        (
            "deliver",  # lines are skipped, and no member is returned
            """def deliver(room, sender, line):
    for member in room.members.values():
        if member is not sender and len(member.outbox) + len(line) <= LIMIT:
            member.outbox += line
    return []""",
            "Return the members whose outbox has no space for the line",
        ),
        (
            "deliver",  # a bound that is too small
            [(") > LIMIT:", ") > LIMIT // 2:")],
            "and more fit: LIMIT is 16,384",
        ),
        (
            "deliver",  # one byte too few
            [(") > LIMIT:", ") >= LIMIT:")],
            "LIMIT bytes are allowed, one more is not",
        ),
        (
            "deliver",  # one byte too many
            [(") > LIMIT:", ") > LIMIT + 1:")],
            "LIMIT bytes are allowed, one more is not",
        ),
        (
            "deliver",  # the line is not counted
            [("len(member.outbox) + len(line) > LIMIT", "len(member.outbox) >= LIMIT")],
            "LIMIT is 16,384",
        ),
        (
            "deliver",  # the sender's outbox counts
            [("if len(member.outbox)", "if len(sender.outbox) + len(line) > LIMIT or len(member.outbox)")],
            "The sender's outbox does not count",
        ),
        (
            "deliver",  # the sender is too far behind
            [("if member is sender:", "if member is sender and len(member.outbox) < LIMIT:")],
            "The sender's outbox does not count",
        ),
        (
            "deliver",  # a part of the line
            [
                (
                    "lagging.append(member)",
                    "lagging.append(member)\n            member.outbox += line[: LIMIT - len(member.outbox)]",
                )
            ],
            "the outbox holds 16,384 bytes.*\\nAdd no part of a line",
        ),
        (
            "deliver",  # removed here
            [("lagging.append(member)", "lagging.append(member)\n            member.sock.close()")],
            "removed or closed: deliver only returns it",
        ),
        (
            "deliver",  # sent to a member that is behind
            [("lagging.append(member)", "lagging.append(member)\n            member.sock.send(member.outbox)")],
            "A peer has received bytes: deliver sends nothing",
        ),
        (
            "deliver",  # removed while the loop goes through them
            [("lagging.append(member)", "lagging.append(member)\n            leave(room, member)")],
            "deliver raised RuntimeError.*\\nThe member that is behind was removed",
        ),
        (
            "deliver",  # the list of the call before
            [("line):", "line, lagging=[]):"), ("    lagging = []\n", "")],
            "The list of an earlier call came back",
        ),
        (
            "deliver",  # one at a time
            [("return lagging", "return lagging[:1]")],
            "Look at every member before you return",
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
            "Its socket is still open, as descriptor .*: close it",
        ),
        (
            "leave",  # still a member
            [("    del room.members[member.sock.fileno()]\n", "")],
            "and no other",
        ),
        (
            "leave",  # a lost connection can't be shut down
            [("    member.sock.close()", "    member.sock.shutdown(socket.SHUT_RDWR)\n    member.sock.close()")],
            "has reset its connection, and leave raised .*[\\s\\S]*need neither",
        ),
        (
            "leave",  # shut down, and stays when that fails
            [
                (
                    "room.poll.unregister(",
                    """try:
        member.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
    room.poll.unregister(""",
                )
            ],
            r"the member is not gone[\s\S]*to be \(-1, 0, \[\]\), saw \(\d+, 1,",
        ),
        (
            "leave",  # the descriptor stays open
            [("member.sock.close()", "member.sock.detach()")],
            "The peer does not see the end: its connection is open",
        ),
        (
            "leave",  # the number is closed, and the socket is not
            [("member.sock.close()", "os.close(member.sock.fileno())")],
            "is closed, and its socket still has that number",
        ),
        (
            "leave",  # closed first, and nothing found then
            """def leave(room, member):
    room.poll.unregister(member.sock)
    member.sock.close()
    room.members.pop(member.sock.fileno(), None)""",
            "The one that left is still there. Take it out while its socket is open: a closed one has",
        ),
        (
            "leave",  # every member leaves
            [("del room.members[member.sock.fileno()]", "room.members.clear()")],
            "the two other members, and no other",
        ),
        (
            "leave",  # a new poll, without the others
            [("room.poll.unregister(member.sock)", "room.poll = select.poll()")],
            "take only the member that leaves out of room.poll",
        ),
        (
            "leave",  # looked up by the member
            [("del room.members[member.sock.fileno()]", "del room.members[member]")],
            "leave raised KeyError[\\s\\S]*by its descriptor: a number",
        ),
        (
            "leave",  # unregistered twice
            [("    member.sock.close()", "    room.poll.unregister(member.sock)\n    member.sock.close()")],
            "leave raised KeyError[\\s\\S]*hold a member once",
        ),
        (
            "leave",  # closed first, and looked up by the member
            """def leave(room, member):
    fd = member.sock.fileno()
    member.sock.close()
    room.poll.unregister(fd)
    del room.members[member]""",
            "leave raised KeyError.*Member.*\\nroom.members and room.poll hold a member once",
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
            "on_event called neither flush nor receive.\\n.*revents is a mask, not one event. Test each bit with &",
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
        (
            "on-event",  # hung up, so nothing is read
            [
                (
                    "select.POLLOUT and not revents & HANGUP",
                    "HANGUP:\n        leave(room, member)\n        return\n    if revents & select.POLLOUT",
                ),
                (")\n    elif revents & HANGUP:\n        leave(room, member)", ")"),
            ],
            "Call receive while POLLIN is set, also with other bits",
        ),
        (
            "on-event",  # flushed, though the peer has gone
            [("POLLOUT and not revents & HANGUP:", "POLLOUT:")],
            "on_event called flush, and raised BrokenPipe.*\\n.*and without a bit of HANGUP",
        ),
        (
            "on-event",  # received, then flushed, though the peer has gone
            [
                ("POLLOUT and not revents & HANGUP:\n        flush(member)\n    if revents & select.POLLIN", "POLLIN"),
                ("leave(room, member)", "leave(room, member)\n    if revents & select.POLLOUT:\n        flush(member)"),
            ],
            "BrokenPipe.*\\n.*flush with POLLOUT, and without a bit of HANGUP|The member had left before",
        ),
        (
            "on-event",  # never flushed
            [("    if revents & select.POLLOUT and not revents & HANGUP:\n        flush(member)\n", "")],
            "the peer received b''[\\s\\S]*Flush the outbox with POLLOUT",
        ),
        (
            "on-event",  # whole masks: POLLHUP comes with POLLOUT
            [("elif revents & HANGUP:", "elif revents in (select.POLLHUP, select.POLLERR, select.POLLNVAL):")],
            r"revents was POLLOUT\|POLLHUP, and the member is still in the room|revents was POLLHUP\|POLLOUT, and the",
        ),
        (
            "on-event",  # reads without POLLIN
            [("    if revents & select.POLLIN:", "    if not revents & HANGUP or revents & select.POLLIN:")],
            "revents was POLLOUT. on_event called flush and receive, and raised BlockingIOError",
        ),
        (
            "on-event",  # flushes without POLLOUT
            [("revents & select.POLLOUT and not", "not")],
            "revents was POLLIN. on_event called flush, and raised BlockingIOError.*\\n.*flush with POLLOUT",
        ),
        (
            "on-event",  # receives twice
            [("        receive(room, member)", "        receive(room, member)\n        receive(room, member)")],
            "on_event called receive and receive, and raised BlockingIOError.*\\nCall receive with POLLIN, and once",
        ),
        (
            "on-event",  # leaves twice
            [("        leave(room, member)", "        leave(room, member)\n        leave(room, member)")],
            r"raised KeyError\(-1\).\nThe member had left before: its socket is closed",
        ),
        (
            "on-event",  # either reads or writes
            [("    if revents & select.POLLIN:", "    elif revents & select.POLLIN:")],
            r"revents was POLLIN\|POLLOUT. Ann had sent .*, and Ben received b''. on_event called flush",
        ),
        (
            "on-event",  # leaves for any bit but POLLIN
            [("elif revents & HANGUP:", "else:")],
            "revents was POLLOUT, and the member has left",
        ),
        (
            "on-event",  # leaves at its first word
            [("receive(room, member)", "receive(room, member)\n        leave(room, member)")],
            "and the member has left",
        ),
        (
            "on-event",  # or, not and
            [("select.POLLOUT and not revents & HANGUP", "select.POLLOUT or not revents & HANGUP")],
            "called flush, and raised BlockingIOError.*\\n.*flush with POLLOUT",
        ),
        (
            "on-event",  # flushed only without POLLIN
            [("select.POLLOUT and not revents & HANGUP", "select.POLLOUT and not revents & (HANGUP | select.POLLIN)")],
            "Flush the outbox with POLLOUT, with or without POLLIN",
        ),
        (
            "on-event",  # a read in vain ends the membership
            [
                (
                    "        receive(room, member)",
                    """        try:
            receive(room, member)
        except OSError:
            leave(room, member)""",
                )
            ],
            "revents was POLLIN, but nothing was there to read. The member has left",
        ),
        (
            "on-event",  # tells the others that it leaves
            [("        leave(room, member)", '        leave(room, member)\n        deliver(room, member, b"bye\\n")')],
            r"revents was POLLHUP. Ann had sent b'', and Ben received b'bye\\n'",
        ),
        (
            "on-event",  # a full socket ends the membership
            [
                (
                    "        flush(member)",
                    """        try:
            flush(member)
        except OSError:
            return leave(room, member)""",
                )
            ],
            "revents was POLLOUT, but the socket was full. The member has left",
        ),
    ],
    "receives_the_last_lines": [
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
            "on-event",  # received, then flushed, though it may have left
            [
                (
                    """    if revents & select.POLLOUT and not revents & HANGUP:
        flush(member)
""",
                    "",
                ),
                (
                    "leave(room, member)",
                    """leave(room, member)
    if revents & select.POLLOUT and not revents & HANGUP:
        flush(member)""",
                ),
            ],
            "call flush before receive",
        ),
        (
            "on-event",  # leaves where no part of a line is left, and not where nothing is left to read
            [
                (
                    "    elif revents & HANGUP:\n        leave",
                    """    members = room.members.values()
    if revents & HANGUP and not member.inbox and member in members:
        leave""",
                )
            ],
            "Of 60 lines, 32 were delivered",
        ),
    ],
    "serves_the_others": [
        (
            "on-event",  # no failure comes out, so the member stays
            """def on_event(room, member, revents):
    try:
        if revents & select.POLLOUT and not revents & HANGUP:
            flush(member)
        if revents & select.POLLIN:
            receive(room, member)
        elif revents & HANGUP:
            leave(room, member)
    except OSError:
        pass""",
            "The member whose connection timed out is still in the room",
        ),
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

CHECK_WORDS = {
    "takes_whole_lines": "a part of a line",
    "requests_pollout_only_with_unsent_bytes": "POLLOUT",
    "sends_what_fits": "takes what fits",
    "delivers_to_all_others": "writable",
    "bounds_the_outbox": "never reads",
    "leaves_nothing_behind": "unregister",
    "tests_each_bit": "mask",
    "receives_the_last_lines": "POLLIN",
    "serves_the_others": "POLLOUT",
}
"""{check: its key word, which its section in the episode has, too}."""

RIGHT = [
    (
        "split, and the rest put back",
        "take-lines",
        """def take_lines(inbox):
    *lines, rest = bytes(inbox).split(b"\\n")
    inbox[:] = rest
    return [line + b"\\n" for line in lines]""",
    ),
    (
        "one cut at the last newline, bytearrays",
        "take-lines",
        """def take_lines(inbox):
    end = inbox.rfind(b"\\n") + 1
    whole = inbox[:end]
    del inbox[:end]
    return [line for line in [part + b"\\n" for part in whole.split(b"\\n")][:-1]]""",
    ),
    (
        "a file of bytes",
        "take-lines",
        """import io


def take_lines(inbox):
    pieces = list(io.BytesIO(inbox))
    rest = pieces.pop() if pieces and pieces[-1][-1:] != b"\\n" else b""
    inbox.clear()
    inbox.extend(rest)
    return pieces""",
    ),
    (
        "a regular expression",
        "take-lines",
        """import re


def take_lines(inbox):
    lines = re.findall(rb"[^\\n]*\\n", bytes(inbox))
    del inbox[: sum(map(len, lines))]
    return lines""",
    ),
    (
        "byte by byte",
        "take-lines",
        """def take_lines(inbox):
    lines, line = [], bytearray()
    for value in inbox:
        line.append(value)
        if value == 10:
            lines.append(bytes(line))
            line = bytearray()
    inbox[:] = line
    return lines""",
    ),
    (
        "a sum of masks",
        "wanted",
        """def wanted(member):
    return select.POLLIN + select.POLLOUT * (len(member.outbox) > 0)""",
    ),
    (
        "the hang-up bits asked for as well",
        "wanted",
        """def wanted(member):
    mask = HANGUP | select.POLLIN
    if member.outbox:
        mask |= select.POLLOUT
    return mask""",
    ),
    (
        "a memoryview",
        "pay",
        """def flush(member):
    with memoryview(member.outbox) as view:
        sent = member.sock.send(view)
    del member.outbox[:sent]""",
    ),
    (
        "send until the socket is full",
        "pay",
        """def flush(member):
    try:
        while member.outbox:
            member.outbox = member.outbox[member.sock.send(member.outbox) :]
    except BlockingIOError:
        pass""",
    ),
    (
        "send until BlockingIOError comes out",
        "pay",
        """def flush(member):
    while member.outbox:
        sent = member.sock.send(member.outbox[:4096])
        del member.outbox[:sent]""",
    ),
    (
        "os.write",
        "pay",
        """import os


def flush(member):
    del member.outbox[: os.write(member.sock.fileno(), member.outbox)]""",
    ),
    (
        "two lists",
        "deliver",
        """def deliver(room, sender, line):
    others = [member for member in room.members.values() if member is not sender]
    fits = [member for member in others if LIMIT - len(member.outbox) >= len(line)]
    for member in fits:
        member.outbox = member.outbox + line
    return [member for member in others if member not in fits]""",
    ),
    (
        "a set, turned into a list",
        "deliver",
        """def deliver(room, sender, line):
    lagging = set()
    for fd, member in list(room.members.items()):
        if fd == sender.sock.fileno():
            continue
        if len(member.outbox + line) <= LIMIT:
            member.outbox.extend(line)
        else:
            lagging.add(member)
    return list(lagging)""",
    ),
    (
        "by descriptor, and shut down if that works",
        "leave",
        """def leave(room, member):
    fd = member.sock.fileno()
    room.members.pop(fd)
    room.poll.unregister(fd)
    try:
        member.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    member.sock.close()""",
    ),
    (
        "the mapping made again",
        "leave",
        """def leave(room, member):
    with member.sock:
        room.poll.unregister(member.sock.fileno())
        room.members = {fd: other for fd, other in room.members.items() if other is not member}""",
    ),
    (
        "flags by name, and leaves at any failure",
        "on-event",
        """def on_event(room, member, revents):
    readable, gone = revents & select.POLLIN, revents & HANGUP
    if gone and not readable:
        return leave(room, member)
    try:
        if revents & select.POLLOUT and not gone and member.outbox:
            flush(member)
        if readable:
            receive(room, member)
    except BlockingIOError:
        pass
    except OSError:
        leave(room, member)""",
    ),
    (
        "read to the end when it has gone",
        "on-event",
        """def on_event(room, member, revents):
    match bool(revents & HANGUP), bool(revents & select.POLLIN):
        case True, True:
            while member in room.members.values():
                receive(room, member)
        case True, False:
            leave(room, member)
        case False, readable:
            if revents & select.POLLOUT:
                flush(member)
            if readable:
                receive(room, member)""",
    ),
    (
        "a second flush, and what may fail is caught",
        "on-event",
        """def on_event(room, member, revents):
    if not revents & HANGUP:
        for _ in range(2):
            try:
                flush(member)
            except BlockingIOError:
                break
    if revents & select.POLLIN:
        receive(room, member)
    elif revents & HANGUP:
        leave(room, member)""",
    ),
]
