"""FTP's control connection: lines wherever they are cut, one reply for each, in order, and no line without end."""

import contextlib
import itertools
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.background import wait_until
from readiness.servers.ftp.control import AHEAD, CHUNK, HIGH, LINE, Control, Denied, parse
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import Wire, everything, serving


class Lines(Control):
    """A control connection's ear alone."""

    def __init__(self):
        self.inbox, self.dropping, self.lines = b"", False, []


def taken(data, cuts=()):
    ear = Lines()
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        ear.take(data[start:end])
    return ear


no_lf = st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"x"))


@given(st.lists(no_lf, max_size=12), no_lf, st.lists(st.integers(min_value=0), max_size=12))
def test_lines_are_the_same_wherever_they_are_cut(whole, rest, cuts):
    ear = taken(b"".join(line + b"\n" for line in whole) + rest, cuts)
    assert (ear.lines, ear.inbox) == (whole, rest)


@given(st.integers(LINE + 1, 3 * LINE), st.lists(st.integers(min_value=0), max_size=6))
def test_a_long_line_is_told_once_and_its_rest_dropped(size, cuts):
    ear = taken(b"NOOP\n" + b"x" * size + b"\nQUIT\n", cuts)
    assert [len(line) > LINE for line in ear.lines] == [False, True, False]
    assert ear.lines[-1] == b"QUIT"
    assert len(ear.inbox) <= LINE


@given(st.binary(max_size=60))
def test_parse_takes_any_bytes(line):
    try:
        verb, argument = parse(line)
    except Denied:
        return
    assert verb.isascii()
    assert verb == verb.upper()
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in argument)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_a_name_comes_through_as_it_is(name):
    assert parse(b"retr " + name.encode() + b"\r") == ("RETR", name)
    assert parse(b"\xff\xf4\xff\xf2RETR " + name.encode()) == ("RETR", name)


def test_of_telnet_only_its_commands_are_taken_out():
    assert parse(b"DELE k\xff\xff") == ("DELE", "k\udcff")  # RFC 854: IAC twice is the byte itself
    assert parse(b"DELE \xffy\xff") == ("DELE", "\udcffy\udcff")


@given(st.binary(max_size=40).filter(lambda name: not any(byte < 32 or byte in (127, 255) for byte in name)))
def test_a_name_that_is_not_utf8_keeps_its_bytes(name):
    try:
        text = parse(b"RETR " + name)[1]
    except Denied:  # U+0080 to U+009F are control characters
        return
    assert text.encode("utf-8", "surrogateescape") == name


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as server:
        yield server


