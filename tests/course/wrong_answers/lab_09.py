"""Lab 09: for each check, (the cell that is answered wrongly, the answer, words of the message)."""


def decoder(body: str) -> str:
    """The cell of the decoder with another body of `feed`."""
    return f"""class LineDecoder:
    def __init__(self, longest):
        self.longest = longest
        self.unfinished = b""

    def feed(self, data):
{body}

    def end(self):
        return [self.unfinished.decode()] if self.unfinished else []
"""


BOUND = """        if any(len(line) > self.longest for line in [*lines, self.unfinished]):
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
            decoder("""        self.unfinished += data
        *lines, rest = self.unfinished.split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"saw \['who', 'is'\]",
        ),
        (
            "line-decoder",  # bytes
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        return lines"""),
            "A line is text: decode it",
        ),
        (
            "line-decoder",  # an endless loop: nothing is taken away
            decoder("""        self.unfinished += data
        lines = []
        while b"\\n" in self.unfinished:
            line, newline, rest = self.unfinished.partition(b"\\n")
            lines.append(line.decode())
        return lines"""),
            "stopped after 2 seconds: it loops",
        ),
    ],
    "survives_every_cut": [
        (
            "line-decoder",  # decoded before it is cut
            decoder("""        text = self.unfinished.decode() + data.decode()
        *lines, rest = text.split("\\n")
        self.unfinished = rest.encode()
        return lines"""),
            "UnicodeDecodeError.*\n.*inside a character",
        ),
        (
            "line-decoder",  # empty lines dropped
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        return [line.decode() for line in lines if line]"""),
            "An empty line is a line, too",
        ),
        (
            "line-decoder",  # what can't be decoded is thrown away
            decoder("""        text = self.unfinished.decode() + data.decode(errors="ignore")
        *lines, rest = text.split("\\n")
        self.unfinished = rest.encode()
        return lines"""),
            "A piece may end anywhere",
        ),
    ],
    "survives_a_dribble": [
        (
            "line-decoder",  # a piece without a newline takes the place of the one before
            decoder("""        if b"\\n" not in data:
            self.unfinished = data
            return []
        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        return [line.decode() for line in lines]"""),
            "not put in its place",
        ),
    ],
    "bounds_a_line": [
        (
            "line-decoder",  # unbounded
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"expected ValueError, saw no line[\s\S]*fills your memory",
        ),
        (
            "line-decoder",  # the piece is measured, not the line
            decoder("""        data = self.unfinished + data
        if len(data) > self.longest + 1:
            raise ValueError("too long")
        *lines, self.unfinished = data.split(b"\\n")
        return [line.decode() for line in lines]"""),
            "It is each line that is measured",
        ),
        (
            "line-decoder",  # only what is unfinished is measured
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        if len(self.unfinished) > self.longest:
            raise ValueError("too long")
        return [line.decode() for line in lines]"""),
            "Too long is too long",
        ),
        (
            "line-decoder",  # one too few
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        if any(len(line) >= self.longest for line in [*lines, self.unfinished]):
            raise ValueError("too long")
        return [line.decode() for line in lines]"""),
            "without its newline",
        ),
        (
            "line-decoder",  # characters are measured, not bytes
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        lines = [line.decode() for line in lines]
        if any(len(line) > self.longest for line in [*lines, self.unfinished.decode(errors="ignore")]):
            raise ValueError("too long")
        return lines"""),
            "中 is three of them",
        ),
        (
            "line-decoder",  # measured when it is decoded
            decoder("""        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
        lines = [line.decode() for line in lines]
        if len(self.unfinished) > self.longest or any(len(line) > self.longest for line in lines):
            raise ValueError("too long")
        return lines"""),
            r"expected ValueError, saw lines of \[34\][\s\S]*measure before you decode",
        ),
    ],
    "refuses_what_is_no_text": [
        (
            "line-decoder",  # what can't be decoded is left out
            decoder(
                """        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
"""
                + BOUND
                + """        return [line.decode(errors="ignore") for line in lines]"""
            ),
            "saw \\['caf'\\]",
        ),
        (
            "line-decoder",  # what can't be decoded is replaced
            decoder(
                """        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
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
                """        whole, newline, rest = (self.unfinished + data).rpartition(b"\\n")
        self.unfinished = rest
        lines = (whole + newline).splitlines()
"""
                + BOUND
                + """        return [line.decode() for line in lines]"""
            ),
            r"smallest input that fails: b'\\r\\n'\nexpected \['\\r'\], saw \[''\]",
        ),
        (
            "line-decoder",  # strip takes what is not ours
            decoder(
                """        *lines, self.unfinished = (self.unfinished + data).split(b"\\n")
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
            """def flush(client):
    with suppress(BlockingIOError):
        client.sock.send(client.owed)
        client.owed.clear()""",
            "send returns how many bytes it took",
        ),
        (
            "flush",  # that there is no room ends the client
            """def flush(client):
    sent = client.sock.send(client.owed)
    del client.owed[:sent]""",
            "BlockingIOError came out of flush",
        ),
        (
            "flush",  # sendall on a socket that does not block
            """def flush(client):
    client.sock.sendall(client.owed)
    client.owed.clear()""",
            "sendall raises it as well",
        ),
        (
            "flush",  # sendall, and the error passed over: what had gone is sent again
            """def flush(client):
    with suppress(BlockingIOError):
        client.sock.sendall(client.owed)
        client.owed.clear()""",
            "send returns how many bytes it took",
        ),
        (
            "flush",  # tries until all is gone
            """def flush(client):
    while client.owed:
        try:
            sent = client.sock.send(client.owed)
            del client.owed[:sent]
        except BlockingIOError:
            pass""",
            "stopped after 2 seconds: it loops, waits",
        ),
        (
            "flush",  # made to block
            """def flush(client):
    client.sock.setblocking(True)
    client.sock.sendall(client.owed)
    client.owed.clear()
    client.sock.setblocking(False)""",
            "stopped after 2 seconds: it loops, waits",
        ),
    ],
    "lets_a_failure_be_heard": [
        (
            "flush",  # every error passed over
            """def flush(client):
    try:
        sent = client.sock.send(client.owed)
        del client.owed[:sent]
    except Exception:
        pass""",
            "over nothing else",
        ),
    ],
    "takes_one_turn": [
        (
            "read",  # until EAGAIN
            """def read(client):
    with suppress(BlockingIOError):
        while data := client.sock.recv(CHUNK):
            for line in client.lines.feed(data):
                client.owed += answer(line)
        client.ended = True
        for line in client.lines.end():
            client.owed += answer(line)""",
            "expected at most 65,536",
        ),
        (
            "read",  # until EAGAIN, which nobody catches
            """def read(client):
    while data := client.sock.recv(CHUNK):
        for line in client.lines.feed(data):
            client.owed += answer(line)
    client.ended = True""",
            "One recv is enough",
        ),
        (
            "read",  # a piece is answered, not a line
            """def read(client):
    data = client.sock.recv(CHUNK)
    client.ended = not data
    if data:
        client.owed += data.upper() + b"_SB" """,
            "Each whole line is answered",
        ),
    ],
    "notes_the_end": [
        (
            "read",  # the end is not noted
            """def read(client):
    data = client.sock.recv(CHUNK)
    for line in client.lines.feed(data) if data else client.lines.end():
        client.owed += answer(line)""",
            "the end would be reported for ever",
        ),
        (
            "read",  # the end taken for an error
            """def read(client):
    data = client.sock.recv(CHUNK)
    if not data:
        raise ConnectionError("the client has gone")
    for line in client.lines.feed(data):
        client.owed += answer(line)""",
            "The end of the input is no error",
        ),
        (
            "read",  # the unfinished last line forgotten
            """def read(client):
    data = client.sock.recv(CHUNK)
    client.ended = not data
    for line in client.lines.feed(data):
        client.owed += answer(line)""",
            "client.lines.end\\(\\) gives it",
        ),
        (
            "read",  # closed before flushed
            """def read(client):
    data = client.sock.recv(CHUNK)
    client.ended = not data
    for line in client.lines.feed(data) if data else client.lines.end():
        client.owed += answer(line)
    if client.ended:
        client.sock.close()""",
            "the answers in the outbox can't be sent",
        ),
        (
            "read",  # each piece taken for the last
            """def read(client):
    data = client.sock.recv(CHUNK)
    client.ended = not data
    for line in client.lines.feed(data) + client.lines.end():
        client.owed += answer(line)""",
            "was answered before its end had come",
        ),
    ],
    "answers_the_others": [
        (
            "needs",  # falls off its end
            """def needs(client):
    events = READ if not client.ended and len(client.owed) < HIGH else 0
    if client.owed:
        return events | WRITE""",
            "Your server's loop ended",
        ),
        (
            "read",  # waits for room in the place of the loop
            """def read(client):
    data = client.sock.recv(CHUNK)
    client.ended = not data
    for line in client.lines.feed(data) if data else client.lines.end():
        client.owed += answer(line)
    while len(client.owed) >= HIGH:
        flush(client)""",
            "Never wait for one client",
        ),
        (
            "read",  # sleeps for room in the place of the loop
            """def read(client):
    data = client.sock.recv(CHUNK)
    client.ended = not data
    for line in client.lines.feed(data) if data else client.lines.end():
        client.owed += answer(line)
    while len(client.owed) >= HIGH:
        select.select([], [client.sock], [])
        flush(client)""",
            "Never wait for one client",
        ),
        (
            "flush",  # all is sent, so this is the end, it seems
            """def flush(client):
    if client.owed:
        with suppress(BlockingIOError):
            del client.owed[: client.sock.send(client.owed)]
            if not client.owed:
                client.sock.shutdown(socket.SHUT_WR)""",
            "saw b'', then the server closed the connection",
        ),
    ],
    "sleeps_when_it_can_do_nothing": [
        (
            "needs",  # WRITE for ever
            """def needs(client):
    if client.ended and not client.owed:
        return 0
    return WRITE if client.ended or len(client.owed) >= HIGH else READ | WRITE""",
            "are owed nothing, and the server made .* waits a second",
        ),
        (
            "needs",  # asked for, and then passed over
            """def read(client):
    if len(client.owed) >= HIGH:
        return
    data = client.sock.recv(CHUNK)
    client.ended = not data
    for line in client.lines.feed(data) if data else client.lines.end():
        client.owed += answer(line)


def needs(client):
    if client.ended:
        return WRITE if client.owed else 0
    return READ | WRITE if client.owed else READ""",
            "don't ask for READ. To ask and pass over",
        ),
        (
            "needs",  # READ after the end
            """def needs(client):
    if client.ended and not client.owed:
        return 0
    events = READ if len(client.owed) < HIGH else 0
    return events | WRITE if client.owed else events""",
            "said that it sends no more, .* still owed much, and the server made",
        ),
    ],
    "sends_all_before_it_closes": [
        (
            "needs",  # closed before flushed
            """def needs(client):
    if client.ended:
        return 0
    events = READ if len(client.owed) < HIGH else 0
    return events | WRITE if client.owed else events""",
            "0 closes the connection",
        ),
        (
            "needs",  # the outbox is never flushed
            """def needs(client):
    return READ if not client.ended and len(client.owed) < HIGH else 0""",
            "nobody comes back to the outbox",
        ),
    ],
    "listens_while_it_sends": [
        (
            "needs",  # one bit, or the other
            """def needs(client):
    if not client.ended and len(client.owed) < HIGH:
        return READ
    elif client.owed:
        return WRITE
    return 0""",
            "with READ alone, nobody comes back",
        ),
        (
            "needs",  # deaf while it is owed
            """def needs(client):
    if client.owed:
        return WRITE
    return 0 if client.ended else READ""",
            "While less than HIGH is owed it is heard",
        ),
    ],
    "holds_the_flood": [
        (
            "needs",  # who is slow is thrown out
            """def needs(client):
    if len(client.owed) >= HIGH:
        return 0
    return (0 if client.ended else READ) | (WRITE if client.owed else 0)""",
            "Slow is not gone",
        ),
        (
            "needs",  # reading is never paused
            """def needs(client):
    events = 0 if client.ended else READ
    return events | WRITE if client.owed else events""",
            "bytes were taken from a client that reads no answer",
        ),
        (
            "needs",  # the mark on the wrong thing
            """def needs(client):
    events = READ if not client.ended and len(client.lines.unfinished) < HIGH else 0
    return events | WRITE if client.owed else events""",
            "bytes were taken from a client that reads no answer",
        ),
    ],
    "goes_on_when_it_reads": [
        (
            "needs",  # paused for ever
            """def needs(client):
    if len(client.owed) >= HIGH:
        client.paused = True
    events = 0
    if not client.ended and not getattr(client, "paused", False):
        events |= READ
    if client.owed:
        events |= WRITE
    return events""",
            "To pause is not to stop",
        ),
        (
            "needs",  # who is too slow is said to have ended
            """def needs(client):
    if len(client.owed) >= HIGH:
        client.ended = True
    return (0 if client.ended else READ) | (WRITE if client.owed else 0)""",
            "To pause is not to stop",
        ),
    ],
}
