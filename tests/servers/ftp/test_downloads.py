"""Downloads: files, resumed files, texts of type A, and when the reply comes."""

import io
import os
import re
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from readiness.base.background import wait_until
from readiness.servers.ftp.transfers import BUFFER_SIZE, CrlfDecoder, lf_to_crlf
from tests.servers.ftp.raw_ftp_client import RawFtpClient, recv_until_eof, serving

BINARY = os.urandom(3_000_000)


@pytest.fixture(params=["kernel", "memory"])
def copies(request, monkeypatch):
    """With sendfile and splice where the system has them, and without."""
    if request.param == "memory":
        monkeypatch.delattr(os, "sendfile", raising=False)
        monkeypatch.delattr(os, "splice", raising=False)


@pytest.mark.parametrize("size", [0, 1, 1024, (1 << 20) - 1, 1 << 20, 3_000_000])
@pytest.mark.usefixtures("copies")
def test_a_file_comes_back_as_it_went(tmp_path, size):
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        assert client.store("STOR a file", BINARY[:size]) == (226, "226 Done.")
        assert client.fetch("RETR a file") == BINARY[:size]
    assert (tmp_path / "a file").read_bytes() == BINARY[:size]


@pytest.mark.usefixtures("copies")
def test_resume_both_ways(tmp_path):
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        (tmp_path / "file").write_bytes(BINARY[:1_000_000] + b"to be thrown away")
        assert client.send_command("REST 1000000")[0] == 350
        assert client.store("STOR file", BINARY[1_000_000:])[0] == 226
        assert (tmp_path / "file").read_bytes() == BINARY
        assert client.send_command("REST 2999990")[0] == 350
        assert client.fetch("RETR file") == BINARY[-10:]
        assert client.fetch("RETR file") == BINARY  # REST is for one transfer
        assert client.send_command("REST 3000000")[0] == 350
        assert client.fetch("RETR file") == b""


TEXTS = st.lists(st.text("a\r\n", max_size=6).map(str.encode), max_size=8)
LONE_LF = re.compile(rb"(?<!\r)\n")


@given(TEXTS)
@example([b"1\r", b"\n2\r\n"])
@example([b"\r", b"\r\n", b"\n"])
@example([b"\r", b"", b"\n"])
def test_a_text_is_sent_with_crlf_wherever_it_is_cut(pieces):
    assert b"".join(lf_to_crlf(pieces)) == LONE_LF.sub(b"\r\n", b"".join(pieces))


@given(TEXTS)
def test_a_text_is_received_with_lf_wherever_it_is_cut(pieces):
    decoder = CrlfDecoder()
    received = b"".join([decoder(piece) for piece in pieces if piece]) + decoder.pending
    assert received == b"".join(pieces).replace(b"\r\n", b"\n")


def test_type_a_across_chunks(client, tmp_path):
    text = b"line\n" * 40_000 + b"\n" * 70_000 + b"no end"
    (tmp_path / "text").write_bytes(text)
    assert client.send_command("TYPE A")[0] == 200
    assert client.send_command("SIZE text")[0] == 550
    sent = client.fetch("RETR text")
    assert sent == text.replace(b"\n", b"\r\n")
    for size in (65_535, 65_536, 65_537, 1_000):
        with client.connect_data() as data:
            assert client.send_command("STOR copy")[0] == 150
            for start in range(0, len(sent), size):
                data.sendall(sent[start : start + size])
        assert client.read_reply()[0] == 226
        assert (tmp_path / "copy").read_bytes() == text
    assert client.store("STOR copy", b"ends in CR\r")[0] == 226
    assert (tmp_path / "copy").read_bytes() == b"ends in CR\r"


@pytest.mark.parametrize("start", [0, 1])
def test_a_text_with_crlf_is_sent_as_it_is(client, tmp_path, start):
    text = b"x" * start + b"\r\n" * BUFFER_SIZE  # with start 1, each end of a chunk cuts a CRLF
    (tmp_path / "text").write_bytes(text)
    assert client.send_command("TYPE A")[0] == 200
    assert client.fetch("RETR text") == text


def test_a_short_send_goes_on_where_it_stopped(client, server, tmp_path):
    text = b"".join(b"%07d\n" % number for number in range(100_000))
    (tmp_path / "text").write_bytes(text)
    assert client.send_command("TYPE A")[0] == 200
    (session,) = server.sessions
    with client.connect_data() as data:
        assert wait_until(lambda: session.data.socket, 5)
        session.data.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        assert client.send_command("RETR text")[0] == 150
        assert recv_until_eof(data) == text.replace(b"\n", b"\r\n")
    assert client.read_reply()[0] == 226


def test_lines_by_ftplib(ftp):
    ftp.storlines("STOR text", io.BytesIO(b"one\ntwo\n"))
    rows = []
    ftp.retrlines("RETR text", rows.append)
    assert rows == ["one", "two"]
    ftp.dir(rows.append)
    assert rows[-1].endswith(" text")


def test_active_by_ftplib(ftp):
    ftp.set_pasv(False)
    ftp.storbinary("STOR file", io.BytesIO(BINARY))
    got = io.BytesIO()
    ftp.retrbinary("RETR file", got.write)
    assert got.getvalue() == BINARY


def test_abort_by_ftplib(ftp, tmp_path):
    (tmp_path / "large").write_bytes(bytes(24 << 20))
    with ftp.transfercmd("RETR large") as data:
        data.recv(1000)
        assert ftp.abort().startswith("426")
    assert ftp.getresp().startswith("226")
    assert ftp.nlst() == ["large"]


def test_the_reply_comes_after_the_data(client, server, tmp_path):
    (tmp_path / "large").write_bytes(bytes(24 << 20))
    with client.connect_data() as data:
        assert client.send_command("RETR large")[0] == 150
        client.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.sock.recv(1, socket.MSG_PEEK)
        client.sock.settimeout(10)
        recv_until_eof(data)
    assert client.read_reply()[0] == 226


def test_rest_behind_the_end_of_a_download_is_refused(client, tmp_path):
    (tmp_path / "file").write_bytes(b"12345678")
    for offset, code in ((8, 226), (9, 554), (2**63 - 1, 554)):
        assert client.send_command(f"REST {offset}")[0] == 350
        with client.connect_data() as data:
            found = client.send_command("RETR file")[0]
            if found == 150:
                assert recv_until_eof(data) == b""
                found = client.read_reply()[0]
        assert found == code


def test_a_file_that_becomes_shorter_does_not_end_with_226(client, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 50_000_000)
    with client.connect_data() as data:
        assert client.send_command("RETR file")[0] == 150
        assert data.recv(1000)
        os.truncate(tmp_path / "file", 5)
        recv_until_eof(data)
    assert client.read_reply()[0] == 451
