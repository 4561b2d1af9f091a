"""FTP's files: put, get, resume, append, texts, listings, names; and what a broken upload leaves on the disk."""

import contextlib
import errno
import ftplib
import os
import resource
import signal

import pytest

from readiness.base.background import wait_until
from readiness.servers.ftp import transfers, uploads
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, RawFtpClient, serving

BINARY = os.urandom(3_000_000)


@pytest.fixture(params=["kernel", "memory"])
def copies(request, monkeypatch):
    """With sendfile and splice where the system has them, and without."""
    if request.param == "memory":
        monkeypatch.delattr(os, "sendfile", raising=False)
        monkeypatch.delattr(os, "splice", raising=False)


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    with RawFtpClient(server.address) as client:
        yield client


@pytest.fixture
def ftp(server):
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect(*server.address)
        ftp.login(USER, PASSWORD)
        yield ftp


def test_append(client, tmp_path):
    assert client.store("APPE new", b"one")[0] == 226
    assert client.store("APPE new", b"two")[0] == 226
    assert (tmp_path / "new").read_bytes() == b"onetwo"


def test_rest_behind_the_end_is_refused(client, tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    assert client.send_command("REST 6")[0] == 350
    with client.connect_data():
        assert client.send_command("STOR file")[0] == 554
    assert (tmp_path / "file").read_bytes() == b"12345"
    assert client.send_command("TYPE A")[0] == 200
    assert client.send_command("REST 1")[0] == 501
    assert client.send_command("REST 0")[0] == 350


# A broken upload.


def cut_short(client, command, sent=b"x" * 300_000):
    """Send something, then ABOR: the reply must be 426."""
    with client.connect_data() as data:
        assert client.send_command(command)[0] == 150
        data.sendall(sent)
        client.send("ABOR")
        assert [client.read_reply()[0], client.read_reply()[0]] == [426, 226]


def test_the_old_file_stays_whole_until_the_new_one_is(client, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with client.connect_data() as data:
        assert client.send_command("STOR file")[0] == 150
        data.sendall(b"new")
        assert wait_until(lambda: (tmp_path / ".in.file.").exists(), 5)
        with RawFtpClient(client.sock.getpeername()) as other:
            assert other.fetch("RETR file") == b"old"
    assert client.read_reply()[0] == 226
    assert (tmp_path / "file").read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_broken_upload_leaves_the_old_file_and_the_partial_one_to_resume(client, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    cut_short(client, "STOR file", BINARY[:300_000])
    assert (tmp_path / "file").read_bytes() == b"old"
    partial = int(client.send_command("SIZE .in.file.")[1].split()[1])
    assert (tmp_path / ".in.file.").read_bytes() == BINARY[:partial]
    assert client.send_command(f"REST {partial}")[0] == 350
    assert client.store("STOR file", BINARY[partial:])[0] == 226
    assert (tmp_path / "file").read_bytes() == BINARY
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_broken_upload_of_a_new_file_is_resumed_by_its_size(client, tmp_path):
    cut_short(client, "STOR file", BINARY[:300_000])
    partial = int(client.send_command("SIZE file")[1].split()[1])
    assert client.store("APPE file", BINARY[partial:])[0] == 226
    assert (tmp_path / "file").read_bytes() == BINARY


class OverwritesAtOnce(Session):
    def choose_target(self, directory, name, offset):
        return name


class KeepsWhatBroke(Session):
    def end_transfer(self, code, text, completed=False):
        super().end_transfer(code, text, True)


@pytest.mark.parametrize("broken", [OverwritesAtOnce, KeepsWhatBroke])
def test_a_server_that_loses_the_old_file_is_caught(tmp_path, broken):
    (tmp_path / "file").write_bytes(b"old")
    with serving(tmp_path, session_class=broken) as server, RawFtpClient(server.address) as client:
        cut_short(client, "STOR file")
        assert (tmp_path / "file").read_bytes() != b"old"


def killed(root, session_class=Session):
    """What is left of an old file when its successor's client dies: the kernel ends both connections in good order."""
    (root / "file").write_bytes(b"old")
    with serving(root, session_class=session_class) as server:
        client = RawFtpClient(server.address)
        data = client.connect_data()
        assert client.send_command("STOR file")[0] == 150
        data.sendall(b"x" * 100_000)
        client.close()
        data.close()
        assert wait_until(lambda: not server.sessions, 5)
    return (root / "file").read_bytes()


class DeafWhileBusy(Session):
    """Sees the end of the control connection only where an upload's end has it look."""

    def wanted_events(self):
        return super().wanted_events() & (2 if self.command_in_progress else 3)


class TrustsTheEnd(DeafWhileBusy):
    def on_transfer_done(self):
        self.end_transfer(226, "Done.", completed=True)


@pytest.mark.parametrize("session_class", [Session, DeafWhileBusy])
def test_a_killed_client_leaves_the_old_file(tmp_path, session_class):
    assert killed(tmp_path, session_class) == b"old"


def test_abor_that_is_there_when_an_upload_ends_leaves_the_old_file(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with serving(tmp_path, session_class=DeafWhileBusy) as server, RawFtpClient(server.address) as client:
        with client.connect_data() as data:
            assert client.send_command("STOR file")[0] == 150
            data.sendall(b"new")
            client.send("ABOR")
        assert [client.read_reply()[0], client.read_reply()[0]] == [426, 226]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_server_that_trusts_the_end_of_an_upload_is_caught(tmp_path):
    assert killed(tmp_path, TrustsTheEnd) != b"old"


def test_two_uploads_of_one_file_do_not_mix(client, server, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with client.connect_data() as data:
        assert client.send_command("STOR file")[0] == 150
        with RawFtpClient(server.address) as other, other.connect_data():
            assert other.send_command("STOR file")[0] == 450
        data.sendall(b"first")
    assert client.read_reply()[0] == 226
    assert (tmp_path / "file").read_bytes() == b"first"
    assert client.store("STOR file", b"second")[0] == 226


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
            assert wait_until(lambda: (tmp_path / ".in.file.").stat().st_size, 5)
        assert data.recv(1) == b""
    assert (tmp_path / "file").read_bytes() == b"old"


# Uploads that meet each other, or have no data connection.


def test_an_upload_that_has_nowhere_to_come_from_changes_nothing(client, tmp_path):
    (tmp_path / "old").write_bytes(b"0123456789")
    for command in ("STOR old", "APPE new", "STOR new"):
        assert client.send_command("REST 1")[0] == 350
        assert client.send_command(command)[0] == 425
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"old": b"0123456789"}


def test_a_new_file_that_is_being_written_is_left_to_its_writer(client, server, tmp_path):
    (tmp_path / "other").write_bytes(b"other")
    with client.connect_data() as data:
        assert client.send_command("STOR new")[0] == 150
        with RawFtpClient(server.address) as other, other.connect_data():
            assert other.send_command("STOR new")[0] == 450
            assert other.send_command("APPE new")[0] == 450
            assert other.send_command("DELE new")[0] == 450
            assert other.send_command("RNFR new")[0] == 350
            assert other.send_command("RNTO elsewhere")[0] == 450
            assert other.send_command("RNFR other")[0] == 350
            assert other.send_command("RNTO new")[0] == 450
        data.sendall(b"first")
    assert client.read_reply()[0] == 226
    assert (tmp_path / "new").read_bytes() == b"first"


def test_what_an_earlier_file_has_left_beside_is_not_resumed(client, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    cut_short(client, "STOR file", b"2" * 1000)
    assert client.send_command("DELE file")[0] == 250
    cut_short(client, "STOR file", b"3" * 500)
    partial = int(client.send_command("SIZE file")[1].split()[1])
    assert client.send_command(f"REST {partial}")[0] == 350
    assert client.store("STOR file", b"3" * (1000 - partial))[0] == 226
    assert (tmp_path / "file").read_bytes() == b"3" * 1000
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["n" * 255, "中" * 85])
def test_a_name_of_full_length_is_replaced_like_any_other(client, tmp_path, name):
    for content in (b"one", b"two"):
        assert client.store(f"STOR {name}", content)[0] == 226
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"two"]


def test_an_upload_without_a_descriptor_for_its_directory_leaves_none(client, server, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads.os, "dup", dup_of_none(uploads.os.dup, server.root))
    with client.connect_data():
        assert client.send_command("STOR file")[0] == 451
    assert not server.files_being_written
    monkeypatch.undo()
    assert client.store("STOR file", b"content")[0] == 226


def dup_of_none(dup, root):
    """os.dup that has a descriptor left for the root alone."""

    def full(number):
        if number != root:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return dup(number)

    return full
