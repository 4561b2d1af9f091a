"""``python tests/clients/conformance/broken_server.py FAULT [--idle SECONDS]``: the server on selectors, with a fault.

`FAULTS` gives for each fault the conformance test that must catch it, and a part of its message.
"""

import contextlib
import socket
import sys
import time

from readiness.clients.conformance import capacity
from readiness.servers.echo import __main__, connection, framing, selectors_server
from readiness.servers.echo.connection import Connection
from readiness.servers.echo.framing import SUFFIX, LineProtocol
from readiness.servers.echo.selectors_server import EchoServer
from readiness.servers.eventloop import READ, WRITE

FAULTS = {}


def caught_by(test, message):
    def register(fault):
        FAULTS[fault.__name__] = (fault, test, message)
        return fault

    return register


def replace(owner, name):
    """Decorate the function that replaces `owner.name`; its first argument is the original."""

    def decorate(function):
        original = getattr(owner, name)
        setattr(owner, name, lambda *args, **kwargs: function(original, *args, **kwargs))

    return decorate


@caught_by("byte_by_byte", "TCP has no messages")
def answers_what_a_recv_brings():
    @replace(LineProtocol, "feed")
    def feed(_original, self, data):
        return data.upper().removesuffix(b"\n") + SUFFIX


@caught_by("two_lines_at_once", "each has its answer")
def answers_once_for_a_recv():
    @replace(LineProtocol, "feed")
    def feed(original, self, data):
        answer = original(self, data)
        return answer.replace(SUFFIX, b"\n", max(0, answer.count(SUFFIX) - 1))


@caught_by("split_characters", "UnicodeDecodeError|decode nothing")
def decodes_what_a_recv_brings():
    @replace(LineProtocol, "feed")
    def feed(original, self, data):
        return original(self, data.decode().encode())


@caught_by("random_cuts", "may come in parts")
def forgets_the_rest():
    @replace(LineProtocol, "feed")
    def feed(original, self, data):
        answer = original(self, data)
        if answer:
            self.partial.clear()
        return answer


@caught_by("long_line", "far longer than one recv")
def keeps_no_more_than_a_recv():
    @replace(LineProtocol, "feed")
    def feed(original, self, data):
        answer = original(self, data)
        del self.partial[connection.RECV_SIZE :]
        return answer


@caught_by("unfinished_line", "ends the last line")
def forgets_the_last_line():
    @replace(LineProtocol, "feed_eof")
    def feed_eof(_original, self):
        return b""


@caught_by("line_too_long", "needs a bound")
def lets_a_line_grow():
    framing.MAX_LINE = 1 << 40


@caught_by("line_too_long", "a reset destroys")
def closes_with_bytes_unread():
    @replace(Connection, "discard")
    def discard(_original, self, count):
        self.eof_received = True


@caught_by("line_too_long", "close the connection")
def reports_the_error_and_stays():
    @replace(Connection, "discard")
    def discard(_original, self, count):
        pass


@caught_by("line_too_long", "nothing is answered")
def goes_on_after_the_error():
    @replace(LineProtocol, "feed")
    def feed(original, self, data):
        if self.overflowed and b"\n" in data:
            self.overflowed = False
            data = data.partition(b"\n")[2]
        return original(self, data) if data else b""

    @replace(Connection, "discard")
    def discard(_original, self, count):
        pass


@caught_by("half_close_with_unsent_data", "not the end of the connection")
def closes_at_the_end_of_input():
    @replace(Connection, "wanted_events")
    def wanted_events(original, self):
        return 0 if self.eof_received else original(self)


@caught_by("slow_reader", "never block")
def blocks_in_send():
    @replace(Connection, "__init__")
    def init(original, self, sock):
        original(self, sock)
        sock.setblocking(True)
        self.send = lambda data: sock.sendall(data) or len(data)


@caught_by("slow_reader", "how many bytes it took")
def ignores_what_send_says():
    @replace(Connection, "flush")
    def flush(_original, self):
        with contextlib.suppress(BlockingIOError):
            self.send(self.write_buffer)
        self.write_buffer.clear()
        return self.wanted_events()


@caught_by("slow_reader", "Stop reading")
def reads_with_a_full_write_buffer():
    connection.HIGH_WATER = 1 << 40


@caught_by("slow_reader", "EAGAIN")
def takes_a_full_buffer_for_an_error():
    @replace(Connection, "read")
    def read(original, self):
        wanted = original(self)
        if self.write_buffer:
            raise OSError("full")
        return wanted


@caught_by("slow_reader", "reset|how many bytes")
def gives_up_on_a_slow_client():
    @replace(Connection, "flush")
    def flush(_original, self):
        raise OSError("slow")


@caught_by("idle_with_unsent_data", "Wait for what can be done")
def asks_to_read_while_it_will_not():
    @replace(Connection, "wanted_events")
    def wanted_events(original, self):
        return original(self) | (0 if self.eof_received else READ)

    @replace(Connection, "read")
    def read(original, self):
        return self.wanted_events() if len(self.write_buffer) >= connection.HIGH_WATER else original(self)


