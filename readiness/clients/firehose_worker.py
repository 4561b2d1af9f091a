"""A program that measures how long one client must wait while another client, the firehose, never stops sending.

`Worker` starts it and writes one request, ``{"address": [host, port], "seconds": limit}``. The program ends the
firehose after `PING_COUNT` answers to the waiting client, or after `limit` seconds. Then it writes ``{"pings":
[seconds, …], "sent": bytes}``.
"""

import selectors
import socket
from time import perf_counter

from readiness.base.worker import read_request, send_to_parent

PING_COUNT = 20
PING_INTERVAL = 0.005  # seconds between an answer and the next ping
MAX_BYTES = 4 << 30  # that the firehose sends, whatever the time
CHUNK = bytes(1 << 20)


def run(address: tuple[str, int], seconds: float) -> None:
    """Run both clients in one thread: one sends without a pause, the other measures its answer times. Report both.

    Args:
        address: the server's host and port.
        seconds: how long the sending client sends at most.
    """
    pings: list[float] = []
    sent, sent_at = 0, 0.0  # sent_at: when the ping was sent that has no answer yet; 0.0 if there is none
    with socket.create_connection(address) as flooder, socket.create_connection(address) as prober:
        with selectors.DefaultSelector() as selector:
            flooder.setblocking(False)
            prober.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(flooder, selectors.EVENT_WRITE)
            selector.register(prober, selectors.EVENT_READ)
            next_ping, deadline = perf_counter() + PING_INTERVAL, perf_counter() + seconds
            while len(pings) < PING_COUNT and perf_counter() < deadline and sent < MAX_BYTES:
                if not sent_at and perf_counter() >= next_ping:
                    sent_at = perf_counter()
                    prober.send(b"?")
                for key, _mask in selector.select(PING_INTERVAL / 5):
                    if key.fileobj is flooder:
                        sent += flooder.send(CHUNK)
                    elif not prober.recv(1):
                        deadline = 0.0  # the server has closed the connection
                    else:
                        pings.append(perf_counter() - sent_at)
                        sent_at, next_ping = 0.0, perf_counter() + PING_INTERVAL
        flooder.shutdown(socket.SHUT_WR)  # a server that reads it until nothing is left comes to its end now
        if sent_at and prober.recv(1):
            pings.append(perf_counter() - sent_at)
    send_to_parent(pings=pings, sent=sent)


def main() -> None:
    """Read the request from standard input, and call `run` with its values."""
    request = read_request()
    run(tuple(request["address"]), request["seconds"])


if __name__ == "__main__":
    main()
