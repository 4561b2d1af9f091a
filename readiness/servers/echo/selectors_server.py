"""The echo server on `selectors`: the machine's best way of waiting, or any `BaseSelector` that it is given."""

import selectors
import socket
from time import monotonic

from readiness.base.background import StopEvent
from readiness.servers.echo.connection import Client
from readiness.servers.eventloop import BACKLOG, BATCH, FULL, READ, RETRY, WRITE
from readiness.servers.timers import Timers


class EchoServer:
    """Listens on 127.0.0.1, at `port` or one that the kernel chooses; `address` is where.

    idle: seconds without a byte either way after which a client is let go.
    """

    def __init__(self, selector: selectors.BaseSelector | None = None, *, port: int = 0, idle: float = 300.0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self.listener.setblocking(False)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.clients: set[Client] = set()
        self.idle, self.timers = idle, Timers()
        self.selector = selector or selectors.DefaultSelector()
        self.welcome()

    def serve(self, stop: StopEvent) -> None:
        """The loop: wait, take up what is ready, do what is due."""
        self.selector.register(stop, selectors.EVENT_READ)
        while not stop.is_set():
            events = self.selector.select(self.timers.timeout())
            now = monotonic()
            for key, mask in events:
                if key.data is not None:
                    self.talk(key.data, mask, now)
                elif key.fileobj is self.listener:
                    self.accept()
            self.timers.run()

    def welcome(self) -> None:
        """Accept clients from now on."""
        self.selector.register(self.listener, selectors.EVENT_READ)

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
            client = Client(sock)
            self.selector.register(sock, client.interest, client)
            self.clients.add(client)
            client.timer = self.timers.after(self.idle, self.look, client)

    def pause(self) -> None:
        """Accept nobody for a while: the listener stays ready, and to be told so again and again would be to spin."""
        self.selector.unregister(self.listener)
        self.timers.after(RETRY, self.welcome)

    def talk(self, client: Client, mask: int, now: float) -> None:
        """Do what this client is ready for; an error and a hang-up come unasked, and recv tells which it is."""
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
            self.selector.modify(client.sock, needs, client)
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
        """Let it go, and its descriptor with it: out of the selector first, then closed."""
        self.timers.cancel(client.timer)
        self.clients.remove(client)
        self.selector.unregister(client.sock)
        client.sock.close()

    def close(self) -> None:
        for client in list(self.clients):
            self.drop(client)
        self.listener.close()
        self.selector.close()
