"""FTP's control connection: lines wherever they are cut, one reply for each, in order, and no line without end."""

import contextlib
import itertools
import socket
from collections import deque
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.background import wait_until
from readiness.servers.ftp.control import HIGH_WATER, MAX_PENDING, RECV_SIZE, State
from readiness.servers.ftp.protocol import MAX_COMMAND_LINE, CommandError, parse
from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import RawFtpClient, recv_until_eof, serving


def parsed(data, cuts=()):
    """The control connection of a session that has received `data`, cut in pieces, and has only split it into lines."""
    control = SimpleNamespace(partial_line=b"", discarding=False, pending_commands=[])
    positions = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(positions):
        Session.feed(SimpleNamespace(control=control), data[start:end])
    return control


no_lf = st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"x"))


@given(st.lists(no_lf, max_size=12), no_lf, st.lists(st.integers(min_value=0), max_size=12))
def test_lines_are_the_same_wherever_they_are_cut(complete, rest, cuts):
    parser = parsed(b"".join(line + b"\n" for line in complete) + rest, cuts)
    assert (parser.pending_commands, parser.partial_line) == (complete, rest)


@given(st.integers(MAX_COMMAND_LINE + 1, 3 * MAX_COMMAND_LINE), st.lists(st.integers(min_value=0), max_size=6))
def test_a_long_line_is_told_once_and_its_rest_dropped(size, cuts):
    parser = parsed(b"NOOP\n" + b"x" * size + b"\nQUIT\n", cuts)
    assert [len(line) > MAX_COMMAND_LINE for line in parser.pending_commands] == [False, True, False]
    assert parser.pending_commands[-1] == b"QUIT"
    assert len(parser.partial_line) <= MAX_COMMAND_LINE


@given(st.binary(max_size=60))
def test_parse_takes_any_bytes(line):
    try:
        verb, argument = parse(line)
    except CommandError:
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
    except CommandError:  # U+0080 to U+009F are control characters
        return
    assert text.encode("utf-8", "surrogateescape") == name


def has_line(session):
    session.control.sock = SimpleNamespace(recv=lambda size: b"NOOP\r\n", **unchanged(session.control.sock))
    session.control.read()


def has_end(session):
    session.control.sock = SimpleNamespace(recv=lambda size: b"", **unchanged(session.control.sock))
    session.control.read()


def is_reset(session):
    def recv(size):
        raise ConnectionResetError

    session.control.sock = SimpleNamespace(recv=recv, **unchanged(session.control.sock))
    session.control.read()


def sends_nothing(session):
    def recv(size):
        raise BlockingIOError

    session.control.sock = SimpleNamespace(recv=recv, **unchanged(session.control.sock))
    session.control.read()


def unchanged(sock):
    return {name: getattr(sock, name) for name in ("fileno", "send", "shutdown", "close")}


def says_last_reply(session):
    session.control.close_after_reply(421, "Enough.")


def has_sent_all(session):
    session.control.write_buffer.clear()
    session.process_pending()


def can_not_send(session):
    session.control.sock.close()
    session.control.reply(200, "Done.")
    session.process_pending()


def is_closed(session):
    session.close()


OPEN, CLOSING, ENDING, CLOSED = State
TRANSITIONS = {  # from OPEN, CLOSING, ENDING, CLOSED
    has_line: (OPEN, CLOSING, ENDING, CLOSED),
    sends_nothing: (OPEN, CLOSING, ENDING, CLOSED),
    has_end: (ENDING, ENDING, ENDING, CLOSED),
    is_reset: (ENDING, ENDING, ENDING, CLOSED),
    says_last_reply: (CLOSING, CLOSING, ENDING, CLOSED),
    has_sent_all: (OPEN, CLOSING, CLOSED, CLOSED),
    can_not_send: (CLOSED, CLOSED, CLOSED, CLOSED),
    is_closed: (CLOSED, CLOSED, CLOSED, CLOSED),
}


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("event", TRANSITIONS)
def test_each_event_in_each_state(tmp_path, event, before):
    with contextlib.closing(FtpServer(tmp_path)) as server, socket.create_connection(server.address):
        server.accept(1)
        (session,) = server.sessions
        has_sent_all(session)
        if before is CLOSED:
            session.close()
        session.control.state = before
        event(session)
        assert session.control.state is TRANSITIONS[event][list(State).index(before)]
        assert (session.control.state is CLOSED) == (session not in server.sessions)
        kept = event is has_line and before is OPEN
        assert session.control.pending_commands == deque([b"NOOP\r"] * kept)  # in other states a command is ignored


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as server:
        yield server


