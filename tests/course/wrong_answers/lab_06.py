"""Lab 06: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

CHECK_WORDS = {
    "reads_until_eagain": "EAGAIN",
    "distinguishes_end_from_empty": "b''",
    "ends_a_failed_connection": "an error",
    "stays_within_budget": "budget",
    "reads_all_ready_clients": "unfinished",
    "remembers_unfinished_clients": "unfinished",
    "starves_no_client": "firehose",
    "closes_ended_clients": "CLOSE_WAIT",
    "keeps_unsent_bytes": "reply",
    "sends_until_no_room": "EAGAIN",
    "handles_both_bits": "each bit",
    "returns_the_reason": "unfinished",
}

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
            r"Reads: 1 \(1024 bytes\).\nNo further edge reports the rest",
        ),
        (
            "read-some",  # EAGAIN is not expected
            [
                (
                    """try:
            chunk = conn.recv(SIZE)
        except BlockingIOError:
            return data, EMPTY
        except OSError:
            return data, END""",
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
            r"452 came back. Reads: 4 \(1024 bytes, 1024 bytes, 452 bytes, EAGAIN\).\nAll were read, .* keep what each",
        ),
        (
            "read-some",
            "def read_some(conn, budget):\n    pass",
            r"Expected \(data, reason\), saw None .* Is a return missing",
        ),
        (
            "read-some",
            "def read_some(conn, budget):\n    return None, None",
            "to return bytes, saw None. If there are none",
        ),
        (
            "read-some",
            [("return data, EMPTY", 'return data, "EMPTY"')],
            "Expected MORE, EMPTY or END as the reason, saw a str: .*Write the name EMPTY, without quotes",
        ),
        (
            "read-some",  # EAGAIN is an OSError, and the first except that fits is taken
            [
                (
                    "except BlockingIOError:\n            return data, EMPTY",
                    "except OSError:\n            return data, END",
                ),
                (
                    "OSError:\n            return data, END\n        if",
                    "BlockingIOError:\n            return data, EMPTY\n        if",
                ),
            ],
            "expected 'empty', saw 'end'.*EAGAIN.*\\n.*Does an except OSError catch it first",
        ),
        ("read-some", [("recv(SIZE)", "recv(budget)")], "the whole budget. Each read asks for SIZE bytes"),
        ("read-some", [("data += chunk", "data = chunk + data")], "in another order"),
        (
            "read-some",  # a read that is not counted
            [("chunk = conn.recv(SIZE)", "chunk = os.read(conn.fileno(), SIZE)")],
            "only recv and recv_into of `conn` are counted",
        ),
        (
            "read-some",  # looks at the bytes, and leaves them there
            [("conn.recv(SIZE)", "conn.recv(SIZE, socket.MSG_PEEK)")],
            "each byte once",
        ),
    ],
    "distinguishes_end_from_empty": [
        (
            "read-some",
            [("chunk:\n            return", "chunk:\n            conn.close()\n            return")],
            "read_some has closed conn",
        ),
        (
            "read-some",  # the end taken for EAGAIN
            [
                (
                    """return data, EMPTY
        except OSError:
            return data, END
        if not chunk:
            return data, END""",
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
            r"expected 'end', saw 'more'. Reads: 16 \(1024 bytes, 476 bytes, …, b'', b''\)",
        ),
        (
            "read-some",  # a short read taken for the last one: bytes and the end came as one edge
            [
                (
                    "    return data, MORE",
                    "        if len(chunk) < SIZE:\n            return data, EMPTY\n    return data, MORE",
                )
            ],
            r"Reads: 2 \(1024 bytes, 476 bytes\).\n.*read on",
        ),
        (
            "read-some",  # what came before the end is thrown away
            [("chunk:\n            return data, END", 'chunk:\n            return b"", END')],
            "Expected what came before the end, each byte once",
        ),
    ],
    "ends_a_failed_connection": [
        (
            "read-some",  # asks again after an error
            [("except OSError:\n            return data, END", "except OSError:\n            pass")],
            "500 bytes came before the error, and 8000 came back(.|\n)*each byte once",
        ),
        (
            "read-some",  # hides every mistake
            [("except OSError", "except Exception")],
            "hides a mistake",
        ),
        (
            "read-some",  # only EAGAIN is expected, so a reset ends the loop for all
            [("        except OSError:\n            return data, END\n", "")],
            "would end the loop for all clients",
        ),
        (
            "read-some",  # a reset alone
            [("except OSError", "except ConnectionError")],
            "A reset, a time-out, no route",
        ),
        (
            "read-some",  # every error is EAGAIN
            [
                ("except BlockingIOError", "except OSError"),
                ("        except OSError:\n            return data, END\n", ""),
            ],
            "Only BlockingIOError says that more may come",
        ),
        (
            "read-some",  # what was read before is lost
            [("except OSError:\n            return data, END", 'except OSError:\n            return b"", END')],
            "500 bytes came before the error, and 0 came back",
        ),
        (
            "read-some",  # an error at the first read comes out
            [
                (
                    "except OSError:\n            return",
                    "except OSError:\n            if not data:\n                raise\n            return",
                )
            ],
            "would end the loop for all clients",
        ),
    ],
    "stays_within_budget": [
        (
            "read-some",  # a short piece taken for the last
            [
                (
                    "        data += chunk",
                    "        data += chunk\n        if len(chunk) < 100:\n            return data, EMPTY",
                )
            ],
            "expected 4 reads, saw 1.\n.*until the budget is spent",
        ),
        (
            "read-some",  # each read asks for twice as much
            [("conn.recv(SIZE)", "conn.recv(2 * SIZE)")],
            "at most SIZE bytes",
        ),
        (
            "read-some",  # MORE only if every piece was full
            [("return data, MORE", "return data, MORE if len(data) == budget * SIZE else EMPTY")],
            "expected 'more', saw 'empty'",
        ),
        (
            "read-some",  # no budget: drains until the firehose pauses
            [("for _ in range(budget)", "while True"), ("chunk\n    return data, MORE", "chunk")],
            r"expected 1 reads, saw 50\d",
        ),
        (
            "read-some",  # one less
            [("range(budget)", "range(budget - 1)")],
            "expected 1 reads, saw 0.\n.*until the budget is spent",
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
            "one-turn",  # two clients a turn, the other events dropped
            [("epoll.poll(0 if unfinished else None)}", "epoll.poll(0 if unfinished else None)[:2]}")],
            "40 of 50 clients had sent something, and the turn read 2",
        ),
        (
            "one-turn",  # at most 16 events, and it says so to the epoll
            [("0 if unfinished else None", "0 if unfinished else None, 16")],
            "and the turn read 16",
        ),
        (
            "one-turn",  # reads all clients, ready or not
            [("for fd in list(unfinished):", "unfinished |= conns.keys()\n    for fd in list(unfinished):")],
            "and no others",
        ),
        (
            "one-turn",  # the first event, and no other
            """def one_turn(epoll, conns, unfinished, budget):
    got = {}
    events = epoll.poll(0 if unfinished else None)
    for fd in {fd for fd, mask in events[:1]} | unfinished:
        got[fd], reason = read_some(conns[fd], budget)
    return got""",
            "Read each client that has an event",
        ),
        (
            "one-turn",  # never sleeps
            [("0 if unfinished else None)", "0)")],
            "keeps a core busy for nothing",
        ),
        (
            "one-turn",  # asks twice: the second answer has no event
            [("    unfinished |= {", "    epoll.poll()\n    unfinished |= {")],
            r"the turn read 0. Its calls of epoll: 2 \(poll\(None\): 40 ready, poll\(None\): 0 ready\)",
        ),
        (
            "one-turn",  # comes back after a second, with nothing
            [("0 if unfinished else None", "0 if unfinished else 1")],
            r"a sleep with a time limit. Its calls of epoll: 1 \(poll\(1\): 0 ready\)",
        ),
        ("one-turn", [("(conns[fd], budget)", "(conns[fd], 1)")], "with the budget that one_turn was given"),
        (
            "one-turn",  # a new dict for each client
            [
                (
                    "        result[fd], reason = read_some(conns[fd], budget)",
                    "        data, reason = read_some(conns[fd], budget)",
                ),
                ("    return result", "        result = {fd: data}\n    return result"),
            ],
            "The turn read 40 clients, and returned the data of 1",
        ),
        ("one-turn", [("read_some(conns", "read_some(epoll.conns")], "'Epoll' object has no attribute 'conns'"),
        (
            "one-turn",
            [("result[fd], reason", "result[conns[fd]], reason")],
            "Expected {fd: data}, saw a Client.* as a key",
        ),
        (
            "one-turn",
            [
                (
                    "result[fd], reason = read_some(conns[fd], budget)",
                    "result[fd] = read_some(conns[fd], budget)\n        reason = result[fd][1]",
                )
            ],
            "as the data of a client, to return a bytes .* saw a tuple",
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
        (
            "one-turn",
            "def one_turn(epoll, conns, unfinished, budget):\n    epoll.poll(0)",
            "to return a dict, saw None.*Is a return missing",
        ),
    ],
    "remembers_unfinished_clients": [
        (
            "one-turn",  # judges by the length, not by the reason
            [("if reason != MORE:", "if len(result[fd]) < budget * SIZE:")],
            "only the reason does",
        ),
        (
            "one-turn",  # the budget is spent, and the client is forgotten
            [
                ("unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}\n    result", "result"),
                ("fd in list(unfinished)", "fd, mask in epoll.poll()"),
                ("!= MORE:\n            unfinished.remove(fd)\n        if reason =", "="),
            ],
            r"As turn 2 began, [\d,]+ bytes of A lay unread",
        ),
        (
            "one-turn",  # remembered in a set of its own, which the caller never sees
            [("unfinished |= {", "unfinished = unfinished | {")],
            "in the caller's set",
        ),
        (
            "one-turn",  # sleeps while a client is unfinished
            [("0 if unfinished else None", "None")],
            "with 0 if the set is not empty",
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
            "one-turn",  # reads who has an event, and then the unfinished, who may be the same: some data is replaced
            [
                (
                    "unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None)}",
                    "events = [fd for fd, mask in epoll.poll(0 if unfinished else None)]",
                ),
                ("for fd in list(unfinished):", "for fd in [*events, *unfinished]:"),
                (
                    "            unfinished.remove(fd)",
                    "            unfinished.discard(fd)\n        else:\n            unfinished.add(fd)",
                ),
            ],
            "All were read, and not all came back. Is a client read twice in one turn",
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
            r"As turn 2 began, [\d,]+ bytes of A lay unread",
        ),
        (
            "one-turn",  # sleeps first, and then looks
            [
                ("    unfinished |= {", "    unfinished |= {fd for fd, mask in epoll.poll()}\n    unfinished |= {"),
                ("0 if unfinished else None", "0"),
            ],
            "with 0 if the set is not empty",
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
            "one-turn",  # a budget of its own
            [("(conns[fd], budget)", "(conns[fd], min(budget, 4))")],
            "With a budget of 9, turn 3 read the firehose 4 times",
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
            "once for each ready or unfinished client",
        ),
    ],
    "closes_ended_clients": [
        (
            "one-turn",  # an unfinished client that ends stays in the set
            [("if reason != MORE:", "if reason == EMPTY:")],
            "A has closed, and is still unfinished",
        ),
        (
            "one-turn",  # the turn ends with the first client that has ended
            [("            conns.pop(fd).close()\n", "            conns.pop(fd).close()\n            break\n")],
            "the others are read as before",
        ),
        (
            "one-turn",  # the end taken for a client who may have more: spins
            [
                ("        if reason != MORE:\n", "        if reason == EMPTY:\n"),
                ("        if reason == END:\n            conns.pop(fd).close()\n", ""),
            ],
            "is still unfinished: remove it at its END",
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
        (
            "one-turn",  # a client that sent nothing is not in the result
            [
                (
                    "        result[fd], reason = read_some(conns[fd], budget)",
                    "        data, reason = read_some(conns[fd], budget)\n        result |= {fd: data} if data else {}",
                )
            ],
            "Expected an entry for A",
        ),
        (
            "one-turn",  # an event with EPOLLHUP is passed over
            [
                (
                    "{fd for fd, mask in epoll.poll(0 if unfinished else None)}",
                    "{fd for fd, mask in epoll.poll(0 if unfinished else None) if mask == select.EPOLLIN}",
                )
            ],
            "Reads: none.\\nIts event has EPOLLHUP, too",
        ),
        (
            "one-turn",  # a client that ends without a byte stays open
            [("if reason == END:", "if reason == END and result[fd]:")],
            "in the state CLOSE_WAIT",
        ),
    ],
    "keeps_unsent_bytes": [
        (
            "on-event",  # None for no bytes
            [("data, reason, unsent\n", "data, reason, unsent or None\n")],
            "as what is unsent, to return bytes, saw None. If there are none, they are b''",
        ),
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
            [
                (
                    "        except BlockingIOError:\n            pass\n        except OSError:",
                    "        except ConnectionError:",
                )
            ],
            "BlockingIOError came out of on_event",
        ),
        (
            "on-event",  # no room taken for a failure
            [("        except BlockingIOError:\n            pass\n", "")],
            r"expected b'' and 'empty', saw b'' and 'end'.*\nNo room \(EAGAIN\) is no END. Does an except OSError",
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
    "sends_until_no_room": [
        (
            "on-event",  # a budget for sends, and the rest is forgotten
            [("while unsent:", "for _ in range(16):")],
            "send on until no byte is unsent",
        ),
        (
            "on-event",  # one send for each event
            [("while unsent:", "if unsent:")],
            "send on until no byte is unsent",
        ),
        (
            "on-event",  # at most three sends
            [("while unsent:", "for _ in range(3):")],
            "300 arrived, 5,700 are unsent",
        ),
    ],
    "returns_the_reason": [
        (
            "on-event",  # hides every mistake
            [("except OSError", "except Exception")],
            "hides a mistake",
        ),
        (
            "on-event",  # the reason is thrown away
            [("data, reason = read_some(conn, 16)", "data = read_some(conn, 16)[0]")],
            "without the reason, no caller learns",
        ),
        (
            "on-event",  # sends only to a client that stopped with EAGAIN
            [("if mask & select.EPOLLOUT:", "if mask & select.EPOLLOUT and reason == EMPTY:")],
            "whatever the reason is",
        ),
        (
            "on-event",  # sends only if the client is not at its end
            [("if mask & select.EPOLLOUT:", "if mask & select.EPOLLOUT and reason != END:")],
            "whatever the reason is",
        ),
        ("on-event", [("read_some(conn, 16)", "read_some(conn, 10**6)")], "the budget is 16 reads"),
        ("on-event", [("read_some(conn, 16)", "read_some(conn, 15)")], "the budget is 16 reads"),
        ("on-event", [("read_some(conn, 16)", "read_some(conn, 1)")], "the budget is 16 reads, saw 1"),
        (
            "on-event",  # the failure of a send comes out
            [("        except OSError:\n            reason = END\n", "")],
            "would end the loop for all clients",
        ),
        (
            "on-event",  # the failure of a send is passed over
            [("            reason = END", "            pass")],
            "each send raises",
        ),
        (
            "on-event",  # a client that may have more is not at its end
            [("            reason = END", "            reason = END if reason == EMPTY else reason")],
            r"Reads: 16 .*, and each send raises.*\n.*and 'more'",
        ),
        (
            "on-event",  # sends first, and the read replaces the reason
            """def on_event(conn, mask, unsent):
    data, reason = b"", EMPTY
    if mask & select.EPOLLOUT:
        try:
            while unsent:
                unsent = unsent[conn.send(unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            reason = END
    if mask & select.EPOLLIN:
        data, reason = read_some(conn, 16)
    return data, reason, unsent""",
            "A send that fails is the END, whatever the read returned",
        ),
        (
            "on-event",  # the end counts only where the client is read
            [("            reason = END", "            reason = END if mask & select.EPOLLIN else EMPTY")],
            "Reads: none, and each send raises",
        ),
        (
            "on-event",  # the failure of a send takes the bytes that came
            [("            reason = END", '            data, reason = b"", END')],
            "each send raises",
        ),
        (
            "on-event",  # the rest of a client at its end is thrown away
            [
                (
                    "    return data, reason, unsent",
                    '    if reason == END:\n        unsent = b""\n    return data, reason, unsent',
                )
            ],
            "else keep the rest",
        ),
        (
            "on-event",  # no room hides that more is to be read
            [
                (
                    "        except BlockingIOError:\n            pass",
                    "        except BlockingIOError:\n            reason = EMPTY",
                )
            ],
            "a lack of room changes neither",
        ),
    ],
    "handles_both_bits": [
        (
            "on-event",  # always reads
            [("if mask & select.EPOLLIN:", "if mask:")],
            "The event said OUT, b'next' lay there, expected b''",
        ),
        (
            "on-event",  # always sends
            [("if mask & select.EPOLLOUT:", "if mask | select.EPOLLOUT:")],
            "test each bit on its own",
        ),
        (
            "on-event",  # returns only after a send
            [("    return data, reason, unsent", "        return data, reason, unsent")],
            "saw None.*Is a return missing",
        ),
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
            "on-event",  # a hang-up ends it, although bytes lie there
            [
                (
                    '    data, reason = b"", EMPTY\n',
                    '    if mask & select.EPOLLHUP:\n        return b"", END, unsent\n    data, reason = b"", EMPTY\n',
                )
            ],
            "The event said IN and HUP, b'next' lay there, expected b'next'",
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

RIGHT = [
    (
        "recv_into and a memoryview",
        "read-some",
        """def read_some(conn, budget):
    buffer = bytearray(budget * SIZE)
    view, used = memoryview(buffer), 0
    for _ in range(budget):
        try:
            size = conn.recv_into(view[used : used + SIZE])
        except BlockingIOError:
            return bytes(view[:used]), EMPTY
        except OSError:
            return bytes(view[:used]), END
        if size == 0:
            return bytes(view[:used]), END
        used += size
    return bytes(view[:used]), MORE""",
    ),
    (
        "errno, a list of chunks, and a list for a pair",
        "read-some",
        """def read_some(conn, budget):
    chunks, reason = [], MORE
    while budget and reason == MORE:
        budget -= 1
        try:
            chunks.append(conn.recv(SIZE))
        except OSError as error:
            reason = EMPTY if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK) else END
        else:
            if chunks[-1] == b"":
                reason = END
    return [b"".join(chunks), reason]""",
    ),
    (
        "recursion",
        "read-some",
        """def read_some(conn, budget):
    if not budget:
        return b"", MORE
    try:
        chunk = conn.recv(SIZE, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b"", EMPTY
    except OSError:
        chunk = b""
    if not chunk:
        return b"", END
    rest, reason = read_some(conn, budget - 1)
    return chunk + rest, reason""",
    ),
    (
        "a bytearray comes back",
        "read-some",
        [('data = b""', "data = bytearray()")],
    ),
    (
        "a new set, put into the caller's at the end",
        "one-turn",
        """def one_turn(epoll, conns, unfinished, budget):
    timeout = 0 if len(unfinished) > 0 else -1
    fds = unfinished.union(fd for fd, _ in epoll.poll(timeout))
    got, more = {}, set()
    for fd in sorted(fds):
        data, reason = read_some(conns[fd], budget)
        got[fd] = data
        if reason == MORE:
            more.add(fd)
        elif reason == END:
            epoll.unregister(fd)
            conns[fd].close()
            del conns[fd]
    unfinished.clear()
    unfinished.update(more)
    return got""",
    ),
    (
        "ready first, then the unfinished, and a timeout by its name",
        "one-turn",
        """def one_turn(epoll, conns, unfinished, budget):
    ready = [fd for fd, _ in epoll.poll(timeout=0 if unfinished else None)]
    stopped = {fd: read_some(conns[fd], budget) for fd in dict.fromkeys([*ready, *unfinished])}
    for fd, (_, reason) in stopped.items():
        (unfinished.add if reason == MORE else unfinished.discard)(fd)
        if reason == END:
            conns.pop(fd).close()
    return {fd: data for fd, (data, _) in stopped.items()}""",
    ),
    (
        "a memoryview in pieces, and the read last",
        "on-event",
        """def on_event(conn, mask, unsent):
    failed, sent = False, 0
    if mask & select.EPOLLOUT:
        view = memoryview(unsent)
        try:
            while sent < len(view):
                sent += conn.send(view[sent : sent + 4096])
        except BlockingIOError:
            pass
        except OSError:
            failed = True
    data, reason = read_some(conn, 16) if mask & select.EPOLLIN else (b"", EMPTY)
    return data, END if failed else reason, bytes(unsent[sent:])""",
    ),
    (
        "HUP and ERR read, too; a list comes back, with a bytearray",
        "on-event",
        """def on_event(conn, mask, unsent):
    result = [b"", EMPTY]
    if mask & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
        result = list(read_some(conn, 16))
    unsent = bytearray(unsent)
    while mask & select.EPOLLOUT and unsent:
        try:
            del unsent[: conn.send(unsent)]
        except OSError as error:
            if error.errno != errno.EAGAIN:
                result[1] = END
            break
    return [*result, unsent]""",
    ),
    (
        "sleeps a minute, and again if that brought nothing, and unregisters before it closes",
        "one-turn",
        """def one_turn(epoll, conns, unfinished, budget):
    events = epoll.poll(0)
    while not events and not unfinished:
        events = epoll.poll(60)
    result = {}
    for fd in sorted({fd for fd, _ in events} | unfinished):
        result[fd], reason = read_some(conns[fd], budget)
        (unfinished.add if reason == MORE else unfinished.discard)(fd)
        if reason == END:
            epoll.unregister(fd)
            conns.pop(fd).close()
    return result""",
    ),
]
