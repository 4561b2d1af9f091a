"""The echo server on `select.select`: two sets of descriptors go in at each wait, and those that are ready come out."""

import os
import select
import socket
import sys
from time import monotonic

from readiness.base.background import StopEvent
from readiness.servers.echo.connection import Client
from readiness.servers.eventloop import BACKLOG, BATCH, FULL, READ, RETRY, WRITE
from readiness.servers.timers import Timers

SETSIZE = 1024 if os.name == "posix" else sys.maxsize  # select(2): FD_SETSIZE; from this number on there are no bits


class EchoServer:
    """Listens on 127.0.0.1, at `port` or one that the kernel chooses; `address` is where.

    idle: seconds without a byte either way after which a client is let go.
    """

    def __init__(self, *, port: int = 0, idle: float = 300.0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.listener.setblocking(False)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.clients: dict[int, Client] = {}  # by file descriptor
        self.idle, self.timers = idle, Timers()
        self.reading: set[int] = set()
        self.writing: set[int] = set()
        self.welcome()

    def serve(self, stop: StopEvent) -> None:
        """The loop: wait, take up what is ready, do what is due."""
        self.reading.add(stop.fileno())
        while not stop.is_set():
            readable, writable, _urgent = select.select(self.reading, self.writing, (), self.timers.timeout())
            now = monotonic()
            for fd in writable:
                self.talk(self.clients[fd], WRITE, now)
            for fd in readable:
                if fd in self.clients:
                    self.talk(self.clients[fd], READ, now)
                elif fd == self.listener.fileno():
                    self.accept()
            self.timers.run()

    def welcome(self) -> None:
        """Accept clients from now on."""
        self.reading.add(self.listener.fileno())

    def accept(self) -> None:
        """Take a batch of those that have connected."""
        for _client in range(BATCH):
            try:
                sock, _address = self.listener.accept()
            except BlockingIOError:  # that was all
                return
            except OSError as error:
                if error.errno not in FULL:  # it left before we came, say: accept(2)
                    continue
                self.pause()
                return
            if sock.fileno() >= SETSIZE:  # out of bits: as good as out of descriptors
                sock.close()
                self.pause()
                return
            client = self.clients[sock.fileno()] = Client(sock)
            self.reading.add(client.fd)
            client.timer = self.timers.after(self.idle, self.look, client)

    def pause(self) -> None:
        """Accept nobody for a while: the listener stays ready, and to be told so again and again would be to spin."""
        self.reading.remove(self.listener.fileno())
        self.timers.after(RETRY, self.welcome)

    def talk(self, client: Client, mask: int, now: float) -> None:
        """Do what this client is ready for; an error or a hang-up makes it both, and recv tells which."""
        client.moved = now
        try:
            if mask & WRITE:
                needs = client.flush()
            if mask & READ:
                needs = client.read()
        except BlockingIOError:  # readiness is a hint
            return
        except OSError:  # a reset, a broken pipe: this client ends, no other notices
            needs = 0
        if needs != client.interest:
            self.change(client, needs)

    def change(self, client: Client, needs: int) -> None:
        """Wait for what it needs from now on; it needs nothing more: let it go."""
        if needs:
            client.interest = needs
            for bit, watched in ((READ, self.reading), (WRITE, self.writing)):
                (watched.add if needs & bit else watched.discard)(client.fd)
        else:
            self.drop(client)

    def look(self, client: Client) -> None:
        """Its time is over, unless a byte has moved meanwhile."""
        left = client.moved + self.idle - monotonic()
        if left > 0:
            client.timer = self.timers.after(left, self.look, client)
        else:
            self.drop(client)

    def drop(self, client: Client) -> None:
        """Let it go, and its descriptor with it: out of the sets first, then closed."""
        self.timers.cancel(client.timer)
        del self.clients[client.fd]
        self.reading.discard(client.fd)
        self.writing.discard(client.fd)
        client.sock.close()

    def close(self) -> None:
        for client in list(self.clients.values()):
            self.drop(client)
        self.listener.close()
