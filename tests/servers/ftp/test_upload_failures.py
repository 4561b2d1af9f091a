"""Uploads and the system beneath them: a full disk, a limit, no descriptor, and the end of the server."""

import contextlib
import errno
import os
import resource
import signal
import socket

import pytest

from readiness.base.background import wait_until
from readiness.servers.ftp import transfers, uploads
from readiness.servers.ftp.data import DataConnection
from readiness.servers.ftp.partials import partial_name
from tests.servers.ftp.raw_ftp_client import USER, RawFtpClient, serving

BINARY = os.urandom(3_000_000)


@pytest.mark.parametrize(
    ("error", "code"), [(errno.ENOSPC, 452), (errno.EDQUOT, 552), (errno.EFBIG, 552), (errno.EIO, 451)]
)
@pytest.mark.parametrize("how", ["kernel", "memory"])
def test_a_full_disk_is_told_and_the_session_lives(tmp_path, monkeypatch, error, code, how):
    if how == "memory":
        monkeypatch.delattr(os, "splice", raising=False)
    (tmp_path / "file").write_bytes(b"old")
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        splice, write = getattr(os, "splice", None), os.write

        def full(*args, **kwargs):
            raise OSError(error, os.strerror(error))

        def half_full(source, target, count, **kwargs):
            return full() if server.pipe and source == server.pipe.reader else splice(source, target, count, **kwargs)

        with monkeypatch.context() as patch:
            if how == "kernel":
                patch.setattr(os, "splice", half_full)
            else:
                patch.setattr(
                    transfers.os, "write", lambda file, data: full() if len(data) > 100 else write(file, data)
                )
            with client.connect_data() as data:
                assert client.send_command("STOR file")[0] == 150
                with contextlib.suppress(OSError):
                    data.sendall(b"x" * 200_000)
                assert client.read_reply()[0] == code
        assert (tmp_path / "file").read_bytes() == b"old"
        assert client.store("STOR other", b"fits")[0] == 226  # and nothing of the first one is left in the pipe
        assert (tmp_path / "other").read_bytes() == b"fits"


def test_a_file_size_limit_is_told_and_the_session_lives(client, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with client.connect_data() as data:
            assert client.send_command("STOR file")[0] == 150
            with contextlib.suppress(OSError):
                data.sendall(BINARY)
            assert client.read_reply()[0] == 552
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert client.store("STOR file", b"fits")[0] == 226
    assert (tmp_path / "file").read_bytes() == b"fits"


def test_the_server_stops_amid_an_upload(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with contextlib.ExitStack() as outer:
        with serving(tmp_path) as server:
            client = outer.enter_context(RawFtpClient(server.address))
            data = outer.enter_context(client.connect_data())
            assert client.send_command("STOR file")[0] == 150
            data.sendall(b"new")
            partial = tmp_path / partial_name(USER, "file")
            assert wait_until(lambda: partial.exists() and partial.stat().st_size, 5)
        assert data.recv(1) == b""
    assert (tmp_path / "file").read_bytes() == b"old"


def test_an_upload_that_has_nowhere_to_come_from_changes_nothing(client, tmp_path):
    (tmp_path / "old").write_bytes(b"0123456789")
    for command in ("STOR old", "APPE new", "APPE old"):
        assert client.send_command("REST 1")[0] == 350
        assert client.send_command(command)[0] == 425
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"old": b"0123456789"}


@pytest.mark.parametrize("name", ["n" * 255, "中" * 85])
def test_a_name_of_full_length_is_replaced_like_any_other(client, tmp_path, name):
    for content in (b"one", b"two"):
        assert client.store(f"STOR {name}", content)[0] == 226
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"two"]


@pytest.mark.parametrize("how", ["EPSV", "EPRT"])
def test_an_upload_that_fails_when_its_data_connection_opens_is_told_at_once(client, tmp_path, how):
    (tmp_path / "gone").mkdir()
    with contextlib.ExitStack() as stack:
        if how == "EPSV":
            address = client.passive_address()
        else:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            assert client.send_command(f"EPRT |1|127.0.0.1|{listener.getsockname()[1]}|")[0] == 200
        stop_connecting = stack.enter_context(pytest.MonkeyPatch.context())
        if how == "EPRT":  # the connection is open only when the directory has gone
            on_connect_done = DataConnection.on_connect_done

            def connect_late(data, mask):
                (tmp_path / "gone").rmdir()
                on_connect_done(data, mask)

            stop_connecting.setattr(DataConnection, "on_connect_done", connect_late)
        client.send("STOR gone/file\r\nNOOP")  # the command behind it waits no longer than the reply
        assert client.read_reply()[0] == 150
        if how == "EPSV":
            (tmp_path / "gone").rmdir()
            stack.enter_context(socket.create_connection(address))
        assert client.read_reply()[0] == 550
        assert client.read_reply()[0] == 200


def test_an_upload_without_a_descriptor_for_its_directory_leaves_none(client, server, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads.os, "dup", dup_of_none(uploads.os.dup, server.root))
    with client.connect_data():
        assert client.send_command("STOR file")[0] == 451
    assert not server.uploads_in_progress
    monkeypatch.undo()
    assert client.store("STOR file", b"content")[0] == 226


def dup_of_none(dup, root):
    """os.dup that has a descriptor left for the root alone."""

    def full(number):
        if number != root:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return dup(number)

    return full
