"""``python tests/clients/conformance/broken_server.py FAULT [--idle SECONDS]``: our server on selectors, with a fault. Each is somebody's.

`FAULTS` gives for each the conformance test that must catch it, and a part of its message.
"""

import contextlib
import socket
import sys
import time

from readiness.clients.conformance import capacity
from readiness.servers.echo import __main__ as alone
from readiness.servers.echo import connection as parts
from readiness.servers.echo.connection import Client
from readiness.servers.echo.framing import MARK, Lines
from readiness.servers.echo.selectors_server import EchoServer
from readiness.servers.eventloop import READ, WRITE

FAULTS = {}


def caught_by(test, message):
    def keep(fault):
        FAULTS[fault.__name__] = (fault, test, message)
        return fault

    return keep


def replace(owner, name):
    """Decorates the function that takes the place of `owner.name`; its first argument is what stood there."""

    def put(function):
        before = getattr(owner, name)
        setattr(owner, name, lambda *given, **named: function(before, *given, **named))

    return put


@caught_by("byte_by_byte", "TCP has no messages")
def answers_what_a_recv_brings():
    @replace(Lines, "take")
    def take(_before, self, data):
        return data.upper().removesuffix(b"\n") + MARK


@caught_by("two_lines_at_once", "each has its answer")
def answers_once_for_a_recv():
    @replace(Lines, "take")
    def take(before, self, data):
        answer = before(self, data)
        return answer.replace(MARK, b"\n", max(0, answer.count(MARK) - 1))


@caught_by("split_characters", "UnicodeDecodeError|decode nothing")
def decodes_what_a_recv_brings():
    @replace(Lines, "take")
    def take(before, self, data):
        return before(self, data.decode().encode())


@caught_by("random_cuts", "may come in parts")
def forgets_the_rest():
    @replace(Lines, "take")
    def take(before, self, data):
        answer = before(self, data)
        if answer:
            self.unfinished.clear()
        return answer


@caught_by("long_line", "far longer than one recv")
def keeps_no_more_than_a_recv():
    @replace(Lines, "take")
    def take(before, self, data):
        answer = before(self, data)
        del self.unfinished[parts.CHUNK :]
        return answer


@caught_by("unfinished_line", "ends the last line")
def forgets_the_last_line():
    @replace(Lines, "end")
    def end(_before, self):
        return b""


@caught_by("line_too_long", "needs a bound")
def lets_a_line_grow():
    import readiness.servers.lines as lines

    lines.LONGEST = 1 << 40


@caught_by("line_too_long", "a reset destroys")
def closes_with_bytes_unread():
    @replace(Client, "throw_away")
    def throw_away(_before, self, count):
        self.ended = True


@caught_by("line_too_long", "close the connection")
def says_the_error_and_stays():
    @replace(Client, "throw_away")
    def throw_away(_before, self, count):
        pass


@caught_by("line_too_long", "nothing is answered")
def goes_on_after_the_error():
    @replace(Lines, "take")
    def take(before, self, data):
        if self.broken and b"\n" in data:
            self.broken = False
            data = data.partition(b"\n")[2]
        return before(self, data) if data else b""

    @replace(Client, "throw_away")
    def throw_away(_before, self, count):
        pass


@caught_by("half_close_with_unsent_data", "not the end of the connection")
def closes_at_the_end_of_input():
    @replace(Client, "needs")
    def needs(before, self):
        return 0 if self.ended else before(self)


@caught_by("slow_reader", "never block")
def blocks_in_send():
    @replace(Client, "__init__")
    def init(before, self, sock):
        before(self, sock)
        sock.setblocking(True)
        self.send = lambda data: sock.sendall(data) or len(data)


@caught_by("slow_reader", "how many bytes it took")
def ignores_what_send_says():
    @replace(Client, "flush")
    def flush(_before, self):
        with contextlib.suppress(BlockingIOError):
            self.send(self.owed)
        self.owed.clear()
        return self.needs()


@caught_by("slow_reader", "Stop reading")
def reads_however_much_is_owed():
    parts.HIGH = 1 << 40


@caught_by("slow_reader", "EAGAIN")
def takes_a_full_buffer_for_an_error():
    @replace(Client, "read")
    def read(before, self):
        needs = before(self)
        if self.owed:
            raise OSError("full")
        return needs


@caught_by("slow_reader", "reset|how many bytes")
def gives_up_on_a_slow_one():
    @replace(Client, "flush")
    def flush(_before, self):
        raise OSError("slow")


@caught_by("idle_with_unsent_data", "Wait for what can be done")
def asks_to_read_while_it_will_not():
    @replace(Client, "needs")
    def needs(before, self):
        return before(self) | (0 if self.ended else READ)

    @replace(Client, "read")
    def read(before, self):
        return self.needs() if len(self.owed) >= parts.HIGH else before(self)


