"""The breakers' own process: one client of a kind that servers are not ready for, and it says how it fares.

It is run in a `worker.Worker` and takes one order, ``{"kind": name, "address": [host, port]}``. It tells
``{"state": words, "sent": bytes, "got": bytes}`` again and again, and once ``{"result": {…}}``, as soon as it knows.
Then it stays, connected, until its parent ends it. What becomes of the server meanwhile is the rig's business.
"""

import contextlib
import errno
import json
import os
import selectors
import socket
import struct
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from readiness.words import _
from readiness.worker import tell

LINE = b"x" * 63 + b"\n"
CHUNK = LINE * 1024
SLOW = 128  # chunks that the slow reader would send: 8 MiB
OWED = 300_032  # bytes that the half-closer sends before it reads any: a whole number of lines
AT_ONCE = 200  # clients of the crowd
SOON = 0.5  # seconds within which each of them should have its answer
MANY = 400  # clients that try to use up the server's descriptors
HOSE = 1.0  # seconds of the firehose
STALL = 0.3  # seconds without room, or without an answer, after which a client gives up
PAUSE = 0.02  # seconds between the bystander's pings

go_on = threading.Event()


class Client:
    """What this process tells of itself, and its connections."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.sent = self.got = 0
        self._said = 0.0

    def connect(self, room: int = 0) -> socket.socket:
        """A connection with a deadline of `STALL`; `room`: of its receive buffer, in bytes, to have it full soon."""
        sock = socket.socket()
        if room:  # before connect, since the window is agreed upon there: tcp(7)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            with contextlib.suppress(OSError, AttributeError):  # small segments: partial sends on the other side
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        sock.settimeout(STALL)
        sock.connect(self.address)
        return sock

    def say(self, state: str, last: bool = False) -> None:
        """Tell how things stand; ten times a second is enough, but for the `last` word."""
        if last or perf_counter() - self._said > 0.1:
            self._said = perf_counter()
            tell(state=state, sent=self.sent, got=self.got)

    def result(self, state: str, **found: Any) -> None:
        self.say(state, last=True)
        tell(result={"seen": state, "sent": self.sent, "got": self.got, **found})

    def answer(self, sock: socket.socket) -> bytes:
        """What comes back until the server ends the connection, or is silent for `STALL` seconds."""
        got = bytearray()
        with contextlib.suppress(OSError):
            while data := sock.recv(1 << 16):
                got += data
                self.got += len(data)
        return bytes(got)


def slow_reader(client: Client) -> None:
    """Sends 8 MiB, and reads nothing."""
    sock = client.connect(room=4096)
    size = SLOW * len(CHUNK)
    end = _("and waits for room")
    try:
        while client.sent < size:
            client.sent += sock.send(CHUNK)
            client.say(_("sends, and reads nothing"))
        end = _("all that it had")
    except TimeoutError:
        pass
    except OSError as error:
        end = _("then {error}").format(error=_name(error))
    words = _("reads nothing; could send {n:,} of {size:,} bytes, {end}")
    client.result(words.format(n=client.sent, size=size, end=end), size=size)
    stay(sock)


def half_close(client: Client) -> None:
    """Sends 300,000 bytes, says that it sends no more, and only then reads."""
    sock = client.connect(room=4096)
    end = ""
    try:
        sock.settimeout(2)  # a server that owes much may pause reading, but our bytes fit in what it may hold
        sock.sendall(LINE * (OWED // len(LINE)))
        client.sent = OWED
        sock.shutdown(socket.SHUT_WR)
        client.say(_("half-closed, reads now"), last=True)
    except OSError as error:
        end = _name(error)
    answer = client.answer(sock)
    back = answer.count(b"X")
    lost = OWED // len(LINE) * 63 - back
    if lost:
        words = _("half-closed; {lost:,} of {n:,} letters never came back") + (f" ({end})" if end else "")
    else:
        words = _("half-closed; all of its {n:,} letters came back")
    client.result(words.format(lost=lost, n=lost + back), lost=lost)
    stay(sock)


def split_character(client: Client) -> None:
    """Sends 400 Chinese characters of three bytes each, and decodes the answer."""
    sock = client.connect()
    sock.sendall("中".encode() * 400 + b"\n")
    client.sent = 1201
    sock.shutdown(socket.SHUT_WR)
    answer = client.answer(sock)
    marks = answer.count(b"_SB")
    try:
        text = answer.decode()
        words = _("sent 400 characters; got {n} back, with {marks} _SB").format(n=text.count("中"), marks=marks)
        decodes = True
    except UnicodeDecodeError as error:
        decodes = False
        words = _("can't decode its answer: {reason} at byte {n:,}; {marks} _SB").format(
            reason=error.reason, n=error.start, marks=marks
        )
    client.result(words, decodes=decodes, marks=marks)
    stay(sock)


def two_sends(client: Client) -> None:
    """Sends two lines, one right after the other."""
    sock = client.connect()
    # MSG_MORE holds the first until the second: what Nagle's algorithm does by itself when there is much traffic.
    sock.send(b"one\n", getattr(socket, "MSG_MORE", 0))
    sock.send(b"two\n")
    sock.shutdown(socket.SHUT_WR)
    client.sent = 8
    answer = client.answer(sock)
    words = _("sent two lines; the answer: {answer}").format(answer=answer)
    client.result(words, answer=answer.decode(errors="replace"), marks=answer.count(b"_SB"))
    stay(sock)


def reset(client: Client) -> None:
    """Sends 64 KiB, and leaves without a goodbye."""
    sock = client.connect()
    sock.sendall(CHUNK)
    client.sent = len(CHUNK)
    reset_now(sock)
    client.result(_("has left with a reset"))
    stay()


def crowd(client: Client) -> None:
    """200 connect at the same moment, and each says hello."""
    begun, answered, last = perf_counter(), 0, 0.0
    with selectors.DefaultSelector() as selector:
        socks = [socket.socket() for _n in range(AT_ONCE)]
        for sock in socks:
            sock.setblocking(False)
            sock.connect_ex(client.address)
            selector.register(sock, selectors.EVENT_WRITE)
        while selector.get_map() and (left := begun + SOON - perf_counter()) > 0:
            for key, mask in selector.select(left):
                sock = key.fileobj
                try:
                    if mask & selectors.EVENT_WRITE:
                        client.sent += sock.send(b"hello\n")
                        selector.modify(sock, selectors.EVENT_READ)
                    elif data := sock.recv(100):
                        client.got += len(data)
                        answered, last = answered + 1, perf_counter() - begun
                        selector.unregister(sock)
                    else:
                        selector.unregister(sock)
                except OSError:
                    selector.unregister(sock)
            client.say(_("{n} of {all} answered").format(n=answered, all=AT_ONCE))
    words = _("{n} of {all} that came at once had their answer within {soon} s")
    client.result(words.format(n=answered, all=AT_ONCE, soon=SOON), answered=answered, seconds=last)
    stay(*socks)


def descriptors(client: Client) -> None:
    """Connects again and again, until the server takes no more; then half of them leave, and one comes again."""
    socks: list[socket.socket] = []
    while len(socks) < MANY and (sock := _served(client)):
        socks.append(sock)
        client.say(_("{n} connections").format(n=len(socks)))
    full = len(socks)
    tell(hold=True)  # the rig watches the server while it has no descriptor left
    client.say(_("{n} connections, and the next one is not served").format(n=full), last=True)
    go_on.wait()  # it has seen enough
    for sock in socks[::2]:
        reset_now(sock)
    begun, again = perf_counter(), None
    while again is None and perf_counter() < begun + 1.5:
        again = _served(client)
    seconds = perf_counter() - begun
    words = _("{n} connections were served, and no more; half of them left, ") + (
        _("and a new one was served") if again else _("but a new one is not served")
    )
    client.result(words.format(n=full), served=full, again=again is not None, seconds=seconds)
    stay(again, *socks)


def _served(client: Client) -> socket.socket | None:
    """A new connection that has been accepted and answered; None if it is not within `STALL` seconds."""
    try:
        sock = client.connect()
        client.sent += sock.send(b"?\n")
        got = len(sock.recv(100))
    except OSError:
        return None
    client.got += got
    return sock if got else None


def firehose(client: Client) -> None:
    """Sends as fast as it can for a second, and reads what comes back."""
    sock = client.connect()
    sock.setblocking(False)
    end, ended = perf_counter() + HOSE, ""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while perf_counter() < end and not ended:
            for _key, mask in selector.select(end - perf_counter()):
                try:
                    if mask & selectors.EVENT_WRITE:
                        client.sent += sock.send(CHUNK)  # part of a line may go: what matters is that it never ends
                    if mask & selectors.EVENT_READ:
                        data = sock.recv(1 << 20)
                        client.got += len(data)
                        ended = "" if data else _("the server closed the connection")
                except BlockingIOError:
                    pass
                except OSError as error:
                    ended = _name(error)
            client.say(_("sends as fast as it can"))
    words = _("has sent {n:,} bytes in a second") if not ended else _("has sent {n:,} bytes, then: {why}")
    reset_now(sock)
    client.result(words.format(n=client.sent, why=ended))
    stay()


def bystander(client: Client) -> None:
    """Sends a short line, waits for the answer, and again, for ever; tells each ``{"waited": seconds}``."""
    sock = client.connect()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(None)
    pause = threading.Event()
    try:
        while True:
            asked = perf_counter()
            sock.send(b"ping\n")
            if not sock.recv(100):
                break
            tell(waited=perf_counter() - asked)
            pause.wait(PAUSE)
    except OSError:
        pass
    tell(gone=True)


BREAKERS: dict[str, Callable[[Client], None]] = {
    "slow reader": slow_reader,
    "half-close": half_close,
    "split character": split_character,
    "two quick sends": two_sends,
    "reset": reset,
    "200 at once": crowd,
    "out of descriptors": descriptors,
    "firehose": firehose,
}


def reset_now(sock: socket.socket) -> None:
    """Leave with RST in the place of FIN: linger on for zero seconds (socket(7), SO_LINGER)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0))
    sock.close()


def stay(*socks: socket.socket | None) -> None:
    """Keep the connections until the parent ends this process."""
    threading.Event().wait()


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno, type(error).__name__)


def _obey() -> None:
    """In a thread: a line of the parent's lets us go on; the end of its words is our own end."""
    for _line in sys.stdin:
        go_on.set()
    os._exit(0)


def main() -> None:
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_obey, daemon=True).start()
    client = Client(tuple(order["address"]))
    kind = BREAKERS.get(order["kind"], bystander)
    try:
        kind(client)
    except OSError as error:
        client.result(_("could not talk to the server: {error}").format(error=_name(error)), failed=True)
        stay()


if __name__ == "__main__":
    main()
