"""Lab 09: for each check, (the cell that is answered wrongly, the answer, words of the message)."""


def decoder(body: str) -> str:
    """Return the cell of the decoder with another body of `feed`."""
    return f"""class LineDecoder:
    def __init__(self, max_length):
        self.max_length = max_length
        self.partial = b""

    def feed(self, data):
{body}

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
"""


BOUND = """        if any(len(line) > self.max_length for line in [*lines, self.partial]):
            raise ValueError("too long")
"""

ANSWERS = {
    "keeps_the_rest": [
        (
            "line-decoder",  # the rest forgotten
            decoder("""        *lines, rest = data.split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"Piece 3.*\['ready now'\], saw \['ady now'\][\s\S]*is kept, and comes first",
        ),
        (
            "line-decoder",  # split at recv: each piece is a message
            decoder("""        return data.decode().rstrip("\\n").split("\\n")"""),
            r"Piece 2, b're': expected the lines \[\], saw \['re'\][\s\S]*not at the end of a piece",
        ),
        (
            "line-decoder",  # never taken out: the old lines come again
            decoder("""        self.partial += data
        *lines, rest = self.partial.split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"saw \['who', 'is'\]",
        ),
        (
            "line-decoder",  # bytes
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        return lines"""),
            "A line is text: decode it",
        ),
        (
            "line-decoder",  # an endless loop: nothing is taken away
            decoder("""        self.partial += data
        lines = []
        while b"\\n" in self.partial:
            line, newline, rest = self.partial.partition(b"\\n")
            lines.append(line.decode())
        return lines"""),
            "stopped after 2 seconds. It may loop",
        ),
    ],
    "survives_every_cut": [
        (
            "line-decoder",  # decoded before it is cut
            decoder("""        text = self.partial.decode() + data.decode()
        *lines, rest = text.split("\\n")
        self.partial = rest.encode()
        return lines"""),
            "UnicodeDecodeError.*\n.*inside a character",
        ),
        (
            "line-decoder",  # empty lines dropped
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        return [line.decode() for line in lines if line]"""),
            "An empty line is a line, too",
        ),
        (
            "line-decoder",  # what can't be decoded is discarded
            decoder("""        text = self.partial.decode() + data.decode(errors="ignore")
        *lines, rest = text.split("\\n")
        self.partial = rest.encode()
        return lines"""),
            "A piece may end anywhere",
        ),
    ],
    "survives_a_dribble": [
        (
            "line-decoder",  # a piece without a newline replaces the one before
            decoder("""        if b"\\n" not in data:
            self.partial = data
            return []
        *lines, self.partial = (self.partial + data).split(b"\\n")
        return [line.decode() for line in lines]"""),
            "don't replace it",
        ),
    ],
    "bounds_a_line": [
        (
            "line-decoder",  # unbounded
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"expected ValueError, saw no line[\s\S]*fills your memory",
        ),
        (
            "line-decoder",  # the piece is measured, not the line
            decoder("""        data = self.partial + data
        if len(data) > self.max_length + 1:
            raise ValueError("too long")
        *lines, self.partial = data.split(b"\\n")
        return [line.decode() for line in lines]"""),
            "It is each line that is measured",
        ),
        (
            "line-decoder",  # only what is unfinished is measured
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        if len(self.partial) > self.max_length:
            raise ValueError("too long")
        return [line.decode() for line in lines]"""),
            "Too long is too long",
        ),
        (
            "line-decoder",  # one too few
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        if any(len(line) >= self.max_length for line in [*lines, self.partial]):
            raise ValueError("too long")
        return [line.decode() for line in lines]"""),
            "without its newline",
        ),
        (
            "line-decoder",  # characters are measured, not bytes
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        lines = [line.decode() for line in lines]
        if any(len(line) > self.max_length for line in [*lines, self.partial.decode(errors="ignore")]):
            raise ValueError("too long")
        return lines"""),
            "中 is three of them",
        ),
        (
            "line-decoder",  # measured when it is decoded
            decoder("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        lines = [line.decode() for line in lines]
        if len(self.partial) > self.max_length or any(len(line) > self.max_length for line in lines):
            raise ValueError("too long")
        return lines"""),
            r"expected ValueError, saw lines of \[34\][\s\S]*measure before you decode",
        ),
    ],
    "refuses_what_is_no_text": [
        (
            "line-decoder",  # what can't be decoded is left out
            decoder(
                """        *lines, self.partial = (self.partial + data).split(b"\\n")
"""
                + BOUND
                + """        return [line.decode(errors="ignore") for line in lines]"""
            ),
            "saw \\['caf'\\]",
        ),
        (
            "line-decoder",  # what can't be decoded is replaced
            decoder(
                """        *lines, self.partial = (self.partial + data).split(b"\\n")
"""
                + BOUND
                + """        return [line.decode(errors="replace") for line in lines]"""
            ),
            "without an errors=",
        ),
    ],
    "survives_any_text": [
        (
            "line-decoder",  # splitlines cuts at more than newlines
            decoder(
                """        whole, newline, rest = (self.partial + data).rpartition(b"\\n")
        self.partial = rest
        lines = (whole + newline).splitlines()
"""
                + BOUND
                + """        return [line.decode() for line in lines]"""
            ),
            r"smallest input that fails: b'\\r\\n'\nexpected \['\\r'\], saw \[''\]",
        ),
        (
            "line-decoder",  # strip takes the sender's whitespace
            decoder(
                """        *lines, self.partial = (self.partial + data).split(b"\\n")
"""
                + BOUND
                + """        return [line.decode().strip() for line in lines]"""
            ),
            "smallest input that fails: b'.{1,4}\\\\n'\n[\\s\\S]*strip takes away",
        ),
    ],
    "sends_what_fits": [
        (
            "flush",  # the count is ignored
            """def flush(connection):
    with suppress(BlockingIOError):
        connection.sock.send(connection.write_buffer)
        connection.write_buffer.clear()""",
            "send returns how many bytes it took",
        ),
        (
            "flush",  # that there is no room ends the client
            """def flush(connection):
    sent = connection.sock.send(connection.write_buffer)
    del connection.write_buffer[:sent]""",
            "BlockingIOError came out of flush",
        ),
        (
            "flush",  # sendall on a socket that does not block
            """def flush(connection):
    connection.sock.sendall(connection.write_buffer)
    connection.write_buffer.clear()""",
            "sendall raises it as well",
        ),
        (
            "flush",  # sendall, with the error suppressed: bytes are sent twice
            """def flush(connection):
    with suppress(BlockingIOError):
        connection.sock.sendall(connection.write_buffer)
        connection.write_buffer.clear()""",
            "send returns how many bytes it took",
        ),
        (
            "flush",  # tries until all is gone
            """def flush(connection):
    while connection.write_buffer:
        try:
            sent = connection.sock.send(connection.write_buffer)
            del connection.write_buffer[:sent]
        except BlockingIOError:
            pass""",
            "stopped after 2 seconds. It may loop",
        ),
        (
            "flush",  # made to block
            """def flush(connection):
    connection.sock.setblocking(True)
    connection.sock.sendall(connection.write_buffer)
    connection.write_buffer.clear()
    connection.sock.setblocking(False)""",
            "stopped after 2 seconds. It may loop",
        ),
    ],
    "lets_a_failure_be_heard": [
        (
            "flush",  # every error suppressed
            [
                ("with suppress(BlockingIOError)", "try"),
                ("write_buffer[:sent]", "write_buffer[:sent]\n    except Exception:\n        pass"),
            ],
            "and no other error",
        ),
    ],
    "takes_one_turn": [
        (
            "read",  # until EAGAIN
            """def read(connection):
    with suppress(BlockingIOError):
        while data := connection.sock.recv(RECV_SIZE):
            for line in connection.decoder.feed(data):
                connection.write_buffer += answer(line)
        connection.eof_received = True
        for line in connection.decoder.feed_eof():
            connection.write_buffer += answer(line)""",
            "expected at most 65,536",
        ),
        (
            "read",  # until EAGAIN, which is not caught
            """def read(connection):
    while data := connection.sock.recv(RECV_SIZE):
        for line in connection.decoder.feed(data):
            connection.write_buffer += answer(line)
    connection.eof_received = True""",
            "One recv is enough",
        ),
        (
            "read",  # a piece is answered, not a line
            """def read(connection):
    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    if data:
        connection.write_buffer += data.upper() + b"_SB" """,
            "Each whole line is answered",
        ),
    ],
    "notes_the_end": [
        (
            "read",  # the end is not noted
            [("    connection.eof_received = not data\n", "")],
            "every wait would report the end again",
        ),
        (
            "read",  # the end taken for an error
            """def read(connection):
    data = connection.sock.recv(RECV_SIZE)
    if not data:
        raise ConnectionError("the client has gone")
    for line in connection.decoder.feed(data):
        connection.write_buffer += answer(line)""",
            "The end of the input is no error",
        ),
        (
            "read",  # the unfinished last line forgotten
            [(") if data else connection.decoder.feed_eof():", "):")],
            "connection.decoder.feed_eof\\(\\) gives it",
        ),
        (
            "read",  # closed before flushed
            [("answer(line)", "answer(line)\n    if connection.eof_received:\n        connection.sock.close()")],
            "the answers in the outbox can't be sent",
        ),
        (
            "read",  # each piece taken for the last
            [("if data else", "+")],
            "was answered before its end had come",
        ),
    ],
    "answers_the_others": [
        (
            "needs",  # falls off its end
            """def wanted_events(connection):
    events = READ if not connection.eof_received and len(connection.write_buffer) < HIGH_WATER else 0
    if connection.write_buffer:
        return events | WRITE""",
            "Your server's loop ended",
        ),
        (
            "read",  # waits for room instead of the loop
            [
                (
                    "answer(line)",
                    "answer(line)\n    while len(connection.write_buffer) >= HIGH_WATER:\n        flush(connection)",
                )
            ],
            "Never wait for one client",
        ),
        (
            "read",  # sleeps for room instead of the loop
            [
                (
                    "answer(line)",
                    """answer(line)
    while len(connection.write_buffer) >= HIGH_WATER:
        select.select([], [connection.sock], [])
        flush(connection)""",
                )
            ],
            "Never wait for one client",
        ),
        (
            "flush",  # all is sent, so this is the end, it seems
            """def flush(connection):
    if connection.write_buffer:
        with suppress(BlockingIOError):
            del connection.write_buffer[: connection.sock.send(connection.write_buffer)]
            if not connection.write_buffer:
                connection.sock.shutdown(socket.SHUT_WR)""",
            "saw b'', then the server closed the connection",
        ),
    ],
    "sleeps_when_it_can_do_nothing": [
        (
            "needs",  # WRITE all the time
            """def wanted_events(connection):
    if connection.eof_received and not connection.write_buffer:
        return 0
    return WRITE if connection.eof_received or len(connection.write_buffer) >= HIGH_WATER else READ | WRITE""",
            "with no unsent bytes, and the server made .* waits a second",
        ),
        (
            "needs",  # asked for, and then ignored
            """def read(connection):
    if len(connection.write_buffer) >= HIGH_WATER:
        return
    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)


def wanted_events(connection):
    if connection.eof_received:
        return WRITE if connection.write_buffer else 0
    return READ | WRITE if connection.write_buffer else READ""",
            "don't ask for READ. To ask and ignore",
        ),
        (
            "needs",  # READ after the end
            """def wanted_events(connection):
    if connection.eof_received and not connection.write_buffer:
        return 0
    events = READ if len(connection.write_buffer) < HIGH_WATER else 0
    return events | WRITE if connection.write_buffer else events""",
            "closed its sending side, still has much unsent, and the server made",
        ),
    ],
    "sends_all_before_it_closes": [
        (
            "needs",  # closed before flushed
            """def wanted_events(connection):
    if connection.eof_received:
        return 0
    events = READ if len(connection.write_buffer) < HIGH_WATER else 0
    return events | WRITE if connection.write_buffer else events""",
            "0 closes the connection",
        ),
        (
            "needs",  # the outbox is never flushed
            """def wanted_events(connection):
    return READ if not connection.eof_received and len(connection.write_buffer) < HIGH_WATER else 0""",
            "the loop never comes back to the outbox",
        ),
    ],
    "listens_while_it_sends": [
        (
            "needs",  # one bit, or the other
            [
                ("events = 0\n    if", "if"),
                (
                    "events |= READ\n    if connection.write_buffer:\n        events |= WRITE\n    return events",
                    "return READ\n    elif connection.write_buffer:\n        return WRITE\n    return 0",
                ),
            ],
            "with READ alone, the loop never comes back",
        ),
        (
            "needs",  # does not read while bytes are unsent
            """def wanted_events(connection):
    if connection.write_buffer:
        return WRITE
    return 0 if connection.eof_received else READ""",
            "While less than HIGH_WATER is unsent, read",
        ),
    ],
    "holds_the_flood": [
        (
            "needs",  # a slow client is closed
            """def wanted_events(connection):
    if len(connection.write_buffer) >= HIGH_WATER:
        return 0
    return (0 if connection.eof_received else READ) | (WRITE if connection.write_buffer else 0)""",
            "Slow is not gone",
        ),
        (
            "needs",  # reading is never paused
            """def wanted_events(connection):
    events = 0 if connection.eof_received else READ
    return events | WRITE if connection.write_buffer else events""",
            "bytes were taken from a client that reads no answer",
        ),
        (
            "needs",  # the mark on the wrong thing
            """def wanted_events(connection):
    events = READ if not connection.eof_received and len(connection.decoder.partial) < HIGH_WATER else 0
    return events | WRITE if connection.write_buffer else events""",
            "bytes were taken from a client that reads no answer",
        ),
    ],
    "goes_on_when_it_reads": [
        (
            "needs",  # paused permanently
            [
                (
                    "    events = 0",
                    """    if len(connection.write_buffer) >= HIGH_WATER:
        connection.paused = True
    events = 0""",
                ),
                ("len(connection.write_buffer) < HIGH_WATER", 'not getattr(connection, "paused", False)'),
            ],
            "To pause is not to stop",
        ),
        (
            "needs",  # a slow client taken for one at its end
            """def wanted_events(connection):
    if len(connection.write_buffer) >= HIGH_WATER:
        connection.eof_received = True
    return (0 if connection.eof_received else READ) | (WRITE if connection.write_buffer else 0)""",
            "To pause is not to stop",
        ),
    ],
}
