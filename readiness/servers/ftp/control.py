"""The control connection of one session: lines in, replies out, one command after another.

It knows no command: a verb is a method `do_verb` further up. It opens no file and no data connection. Replies are in
English, as RFC 2640 section 4.1 wants them where no other language was agreed on.
"""

import contextlib
import errno
import re
import socket
from collections import deque
from time import monotonic
from typing import Any

from readiness.servers.eventloop import READ, WRITE

LINE = 4096  # bytes of a command, without its end
CHUNK = 4096  # bytes of one recv
AHEAD = 64  # commands waiting above which no more is read: the pipeline's back-pressure
TURN = 16  # commands obeyed in one turn of the loop: then it is the others' turn
HIGH = 1 << 16  # bytes owed above which no command is read or obeyed: the client doesn't read its replies
LINGER = 5.0  # seconds that a client has for closing its side, once we have said goodbye

TELNET = re.compile(rb"\xff(?:[\xfb-\xfe].|[\xf0-\xff])", re.S)  # RFC 854: IAC, command, option of WILL to DONT
VERB = re.compile(r"[A-Z]{3,4}")
ALIASES = {"XCWD": "CWD", "XCUP": "CDUP", "XPWD": "PWD", "XMKD": "MKD", "XRMD": "RMD"}  # RFC 1123 section 4.1.3.1
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Denied(Exception):
    """A command that is not carried out: the reply says why. code: RFC 959 section 4.2."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


CODES = {errno.ENOSPC: 452, errno.EDQUOT: 552, errno.EFBIG: 552, errno.ENAMETOOLONG: 553, errno.EBUSY: 450}
CODES |= dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EADDRINUSE), 451)
CODES |= dict.fromkeys((errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED, errno.ETIMEDOUT, errno.EHOSTUNREACH), 426)


def denied_by(error: OSError) -> Denied:
    """What the system refused, as a reply: 550, unless the error is one of those that have a code of their own."""
    return Denied(CODES.get(error.errno, 550), f"{error.strerror or 'Not possible'}.")


def without_telnet(line: bytes) -> bytes:
    """A line without Telnet's commands; IAC twice is the byte 255 itself (RFC 854)."""
    return TELNET.sub(lambda found: b"\xff" if found[0] == b"\xff\xff" else b"", line)


def parse(line: bytes) -> tuple[str, str]:
    """The verb, in capitals and without the X of old, and all that follows its space.

    Denied: 500, there is no verb; 501, a control character.
    Bytes that are not UTF-8 are kept (surrogateescape): a name of any bytes comes back as it was.
    """
    text = without_telnet(line).removesuffix(b"\r").decode("utf-8", "surrogateescape")
    word, _space, argument = text.partition(" ")
    verb = word.upper()
    if not VERB.fullmatch(verb):
        raise Denied(500, "That is no command.")
    if CONTROL.search(argument):
        raise Denied(501, "Control characters are refused.")
    return ALIASES.get(verb, verb), argument


