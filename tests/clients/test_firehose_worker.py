"""The firehose sends without a pause and pings beside it, ends in good order, and no later than it was told."""

import selectors
import socket
import threading

import pytest

from readiness.base.worker import Worker
from readiness.clients import firehose_worker


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


def serve(listener, answer=True):
    """Read all that both send, and answer the pings; the bytes of each."""
    got = {"hose": 0, "ping": b""}
    with listener.accept()[0] as hose, listener.accept()[0] as ping, selectors.DefaultSelector() as selector:
        for name, conn in {"hose": hose, "ping": ping}.items():
            conn.setblocking(False)
            selector.register(conn, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _mask in selector.select():
                if not (data := key.fileobj.recv(1 << 20)):
                    selector.unregister(key.fileobj)
                elif key.data == "hose":
                    got["hose"] += len(data)
                else:
                    got["ping"] += data
                    if answer:
                        key.fileobj.send(b"!" * len(data))
                    else:
                        key.fileobj.shutdown(socket.SHUT_RDWR)
    return got


def test_its_own_process_sends_and_pings_and_tells_what_it_measured(listener):
    with Worker("readiness.clients.firehose_worker") as worker:
        worker.send({"address": listener.getsockname(), "seconds": 30})
        got = serve(listener)
        [told] = worker
    assert len(told["pings"]) == firehose_worker.PINGS == len(got["ping"])
    assert set(got["ping"]) == set(b"?")
    assert told["sent"] == got["hose"] > len(firehose_worker.CHUNK)
    assert all(0 < seconds < 30 for seconds in told["pings"])


def in_thread(listener, monkeypatch, seconds):
    """One run of it in a thread of this process; what it tells, with what the server got."""
    told = {}
    monkeypatch.setattr(firehose_worker, "send_to_parent", told.update)
    thread = threading.Thread(target=firehose_worker.run, args=(listener.getsockname(), seconds))
    thread.start()
    got = serve(listener, answer=seconds > 0.5)
    thread.join()
    return told, got


def test_it_ends_when_its_time_is_over(listener, monkeypatch):
    monkeypatch.setattr(firehose_worker, "PINGS", 10**9)
    monkeypatch.setattr(firehose_worker, "CHUNK", bytes(1 << 25))  # more than fits: each send is partial
    told, got = in_thread(listener, monkeypatch, 0.6)
    assert 0 < told["sent"] == got["hose"]


def test_it_ends_when_it_has_sent_enough(listener, monkeypatch):
    monkeypatch.setattr(firehose_worker, "MOST", 1000)
    monkeypatch.setattr(firehose_worker, "CHUNK", bytes(100))
    told, _got = in_thread(listener, monkeypatch, 30)
    assert told["sent"] == 1000


def test_it_ends_when_the_server_has_had_enough(listener, monkeypatch):
    monkeypatch.setattr(firehose_worker, "PAUSE", 0)
    monkeypatch.setattr(firehose_worker, "CHUNK", bytes(100))
    told, got = in_thread(listener, monkeypatch, 0.4)
    assert told["pings"] == []
    assert got["ping"] == b"?"