@caught_by("idle_with_unsent_data", "stays readable")
def waits_for_bytes_after_the_end():
    @replace(Connection, "wanted_events")
    def wanted_events(original, self):
        return original(self) | (READ if self.eof_received and self.write_buffer else 0)


@caught_by("idle_clients", "always writable")
def always_asks_to_write():
    @replace(Connection, "wanted_events")
    def wanted_events(original, self):
        return original(self) and original(self) | WRITE

    @replace(Connection, "__init__")
    def init(original, self, sock):
        original(self, sock)
        self.registered_events = READ | WRITE

    @replace(Connection, "read")
    def read(original, self):
        original(self)
        return self.wanted_events()


@caught_by("firehose", "bounded number of bytes")
def reads_until_nothing_is_left():
    @replace(Connection, "read")
    def read(original, self):
        wanted = original(self)
        with contextlib.suppress(BlockingIOError):
            while wanted:
                self.write_buffer and self.flush()
                wanted = original(self)
        return wanted

    connection.HIGH_WATER = 1 << 40


@caught_by("reset_in_four_states", "server has died|no other")
def dies_of_a_reset():
    @replace(EchoServer, "on_ready")
    def on_ready(_original, self, connection, mask, now):
        wanted = connection.flush() if mask & WRITE else connection.read()
        if wanted != connection.registered_events:
            self.update_events(connection, wanted)


@caught_by("reset_in_four_states", "no other")
def closes_all_connections_for_one():
    @replace(EchoServer, "close_connection")
    def close_connection(original, self, connection):
        for each in list(self.connections):
            original(self, each)


@caught_by("reset_in_four_states", "server has died|no other")
def guards_recv_and_not_send():
    @replace(Connection, "__init__")
    def init(original, self, sock):
        original(self, sock)

        def send(data):
            try:
                return sock.send(data)
            except ConnectionError as error:
                raise RuntimeError("in send") from error

        self.send = send


@caught_by("connection_churn", "left behind")
def forgets_to_close_with_unsent_bytes():
    leaked = []

    @replace(EchoServer, "close_connection")
    def close_connection(original, self, connection):
        if connection.write_buffer:
            leaked.append(connection.sock.dup())
        original(self, connection)


@caught_by("urgent_byte", "is no error")
def closes_after_an_urgent_byte():
    @replace(Connection, "read")
    def read(original, self):
        with contextlib.suppress(OSError):  # EINVAL: no urgent byte
            self.sock.recv(1, socket.MSG_OOB)
            self.write_buffer.clear()
            self.eof_received = True
            return 0
        return original(self)


@caught_by("urgent_byte", "out of band")
def takes_the_urgent_byte_into_the_line():
    @replace(Connection, "__init__")
    def init(original, self, sock):
        original(self, sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


@caught_by("connection_churn", "descriptors leak")
def forgets_to_close():
    leaked = []

    @replace(EchoServer, "close_connection")
    def close_connection(_original, self, connection):
        leaked.append(connection)
        self.timers.cancel(connection.timer)
        self.connections.remove(connection)
        self.selector.unregister(connection.sock)


@caught_by("idle_timeout", "is still connected")
def keeps_silent_clients():
    @replace(EchoServer, "check_idle")
    def check_idle(_original, self, connection):
        pass


@caught_by("idle_timeout", "closed as idle")
def closes_busy_connections():
    @replace(EchoServer, "check_idle")
    def check_idle(_original, self, connection):
        self.close_connection(connection)


@caught_by("simultaneous_connects", "backlog")
def has_a_backlog_of_five():
    @replace(socket, "create_server")
    def create_server(original, address, backlog):
        return original(address, backlog=5)

    selectors_server.ACCEPT_BATCH = 1


@caught_by("out_of_descriptors", "server has died")
def dies_without_descriptors():
    @replace(EchoServer, "pause_accepting")
    def pause_accepting(_original, self):
        raise OSError(24, "Too many open files")


@caught_by("out_of_descriptors", "and spins")
def tries_again_at_once():
    @replace(EchoServer, "pause_accepting")
    def pause_accepting(_original, self):
        pass


@caught_by("out_of_descriptors", "pause accepting")
def never_accepts_again():
    @replace(EchoServer, "pause_accepting")
    def pause_accepting(_original, self):
        self.selector.unregister(self.listener)


@caught_by("stop_and_start", "SO_REUSEADDR")
def binds_without_reuse():
    @replace(socket, "create_server")
    def create_server(_original, address, backlog):
        listener = socket.socket()
        listener.bind(address)
        listener.listen(backlog)
        return listener


@caught_by("stop_and_start", "time to go")
def looks_for_its_end_now_and_then():
    @replace(EchoServer, "close")
    def close(original, self):
        time.sleep(capacity.MAX_STOP_SECONDS)
        original(self)


if __name__ == "__main__":
    FAULTS[sys.argv[1]][0]()
    sys.exit(__main__.main(["selectors", *sys.argv[2:]]))
