"""The control connection of one session: its socket, its two buffers, its state, and its idle timer.

The decisions (where a line ends, which command is next) are methods of `Session`. Replies are in English, as RFC 2640
section 4.1 requires if client and server have not agreed on another language.
"""

import contextlib
import enum
import select
import socket
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from readiness.servers.eventloop import READ
from readiness.servers.ftp.addresses import unmapped
from readiness.servers.unsent import unsent_bytes

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session
    from readiness.servers.timers import Timer

RECV_SIZE = 4096  # bytes of one recv
MAX_PENDING = 256  # pending commands at which the server stops reading: back-pressure for a pipeline
COMMANDS_PER_TURN = 16  # commands that one session may dispatch in one iteration of the loop
HIGH_WATER = 1 << 16  # bytes of unsent replies at which no command is read or dispatched
HANGUP_INTERVAL = 0.25  # seconds between two looks for the end of the input, while the server does not read
CLOSE_TIMEOUT = 5.0  # seconds after the last reply in which the client must close its side


class State(enum.Enum):
    """The state of a control connection. It only moves down this list (see `ControlConnection.advance`).

    A last reply moves OPEN to CLOSING. The end of the input moves OPEN and CLOSING to ENDING.
    """

    OPEN = "the client may send commands"
    CLOSING = "the last reply is in the write buffer, and commands that still arrive are ignored"
    ENDING = "the client sends no more; its commands are answered, then the connection is closed"
    CLOSED = "the socket is closed"