def test_pipelined_commands_are_answered_in_order(server, tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with Wire(server.address) as wire:
        wire.send(b"SYST\r\nNOOP\r\nSIZE a\r\nPWD\r\nNONE\r\n" * 40)
        assert [wire.reply()[0] for _ in range(200)] == [215, 200, 213, 257, 502] * 40


def test_commands_behind_a_long_reply_are_answered(server, tmp_path):
    for number in range(1000):
        (tmp_path / f"{number:0100}").touch()
    with Wire(server.address) as wire:
        wire.send(b"STAT /\r\nSTAT /\r\nNOOP\r\n")
        for code in (213, 213, 200):
            found, text = wire.reply()
            assert found == code
        assert len(text) < HIGH


def test_commands_behind_a_transfer_wait_for_its_end(server, tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with Wire(server.address) as wire:
        address = wire.passive()
        wire.send(b"RETR a\r\nSYST\r\nNOOP\r\n")
        assert wire.reply()[0] == 150
        with socket.create_connection(address) as data:
            assert everything(data) == b"12345"
        assert [wire.reply()[0] for _ in range(3)] == [226, 215, 200]


def test_segments_of_one_byte(server):
    with Wire(server.address) as wire:
        wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b'MKD caf\xc3\xa9 "x"\r\nPWD\nCWD /caf\xc3\xa9 "x"\r\n':
            wire.send(bytes([byte]))
        assert wire.reply() == (257, '257 "/café ""x""" is made.')
        assert wire.reply()[0] == 257
        assert wire.reply()[0] == 250


def test_what_was_sent_before_a_half_close_is_answered(server):
    with Wire(server.address) as wire:
        wire.send(b"NOOP\r\nSYST\r\n" * 50)
        wire.sock.shutdown(socket.SHUT_WR)
        assert [wire.reply()[0] for _ in range(100)] == [200, 215] * 50
        assert wire.file.read() == b""


def test_what_is_owed_at_a_half_close_is_sent(server):
    with Wire(server.address) as wire:
        (one,) = server.sessions
        one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # little fits, much is owed
        count = 110_000 // len(wire.ask("HELP")[1])  # more than the kernel holds for us, less than it and HIGH
        wire.send(b"HELP\r\n" * count)
        wire.sock.shutdown(socket.SHUT_WR)
        assert wait_until(lambda: one.ended, 5)
        assert [wire.reply()[0] for _ in range(count)] == [214] * count
        assert wire.file.read() == b""


def test_quit_is_answered_and_ends_the_connection(server):
    with Wire(server.address) as wire:
        wire.send(b"QUIT\r\nNOOP\r\n" + b"NOOP\r\n" * 1000)
        assert wire.reply()[0] == 221
        assert wire.file.read() == b""
    assert wait_until(lambda: not server.sessions, 5)


MALFORMED = [
    b"", b" ", b"\r", b"\0", b"\xff", b"\xff\xff\xff", b"A", b"AB", b"ABCDE", b"1234", b" NOOP", b"NO OP",
    b"NOOP\0", b"\xc3\x28", b"RETR", b"RETR ", b"STOR", b"CWD", b"TYPE", b"TYPE X", b"TYPE A X", b"MODE B",
    b"STRU R", b"REST", b"REST -1", b"REST x", b"REST 99999999999999999999", b"REST \xd9\xa1", b"PORT",
    b"PORT 1,2,3", b"PORT 1,2,3,4,5,6,7", b"PORT 256,0,0,1,9,9", b"PORT -1,0,0,1,9,9", b"PORT a,b,c,d,e,f", b"EPRT",
    b"EPRT |", b"EPRT |1|::1|9999|", b"EPRT |3|x|9999|", b"EPRT |1|127.0.0.1|99999|", b"EPRT |2|127.0.0.1|9999|",
    b"EPSV 9", b"EPSV x", b"OPTS", b"OPTS X", b"RNTO x", b"RETR \0", b"RETR a\rb", b"RETR \x1b[2J", b"CWD \x7f",
    b"MKD \xc2\x85", b"PASS x", b"AUTH TLS", b"STOU", b"SITE HELP", b"MLSD none", b"MLST none", b"SIZE", b"MDTM",
    b"HELP %s%n", b"\xf0\x9f\x98\x80", b"LIST -", b"STAT none", b"NLST none", b"EPRT |1|127.0.0.1|80|",
    b"PORT 127,0,0,1,0,80",
]  # fmt: skip


def test_200_malformed_lines_get_one_reply_each(server):
    lines = list(itertools.islice(itertools.chain(MALFORMED, (m * 3 for m in MALFORMED), (b"X" + m for m in MALFORMED),
                                                  itertools.repeat(b"\x80" * 50)), 220))  # fmt: skip
    with Wire(server.address) as wire:
        for number, line in enumerate(lines):
            wire.send(line + b"\r\n" + b"HELP\r\n")
            assert 200 <= wire.reply()[0] < 560, (number, line)
            assert wire.reply()[0] == 214, f"not one reply to {line!r}"


def endless(root, session=Session):
    """How many bytes of a line without end are kept, and the codes of the replies until it ends."""
    with serving(root, session=session) as server, Wire(server.address) as wire:
        for _ in range(64):
            wire.send(b"x" * CHUNK)
        wire.send(b"\r\nSYST\r\n")
        codes = [wire.reply()[0]]
        kept = max(len(one.inbox) + sum(map(len, one.lines)) for one in server.sessions)
        while codes[-1] not in (215, 421):
            codes.append(wire.reply()[0])
        return kept, codes


def test_a_line_without_end_gets_one_500(tmp_path):
    kept, codes = endless(tmp_path)
    assert codes == [500, 215]
    assert kept <= 2 * LINE


def test_a_command_that_is_too_long_is_none(server):
    with Wire(server.address) as wire:
        assert wire.ask("NOOP " + "x" * (LINE - 6))[0] == 200  # with its CR that is LINE bytes
        assert wire.ask("NOOP " + "x" * LINE)[0] == 500
        assert wire.ask("NOOP")[0] == 200


class TellsAgainAndAgain(Session):
    def take(self, data):
        *whole, self.inbox = (self.inbox + data).split(b"\n")
        if len(self.inbox) > LINE:
            whole.append(self.inbox)
            self.inbox = b""
        self.lines.extend(whole)


class KeepsAll(Session):
    def take(self, data):
        *whole, self.inbox = (self.inbox + data).split(b"\n")
        self.lines.extend(whole)
        self.most = max(getattr(self, "most", 0), len(self.inbox))


def test_a_server_that_tells_again_and_again_is_caught(tmp_path):
    assert endless(tmp_path, TellsAgainAndAgain)[1].count(500) > 1


def test_a_server_that_keeps_all_of_it_is_caught(tmp_path):
    with serving(tmp_path, session=KeepsAll) as server, Wire(server.address) as wire:
        wire.send(b"x" * 64 * CHUNK + b"\r\n")
        assert wire.reply()[0] == 500
        assert max(one.most for one in server.sessions) > 2 * LINE


def deaf(root, seconds, session=Session):
    """How much is owed, in the end, to a client that asks and never reads, and how many of its commands wait."""
    with serving(root, session=session) as server, Wire(server.address) as wire:
        (one,) = server.sessions
        one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # little fits, much is owed
        wire.sock.setblocking(False)

        def push():
            with contextlib.suppress(BlockingIOError):  # it doesn't read from us any more
                wire.sock.send(b"HELP\r\n" * 1000)
            return len(one.owed) > 8 * HIGH

        wait_until(push, seconds)
        with Wire(server.address) as other:
            assert other.ask("NOOP")[0] == 200
        return len(one.owed), len(one.lines)


def test_who_never_reads_replies_is_no_longer_read_from(tmp_path):
    owed, lines = deaf(tmp_path, 1)
    assert owed < HIGH + 4096
    assert lines < AHEAD + CHUNK


class OwesWithoutEnd(Session):
    def free(self):
        return not self.busy

    def interest(self):
        return 3 if self.owed else 1


def test_a_server_that_owes_without_end_is_caught(tmp_path):
    assert deaf(tmp_path, 10, OwesWithoutEnd)[0] > 8 * HIGH


def test_the_end_of_abor_may_be_an_urgent_byte(server):
    with Wire(server.address) as wire:
        wire.sock.send(b"\xff\xf4\xff", socket.MSG_OOB)
        wire.sock.send(b"\xf2ABOR\r\n", socket.MSG_OOB)
        assert wire.reply()[0] == 226
        assert wire.ask("NOOP")[0] == 200