@caught_by("idle_with_unsent_data", "stays readable")
def waits_for_bytes_after_the_end():
    @replace(Client, "needs")
    def needs(before, self):
        return before(self) | (READ if self.ended and self.owed else 0)


@caught_by("idle_clients", "always writable")
def asks_to_write_for_ever():
    @replace(Client, "needs")
    def needs(before, self):
        return before(self) and before(self) | WRITE

    @replace(Client, "__init__")
    def init(before, self, sock):
        before(self, sock)
        self.interest = READ | WRITE

    @replace(Client, "read")
    def read(before, self):
        before(self)
        return self.needs()


@caught_by("firehose", "bounded number of bytes")
def reads_until_nothing_is_left():
    @replace(Client, "read")
    def read(before, self):
        needs = before(self)
        with contextlib.suppress(BlockingIOError):
            while needs:
                self.owed and self.flush()
                needs = before(self)
        return needs

    parts.HIGH = 1 << 40


@caught_by("reset_in_four_states", "server has died|no other")
def dies_of_a_reset():
    @replace(EchoServer, "talk")
    def talk(_before, self, client, mask, now):
        needs = client.flush() if mask & WRITE else client.read()
        if needs != client.interest:
            self.change(client, needs)


@caught_by("reset_in_four_states", "no other")
def lets_all_go_for_one():
    @replace(EchoServer, "drop")
    def drop(before, self, client):
        for one in list(self.clients):
            before(self, one)


@caught_by("reset_in_four_states", "server has died|no other")
def guards_recv_and_not_send():
    @replace(Client, "__init__")
    def init(before, self, sock):
        before(self, sock)

        def send(data):
            try:
                return sock.send(data)
            except ConnectionError as error:
                raise RuntimeError("in send") from error

        self.send = send


@caught_by("connection_churn", "left behind")
def forgets_to_close_what_it_owes():
    kept = []

    @replace(EchoServer, "drop")
    def drop(before, self, client):
        if client.owed:
            kept.append(client.sock.dup())
        before(self, client)


@caught_by("urgent_byte", "is no error")
def lets_go_of_one_who_shouts():
    @replace(Client, "read")
    def read(before, self):
        with contextlib.suppress(OSError):  # EINVAL: nothing urgent has come
            self.sock.recv(1, socket.MSG_OOB)
            self.owed.clear()
            self.ended = True
            return 0
        return before(self)


@caught_by("urgent_byte", "out of band")
def takes_the_urgent_byte_into_the_line():
    @replace(Client, "__init__")
    def init(before, self, sock):
        before(self, sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


@caught_by("connection_churn", "descriptors leak")
def forgets_to_close():
    kept = []

    @replace(EchoServer, "drop")
    def drop(_before, self, client):
        kept.append(client)
        self.timers.cancel(client.timer)
        self.clients.remove(client)
        self.selector.unregister(client.sock)


@caught_by("idle_timeout", "is still connected")
def keeps_silent_ones():
    @replace(EchoServer, "look")
    def look(_before, self, client):
        pass


@caught_by("idle_timeout", "closed as idle")
def lets_go_of_busy_ones():
    @replace(EchoServer, "look")
    def look(_before, self, client):
        self.drop(client)


@caught_by("simultaneous_connects", "backlog")
def has_a_backlog_of_five():
    @replace(socket, "create_server")
    def create_server(before, address, backlog):
        return before(address, backlog=5)

    parts.BATCH = 1


@caught_by("out_of_descriptors", "server has died")
def dies_without_descriptors():
    @replace(EchoServer, "pause")
    def pause(_before, self):
        raise OSError(24, "Too many open files")


@caught_by("out_of_descriptors", "and spins")
def tries_again_at_once():
    @replace(EchoServer, "pause")
    def pause(_before, self):
        pass


@caught_by("out_of_descriptors", "pause accepting")
def never_accepts_again():
    @replace(EchoServer, "pause")
    def pause(_before, self):
        self.selector.unregister(self.listener)


@caught_by("stop_and_start", "SO_REUSEADDR")
def binds_without_reuse():
    @replace(socket, "create_server")
    def create_server(_before, address, backlog):
        listener = socket.socket()
        listener.bind(address)
        listener.listen(backlog)
        return listener


@caught_by("stop_and_start", "time to go")
def looks_for_its_end_now_and_then():
    @replace(EchoServer, "close")
    def close(before, self):
        time.sleep(capacity.MAX_STOP_SECONDS)
        before(self)


if __name__ == "__main__":
    FAULTS[sys.argv[1]][0]()
    sys.exit(alone.main(["selectors", *sys.argv[2:]]))
