"""How many bytes a download sends in one iteration of the loop, and which port a data connection gets."""

import os
import socket

import pytest

from readiness.servers.ftp import transfers
from readiness.servers.ftp.addresses import listen_on
from readiness.servers.ftp.transfers import SendfileTransfer

pytestmark = pytest.mark.skipif(not hasattr(os, "sendfile"), reason="needs sendfile(2)")


@pytest.fixture
def portions(monkeypatch, tmp_path):
    """Return a function that returns the portion of one of `count` downloads that are under way."""
    file = tmp_path / "file"
    file.write_bytes(bytes(1 << 20))
    asked = []

    def sendfile(_socket, _file, _offset, count):
        asked.append(count)
        return count

    monkeypatch.setattr(transfers.os, "sendfile", sendfile)

    def portion(count):
        downloads = [SendfileTransfer(os.open(file, os.O_RDONLY), 0) for _number in range(count)]
        with socket.socket() as sock:
            downloads[0].step(sock)
        for download in downloads:
            download.close(False)
        return asked.pop()

    return portion


def test_many_downloads_share_the_bytes_of_one_iteration(portions):
    assert portions(1) == transfers.SENDFILE_BYTES
    assert portions(2) == transfers.SENDFILE_BYTES // 2
    assert portions(64) == transfers.MIN_SENDFILE_BYTES
    assert portions(1) == transfers.SENDFILE_BYTES  # a download that has ended counts no more


@pytest.mark.parametrize(
    "host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6"))]
)
def test_a_data_listener_may_have_any_free_port(host):
    try:
        listener = listen_on(host)
    except OSError as error:
        pytest.skip(f"no address {host}: {error}")
    with listener:
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 0  # else: the lower half only
        with socket.create_connection(listener.getsockname()[:2], 5) as client:
            listener.accept()[0].close()
            assert client.recv(1) == b""
