"""Lab 09: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

FEED = """        *lines, self.partial = (self.partial + data).split(b"\\n")
        if any(len(line) > self.max_length for line in [*lines, self.partial]):
            raise ValueError(f"a line of more than {self.max_length} bytes")
        return [line.decode() for line in lines]
"""


RECV = "    data = connection.sock.recv(RECV_SIZE)"
ANSWER_LINES = """    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)"""
SEND = """        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]"""
MAY_READ = "not connection.eof_received and len(connection.write_buffer) < HIGH_WATER"


def feed(body: str) -> list[tuple[str, str]]:
    """Return the answer whose `feed` has another body."""
    return [(FEED, body.rstrip("\n") + "\n")]


def tried(clauses: str) -> list[tuple[str, str]]:
    """Return the answer whose `recv` stands in a `try` with these clauses."""
    return [(RECV, f"    try:\n    {RECV}\n{clauses}")]


CHECK_WORDS = {
    "keeps_the_rest": "piece",
    "survives_every_cut": "cut",
    "survives_a_dribble": "piece",
    "survives_any_text": "cut",
    "bounds_a_line": "limit",
    "refuses_what_is_no_text": "UTF-8",
    "sends_what_fits": "buffer",
    "lets_a_failure_be_heard": "OSError",
    "takes_one_turn": "read budget",
    "notes_the_end": "end of",
    "takes_ready_for_a_hint": "hint",
    "hides_no_error": "hides",
    "asks_for_what_it_needs": "HIGH_WATER",
    "answers_the_others": "enough to stop every client",
    "sleeps_when_it_can_do_nothing": "never sleeps",
    "sends_all_before_it_closes": "has all its answers",
    "holds_the_flood": "HIGH_WATER",
    "goes_on_when_it_reads": "HIGH_WATER",
    "outlives_resets": "reset",
}
"""{check: its key word}, which the section that the check leads to has."""

ANSWERS = {
    "keeps_the_rest": [
        (
            "line-decoder",  # the rest forgotten
            feed("""        *lines, rest = data.split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"Piece 3.*\['ready now'\], saw \['ady now'\][\s\S]*is kept, and comes first",
        ),
        (
            "line-decoder",  # split at recv: each piece is a message
            feed("""        return data.decode().rstrip("\\n").split("\\n")"""),
            r"Piece 2, b're': expected the lines \[\], saw \['re'\][\s\S]*not at the end of a piece",
        ),
        (
            "line-decoder",  # never taken out: the old lines come again
            feed("""        self.partial += data
        *lines, rest = self.partial.split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"saw \['who', 'is'\]",
        ),
        (
            "line-decoder",  # bytes
            feed("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        return lines"""),
            r"A line is text, a str: decode\(\) it",
        ),
        (
            "line-decoder",  # decode is not called
            [("line.decode() for", "line.decode for")],
            r"saw \[<built-in method decode [\s\S]*A line is text, a str",
        ),
        (
            "line-decoder",  # an endless loop: nothing is taken away
            feed("""        self.partial += data
        lines = []
        while b"\\n" in self.partial:
            line, newline, rest = self.partial.partition(b"\\n")
            lines.append(line.decode())
        return lines"""),
            "stopped after 2 seconds. It may loop",
        ),
        (
            "line-decoder",  # a tuple
            [("return [line.decode() for line in lines]", "return tuple(line.decode() for line in lines)")],
            "to return a list, saw a tuple",
        ),
        (
            "line-decoder",  # a generator
            [("return [line.decode() for line in lines]", "yield from [line.decode() for line in lines]")],
            "contains yield",
        ),
        (
            "line-decoder",  # nothing returned
            [("return [line.decode() for line in lines]", "[line.decode() for line in lines]")],
            "to return a list, saw None. Is a return missing",
        ),
        (
            "line-decoder",  # one rest for all decoders
            [
                (
                    '*lines, self.partial = (self.partial + data).split(b"\\n")',
                    """global REST
        *lines, REST = (globals().get("REST", b"") + data).split(b"\\n")
        self.partial = REST""",
                )
            ],
            "saw \\['of another ready now'\\][\\s\\S]*Each client has a decoder of its own",
        ),
        (
            "line-decoder",  # the rest is kept under another name
            [
                (
                    '*lines, self.partial = (self.partial + data).split(b"\\n")',
                    '*lines, self.rest = (getattr(self, "rest", b"") + data).split(b"\\n")',
                ),
                ("[*lines, self.partial]", "[*lines, self.rest]"),
            ],
            "feed_eof\\(\\) returned \\[\\], expected \\['the last'\\][\\s\\S]*self.partial",
        ),
        (
            "line-decoder",  # another name
            [("def feed(", "def fed(")],
            "LineDecoder has no feed. It has .'fed', 'feed_eof'..\\nIs feed misspelt",
        ),
        (
            "line-decoder",  # the rest is kept in the class
            [("*lines, self.partial =", "*lines, LineDecoder.partial =")],
            "LineDecoder.partial belongs to the class",
        ),
        (
            "line-decoder",  # a number compared with bytes
            feed("""        lines = []
        for byte in data:
            if byte == b"\\n":
                lines.append(self.partial.decode())
                self.partial = b""
            else:
                self.partial += bytes([byte])
        return lines"""),
            "a newline is 10, and not b'",
        ),
        (
            "line-decoder",  # all that is short enough is refused
            [("> self.max_length for", "< self.max_length for")],
            r"\['who', 'is'\], and ValueError.* came out\. max_length is 1000\.\nThe error",
        ),
    ],
    "survives_every_cut": [
        (
            "line-decoder",  # decoded before it is cut
            feed("""        text = self.partial.decode() + data.decode()
        *lines, rest = text.split("\\n")
        self.partial = rest.encode()
        return lines"""),
            "UnicodeDecodeError.*\n.*inside a character",
        ),
        (
            "line-decoder",  # empty lines dropped
            feed("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        return [line.decode() for line in lines if line]"""),
            "An empty line is a line, too",
        ),
        (
            "line-decoder",  # what can't be decoded is discarded
            feed("""        text = self.partial.decode() + data.decode(errors="ignore")
        *lines, rest = text.split("\\n")
        self.partial = rest.encode()
        return lines"""),
            "a piece may end inside a character",
        ),
        (
            "line-decoder",  # the rest is decoded as well
            [
                (
                    "return [line.decode() for line in lines]",
                    """self.partial.decode()
        return [line.decode() for line in lines]""",
                )
            ],
            "inside a character",
        ),
        (
            "line-decoder",  # another encoding
            [("line.decode() for", 'line.decode("latin-1") for')],
            "expected \\['', 'who', '中文'",
        ),
    ],
    "survives_a_dribble": [
        (
            "line-decoder",  # a piece without a newline replaces the one before
            feed("""        if b"\\n" not in data:
            self.partial = data
            return []
        *lines, self.partial = (self.partial + data).split(b"\\n")
        return [line.decode() for line in lines]"""),
            "each piece of a line is added to what is kept",
        ),
    ],
    "bounds_a_line": [
        (
            "line-decoder",  # unbounded
            feed("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        return [line.decode() for line in lines]"""),
            r"gave lines of \[250\][\s\S]*fills your memory",
        ),
        (
            "line-decoder",  # the piece is measured, not the line
            feed("""        data = self.partial + data
        if len(data) > self.max_length + data.endswith(b"\\n"):
            raise ValueError("too long")
        *lines, self.partial = data.split(b"\\n")
        return [line.decode() for line in lines]"""),
            "It is each line that is measured",
        ),
        (
            "line-decoder",  # only what is unfinished is measured
            [
                (
                    "any(len(line) > self.max_length for line in [*lines, self.partial])",
                    "len(self.partial) > self.max_length",
                )
            ],
            "with its newline came .*\n.*saw it for none. 250 bytes gave lines of .250",
        ),
        (
            "line-decoder",  # one too few
            [("> self.max_length", ">= self.max_length")],
            "without its newline",
        ),
        (
            "line-decoder",  # characters are measured, not bytes
            feed("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        lines = [line.decode() for line in lines]
        if any(len(line) > self.max_length for line in [*lines, self.partial.decode(errors="ignore")]):
            raise ValueError("too long")
        return lines"""),
            "中 is three of them",
        ),
        (
            "line-decoder",  # measured when it is decoded
            feed("""        *lines, self.partial = (self.partial + data).split(b"\\n")
        lines = [line.decode() for line in lines]
        if len(self.partial) > self.max_length or any(len(line) > self.max_length for line in lines):
            raise ValueError("too long")
        return lines"""),
            r"expected ValueError, saw lines of \[34\][\s\S]*measure before you decode",
        ),
        (
            "line-decoder",  # one too many
            [("> self.max_length for", "> self.max_length + 1 for")],
            "saw it for 102 to 250",
        ),
        (
            "line-decoder",  # another limit
            [("> self.max_length for", "> 2 * self.max_length for")],
            "saw it for 201 to 250",
        ),
        (
            "line-decoder",  # a piece is measured, and not what is kept of a line
            [
                ("        *lines, self.partial =", "        *lines, partial = data.split(b'\\n')\n        whole ="),
                ("[*lines, self.partial]", "[*lines, partial]"),
                (
                    "        return [line.decode()",
                    "        *lines, self.partial = whole\n        return [line.decode()",
                ),
            ],
            "Measure all that is kept, not the new piece alone",
        ),
        (
            "line-decoder",  # a limit that is written down
            [("> self.max_length for", "> 100 for")],
            "max_length is given for each decoder",
        ),
        (
            "line-decoder",  # the unfinished line is not measured
            [("[*lines, self.partial]", "[*lines, b'']")],
            "fills your memory",
        ),
        (
            "line-decoder",  # only the first line is measured
            [("[*lines, self.partial]", "[*lines[:1], self.partial]")],
            "Measure each line of a piece",
        ),
        (
            "line-decoder",  # only the last line is measured
            [("[*lines, self.partial]", "[*lines[-1:], self.partial]")],
            "Measure each line of a piece",
        ),
        (
            "line-decoder",  # a CR is not counted
            [
                (
                    "if any(len(line) > self.max_length for line in [*lines, self.partial]):",
                    'if any(len(line.rstrip(b"\\r")) > self.max_length for line in [*lines, self.partial]):',
                )
            ],
            "expected ValueError, saw lines of .4.[\\s\\S]*only its newline is not counted",
        ),
        (
            "line-decoder",  # a line that is too long is cut
            [
                ("if any(len(line) > self.max_length for line in [*lines, self.partial]):", "if False:"),
                ("line.decode() for", "line[: self.max_length].decode() for"),
            ],
            "250 bytes gave lines of .100.*\nRefuse a line that is too long",
        ),
        (
            "line-decoder",  # a line that is too long is left out
            [
                (
                    "if any(len(line) > self.max_length for line in [*lines, self.partial]):",
                    "if len(self.partial) > self.max_length:",
                ),
                ("for line in lines]", "for line in lines if len(line) <= self.max_length]"),
            ],
            "250 bytes gave no line.*\nRefuse a line",
        ),
        (
            "line-decoder",  # an error of any kind
            [("raise ValueError(", "raise Exception(")],
            "gave Exception[\\s\\S]*raise ValueError",
        ),
        (
            "line-decoder",  # another error
            [("raise ValueError(", "raise AssertionError(")],
            "gave AssertionError[\\s\\S]*raise ValueError, and let it out",
        ),
    ],
    "refuses_what_is_no_text": [
        (
            "line-decoder",  # what can't be decoded is left out
            [("line.decode()", 'line.decode(errors="ignore")')],
            "saw \\['caf'\\]",
        ),
        (
            "line-decoder",  # what can't be decoded is replaced
            [("line.decode()", 'line.decode(errors="replace")')],
            "decode\\(\\) without arguments takes UTF-8 alone",
        ),
        (
            "line-decoder",  # what can't be decoded comes back as surrogates
            [("line.decode() for", 'line.decode(errors="surrogateescape") for')],
            "no UTF-8: expected ValueError",
        ),
        (
            "line-decoder",  # surrogates are let in
            [("line.decode() for", 'line.decode(errors="surrogatepass") for')],
            "ud800",
        ),
    ],
    "survives_any_text": [
        (
            "line-decoder",  # splitlines cuts at more than newlines
            [
                (
                    '*lines, self.partial = (self.partial + data).split(b"\\n"',
                    """whole, newline, rest = (self.partial + data).rpartition(b"\\n")
        self.partial = rest
        lines = (whole + newline).splitlines(""",
                )
            ],
            r"smallest input that fails: b'\\r\\n'\nexpected \['\\r'\], saw \[''\]",
        ),
        (
            "line-decoder",  # strip takes the sender's whitespace
            [("line.decode()", "line.decode().strip()")],
            "smallest input that fails: b'.{1,4}\\\\n'\n[\\s\\S]*strip takes away",
        ),
        (
            "line-decoder",  # a CR is taken away
            [("line.decode() for", 'line.decode().rstrip("\\r") for')],
            "strip takes away",
        ),
        (
            "line-decoder",  # a byte order mark is taken away
            [("line.decode() for", 'line.decode("utf-8-sig") for')],
            "expected \\['\\\\ufeff'\\], saw \\[''\\]",
        ),
        (
            "line-decoder",  # an empty piece taken for the end
            [
                (
                    "        *lines, self",
                    "        if not data:\n            return self.feed_eof()\n        *lines, self",
                )
            ],
            "Without the empty pieces it is right",
        ),
        (
            "line-decoder",  # small letters
            [("line.decode() for", "line.decode().lower() for")],
            "strip takes away",
        ),
    ],
    "sends_what_fits": [
        (
            "flush",  # the count is ignored
            [
                (
                    SEND,
                    """        connection.sock.send(connection.write_buffer)
        connection.write_buffer.clear()""",
                )
            ],
            "send returns how many bytes it took",
        ),
        (
            "flush",  # that there is no room ends the client
            """def flush(connection):
    sent = connection.sock.send(connection.write_buffer)
    del connection.write_buffer[:sent]""",
            r"BlockingIOError\(.* came out of flush.*\n.*catch BlockingIOError, and keep the rest.*\nThe error",
        ),
        (
            "flush",  # no room is taken for a failure
            [
                ("    with suppress(BlockingIOError):", "    try:"),
                (SEND, f"{SEND}\n    except OSError:\n        raise OSError('no room') from None"),
            ],
            r"OSError\('no room'\) came out[\s\S]*A lack of room is no failure",
        ),
        (
            "flush",  # sendall on a socket that does not block
            """def flush(connection):
    connection.sock.sendall(connection.write_buffer)
    connection.write_buffer.clear()""",
            "Call send: sendall was called",
        ),
        (
            "flush",  # sendall, with the error suppressed: bytes are sent twice
            [
                (
                    SEND,
                    """        connection.sock.sendall(connection.write_buffer)
        connection.write_buffer.clear()""",
                )
            ],
            "Call send: sendall was called",
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
        (
            "flush",  # a coroutine
            [("def flush(", "async def flush(")],
            "is a coroutine",
        ),
        (
            "flush",  # sends nothing
            [(SEND, "        pass")],
            "flush was called 6,000 times, and 0 of 700,000 bytes have arrived",
        ),
        (
            "flush",  # waits until there is more to send
            [
                (
                    "    with suppress",
                    """    if len(connection.write_buffer) < 6:
        return
    with suppress""",
                )
            ],
            "4 of 9 bytes have arrived; 5 are unsent",
        ),
        (
            "flush",  # pieces of 4,096 bytes
            [("connection.sock.send(connection.write_buffer)", "connection.sock.send(connection.write_buffer[:4096])")],
            "room for [0-9,]+ bytes more[\\s\\S]*Hand the whole write buffer",
        ),
        (
            "flush",  # pieces of RECV_SIZE bytes
            [
                (
                    "connection.sock.send(connection.write_buffer)",
                    "connection.sock.send(connection.write_buffer[:RECV_SIZE])",
                )
            ],
            "Hand the whole write buffer",
        ),
        (
            "flush",  # one byte too many
            [("[:sent]", "[: sent + 1]")],
            "take exactly those",
        ),
        (
            "flush",  # taken away at the wrong end
            [("[:sent]", "[-sent:]")],
            "in the same order",
        ),
        (
            "flush",  # a wait of a moment for room
            [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    select.select([], [connection.sock], [], 0.02)
    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                )
            ],
            "expected it to return at once",
        ),
        (
            "flush",  # a wait for room
            [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    select.select([], [connection.sock], [])
    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                )
            ],
            "stopped after 2 seconds",
        ),
        (
            "flush",  # all is sent, so this is the end, it seems
            [
                (
                    "        del connection.write_buffer[:sent]",
                    """        del connection.write_buffer[:sent]
        if not connection.write_buffer:
            connection.sock.shutdown(socket.SHUT_WR)""",
                )
            ],
            "flush has ended the connection",
        ),
        (
            "flush",  # all is sent, so the socket is closed
            [
                (
                    "        del connection.write_buffer[:sent]",
                    """        del connection.write_buffer[:sent]
        if not connection.write_buffer:
            connection.sock.close()""",
                )
            ],
            "flush closed the socket",
        ),
        (
            "flush",  # the write buffer becomes None
            [
                (
                    "        del connection.write_buffer[:sent]",
                    "        connection.write_buffer = connection.write_buffer.clear()",
                )
            ],
            "is None; expected a bytearray",
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
        (
            "flush",  # a broken pipe suppressed
            [("suppress(BlockingIOError)", "suppress(BlockingIOError, BrokenPipeError)")],
            "its peer has gone",
        ),
        (
            "flush",  # a time-out suppressed
            [("suppress(BlockingIOError)", "suppress(BlockingIOError, TimeoutError)")],
            "Connection timed out",
        ),
        (
            "flush",  # only errors of the kind ConnectionError come out
            [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    try:
        del connection.write_buffer[: connection.sock.send(connection.write_buffer)]
    except ConnectionError:
        raise
    except OSError:
        pass""",
                )
            ],
            "Suppress BlockingIOError, and no other",
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
            "call recv once, and return",
        ),
        (
            "read",  # a piece is answered, not a line
            [
                (
                    ANSWER_LINES,
                    """    if data:
        connection.write_buffer += data.upper() + b"_SB" """,
                )
            ],
            "Each whole line is answered",
        ),
        (
            "read",  # nothing is answered
            [(ANSWER_LINES, "    connection.decoder.feed(data)")],
            "added no answer to the write buffer",
        ),
        (
            "read",  # a piece taken for the end, and the end for a piece
            [("received = not data", "received = bool(data)"), ("if data else", "if not data else")],
            "The client has not ended, and connection.eof_received is true",
        ),
        (
            "read",  # an answer of its own, without a newline
            [("answer(line)", 'f"{line.upper()}_SB".encode()')],
            r"by answer\(line\), in its order",
        ),
        (
            "read",  # a coroutine
            [("def read(", "async def read(")],
            "is a coroutine",
        ),
        (
            "read",  # the last line first
            [("in connection.decoder.feed(data) if", "in reversed(connection.decoder.feed(data)) if")],
            "in its order",
        ),
        (
            "read",  # equal lines are answered once
            [("in connection.decoder.feed(data) if", "in dict.fromkeys(connection.decoder.feed(data)) if")],
            "Each whole line is answered once",
        ),
        (
            "read",  # one byte too many
            [("recv(RECV_SIZE)", "recv(RECV_SIZE + 1)")],
            "took 65,537 of them",
        ),
        (
            "read",  # the other constant
            [("recv(RECV_SIZE)", "recv(HIGH_WATER)")],
            "expected at most 65,536",
        ),
        (
            "read",  # one byte a turn
            [("recv(RECV_SIZE)", "recv(1)")],
            "That is fair, and slow",
        ),
        (
            "read",  # what was unsent is lost
            [("connection.write_buffer += answer(line)", "connection.write_buffer = bytearray(answer(line))")],
            "is not sent yet",
        ),
        (
            "read",  # the newest answer first
            [("connection.write_buffer += answer(line)", "connection.write_buffer[:0] = answer(line)")],
            "Add answers at the end",
        ),
        (
            "read",  # only the first line is answered
            [("feed(data) if", "feed(data)[:1] if")],
            "Each whole line is answered",
        ),
        (
            "read",  # reads only if nothing is unsent
            [
                (
                    RECV,
                    """    if connection.write_buffer:
        return
    data = connection.sock.recv(RECV_SIZE)""",
                )
            ],
            "read took none of them",
        ),
        (
            "read",  # the answers are sent at once
            [("connection.write_buffer += answer(line)", "connection.sock.send(answer(line))")],
            "read has sent b'",
        ),
        (
            "read",  # flushes as well
            [
                (
                    "connection.write_buffer += answer(line)",
                    """connection.write_buffer += answer(line)
    flush(connection)""",
                )
            ],
            "read has sent b'",
        ),
        (
            "read",  # a decoder for each piece
            [
                (
                    RECV,
                    """    connection.decoder = LineDecoder(RECV_SIZE)
    data = connection.sock.recv(RECV_SIZE)""",
                )
            ],
            "Then the next piece came",
        ),
        (
            "read",  # made to block
            [
                (
                    RECV,
                    """    connection.sock.setblocking(True)
    data = connection.sock.recv(RECV_SIZE)""",
                )
            ],
            "read has made the socket blocking",
        ),
        (
            "read",  # each piece taken for the last
            [("if data else", "+")],
            "A piece of a line is not",
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
            [
                (
                    """    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():""",
                    """    if not data:
        raise ConnectionError("the client has gone")
    for line in connection.decoder.feed(data):""",
                )
            ],
            "The end of the input is no error",
        ),
        (
            "read",  # the unfinished last line forgotten
            [(") if data else connection.decoder.feed_eof():", "):")],
            "feed_eof\\(\\) returns the last line",
        ),
        (
            "read",  # closed before flushed
            [("answer(line)", "answer(line)\n    if connection.eof_received:\n        connection.sock.close()")],
            "the answers in the write buffer can't be sent",
        ),
        (
            "read",  # an empty line is not answered
            [
                (
                    "        connection.write_buffer += answer(line)",
                    """        if line:
            connection.write_buffer += answer(line)""",
                )
            ],
            "an empty one",
        ),
        (
            "read",  # spaces are taken away
            [("answer(line)", "answer(line.strip())")],
            "with its spaces",
        ),
        (
            "read",  # a short piece taken for the end
            [("not data", "len(data) < RECV_SIZE")],
            "Only b'' from recv says so",
        ),
        (
            "read",  # an empty last line is answered
            [("connection.decoder.feed_eof()", "[connection.decoder.partial.decode()]")],
            "of one line, or of none",
        ),
        (
            "read",  # the write buffer is emptied at the end
            [
                (
                    "connection.write_buffer += answer(line)",
                    """connection.write_buffer += answer(line)
    if not data:
        connection.write_buffer.clear()""",
                )
            ],
            "What was in the write buffer is not sent yet",
        ),
        (
            "read",  # its own side is shut down at the end
            [
                (
                    "connection.write_buffer += answer(line)",
                    """connection.write_buffer += answer(line)
    if not data:
        connection.sock.shutdown(socket.SHUT_WR)""",
                )
            ],
            "read has ended the connection",
        ),
    ],
    "takes_ready_for_a_hint": [
        (
            "read",  # a hint taken for the end
            tried("""    except BlockingIOError:
        data = bytes()"""),
            "The end is b''",
        ),
        (
            "read",  # a hint taken for a failure
            tried("""    except BlockingIOError:
        raise ConnectionError("nothing lies there") from None"""),
            "Nothing lay there, and ConnectionError",
        ),
        (
            "read",  # a hint ends the connection
            tried("""    except BlockingIOError:
        connection.sock.shutdown(socket.SHUT_WR)
        return"""),
            "read has ended the connection",
        ),
        (
            "read",  # a wait of a moment for bytes
            [
                (
                    RECV,
                    """    select.select([connection.sock], [], [], 0.02)
    data = connection.sock.recv(RECV_SIZE)""",
                )
            ],
            "expected it to return at once",
        ),
        (
            "read",  # a hint forgets half a line
            tried("""    except BlockingIOError:
        connection.decoder.partial = b""
        return"""),
            "Do the two checks above pass",
        ),
    ],
    "hides_no_error": [
        (
            "read",  # a line that is no text is passed over
            [
                (
                    ANSWER_LINES,
                    """    with suppress(ValueError):
        for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
            connection.write_buffer += answer(line)""",
                )
            ],
            "no UTF-8: expected ValueError from read, and no error came out",
        ),
        (
            "read",  # the last line is mended
            [
                (
                    "connection.decoder.feed_eof()",
                    '[connection.decoder.partial.decode(errors="ignore")] * bool(connection.decoder.partial)',
                )
            ],
            "a last line that is no UTF-8",
        ),
        (
            "read",  # a line that is too long is passed over
            [
                (
                    "    for line",
                    """    if len(connection.decoder.partial + data) > 1000 and b"\\n" not in data:
        return
    for line""",
                )
            ],
            "1,001 bytes without a newline",
        ),
        (
            "read",  # a reset taken for the end
            tried("""    except ConnectionError:
        data = bytes()"""),
            "has reset the connection: expected OSError",
        ),
        (
            "read",  # every failure taken for the end
            tried("""    except BlockingIOError:
        return
    except OSError:
        data = bytes()"""),
            "connection.eof_received is true. A failure is no end",
        ),
        (
            "read",  # every failure passed over
            tried("""    except OSError:
        return"""),
            r"and no error came out\.\nA failure is no end",
        ),
        (
            "read",  # a failure ends the connection here
            tried("""    except BlockingIOError:
        return
    except OSError:
        connection.sock.close()
        return"""),
            "read closed the socket[\\s\\S]*or when an error comes out",
        ),
        (
            "read",  # a time-out passed over
            tried("""    except TimeoutError:
        return"""),
            "Connection timed out.: expected OSError",
        ),
    ],
    "asks_for_what_it_needs": [
        (
            "needs",  # falls off its end
            [("    return events", "    events")],
            "to return an int, saw None",
        ),
        (
            "needs",  # WRITE all the time
            [("WRITE if connection.write_buffer else 0", "WRITE")],
            "0 bytes are unsent: expected READ, saw READ . WRITE[\\s\\S]*has room nearly always",
        ),
        (
            "needs",  # a bit of epoll
            [("WRITE if connection.write_buffer", "select.EPOLLOUT if connection.write_buffer")],
            "saw 5[\\s\\S]*Expected READ and WRITE, and no other event",
        ),
        (
            "needs",  # the write buffer is never flushed
            [("WRITE if connection.write_buffer else 0", "0")],
            "1 byte is unsent: expected READ . WRITE, saw READ[\\s\\S]*never comes back to send them",
        ),
        (
            "needs",  # one bit, or the other
            [
                (
                    """    events = WRITE if connection.write_buffer else 0
""",
                    """    events = 0
""",
                ),
                (
                    "events |= READ",
                    """events |= READ
    elif connection.write_buffer:
        events |= WRITE""",
                ),
            ],
            "ask both, and add a bit",
        ),
        (
            "needs",  # the second bit replaces the first
            [("events |= READ", "events |= READ\n    if connection.write_buffer:\n        events = WRITE")],
            "and would wait for you.\nThe two questions are independent",
        ),
        (
            "needs",  # does not read while bytes are unsent
            [
                (
                    MAY_READ,
                    "not connection.eof_received and not connection.write_buffer",
                )
            ],
            "Less than HIGH_WATER is unsent: read",
        ),
        (
            "needs",  # the other constant
            [("< HIGH_WATER", "< RECV_SIZE")],
            "65,536 bytes are unsent: expected READ . WRITE, saw WRITE",
        ),
        (
            "needs",  # a mark of ten bytes
            [("< HIGH_WATER", "< 10")],
            "expected READ . WRITE, saw WRITE",
        ),
        (
            "needs",  # one byte over the mark
            [("< HIGH_WATER", "<= HIGH_WATER")],
            "262,144 bytes are unsent: expected WRITE, saw READ . WRITE",
        ),
        (
            "needs",  # twice the mark
            [("< HIGH_WATER", "< 2 * HIGH_WATER")],
            "don't read: what it sends need not",
        ),
        (
            "needs",  # one byte below the mark
            [("< HIGH_WATER", "< HIGH_WATER - 1")],
            "262,143 bytes are unsent: expected READ . WRITE, saw WRITE",
        ),
        (
            "needs",  # reading is never paused
            [
                (
                    MAY_READ,
                    "not connection.eof_received",
                )
            ],
            "don't read: what it sends need not",
        ),
        (
            "needs",  # the mark on the wrong thing
            [
                (
                    MAY_READ,
                    "not connection.eof_received and len(connection.decoder.partial) < HIGH_WATER",
                )
            ],
            "expected WRITE, saw READ . WRITE",
        ),
        (
            "needs",  # half a line counts as unsent
            [("len(connection.write_buffer) <", "len(connection.write_buffer + connection.decoder.partial) <")],
            "Half a line has come, eof_received is False, and 262,143",
        ),
        (
            "needs",  # no READ while half a line is there, and bytes are unsent
            [("< HIGH_WATER", "< HIGH_WATER and not (connection.decoder.partial and connection.write_buffer)")],
            "Half a line has come, .* expected READ . WRITE, saw WRITE",
        ),
        (
            "needs",  # a slow client is closed
            [
                (
                    "    events = WRITE",
                    """    if len(connection.write_buffer) >= HIGH_WATER:
        return 0
    events = WRITE""",
                )
            ],
            "0 closes the connection, and this client is not finished",
        ),
        (
            "needs",  # READ after the end
            [("not connection.eof_received", "(connection.write_buffer or not connection.eof_received)")],
            "After its end a socket stays readable",
        ),
        (
            "needs",  # closed before it is flushed
            [
                (
                    "    events = WRITE",
                    """    if connection.eof_received:
        return 0
    events = WRITE""",
                )
            ],
            "0 closes the connection, and this client is not finished",
        ),
        (
            "needs",  # never closed
            [("    return events", "    return events or READ")],
            "needs no event any more. That is 0",
        ),
        (
            "needs",  # paused permanently
            [
                (
                    "    events = WRITE",
                    """    if len(connection.write_buffer) >= HIGH_WATER:
        connection.paused = True
    events = WRITE""",
                ),
                ("len(connection.write_buffer) < HIGH_WATER", 'not getattr(connection, "paused", False)'),
            ],
            "To pause is not to stop",
        ),
        (
            "needs",  # WRITE is never taken back
            [
                (
                    "    events = WRITE",
                    """    connection.writes = bool(connection.write_buffer) or getattr(connection, 'writes', False)
    events = WRITE""",
                ),
                ("if connection.write_buffer else 0", "if connection.writes else 0"),
            ],
            "9 bytes were unsent, .*Now[\\s\\S]*0 bytes are unsent: expected READ, saw READ . WRITE",
        ),
        (
            "needs",  # a slow client taken for one at its end
            [
                (
                    "    events = WRITE",
                    """    if len(connection.write_buffer) >= HIGH_WATER:
        connection.eof_received = True
    events = WRITE""",
                )
            ],
            "It only looks",
        ),
        (
            "needs",  # another event
            [("    return events", "    return events | 4")],
            "and no other event",
        ),
    ],
    "answers_the_others": [
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
    ],
    "sleeps_when_it_can_do_nothing": [
        (
            "read",  # asked for, and then ignored
            [
                (
                    RECV,
                    """    if len(connection.write_buffer) >= HIGH_WATER // 2:
        return
    data = connection.sock.recv(RECV_SIZE)""",
                )
            ],
            "don't ask for READ. To ask and ignore",
        ),
    ],
    "sends_all_before_it_closes": [
        (
            "flush",  # what finds no room is dropped, since the client has ended
            [
                (
                    "        del connection.write_buffer[:sent]",
                    """        del connection.write_buffer[:sent]
        if connection.eof_received:
            connection.write_buffer.clear()""",
                )
            ],
            "The end of input is not the end of the connection",
        ),
        (
            "flush",  # waits until all is sent, since the client has ended
            [
                (
                    "    with suppress",
                    """    connection.sock.setblocking(connection.eof_received)
    with suppress""",
                )
            ],
            "The end of input is not the end of the connection",
        ),
    ],
    "holds_the_flood": [
        (
            "read",  # a slow client is closed
            [
                (
                    "connection.write_buffer += answer(line)",
                    """connection.write_buffer += answer(line)
    if len(connection.write_buffer) >= HIGH_WATER:
        raise ConnectionError""",
                )
            ],
            "Slow is not gone",
        ),
    ],
    "goes_on_when_it_reads": [
        (
            "read",  # what is more than the mark is thrown away
            [
                (
                    "connection.write_buffer += answer(line)",
                    """connection.write_buffer += answer(line)
    del connection.write_buffer[HIGH_WATER:]""",
                )
            ],
            "Of 2,103,296 bytes of answers",
        ),
    ],
    "outlives_resets": [
        (
            "read",  # keeps a copy of each socket that failed
            tried("""    except ConnectionError:
        if connection.sock.family == socket.AF_INET:
            globals().setdefault("FAILED", []).append(connection.sock.dup())
        raise"""),
            "descriptors are left behind",
        ),
        (
            "read",  # urgent bytes are taken into the line
            [
                (
                    RECV,
                    """    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    data = connection.sock.recv(RECV_SIZE)""",
                )
            ],
            "An urgent byte is out of band",
        ),
    ],
}

