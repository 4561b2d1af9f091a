"""The echo server on `select.poll`: our table of pollfds goes in at each wait, and the kernel looks through it."""

import select
import socket
from time import monotonic

from readiness.base.background import StopEvent
from readiness.servers.echo.connection import Client
from readiness.servers.eventloop import BACKLOG, BATCH, FULL, READ, RETRY, WRITE
from readiness.servers.timers import Timers

IN, OUT = select.POLLIN, select.POLLOUT
EVENTS = {READ: IN, WRITE: OUT, READ | WRITE: IN | OUT}


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
        self.poll = select.poll()
        self.welcome()

    def serve(self, stop: StopEvent) -> None:
        """The loop: wait, take up what is ready, do what is due."""
        self.poll.register(stop, IN)
        find = self.clients.get
        while not stop.is_set():
            timeout = self.timers.timeout()
            events = self.poll.poll(timeout and timeout * 1000)  # poll(2): milliseconds
            now = monotonic()
            for fd, mask in events:
                client = find(fd)
                if client is not None:
                    self.talk(client, mask, now)
                elif fd == self.listener.fileno():
                    self.accept()
            self.timers.run()

    def welcome(self) -> None:
        """Accept clients from now on."""
        self.poll.register(self.listener, IN)

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
            client = self.clients[sock.fileno()] = Client(sock)
            self.poll.register(client.fd, EVENTS[client.interest])
            client.timer = self.timers.after(self.idle, self.look, client)

    def pause(self) -> None:
        """Accept nobody for a while: the listener stays ready, and to be told so again and again would be to spin."""
        self.poll.unregister(self.listener)
        self.timers.after(RETRY, self.welcome)

    def talk(self, client: Client, mask: int, now: float) -> None:
        """Do what this client is ready for; an error and a hang-up come unasked, and recv tells which it is."""
        client.moved = now
        try:
            if mask & OUT:
                needs = client.flush()
            if mask != OUT:
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
            self.poll.modify(client.fd, EVENTS[needs])
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
        """Let it go, and its descriptor with it: out of the table first, then closed."""
        self.timers.cancel(client.timer)
        del self.clients[client.fd]
        self.poll.unregister(client.fd)
        client.sock.close()

    def close(self) -> None:
        for client in list(self.clients.values()):
            self.drop(client)
        self.listener.close()