class ControlConnection:
    """The control connection of one client.

    Args:
        session: the session that the connection belongs to.
        sock: the connected socket.

    Attributes:
        partial_line: the beginning of a line that has no end yet, as bytes.
        discarding: True while the rest of a line that is too long is discarded.
        pending_commands: whole lines that are not dispatched yet.
        write_buffer: replies that are not sent yet, as bytes.
        last_activity: when a byte was last sent or received, in seconds of `time.monotonic`.
        kernel_unsent: the bytes of both connections that the kernel still had to send when `note_progress` last asked.
    """

    def __init__(self, session: "Session", sock: socket.socket) -> None:
        sock.setblocking(False)  # accept(2): not inherited from the listener
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 226 waits until 150 is acknowledged
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)  # ftplib sends the last byte of ABOR as urgent data
        self.session, self.server, self.sock = session, session.server, sock
        self.local_host, self.peer_host = unmapped(sock.getsockname()[0]), unmapped(sock.getpeername()[0])
        self.partial_line = b""
        self.discarding = False
        self.pending_commands: deque[bytes] = deque()
        self.write_buffer = bytearray()
        self.state = State.OPEN
        self.last_activity = monotonic()
        self.kernel_unsent = 0
        self.timer = self.server.timers.call_later(self.server.idle_check_interval, self.check_idle)
        self.hangup_timer: Timer | None = None

    def advance(self, state: State) -> None:
        """Change the state to `state`, unless that is a step back."""
        order = list(State)
        if order.index(state) > order.index(self.state):
            self.state = state

    def on_ready(self, mask: int) -> None:
        """Receive bytes if `mask` contains READ. Then dispatch the pending commands, and send replies."""
        if mask & READ:
            self.read()
        self.session.data.check_interrupt()
        self.session.long_reply.check_interrupt()
        self.session.login.reject_if_ended()
        self.session.process_pending()

    def read(self) -> None:
        """Receive bytes, and pass them to `Session.feed`. At the end of input, change the state to ENDING.

        In state CLOSING, read the bytes and ignore them, because a close with unread bytes resets the connection.
        """
        try:
            data = self.sock.recv(RECV_SIZE)
        except BlockingIOError:  # readiness is a hint
            return
        except OSError:
            data = b""
        self.last_activity = monotonic()
        if not data:
            self.advance(State.ENDING)
        elif self.state is State.OPEN:
            self.session.feed(data)

    def reply(self, code: int, text: str, *more: str) -> None:
        """Append a reply to the write buffer; `flush` sends it (RFC 959 section 4.2).

        A reply with one line is `code text`. In a reply with several lines, the first line is `code-text`, the last
        line is `code text`, and each line between them begins with a space. Each line ends with CRLF.
        """
        *leading, last = text, *more
        rows = [f" {line}" if number else f"{code}-{line}" for number, line in enumerate(leading)]
        lines = "\r\n".join([*rows, f"{code} {last}", ""])
        self.write_buffer += lines.encode("utf-8", "surrogateescape")

    def flush(self) -> None:
        """Send as much of the write buffer as the socket takes, then watch the socket for `Session.wanted_events`.

        If the connection is broken, close the session.
        """
        if self.state is State.CLOSED:
            return
        try:
            if self.write_buffer:
                del self.write_buffer[: self.sock.send(self.write_buffer)]
                self.last_activity = monotonic()
            if self.state is State.CLOSING and not self.write_buffer:
                self.sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self.session.close()
            return
        events = self.session.wanted_events()
        self.server.set_events(self.sock, events, self.on_ready)
        self.session.long_reply.schedule()
        if not events & READ and self.session.data.transfer and not (self.hangup_timer and self.hangup_timer.pending):
            self.hangup_timer = self.server.timers.call_later(HANGUP_INTERVAL, self.check_hangup)

    def check_hangup(self) -> None:
        """Interrupt the transfer if the client has gone.

        While many commands are pending, the server does not read. So it asks the kernel for the end of the input.
        """
        if self.state is not State.CLOSED and is_hung_up(self.sock):
            self.session.data.check_interrupt(input_ended=True)
        self.session.process_pending()

    def close_after_reply(self, code: int, text: str) -> None:
        """Send a last reply, then close the connection. The client has CLOSE_TIMEOUT seconds to read the reply."""
        self.session.long_reply.close()
        self.reply(code, text)
        self.advance(State.CLOSING)
        self.session.login.checking = False  # no other reply may follow
        self.pending_commands.clear()
        self.server.timers.cancel(self.timer)
        self.timer = self.server.timers.call_later(CLOSE_TIMEOUT, self.session.close)

    def check_idle(self) -> None:
        """Call `on_idle_timeout` if the session is idle. Then set a timer for the next check.

        A byte that is sent or received sets `last_activity`, but no timer.
        """
        self.note_progress()
        remaining = self.last_activity + self.idle_limit() - monotonic()
        if remaining <= 0:
            self.on_idle_timeout()
            remaining = self.idle_limit()
        if self.state in (State.OPEN, State.ENDING):
            self.timer = self.server.timers.call_later(min(remaining, self.server.idle_check_interval), self.check_idle)

    def note_progress(self) -> None:
        """Set `last_activity` if the number of bytes that the kernel still has to send has changed since the last call.

        A slow client may take a long time to read what the kernel already holds. It is not idle.
        """
        sockets = filter(None, (self.sock, self.session.data.socket))
        unsent = sum(map(unsent_bytes, sockets))
        if unsent != self.kernel_unsent:
            self.kernel_unsent, self.last_activity = unsent, monotonic()

    def idle_limit(self) -> float:
        """Return the idle timeout in seconds: the session is idle after this time without a byte sent or received."""
        return self.server.transfer_timeout if self.session.data.transfer else self.server.idle_timeout

    def on_idle_timeout(self) -> None:
        """End the transfer with reply 426 if there is one, otherwise the session with reply 421.

        If earlier replies are still unsent, close the connection without a reply.
        """
        if self.session.data.transfer:
            self.session.data.end_transfer(426, "No data has moved for too long.")
            self.last_activity = monotonic()
        elif self.write_buffer:  # the client does not read, so a 421 would not arrive
            self.session.close()
            return
        else:
            self.close_after_reply(421, "Nothing has been said for too long.")
        self.session.process_pending()

    def close(self) -> None:
        """Close the socket, and stop the timers and the long reply."""
        self.advance(State.CLOSED)
        self.session.login.checking = False
        self.session.long_reply.close()
        self.server.timers.cancel(self.timer)
        self.server.timers.cancel(self.hangup_timer)
        self.server.set_events(self.sock, 0)
        with contextlib.suppress(OSError):  # close(2) may report that the connection was reset
            self.sock.close()


def is_hung_up(sock: socket.socket) -> bool:
    """Return True if the peer has ended its side of the connection, or the connection is broken.

    On Linux, unread bytes may come before the end (POLLRDHUP, poll(2)). On other systems, the end is seen only after
    all bytes have been read.
    """
    if hasattr(select, "POLLRDHUP"):
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        return bool(poll.poll(0))
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