STAND_IN = """from readiness.course.stand_ins.lab_09 import feed as own_feed


class LineDecoder:
    def __init__(self, max_length):
        self.max_length, self.partial = max_length, b""

    feed = own_feed

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
"""

RIGHT = [
    (
        "partition in a loop; send until there is no room; recv of 512 bytes; a table of the four cases",
        {
            "line-decoder": """class LineDecoder:
    def __init__(self, max_length):
        self.max_length = max_length
        self.partial = b""

    def feed(self, data):
        lines, buffer = [], self.partial + data
        while True:
            line, newline, rest = buffer.partition(b"\\n")
            if len(line) > self.max_length:
                raise ValueError("too long")
            if not newline:
                break
            lines.append(str(line, "utf-8"))
            buffer = rest
        self.partial = buffer
        return lines

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
""",
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    try:
        while connection.write_buffer:
            sent = connection.sock.send(connection.write_buffer)
            del connection.write_buffer[:sent]
    except BlockingIOError:
        pass""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    data = connection.sock.recv(512)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                )
            ],
            "needs": """def wanted_events(connection):
    may_read = not connection.eof_received and len(connection.write_buffer) < HIGH_WATER
    return {(False, False): 0, (True, False): READ, (False, True): WRITE, (True, True): READ | WRITE}[
        may_read, bool(connection.write_buffer)
    ]""",
        },
    ),
    (
        "byte by byte into a bytearray; send in pieces until there is no room; recvmsg; hysteresis with a flag",
        {
            "line-decoder": """class LineDecoder:
    def __init__(self, max_length):
        self.max_length = max_length
        self.partial = bytearray()

    def feed(self, data):
        lines = []
        for byte in data:
            if byte == 10:
                lines.append(self.partial.decode())
                self.partial = bytearray()
            else:
                self.partial.append(byte)
                if len(self.partial) > self.max_length:
                    raise ValueError("too long")
        return lines

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
""",
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    try:
        while connection.write_buffer:
            sent = connection.sock.send(connection.write_buffer[:4096])
            del connection.write_buffer[:sent]
    except BlockingIOError:
        pass""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    data = connection.sock.recvmsg(RECV_SIZE)[0]
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                )
            ],
            "needs": """def wanted_events(connection):
    if len(connection.write_buffer) >= HIGH_WATER:
        connection.paused = True
    elif len(connection.write_buffer) < HIGH_WATER // 2:
        connection.paused = False
    events = WRITE if connection.write_buffer else 0
    if not connection.eof_received and not getattr(connection, "paused", False):
        events += READ
    return events""",
        },
    ),
    (
        "a regular expression; send a memoryview; recv of 100 bytes; reads again when all is sent",
        {
            "line-decoder": """import re
class LineDecoder:
    def __init__(self, max_length):
        self.max_length = max_length
        self.partial = b""

    def feed(self, data):
        data = self.partial + data
        found = re.findall(rb"[^\\n]*\\n", data)
        self.partial = data[sum(map(len, found)):]
        if max(map(len, [*found, self.partial + b" "])) > self.max_length + 1:
            raise ValueError
        return [line[:-1].decode("utf-8", "strict") for line in found]

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
""",
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    try:
        with memoryview(connection.write_buffer) as view:
            sent = connection.sock.send(view)
    except BlockingIOError:
        return
    connection.write_buffer = connection.write_buffer[sent:]""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    data = connection.sock.recv(100)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                )
            ],
            "needs": """def wanted_events(connection):
    if len(connection.write_buffer) >= HIGH_WATER:
        connection.paused = True
    elif not connection.write_buffer:
        connection.paused = False
    events = WRITE if connection.write_buffer else 0
    if not connection.eof_received and not getattr(connection, "paused", False):
        events += READ
    return events""",
        },
    ),
    (
        "lines of a BytesIO; the write buffer becomes bytes; os.read; bits times conditions",
        {
            "line-decoder": """import io
class LineDecoder:
    def __init__(self, max_length):
        self.max_length = max_length
        self.partial = b""

    def feed(self, data):
        lines = []
        for line in io.BytesIO(self.partial + data):
            if len(line.removesuffix(b"\\n")) > self.max_length:
                raise ValueError
            lines.append(line)
        self.partial = lines.pop() if lines and not lines[-1].endswith(b"\\n") else b""
        return [line[:-1].decode() for line in lines]

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
""",
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    try:
        sent = connection.sock.send(connection.write_buffer)
    except BlockingIOError:
        sent = 0
    connection.write_buffer = bytes(connection.write_buffer)[sent:]""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    data = os.read(connection.sock.fileno(), RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                )
            ],
            "needs": """def wanted_events(connection):
    n = len(connection.write_buffer)
    return READ * (n < HIGH_WATER and not connection.eof_received) | WRITE * bool(n)""",
        },
    ),
    (
        "a list of pieces and its own feed_eof; os.write; recv_into a memoryview",
        {
            "line-decoder": """class LineDecoder:
    def __init__(self, max_length):
        self.bound = max_length
        self.pieces = []

    def feed(self, data):
        *lines, rest = (b"".join(self.pieces) + data).split(b"\\n")
        self.pieces = [rest]
        for line in [*lines, rest]:
            if len(line) > self.bound:
                raise ValueError
        return list(map(bytes.decode, lines))

    def feed_eof(self):
        last = b"".join(self.pieces)
        self.pieces = []
        return [last.decode()] if last else []
""",
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    with suppress(BlockingIOError):
        del connection.write_buffer[: os.write(connection.sock.fileno(), connection.write_buffer)]""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    buffer = bytearray(RECV_SIZE)
    n = connection.sock.recv_into(memoryview(buffer))
    data = bytes(memoryview(buffer)[:n])
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                )
            ],
        },
    ),
    (
        "rpartition and an incremental decoder; sendmsg; several small recvs up to RECV_SIZE",
        {
            "line-decoder": """import codecs
class LineDecoder:
    def __init__(self, max_length):
        self.max_length = max_length
        self.partial = b""

    def feed(self, data):
        whole, newline, rest = data.rpartition(b"\\n")
        whole, self.partial = self.partial + whole + newline, (b"" if newline else self.partial) + rest
        if not newline:
            whole = b""
        if any(len(line) > self.max_length for line in whole.split(b"\\n") + [self.partial]):
            raise ValueError
        return codecs.getincrementaldecoder("utf-8")().decode(whole, final=True).split("\\n")[:-1]

    def feed_eof(self):
        return [self.partial.decode()] if self.partial else []
""",
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    with suppress(BlockingIOError):
        del connection.write_buffer[: connection.sock.sendmsg([connection.write_buffer])]""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    left = RECV_SIZE
    while left:
        try:
            data = connection.sock.recv(min(left, 16384))
        except BlockingIOError:
            return
        left -= len(data)
        connection.eof_received = not data
        for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
            connection.write_buffer += answer(line)
        if not data:
            return""",
                )
            ],
        },
    ),
    (
        "the errno is tested; a false ready is passed over in read",
        {
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    try:
        sent = connection.sock.send(connection.write_buffer, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
            raise
        return sent if False else None
    del connection.write_buffer[:sent]
    return sent""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    try:
        data = connection.sock.recv(RECV_SIZE)
    except BlockingIOError:
        return
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                )
            ],
        },
    ),
    (
        "asks select for room first; match and extend",
        {
            "flush": [
                (
                    """    with suppress(BlockingIOError):
        sent = connection.sock.send(connection.write_buffer)
        del connection.write_buffer[:sent]""",
                    """    if select.select([], [connection.sock], [], 0)[1]:
        del connection.write_buffer[: connection.sock.send(connection.write_buffer)]""",
                )
            ],
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    match connection.sock.recv(RECV_SIZE):
        case b"":
            connection.eof_received = True
            lines = connection.decoder.feed_eof()
        case data:
            lines = connection.decoder.feed(data)
    connection.write_buffer.extend(b"".join(map(answer, lines)))""",
                )
            ],
        },
    ),
    (
        "a new write buffer each time",
        {
            "read": [
                (
                    """    data = connection.sock.recv(RECV_SIZE)
    connection.eof_received = not data
    for line in connection.decoder.feed(data) if data else connection.decoder.feed_eof():
        connection.write_buffer += answer(line)""",
                    """    data = connection.sock.recv(RECV_SIZE)
    if not data:
        connection.eof_received = True
    lines = connection.decoder.feed(data) if data else connection.decoder.feed_eof()
    connection.write_buffer = connection.write_buffer + b"".join(answer(line) for line in lines)""",
                )
            ],
        },
    ),
    (
        "the stand-ins",
        {
            "line-decoder": STAND_IN,
            "flush": "from readiness.course.stand_ins.lab_09 import flush",
            "read": "from readiness.course.stand_ins.lab_09 import read",
            "needs": "from readiness.course.stand_ins.lab_09 import wanted_events",
        },
    ),
]
