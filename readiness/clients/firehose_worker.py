"""The firehose's own process: one client that sends without a pause, and beside it one that pings and waits.

It is run in a `worker.Worker`, and takes one order, ``{"address": [host, port], "seconds": most}``. It ends the
firehose's connection after `PINGS` answers, or so many seconds, and tells ``{"pings": [seconds, …], "sent": bytes}``.
"""

import json
import selectors
import socket
import sys
from time import perf_counter

from readiness.base.worker import send_to_parent

PINGS = 20
PAUSE = 0.005  # seconds between an answer and the next ping
MOST = 4 << 30  # bytes, whatever the time
CHUNK = bytes(1 << 20)


def run(address: tuple[str, int], seconds: float) -> None:
    """Both clients in one thread: the firehose sends whenever there is room."""
    pings, sent, asked = [], 0, None
    with socket.create_connection(address) as hose, socket.create_connection(address) as ping:
        with selectors.DefaultSelector() as selector:
            hose.setblocking(False)
            ping.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(hose, selectors.EVENT_WRITE)
            selector.register(ping, selectors.EVENT_READ)
            due, end = perf_counter() + PAUSE, perf_counter() + seconds
            while len(pings) < PINGS and perf_counter() < end and sent < MOST:
                if asked is None and perf_counter() >= due:
                    asked = perf_counter()
                    ping.send(b"?")
                for key, _mask in selector.select(PAUSE / 5):
                    if key.fileobj is hose:
                        sent += hose.send(CHUNK)
                    elif not ping.recv(1):
                        end = 0.0  # the server has had enough
                    else:
                        pings.append(perf_counter() - asked)
                        asked, due = None, perf_counter() + PAUSE
        hose.shutdown(socket.SHUT_WR)  # a server that empties it first comes to its end now
        if asked is not None and ping.recv(1):
            pings.append(perf_counter() - asked)
    send_to_parent(pings=pings, sent=sent)


def main() -> None:
    order = json.loads(sys.stdin.readline())
    run(tuple(order["address"]), order["seconds"])


if __name__ == "__main__":
    main()
