"""The interactive client describes its connection, and never blocks its caller."""

import socket

import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.clients.interactive import InteractiveClient
from readiness.servers.echo.selectors_server import EchoServer


@pytest.fixture
def server():
    with BackgroundServer(EchoServer()) as running:
        yield running.server


@pytest.fixture
def client():
    client = InteractiveClient(timeout=5)
    yield client
    client.close()


def test_connect_send_receive(server, client):
    client.connect(server.address)
    assert client.state == "connected"
    client.send(b"hello\n")
    assert client.receive() == b"HELLO_SB\n"


def test_half_close_then_the_servers_end(server, client):
    client.connect(server.address)
    client.send(b"bye")
    client.half_close()
    assert client.state == "half-closed"
    assert client.receive() == b"BYE_SB\n"
    assert client.receive() == b""
    assert client.state == "closed by the server"


def test_what_does_not_fit_goes_out_with_later_calls(server, client):
    client.connect(server.address)
    client.timeout = 0.01
    client.send(b"xxx\n" * (3 << 20))
    assert client._send_buffer
    answer = bytearray()

    def answered():
        answer.extend(client.receive())
        return answer.count(b"X") == 9 << 20

    assert wait_until(answered, 20)
    assert not client._send_buffer


def test_refused(client):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    client.connect(address)
    assert client.state == "refused"
    assert not client.connected


def test_reset_by_us_and_by_the_server(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client.connect(listener.getsockname())
        peer, _address = listener.accept()
        client.reset()
        assert client.state == "reset by us"
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
        peer.close()
        client.connect(listener.getsockname())
        peer, _address = listener.accept()
        client.send(b"unread")
        assert wait_until(lambda: peer.recv(1, socket.MSG_PEEK), 5)
        peer.close()  # with data unread, close(2) sends a reset
        assert wait_until(lambda: client.poll() == b"" and not client.connected, 5)
    assert client.state == "reset by the server"


@pytest.mark.parametrize("method", ["half_close", "reset"])
def test_a_client_without_a_connection_refuses(client, method):
    with pytest.raises(UserError, match="connect first"):
        getattr(client, method)()
    with pytest.raises(UserError, match="connect first"):
        client.send(b"x")


def test_a_swarm_grows_talks_and_shrinks(server):
    with Swarm(server.address) as swarm:
        swarm.ask(idle=200, talking=5, rate=100)
        assert swarm.settled()
        assert wait_until(lambda: len(server.clients) == 205, 10)
        assert wait_until(lambda: swarm.status.replies > 50, 10)
        swarm.ask(idle=3)
        assert swarm.settled()
        assert wait_until(lambda: len(server.clients) == 3, 10)
    assert wait_until(lambda: not server.clients, 10)


def test_a_swarm_whose_mind_is_changed_midway_ends_at_the_last_word(server):
    with Swarm(server.address) as swarm:
        for idle in (1500, 10, 700, 20):
            swarm.ask(idle=idle)
            wait_until(lambda: swarm.status.idle, 10)
        assert swarm.settled()
        assert wait_until(lambda: len(server.clients) == 20, 10)


def test_a_new_address_moves_all_of_it(server):
    with BackgroundServer(EchoServer()) as other, Swarm(server.address) as swarm:
        swarm.ask(idle=50)
        assert swarm.settled()
        swarm.ask(idle=50, address=other.server.address)
        assert swarm.settled()
        assert wait_until(lambda: len(other.server.clients) == 50 and not server.clients, 10)


def test_a_swarm_says_when_the_server_ends_it():
    with BackgroundServer(EchoServer()) as running, Swarm(running.server.address) as swarm:
        swarm.ask(idle=20)
        assert swarm.settled()
        running.stop()
        assert wait_until(lambda: swarm.status.word, 10)
        assert "closed" in swarm.status.word
        assert swarm.status.lost == 20


def test_a_swarm_says_when_nobody_listens(server):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    with Swarm(address) as swarm:
        swarm.ask(idle=20)
        assert not swarm.settled()
        assert "0 connections" in swarm.status.word


@pytest.mark.skipif(sys.platform != "linux", reason="lowers another process's limit with prlimit(2)")
def test_a_swarm_says_when_the_limit_is_met(server):
    with Swarm(server.address) as swarm:
        swarm.ask(idle=1)
        assert swarm.settled()
        psutil.Process(swarm.pid).rlimit(psutil.RLIMIT_NOFILE, (64, 64))
        swarm.ask(idle=200)
        assert not swarm.settled()
        assert "ulimit -n" in swarm.status.word
        assert wait_until(lambda: 30 < len(server.clients) < 64, 10)


@pytest.mark.skipif(os.name != "posix", reason="ends the parent by signal")
def test_a_swarm_goes_with_its_parent(server):
    program = (
        "import sys, signal; from readiness.clients.swarm import Swarm\n"
        f"swarm = Swarm({server.address!r}); swarm.ask(idle=5); swarm.settled(); print(swarm.pid, flush=True)\n"
        "signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        os.kill(parent.pid, signal.SIGKILL)
        assert wait_until(lambda: not psutil.pid_exists(pid), 10)


@pytest.mark.skipif(os.name != "posix", reason="hides all but select through a sitecustomize for Linux")
def test_a_swarm_that_has_select_alone_stops_at_its_bitmap(server, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "course" / "fake_platform"))
    monkeypatch.setenv("FAKE_PLATFORM", "select")
    with Swarm(server.address) as swarm:
        swarm.ask(idle=1200)
        assert not swarm.settled()
        assert "select" in swarm.status.word
        assert swarm.status.idle > 900
