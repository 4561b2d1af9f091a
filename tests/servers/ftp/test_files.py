"""FTP's files: put, get, resume, append, texts, listings, names; and what a broken upload leaves on the disk."""

import contextlib
import errno
import ftplib
import io
import os
import re
import resource
import signal
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.background import wait_until
from readiness.servers.ftp import jail, listing, names, transfers, uploads
from readiness.servers.ftp.session import Session
from readiness.servers.ftp.transfers import CrlfDecoder, lf_to_crlf
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, RawFtpClient, recv_until_eof, serving

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


# Texts.


@given(st.lists(st.binary(max_size=8).map(lambda data: data.replace(b"a", b"\r\n")), max_size=8))
def test_a_text_comes_back_as_it_went_wherever_it_is_cut(pieces):
    text = b"".join(pieces)
    encoded = b"".join(lf_to_crlf(pieces))
    assert encoded == text.replace(b"\n", b"\r\n")
    for size in (1, 2, 3, len(encoded) + 1):
        decoder = CrlfDecoder()
        cut = [decoder(encoded[start : start + size]) for start in range(0, len(encoded), size)]
        assert b"".join(cut) + decoder.pending == text


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


# Listings and names.

ODD = [
    "a b",
    'quo"te',
    "中文.txt",
    "-rf",
    " lead",
    "trail ",
    "%s%n",
    "é",
    "e\u0301",
    "back\\slash",
    "x" * 200,
    "#",
    "*?",
]


def test_names_of_all_kinds_come_and_go(ftp, tmp_path):
    for name in ODD:
        ftp.storbinary(f"STOR {name}", io.BytesIO(name.encode()))
    assert sorted(name for name, _facts in ftp.mlsd()) == sorted(ODD)
    for name in ODD:
        got = io.BytesIO()
        ftp.retrbinary(f"RETR {name}", got.write)
        assert got.getvalue() == name.encode()
        ftp.rename(name, name + ".new")
        ftp.delete(name + ".new")
    assert list(tmp_path.iterdir()) == []


def test_directories(ftp, tmp_path):
    assert ftp.mkd('a "b" 中') == '/a "b" 中'
    ftp.cwd('a "b" 中')
    assert ftp.pwd() == '/a "b" 中'
    ftp.mkd("inner")
    ftp.cwd("inner")
    ftp.sendcmd("CDUP")
    ftp.sendcmd("XCUP")
    assert ftp.pwd() == "/"
    assert ftp.sendcmd("XPWD").startswith('257 "/"')
    with pytest.raises(ftplib.error_perm, match="550"):
        ftp.rmd('a "b" 中')  # not empty
    ftp.rmd('a "b" 中/inner')
    ftp.sendcmd('XRMD a "b" 中')
    ftp.sendcmd("XMKD x")
    ftp.sendcmd("XCWD x")
    assert ftp.pwd() == "/x"
    with pytest.raises(ftplib.error_perm, match="550"):
        ftp.cwd("/none")
    assert ftp.pwd() == "/x"


@pytest.mark.parametrize("options", ["", "-la", "-CF", "-a -l", "-l ."])
def test_listings_skip_options(client, tmp_path, options):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "file", (1e9, 1e9))
    command = f"LIST {options}".strip()
    rows = client.fetch(command).decode().splitlines()
    assert re.fullmatch(r"-rw\S+ +1 ftp ftp +5 Sep  9  2001 file", rows[0])
    assert re.fullmatch(r"drwx\S+ +\d+ ftp ftp +\d+ \w\w\w [ \d]\d \d\d:\d\d folder", rows[1])
    assert client.fetch(command.replace("LIST", "NLST")) == b"file\r\nfolder\r\n"
    assert client.fetch(f"{command} file".replace("-l .", "-l")).endswith(b" file\r\n")


def test_options_are_skipped_and_names_are_not():
    assert [names.without_options(argument) for argument in ("-la x y", "-", "x -la", "-a -l  z", "")] == [
        "x y",
        "",
        "x -la",
        "z",
        "",
    ]


def test_a_large_directory_comes_batch_by_batch(client, tmp_path):
    names = [f"{number:05}" for number in range(2 * listing.ENTRIES_PER_BATCH + 7)]
    for name in names:
        (tmp_path / name).touch()
    assert sorted(client.fetch("NLST").decode().split()) == names
    assert client.send_command("STAT .")[1].count("\n") >= 2 * listing.ENTRIES_PER_BATCH
    with client.connect_data() as data:  # given up: the directory is closed again, which the fixture of all tests sees
        assert client.send_command("MLSD")[0] == 150
        data.close()
    client.read_reply()


def test_a_name_with_a_line_break_on_the_disk_is_not_listed(client, tmp_path):
    (tmp_path / "two\nlines").touch()
    (tmp_path / "one").touch()
    assert client.fetch("NLST") == b"one\r\n"


def test_facts(client, tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "file", (1e9, 1e9))
    assert client.send_command("MLST file") == (
        250,
        "250-Facts:\n type=file;size=5;modify=20010909014640;perm=radfw; /file\n250 End.",
    )
    assert b"type=dir;modify=" in client.fetch("MLSD")
    assert client.send_command("OPTS MLST Size;none;TYPE;") == (200, "200 MLST OPTS type;size;")
    assert client.fetch("MLSD") == b"type=file;size=5; file\r\ntype=dir; folder\r\n"
    assert "MLST type*;size*;modify;perm;" in client.send_command("FEAT")[1]
    with client.connect_data():
        assert client.send_command("MLSD file")[0] == 501
    assert client.send_command("MDTM file") == (213, "213 20010909014640")
    assert client.send_command("SIZE file") == (213, "213 5")
    assert client.send_command("SIZE folder")[0] == 550
    assert "file" in client.send_command("STAT file")[1]


def test_what_needs_no_more_than_a_word(client):
    answers = {
        "SYST": 215, "NOOP": 200, "ALLO 5": 202, "STRU F": 200, "STRU R": 504, "MODE S": 200, "MODE Z": 504,
        "TYPE A N": 200, "TYPE L 8": 200, "TYPE E": 504, "OPTS UTF8 ON": 200, "OPTS UTF8 OFF": 501, "STAT": 211,
        "HELP": 214, "STOU": 502, "SITE CHMOD": 502, "AUTH TLS": 502, "RNTO x": 503, "RNFR x": 550,
    }  # fmt: skip
    assert {command: client.send_command(command)[0] for command in answers} == answers


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


def test_jail_and_uploads_agree_on_what_is_a_file(tmp_path):
    root = os.open(tmp_path, os.O_RDONLY)
    try:
        (tmp_path / "file").write_bytes(b"123")
        (tmp_path / "link").symlink_to("file")
        assert [uploads.file_size(root, name) for name in ("file", "none", "link")] == [3, -1, -1]
        with pytest.raises(OSError, match="Too many levels"):
            jail.open_regular_file(root, "link", os.O_WRONLY)
    finally:
        os.close(root)


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


def test_rest_is_forgotten_by_a_listing(client, tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    assert client.send_command("REST 5")[0] == 350
    assert client.fetch("NLST") == b"file\r\n"
    assert client.fetch("RETR file") == b"0123456789"
