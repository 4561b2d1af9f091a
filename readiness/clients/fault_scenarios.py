"""The breakers' own process: one client of a kind that servers are not ready for, and it says how it fares.

It is run in a `worker.Worker` and takes one order, ``{"kind": name, "address": [host, port], "pid": server}``. It tells
``{"state": words, "sent": bytes, "got": bytes}`` again and again, and once ``{"result": {…}}``, as soon as it knows.
Then it stays, connected, until its parent ends it. What becomes of the server meanwhile is the rig's business.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from readiness.base.messages import _
from readiness.base.worker import send_to_parent

LINE = b"x" * 63 + b"\n"
CHUNK = LINE * 1024
SLOW = 512  # chunks that the slow reader would send: 32 MiB
OWED = 4_000_000  # bytes that the half-closer sends: no send buffer holds the answer (tcp(7), tcp_wmem)
AT_ONCE = 200  # clients of the crowd
SOON = 0.5  # seconds within which each of them should have its answer
MANY = 400  # clients that try to use up the server's descriptors
HOSE = 1.0  # seconds of the firehose
STALL = 0.3  # seconds without room, or without an answer, after which a client gives up
PAUSE = 0.02  # seconds between the bystander's pings
go_on = threading.Event()


class Client:
    """What this process tells of itself, and its connections."""

    def __init__(self, address: tuple[str, int], server: int) -> None:
        self.address, self.server = address, server
        self.sent = self.got = 0
        self.socks: list[socket.socket] = []  # all of them, so that they stay open as long as the process
        self._said = 0.0

    def connect(self, room: int = 0) -> socket.socket:
        """A connection with a deadline of `STALL`; `room`: of its receive buffer, in bytes, to have it full soon."""
        sock = socket.socket()
        self.socks.append(sock)
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
            send_to_parent(state=state, sent=self.sent, got=self.got)

    def result(self, state: str, **found: Any) -> None:
        self.say(state, last=True)
        send_to_parent(result={"seen": state, "sent": self.sent, "got": self.got, **found})

    def answer(self, sock: socket.socket) -> bytes:
        """What comes back until the server ends the connection, or is silent for `STALL` seconds."""
        got = bytearray()
        with contextlib.suppress(OSError):
            while data := sock.recv(1 << 16):
                got += data
                self.got += len(data)
        return bytes(got)


def slow_reader(client: Client) -> None:
    """Sends 32 MiB, and reads nothing."""
    sock = client.connect(room=4096)
    size = SLOW * len(CHUNK)
    end = _("and waits for room")
    try:
        while client.sent < size:
            client.sent += sock.send(CHUNK[: size - client.sent])
            client.say(_("sends, and reads nothing"))
        end = _("all that it had")
    except TimeoutError:
        pass
    except OSError as error:
        end = _("then: {error}").format(error=error.strerror)
    words = _("reads nothing; could send {n:,} of {size:,} bytes, {end}")
    client.result(words.format(n=client.sent, size=size, end=end), size=size)


def half_close(client: Client) -> None:
    """Sends 4 MB, says that it sends no more, and begins to read late: what then of the answer is still owed to it?"""
    sock = client.connect(room=4096)
    sock.settimeout(5)
    data = memoryview(LINE * (OWED // len(LINE)))

    def send() -> None:
        with contextlib.suppress(OSError):
            while client.sent < OWED:
                client.sent += sock.send(data[client.sent :])
            sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)  # so that it goes on while we read, where the server takes no more for now
    sender.start()
    go_on.wait(STALL)
    client.say(_("has sent, reads now"), last=True)
    answer = client.answer(sock)
    sender.join()
    letters = OWED // len(LINE) * 63
    lost = letters - answer.count(b"X")
    words = _("half-closed; {lost:,} of its {n:,} letters never came back")
    if not lost:
        words = _("half-closed; all of its {n:,} letters came back")
    client.result(words.format(lost=lost, n=letters), lost=lost)


def converse(client: Client, *pieces: bytes) -> bytes:
    """Send the pieces, one right after the other, half-close, and return the answer."""
    sock = client.connect()
    for n, piece in enumerate(pieces, 1):
        # MSG_MORE holds a piece until the last: what Nagle's algorithm does by itself when there is much traffic.
        client.sent += sock.send(piece, getattr(socket, "MSG_MORE", 0) if n < len(pieces) else 0)
    sock.shutdown(socket.SHUT_WR)
    return client.answer(sock)


def split_character(client: Client) -> None:
    """Sends 400 Chinese characters of three bytes each, and decodes the answer."""
    answer = converse(client, "中".encode() * 400 + b"\n")
    marks = answer.count(b"_SB")
    try:
        count, reason, at = answer.decode().count("中"), "", 0
        words = _("sent 400 characters; got {count} back, with {marks} _SB")
    except UnicodeDecodeError as error:
        count, reason, at = 0, error.reason, error.start
        words = _("can't decode its answer: {reason} at byte {at:,}; {marks} _SB")
    words = words.format(count=count, marks=marks, reason=reason, at=at)
    client.result(words, decodes=not reason, marks=marks)


def two_sends(client: Client) -> None:
    """Sends two lines, one right after the other."""
    answer = converse(client, b"one\n", b"two\n")
    words = _("sent two lines; the answer: {answer}").format(answer=answer)
    client.result(words, answer=answer.decode(errors="replace"), marks=answer.count(b"_SB"))


def reset(client: Client) -> None:
    """Sends 64 KiB, and leaves without a goodbye."""
    sock = client.connect()
    sock.sendall(CHUNK)
    client.sent = len(CHUNK)
    reset_now(sock)
    client.result(_("has left with a reset"), left=True)


def crowd(client: Client) -> None:
    """200 connect at the same moment, while the server is busy elsewhere: we stop its process so long."""
    begun, answered = perf_counter(), 0
    with selectors.DefaultSelector() as selector:
        client.socks = [socket.socket() for _n in range(AT_ONCE)]
        os.kill(client.server, signal.SIGSTOP)
        for sock in client.socks:
            sock.setblocking(False)
            sock.connect_ex(client.address)
            selector.register(sock, selectors.EVENT_WRITE)
        os.kill(client.server, signal.SIGCONT)
        while selector.get_map() and (left := begun + SOON - perf_counter()) > 0:
            for key, mask in selector.select(left):
                sock = key.fileobj
                with contextlib.suppress(OSError):
                    if mask & selectors.EVENT_WRITE:
                        client.sent += sock.send(b"hello\n")
                        selector.modify(sock, selectors.EVENT_READ)
                        continue
                    got = len(sock.recv(100))
                    client.got += got
                    answered += got > 0
                selector.unregister(sock)
            client.say(_("{n} of {all} answered").format(n=answered, all=AT_ONCE))
    words = _("{n} of {all} that came at once had their answer within {soon} s")
    client.result(words.format(n=answered, all=AT_ONCE, soon=SOON), answered=answered)


def descriptors(client: Client) -> None:
    """Connects again and again, until the server takes no more; then half of them leave, and one comes again."""
    full, again = 0, False
    with contextlib.suppress(ConnectionRefusedError):  # nobody listens any more
        while full < MANY and _served(client):
            full += 1
            client.say(_("{n} connections").format(n=full))
        client.say(_("{n} connections, and the next one is not served").format(n=full), last=True)
        send_to_parent(hold=True)  # the rig watches the server while it has no descriptor left
        go_on.wait()  # it has seen enough
        for sock in client.socks[: full // 2]:
            reset_now(sock)
        begun = perf_counter()
        while not again and perf_counter() < begun + 1.5:
            again = _served(client)
    words = _("{n} connections were served, and no more; half of them left, and a new one was served")
    if not again:
        words = _("{n} connections were served, and no more; half of them left, but a new one is not served")
    client.result(words.format(n=full), served=full, again=again)


def _served(client: Client) -> bool:
    """Whether a new connection is accepted, and answered within `STALL` seconds. It may be refused."""
    before = client.got
    with contextlib.suppress(TimeoutError, ConnectionResetError, BrokenPipeError):
        sock = client.connect()  # a loop that dies in this moment resets it
        client.sent += sock.send(b"?\n")
        client.got += len(sock.recv(100))
    return client.got > before


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
                    ended = error.strerror
            client.say(_("sends as fast as it can"))
    reset_now(sock)
    words = _("has sent {n:,} bytes, then: {why}") if ended else _("has sent {n:,} bytes in a second")
    client.result(words.format(n=client.sent, why=ended), left=True)


def bystander(client: Client) -> None:
    """Sends a short line, waits for the answer, and again, for ever; tells each ``{"waited": seconds}``."""
    sock = client.connect()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(None)
    with contextlib.suppress(OSError):
        while True:
            asked = perf_counter()
            sock.send(b"ping\n")
            if not sock.recv(100):
                break
            send_to_parent(waited=perf_counter() - asked)
            go_on.wait(PAUSE)
    send_to_parent(gone=True)


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


def _obey() -> None:
    """In a thread: a line of the parent's lets us go on; the end of its words is our own end."""
    for _line in sys.stdin:
        go_on.set()
    os._exit(0)


def main() -> None:
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_obey, daemon=True).start()
    client = Client(tuple(order["address"]), order["pid"])
    try:
        BREAKERS.get(order["kind"], bystander)(client)
    except OSError as error:
        client.result(_("could not talk to the server: {error}").format(error=error.strerror or error), failed=True)
    threading.Event().wait()  # until the parent ends this process


if __name__ == "__main__":
    main()
