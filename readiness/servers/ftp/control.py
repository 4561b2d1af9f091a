"""The control connection of one session: it receives command lines, calls a method for each, and sends replies.

The command VERB is the method `do_verb` in `session`, `login` or `data`. This module contains no command. Replies are
in English, as RFC 2640 section 4.1 requires if client and server have not agreed on another language.
"""

import contextlib
import errno
import re
import socket
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from readiness.servers.eventloop import READ, WRITE

if TYPE_CHECKING:
    from readiness.servers.ftp.server import FtpServer

MAX_COMMAND_LINE = 4096  # bytes of a command, without its end
RECV_SIZE = 4096  # bytes of one recv
MAX_PENDING = 64  # pending commands at which the server stops reading: back-pressure for a pipeline
COMMANDS_PER_TURN = 16  # commands of one session in one iteration of the loop; then other sessions are served
HIGH_WATER = 1 << 16  # bytes of unsent replies at which no command is read or dispatched
CLOSE_TIMEOUT = 5.0  # seconds after the last reply in which the client must close its side

TELNET = re.compile(rb"\xff(?:[\xfb-\xfe].|[\xf0-\xff])", re.S)  # RFC 854: IAC, command, option of WILL to DONT
VERB = re.compile(r"[A-Z]{3,4}")
ALIASES = {"XCWD": "CWD", "XCUP": "CDUP", "XPWD": "PWD", "XMKD": "MKD", "XRMD": "RMD"}  # RFC 1123 section 4.1.3.1
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class CommandError(Exception):
    """The refusal of a command. `dispatch` catches it, and replies with its code and text.

    Args:
        code: the reply code (RFC 959 section 4.2).
        text: the reason, which the client receives.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


REPLY_BY_ERRNO = {errno.ENOSPC: 452, errno.EDQUOT: 552, errno.EFBIG: 552, errno.ENAMETOOLONG: 553, errno.EBUSY: 450}
REPLY_BY_ERRNO |= dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EADDRINUSE), 451)
REPLY_BY_ERRNO |= dict.fromkeys(
    (errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED, errno.ETIMEDOUT, errno.EHOSTUNREACH), 426
)


def command_error(error: OSError) -> CommandError:
    """Return the `CommandError` for an OSError. The code is 550 unless REPLY_BY_ERRNO has another code."""
    return CommandError(REPLY_BY_ERRNO.get(error.errno or 0, 550), f"{error.strerror or 'Not possible'}.")


def strip_telnet(line: bytes) -> bytes:
    """Return the command line without the Telnet commands in it. IAC IAC becomes one byte 255 (RFC 854)."""
    return TELNET.sub(lambda match: b"\xff" if match[0] == b"\xff\xff" else b"", line)


def parse(line: bytes) -> tuple[str, str]:
    """Return the verb and the argument of a command line.

    The verb is the command's name in capitals. An old verb with X, such as XCWD, is replaced by the new verb. The
    argument is the text after the first space. Bytes that are not UTF-8 are kept (surrogateescape), because a file name
    may contain any bytes.

    Raises:
        CommandError: With code 500 if there is no verb, with code 501 if the argument has a control character.
    """
    text = strip_telnet(line).removesuffix(b"\r").decode("utf-8", "surrogateescape")
    name, _space, argument = text.partition(" ")
    verb = name.upper()
    if not VERB.fullmatch(verb):
        raise CommandError(500, "That is no command.")
    if CONTROL_CHARACTER.search(argument):
        raise CommandError(501, "Control characters are refused.")
    return ALIASES.get(verb, verb), argument


class ControlConnection:
    """The control connection of one client: the base class of `Session`.

    Args:
        server: the server that accepted the client.
        sock: the connected socket.
    """

    def __init__(self, server: "FtpServer", sock: socket.socket) -> None:
        sock.setblocking(False)  # accept(2): not inherited from the listener
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 226 waits until 150 is acknowledged
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)  # ftplib sends the last byte of ABOR as urgent data
        self.server, self.sock = server, sock
        self.local_host, self.peer_host = sock.getsockname()[0], sock.getpeername()[0]
        self.partial_line = b""  # the beginning of a line that has no end yet
        self.discarding = False  # the rest of a line that is too long is discarded
        self.pending_commands: deque[bytes] = deque()  # whole lines that are not dispatched yet
        self.write_buffer = bytearray()  # replies that are not sent yet
        self.command_in_progress = False  # the next command waits
        self.eof_received = False  # the client sends no more
        self.closing = False  # the last reply is in the write buffer
        self.closed = False
        self.last_activity = monotonic()  # when a byte was last sent or received
        self.timer = server.timers.call_later(server.idle_check_interval, self.check_idle)

    # Decisions: lines, replies, order, back-pressure.

    def feed(self, data: bytes) -> None:
        """Split `data` at each LF. Append whole lines to `pending_commands`, and keep the rest in `partial_line`.

        If the rest is longer than MAX_COMMAND_LINE, append it to `pending_commands` once, and discard all bytes up to
        the next LF.
        """
        *complete, self.partial_line = (self.partial_line + data).split(b"\n")
        if complete and self.discarding:
            self.discarding = False
            del complete[0]
        if len(self.partial_line) > MAX_COMMAND_LINE:
            if not self.discarding:
                complete.append(self.partial_line)
            self.partial_line, self.discarding = b"", True
        self.pending_commands.extend(complete)

    def reply(self, code: int, *lines: str) -> None:
        """Append a reply to the write buffer; `flush` sends it (RFC 959 section 4.2).

        A reply with one line is `code text`. In a reply with several lines, the first line is `code-text`, the last
        line is `code text`, and each line between them begins with a space. Each line ends with CRLF.
        """
        *leading, last = lines
        rows = [f" {line}" if number else f"{code}-{line}" for number, line in enumerate(leading)]
        text = "\r\n".join([*rows, f"{code} {last}", ""])
        self.write_buffer += text.encode("utf-8", "surrogateescape")

    def dispatch(self, line: bytes) -> None:
        """Carry out one command: call its method `do_verb`, which replies. If the method raises, reply with the error.

        Reply 500 to a line longer than MAX_COMMAND_LINE, and 502 to a verb without a method.
        """
        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)

    def process_pending(self) -> None:
        """Dispatch the pending commands in order, while none is in progress and the client reads its replies.

        Dispatch at most COMMANDS_PER_TURN commands, then flush. The others wait for the next turn of the loop, so that
        other sessions have their turn. After the end of input, close when no command can be dispatched and no reply is
        unsent.
        """
        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()  # what is under way ends with its control connection (RFC 959 section 4.1.1)

    def can_dispatch(self) -> bool:
        """Return True if the next command may be dispatched now. During another command, `may_interrupt` decides."""
        if self.closed or self.closing or len(self.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.may_interrupt(self.pending_commands[0])

    def wanted_events(self) -> int:
        """Return READ if there is room for another command, WRITE if replies are unsent, READ | WRITE, or 0."""
        has_room = len(self.write_buffer) < HIGH_WATER and len(self.pending_commands) < MAX_PENDING
        reading = has_room and not self.eof_received
        return (READ if reading else 0) | (WRITE if self.write_buffer else 0)

    def idle_limit(self) -> float:
        """Return the idle timeout in seconds: the session is idle after this time without a byte sent or received."""
        return self.server.idle_timeout

    # Actions: the socket, timers and the end.

    def authorize(self, verb: str, argument: str) -> None:
        """Check that the client may send the command `verb` with the argument `argument` now.

        Raises:
            CommandError: With code 502 if the server does not have this command.
        """
        if not hasattr(self, f"do_{verb.lower()}"):
            raise CommandError(502, f"{verb} is not served here.")

    def may_interrupt(self, line: bytes) -> bool:
        """Return True if the command in `line` may be dispatched while another command is in progress."""
        return False

    def on_ready(self, mask: int) -> None:
        """Receive bytes if `mask` contains READ. Then dispatch the pending commands, and send replies."""
        if mask & READ:
            self.read()
        self.process_pending()

    def read(self) -> None:
        """Receive bytes, and pass them to `feed`. At the end of input, set `eof_received`.

        While the connection is closing, read the bytes and ignore them, because a close with unread bytes resets the
        connection.
        """
        try:
            data = self.sock.recv(RECV_SIZE)
        except BlockingIOError:  # readiness is a hint
            return
        except OSError:
            data = b""
        self.last_activity = monotonic()
        if not data:
            self.eof_received = True
        elif not self.closing:
            self.feed(data)

    def flush(self) -> None:
        """Send as much of the write buffer as the socket takes, then watch the socket for its `wanted_events`.

        If the connection is broken, close it.
        """
        if self.closed:
            return
        try:
            if self.write_buffer:
                del self.write_buffer[: self.sock.send(self.write_buffer)]
                self.last_activity = monotonic()
            if self.closing and not (self.write_buffer or self.eof_received):
                self.sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self.server.set_events(self.sock, self.wanted_events(), self.on_ready)

    def close_after_reply(self, code: int, text: str) -> None:
        """Send a last reply, then close the connection. The client has CLOSE_TIMEOUT seconds to read the reply."""
        self.reply(code, text)
        self.closing = True
        self.pending_commands.clear()
        self.server.timers.cancel(self.timer)
        self.timer = self.server.timers.call_later(CLOSE_TIMEOUT, self.close)

    def check_idle(self) -> None:
        """Call `on_idle_timeout` if the session is idle. Then set a timer for the next check.

        A byte that is sent or received sets `last_activity`, but no timer.
        """
        remaining = self.last_activity + self.idle_limit() - monotonic()
        if remaining <= 0:
            self.on_idle_timeout()
            remaining = self.idle_limit()
        if not (self.closed or self.closing):
            self.timer = self.server.timers.call_later(min(remaining, self.server.idle_check_interval), self.check_idle)

    def on_idle_timeout(self) -> None:
        """End the session with reply 421, because no byte was sent or received for `idle_limit` seconds.

        If earlier replies are still unsent, close the connection without a reply.
        """
        if self.write_buffer:  # the client does not read, so a 421 would not arrive
            self.close()
        else:
            self.close_after_reply(421, "Nothing has been said for too long.")
            self.process_pending()

    def close(self) -> None:
        """Close everything that the session opened. A second call does nothing."""
        if self.closed:
            return
        self.closed = True
        self.server.timers.cancel(self.timer)
        self.server.set_events(self.sock, 0)
        with contextlib.suppress(OSError):  # close(2) may report that the connection was reset
            self.sock.close()
