"""The firehose sends without a pause and pings meanwhile; it ends in good order, and within its time limit."""

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
    """Read all that both send, and answer the pings; return the bytes of each."""
    received = {"flooder": 0, "prober": b""}
    with listener.accept()[0] as flooder, listener.accept()[0] as prober, selectors.DefaultSelector() as selector:
        for name, conn in {"flooder": flooder, "prober": prober}.items():
            conn.setblocking(False)
            selector.register(conn, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _mask in selector.select():
                if not (data := key.fileobj.recv(1 << 20)):
                    selector.unregister(key.fileobj)
                elif key.data == "flooder":
                    received["flooder"] += len(data)
                else:
                    received["prober"] += data
                    if answer:
                        key.fileobj.send(b"!" * len(data))
                    else:
                        key.fileobj.shutdown(socket.SHUT_RDWR)
    return received


def test_its_own_process_sends_pings_and_reports_its_measurements(listener):
    with Worker("readiness.clients.firehose_worker") as worker:
        worker.send({"address": listener.getsockname(), "seconds": 30})
        received = serve(listener)
        [result] = worker
    assert len(result["pings"]) == firehose_worker.PING_COUNT == len(received["prober"])
    assert set(received["prober"]) == set(b"?")
    assert result["sent"] == received["flooder"] > len(firehose_worker.CHUNK)
    assert all(0 < seconds < 30 for seconds in result["pings"])


def in_thread(listener, monkeypatch, seconds):
    """Run it in a thread of this process; return its result, and what the server received."""
    result = {}
    monkeypatch.setattr(firehose_worker, "send_to_parent", result.update)
    thread = threading.Thread(target=firehose_worker.run, args=(listener.getsockname(), seconds))
    thread.start()
    received = serve(listener, answer=seconds > 0.5)
    thread.join()
    return result, received


def test_it_ends_when_its_time_is_over(listener, monkeypatch):
    monkeypatch.setattr(firehose_worker, "PING_COUNT", 10**9)
    monkeypatch.setattr(firehose_worker, "CHUNK", bytes(1 << 25))  # more than fits: each send is partial
    result, received = in_thread(listener, monkeypatch, 0.6)
    assert 0 < result["sent"] == received["flooder"]


def test_it_ends_when_it_has_sent_enough(listener, monkeypatch):
    monkeypatch.setattr(firehose_worker, "MAX_BYTES", 1000)
    monkeypatch.setattr(firehose_worker, "CHUNK", bytes(100))
    result, _got = in_thread(listener, monkeypatch, 30)
    assert result["sent"] == 1000


def test_it_ends_when_the_server_closes_the_connection(listener, monkeypatch):
    monkeypatch.setattr(firehose_worker, "PING_INTERVAL", 0)
    monkeypatch.setattr(firehose_worker, "CHUNK", bytes(100))
    result, received = in_thread(listener, monkeypatch, 0.4)
    assert result["pings"] == []
    assert received["prober"] == b"?"
