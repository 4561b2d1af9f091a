"""A client's row works without a panel, and shows that a reply is awaited."""

import socket
import threading

from readiness.base.background import BackgroundServer, wait_until
from readiness.servers.echo.selectors_server import EchoServer
from readiness.widgets import ClientRow
from tests.widgets.helpers import html


def test_a_row_alone_needs_no_panel():
    with BackgroundServer(EchoServer()) as running:
        row = ClientRow(1, lambda: running.server.address, threading.RLock(), b"\n")
        row.send()
        assert wait_until(lambda: (row.refresh(), row.reply)[1] == b"HELLO_SB\n", 5)
        row.close()


def test_a_row_shows_that_a_reply_is_awaited():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        row = ClientRow(1, mute.getsockname, threading.RLock())
        row.send()
        row.refresh()
        assert "sent, no answer yet" in html(row)
        with mute.accept()[0] as peer:
            peer.sendall(b"at last")
            assert wait_until(lambda: (row.refresh(), row.reply)[1] == b"at last", 5)
        assert "no answer yet" not in html(row)
        row.close()