def test_pipelined_commands_are_answered_in_order(server, tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with RawFtpClient(server.address) as client:
        client.send(b"SYST\r\nNOOP\r\nSIZE a\r\nPWD\r\nNONE\r\n" * 40)
        assert [client.read_reply()[0] for _ in range(200)] == [215, 200, 213, 257, 502] * 40


def test_commands_behind_a_long_reply_are_answered(server, tmp_path):
    for number in range(1000):
        (tmp_path / f"{number:0100}").touch()
    with RawFtpClient(server.address) as client:
        client.send(b"STAT /\r\nSTAT /\r\nNOOP\r\n")
        for code in (213, 213, 200):
            found, text = client.read_reply()
            assert found == code
        assert len(text) < HIGH_WATER


def test_commands_behind_a_transfer_wait_for_its_end(server, tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with RawFtpClient(server.address) as client:
        address = client.passive_address()
        client.send(b"RETR a\r\nSYST\r\nNOOP\r\n")
        assert client.read_reply()[0] == 150
        with socket.create_connection(address) as data:
            assert recv_until_eof(data) == b"12345"
        assert [client.read_reply()[0] for _ in range(3)] == [226, 215, 200]


def test_segments_of_one_byte(server):
    with RawFtpClient(server.address) as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b'MKD caf\xc3\xa9 "x"\r\nPWD\nCWD /caf\xc3\xa9 "x"\r\n':
            client.send(bytes([byte]))
        assert client.read_reply() == (257, '257 "/café ""x""" is made.')
        assert client.read_reply()[0] == 257
        assert client.read_reply()[0] == 250


def test_what_was_sent_before_a_half_close_is_answered(server):
    with RawFtpClient(server.address) as client:
        client.send(b"NOOP\r\nSYST\r\n" * 50)
        client.sock.shutdown(socket.SHUT_WR)
        assert [client.read_reply()[0] for _ in range(100)] == [200, 215] * 50
        assert client.file.read() == b""


def test_what_is_owed_at_a_half_close_is_sent(server):
    with RawFtpClient(server.address) as client:
        (session,) = server.sessions
        session.control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # little fits, much is unsent
        # More than the kernel holds for us, less than it and HIGH_WATER.
        count = 110_000 // len(client.send_command("HELP")[1])
        client.send(b"HELP\r\n" * count)
        client.sock.shutdown(socket.SHUT_WR)
        assert wait_until(lambda: session.control.state is State.ENDING, 5)
        assert [client.read_reply()[0] for _ in range(count)] == [214] * count
        assert client.file.read() == b""


def test_quit_is_answered_and_ends_the_connection(server):
    with RawFtpClient(server.address) as client:
        client.send(b"QUIT\r\nNOOP\r\n" + b"NOOP\r\n" * 1000)
        assert client.read_reply()[0] == 221
        assert client.file.read() == b""
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
    with RawFtpClient(server.address) as client:
        for number, line in enumerate(lines):
            client.send(line + b"\r\n" + b"HELP\r\n")
            assert 200 <= client.read_reply()[0] < 560, (number, line)
            assert client.read_reply()[0] == 214, f"not one reply to {line!r}"


def endless(root, session_class=Session):
    """How many bytes of a line without end are kept, and the codes of the replies until it ends."""
    with serving(root, session_class=session_class) as server, RawFtpClient(server.address) as client:
        for _ in range(64):
            client.send(b"x" * RECV_SIZE)
        client.send(b"\r\nSYST\r\n")
        codes = [client.read_reply()[0]]
        kept = max(
            len(session.control.partial_line) + sum(map(len, session.control.pending_commands))
            for session in server.sessions
        )
        while codes[-1] not in (215, 421):
            codes.append(client.read_reply()[0])
        return kept, codes


def test_a_line_without_end_gets_one_500(tmp_path):
    kept, codes = endless(tmp_path)
    assert codes == [500, 215]
    assert kept <= 2 * MAX_COMMAND_LINE


def test_a_command_that_is_too_long_is_none(server):
    with RawFtpClient(server.address) as client:
        assert (
            client.send_command("NOOP " + "x" * (MAX_COMMAND_LINE - 6))[0] == 200
        )  # with its CR that is MAX_COMMAND_LINE bytes
        assert client.send_command("NOOP " + "x" * MAX_COMMAND_LINE)[0] == 500
        assert client.send_command("NOOP")[0] == 200


class TellsAgainAndAgain(Session):
    def feed(self, data):
        control = self.control
        *complete, control.partial_line = (control.partial_line + data).split(b"\n")
        if len(control.partial_line) > MAX_COMMAND_LINE:
            complete.append(control.partial_line)
            control.partial_line = b""
        control.pending_commands.extend(complete)


class KeepsAll(Session):
    def feed(self, data):
        control = self.control
        *complete, control.partial_line = (control.partial_line + data).split(b"\n")
        control.pending_commands.extend(complete)
        self.max_kept = max(getattr(self, "max_kept", 0), len(control.partial_line))


def test_a_server_that_tells_again_and_again_is_caught(tmp_path):
    assert endless(tmp_path, TellsAgainAndAgain)[1].count(500) > 1


def test_a_server_that_keeps_all_of_it_is_caught(tmp_path):
    with serving(tmp_path, session_class=KeepsAll) as server, RawFtpClient(server.address) as client:
        client.send(b"x" * 64 * RECV_SIZE + b"\r\n")
        assert client.read_reply()[0] == 500
        assert max(session.max_kept for session in server.sessions) > 2 * MAX_COMMAND_LINE


def flood_without_reading(root, seconds, session_class=Session):
    """Return the unsent bytes for a client that never reads, and the number of its pending commands, at the end."""
    with serving(root, session_class=session_class) as server, RawFtpClient(server.address) as client:
        (session,) = server.sessions
        session.control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # little fits, much is unsent
        client.sock.setblocking(False)

        def push():
            with contextlib.suppress(BlockingIOError):  # it doesn't read from us any more
                client.sock.send(b"HELP\r\n" * 1000)
            return len(session.control.write_buffer) > 8 * HIGH_WATER

        wait_until(push, seconds)
        with RawFtpClient(server.address) as other:
            assert other.send_command("NOOP")[0] == 200
        return len(session.control.write_buffer), len(session.control.pending_commands)


def test_who_never_reads_replies_is_no_longer_read_from(tmp_path):
    unsent, pending = flood_without_reading(tmp_path, 1)
    assert unsent < HIGH_WATER + 4096
    assert pending < MAX_PENDING + RECV_SIZE


class OwesWithoutEnd(Session):
    def can_dispatch(self):
        return not self.command_in_progress

    def wanted_events(self):
        return 3 if self.control.write_buffer else 1


def test_a_server_that_owes_without_end_is_caught(tmp_path):
    assert flood_without_reading(tmp_path, 10, OwesWithoutEnd)[0] > 8 * HIGH_WATER


def test_the_end_of_abor_may_be_an_urgent_byte(server):
    with RawFtpClient(server.address) as client:
        client.sock.send(b"\xff\xf4\xff", socket.MSG_OOB)
        client.sock.send(b"\xf2ABOR\r\n", socket.MSG_OOB)
        assert client.read_reply()[0] == 226
        assert client.send_command("NOOP")[0] == 200