class Control:
    """One client's control connection. `server` has `watch`, `timers` and the limits: see `server.FtpServer`."""

    def __init__(self, server: Any, sock: socket.socket) -> None:
        sock.setblocking(False)  # accept(2): not inherited from the listener
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 226 must not wait until 150 is acknowledged
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)  # ftplib sends the end of ABOR as an urgent byte
        self.server, self.sock = server, sock
        self.here, self.peer = sock.getsockname()[0], sock.getpeername()[0]
        self.inbox = b""  # the beginning of a line
        self.dropping = False  # what comes is the rest of a line that was too long
        self.lines: deque[bytes] = deque()  # commands that have arrived and wait their turn
        self.owed = bytearray()  # replies that the client has not taken yet
        self.busy = False  # a command is under way: the next one waits
        self.ended = self.leaving = self.gone = False  # it sends no more; we have said goodbye; it is closed
        self.moved = monotonic()  # when something last went either way
        self.timer = server.timers.call_later(server.look_every, self.look)

    # What a session decides: lines, replies, order, back-pressure.

    def take(self, data: bytes) -> None:
        """Cut what has arrived into `lines`, at each LF; what has no end yet stays in `inbox`.

        A line that grows above LINE goes to `lines` as far as it has come, once; the rest of it, up to its LF, is
        dropped as it comes.
        """
        *whole, self.inbox = (self.inbox + data).split(b"\n")
        if whole and self.dropping:
            self.dropping = False
            del whole[0]
        if len(self.inbox) > LINE:
            if not self.dropping:
                whole.append(self.inbox)
            self.inbox, self.dropping = b"", True
        self.lines.extend(whole)

    def reply(self, code: int, *lines: str) -> None:
        """Owe the client a reply: `code text` and CRLF (RFC 959 section 4.2).

        Of several lines the first is `code-text`, the last one `code text`; those between begin with a space.
        """
        *before, last = lines
        rows = [f" {line}" if number else f"{code}-{line}" for number, line in enumerate(before)]
        text = "\r\n".join([*rows, f"{code} {last}", ""])
        self.owed += text.encode("utf-8", "surrogateescape")

    def obey(self, line: bytes) -> None:
        """Carry out one command: the method `do_verb` replies, and what it raises becomes the reply.

        A line longer than LINE is no command: 500. A verb without a method: 502.
        """
        try:
            if len(line) > LINE:
                raise Denied(500, "That line is too long.")
            verb, argument = parse(line)
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except OSError as error:
            self.reply(*denied_by(error).args)

    def work(self) -> None:
        """Obey the commands that wait, in order, as long as none is under way and the client takes its replies.

        At most TURN of them, then send what is owed; the rest waits for the next turn, so that others have theirs.
        """
        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()  # what is under way ends with its control connection (RFC 959 section 4.1.1)

    def free(self) -> bool:
        """Whether the next command may be obeyed now; while one is under way only those that overtake it may."""
        if self.gone or self.leaving or len(self.owed) >= HIGH:
            return False
        return not self.busy or self.overtakes(self.lines[0])

    def interest(self) -> int:
        """READ, unless too much is owed or waits already; WRITE, while something is owed; both, or 0 for neither."""
        reading = not self.ended and len(self.owed) < HIGH and len(self.lines) < AHEAD
        return (READ if reading else 0) | (WRITE if self.owed else 0)

    def patience(self) -> float:
        """Seconds of silence after which `look` acts."""
        return self.server.idle

    # What carries these decisions out.

    def permit(self, verb: str, argument: str) -> None:
        """Denied, if there is no such command, or not for this client now."""
        if not hasattr(self, f"do_{verb.lower()}"):
            raise Denied(502, f"{verb} is not served here.")

    def overtakes(self, line: bytes) -> bool:
        """Whether this command may be obeyed while another one is under way."""
        return False

    def talk(self, mask: int) -> None:
        """The control connection is ready: read, obey, send."""
        if mask & READ:
            self.read()
        self.work()

    def read(self) -> None:
        """Take what has arrived. After our goodbye it is thrown away: to close with bytes unread would be a reset."""
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:  # readiness is a hint
            return
        except OSError:
            data = b""
        self.moved = monotonic()
        if not data:
            self.ended = True
        elif not self.leaving:
            self.take(data)

    def flush(self) -> None:
        """Send of what is owed as much as fits, then wait for what is needed next. A broken connection ends here."""
        if self.gone:
            return
        try:
            if self.owed:
                del self.owed[: self.sock.send(self.owed)]
                self.moved = monotonic()
            if self.leaving and not (self.owed or self.ended):
                self.sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self.drop()
            return
        self.server.watch(self.sock, self.interest(), self.talk)

    def leave(self, code: int, text: str) -> None:
        """Say goodbye: no further command is obeyed, and the client has LINGER seconds for taking it."""
        self.reply(code, text)
        self.leaving = True
        self.lines.clear()
        self.server.timers.cancel(self.timer)
        self.timer = self.server.timers.call_later(LINGER, self.drop)

    def look(self) -> None:
        """The timer of silence: it looks now and then, in the place of being set anew for each byte."""
        left = self.moved + self.patience() - monotonic()
        if left <= 0:
            self.silent()
            left = self.patience()
        if not (self.gone or self.leaving):
            self.timer = self.server.timers.call_later(min(left, self.server.look_every), self.look)

    def silent(self) -> None:
        """Nothing has come or gone for too long."""
        if self.owed:  # it doesn't even read: nothing that we say would arrive
            self.drop()
        else:
            self.leave(421, "Nothing has been said for too long.")
            self.work()

    def drop(self) -> None:
        """Close everything that belongs to this session. Safe to call again."""
        if self.gone:
            return
        self.gone = True
        self.server.timers.cancel(self.timer)
        self.server.watch(self.sock, 0)
        with contextlib.suppress(OSError):  # a socket may say at its end that it was reset
            self.sock.close()
        self.server.sessions.discard(self)
