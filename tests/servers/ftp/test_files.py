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
from readiness.servers.ftp import jail, listing, transfers, uploads
from readiness.servers.ftp.session import Session, without_options
from readiness.servers.ftp.transfers import ToLocal, to_network
from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, Wire, everything, serving

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
def wire(server):
    with Wire(server.address) as wire:
        yield wire


@pytest.fixture
def ftp(server):
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect(*server.address)
        ftp.login(USER, PASSWORD)
        yield ftp


@pytest.mark.parametrize("size", [0, 1, 1024, (1 << 20) - 1, 1 << 20, 3_000_000])
@pytest.mark.usefixtures("copies")
def test_a_file_comes_back_as_it_went(tmp_path, size):
    with serving(tmp_path) as server, Wire(server.address) as wire:
        assert wire.store("STOR a file", BINARY[:size]) == (226, "226 Done.")
        assert wire.fetch("RETR a file") == BINARY[:size]
    assert (tmp_path / "a file").read_bytes() == BINARY[:size]


@pytest.mark.usefixtures("copies")
def test_resume_both_ways(tmp_path):
    with serving(tmp_path) as server, Wire(server.address) as wire:
        (tmp_path / "file").write_bytes(BINARY[:1_000_000] + b"to be thrown away")
        assert wire.ask("REST 1000000")[0] == 350
        assert wire.store("STOR file", BINARY[1_000_000:])[0] == 226
        assert (tmp_path / "file").read_bytes() == BINARY
        assert wire.ask("REST 2999990")[0] == 350
        assert wire.fetch("RETR file") == BINARY[-10:]
        assert wire.fetch("RETR file") == BINARY  # REST is for one transfer
        assert wire.ask("REST 3000000")[0] == 350
        assert wire.fetch("RETR file") == b""


def test_append(wire, tmp_path):
    assert wire.store("APPE new", b"one")[0] == 226
    assert wire.store("APPE new", b"two")[0] == 226
    assert (tmp_path / "new").read_bytes() == b"onetwo"


def test_rest_behind_the_end_is_refused(wire, tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    assert wire.ask("REST 6")[0] == 350
    with wire.dial():
        assert wire.ask("STOR file")[0] == 554
    assert (tmp_path / "file").read_bytes() == b"12345"
    assert wire.ask("TYPE A")[0] == 200
    assert wire.ask("REST 1")[0] == 501
    assert wire.ask("REST 0")[0] == 350


# A broken upload.


def cut_short(wire, command, sent=b"x" * 300_000):
    """Send something, then ABOR: the transfer must be told broken."""
    with wire.dial() as data:
        assert wire.ask(command)[0] == 150
        data.sendall(sent)
        wire.send("ABOR")
        assert [wire.reply()[0], wire.reply()[0]] == [426, 226]


def test_the_old_file_stays_whole_until_the_new_one_is(wire, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with wire.dial() as data:
        assert wire.ask("STOR file")[0] == 150
        data.sendall(b"new")
        assert wait_until(lambda: (tmp_path / ".in.file.").exists(), 5)
        with Wire(wire.sock.getpeername()) as other:
            assert other.fetch("RETR file") == b"old"
    assert wire.reply()[0] == 226
    assert (tmp_path / "file").read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_broken_upload_leaves_the_old_file_and_the_partial_one_to_resume(wire, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    cut_short(wire, "STOR file", BINARY[:300_000])
    assert (tmp_path / "file").read_bytes() == b"old"
    partial = int(wire.ask("SIZE .in.file.")[1].split()[1])
    assert (tmp_path / ".in.file.").read_bytes() == BINARY[:partial]
    assert wire.ask(f"REST {partial}")[0] == 350
    assert wire.store("STOR file", BINARY[partial:])[0] == 226
    assert (tmp_path / "file").read_bytes() == BINARY
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_broken_upload_of_a_new_file_is_resumed_by_its_size(wire, tmp_path):
    cut_short(wire, "STOR file", BINARY[:300_000])
    partial = int(wire.ask("SIZE file")[1].split()[1])
    assert wire.store("APPE file", BINARY[partial:])[0] == 226
    assert (tmp_path / "file").read_bytes() == BINARY


class OverwritesAtOnce(Session):
    def place(self, directory, name, offset):
        return name


class KeepsWhatBroke(Session):
    def finish(self, code, text, whole=False):
        super().finish(code, text, True)


@pytest.mark.parametrize("broken", [OverwritesAtOnce, KeepsWhatBroke])
def test_a_server_that_loses_the_old_file_is_caught(tmp_path, broken):
    (tmp_path / "file").write_bytes(b"old")
    with serving(tmp_path, session=broken) as server, Wire(server.address) as wire:
        cut_short(wire, "STOR file")
        assert (tmp_path / "file").read_bytes() != b"old"


def killed(root, session=Session):
    """What is left of an old file when its successor's client dies: the kernel ends both connections in good order."""
    (root / "file").write_bytes(b"old")
    with serving(root, session=session) as server:
        wire = Wire(server.address)
        data = wire.dial()
        assert wire.ask("STOR file")[0] == 150
        data.sendall(b"x" * 100_000)
        wire.close()
        data.close()
        assert wait_until(lambda: not server.sessions, 5)
    return (root / "file").read_bytes()


class DeafWhileBusy(Session):
    """Sees the end of the control connection only where an upload's end has it look."""

    def interest(self):
        return super().interest() & (2 if self.busy else 3)


class TrustsTheEnd(DeafWhileBusy):
    def complete(self):
        self.finish(226, "Done.", whole=True)


@pytest.mark.parametrize("session", [Session, DeafWhileBusy])
def test_a_killed_client_leaves_the_old_file(tmp_path, session):
    assert killed(tmp_path, session) == b"old"


def test_abor_that_is_there_when_an_upload_ends_leaves_the_old_file(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with serving(tmp_path, session=DeafWhileBusy) as server, Wire(server.address) as wire:
        with wire.dial() as data:
            assert wire.ask("STOR file")[0] == 150
            data.sendall(b"new")
            wire.send("ABOR")
        assert [wire.reply()[0], wire.reply()[0]] == [426, 226]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_server_that_trusts_the_end_of_an_upload_is_caught(tmp_path):
    assert killed(tmp_path, TrustsTheEnd) != b"old"


def test_two_uploads_of_one_file_do_not_mix(wire, server, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    with wire.dial() as data:
        assert wire.ask("STOR file")[0] == 150
        with Wire(server.address) as other, other.dial():
            assert other.ask("STOR file")[0] == 450
        data.sendall(b"first")
    assert wire.reply()[0] == 226
    assert (tmp_path / "file").read_bytes() == b"first"
    assert wire.store("STOR file", b"second")[0] == 226


@pytest.mark.parametrize(
    ("error", "code"), [(errno.ENOSPC, 452), (errno.EDQUOT, 552), (errno.EFBIG, 552), (errno.EIO, 451)]
)
@pytest.mark.parametrize("how", ["kernel", "memory"])
def test_a_full_disk_is_told_and_the_session_lives(tmp_path, monkeypatch, error, code, how):
    if how == "memory":
        monkeypatch.delattr(os, "splice", raising=False)
    (tmp_path / "file").write_bytes(b"old")
    with serving(tmp_path) as server, Wire(server.address) as wire:
        splice, write = getattr(os, "splice", None), os.write

        def full(*given, **named):
            raise OSError(error, os.strerror(error))

        def half_full(source, target, count, **named):
            return full() if server.pipe and source == server.pipe.reader else splice(source, target, count, **named)

        with monkeypatch.context() as patch:
            if how == "kernel":
                patch.setattr(os, "splice", half_full)
            else:
                patch.setattr(
                    transfers.os, "write", lambda file, data: full() if len(data) > 100 else write(file, data)
                )
            with wire.dial() as data:
                assert wire.ask("STOR file")[0] == 150
                with contextlib.suppress(OSError):
                    data.sendall(b"x" * 200_000)
                assert wire.reply()[0] == code
        assert (tmp_path / "file").read_bytes() == b"old"
        assert wire.store("STOR other", b"fits")[0] == 226  # and nothing of the first one is left in the pipe
        assert (tmp_path / "other").read_bytes() == b"fits"


def test_a_file_size_limit_is_told_and_the_session_lives(wire, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with wire.dial() as data:
            assert wire.ask("STOR file")[0] == 150
            with contextlib.suppress(OSError):
                data.sendall(BINARY)
            assert wire.reply()[0] == 552
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert wire.store("STOR file", b"fits")[0] == 226
    assert (tmp_path / "file").read_bytes() == b"fits"


# Texts.


@given(st.lists(st.binary(max_size=8).map(lambda data: data.replace(b"a", b"\r\n")), max_size=8))
def test_a_text_comes_back_as_it_went_wherever_it_is_cut(pieces):
    text = b"".join(pieces)
    wire = b"".join(to_network(pieces))
    assert wire == text.replace(b"\n", b"\r\n")
    for size in (1, 2, 3, len(wire) + 1):
        local = ToLocal()
        cut = [local(wire[start : start + size]) for start in range(0, len(wire), size)]
        assert b"".join(cut) + local.kept == text


def test_type_a_across_chunks(wire, tmp_path):
    text = b"line\n" * 40_000 + b"\n" * 70_000 + b"no end"
    (tmp_path / "text").write_bytes(text)
    assert wire.ask("TYPE A")[0] == 200
    assert wire.ask("SIZE text")[0] == 550
    sent = wire.fetch("RETR text")
    assert sent == text.replace(b"\n", b"\r\n")
    for size in (65_535, 65_536, 65_537, 1_000):
        with wire.dial() as data:
            assert wire.ask("STOR copy")[0] == 150
            for start in range(0, len(sent), size):
                data.sendall(sent[start : start + size])
        assert wire.reply()[0] == 226
        assert (tmp_path / "copy").read_bytes() == text
    assert wire.store("STOR copy", b"ends in CR\r")[0] == 226
    assert (tmp_path / "copy").read_bytes() == b"ends in CR\r"


def test_a_short_send_goes_on_where_it_stopped(wire, server, tmp_path):
    text = b"".join(b"%07d\n" % number for number in range(100_000))
    (tmp_path / "text").write_bytes(text)
    assert wire.ask("TYPE A")[0] == 200
    (one,) = server.sessions
    with wire.dial() as data:
        assert wait_until(lambda: one.conn, 5)
        one.conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        assert wire.ask("RETR text")[0] == 150
        assert everything(data) == text.replace(b"\n", b"\r\n")
    assert wire.reply()[0] == 226


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
def test_listings_skip_options(wire, tmp_path, options):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "file", (1e9, 1e9))
    command = f"LIST {options}".strip()
    rows = wire.fetch(command).decode().splitlines()
    assert re.fullmatch(r"-rw\S+ +1 ftp ftp +5 Sep  9  2001 file", rows[0])
    assert re.fullmatch(r"drwx\S+ +\d+ ftp ftp +\d+ \w\w\w [ \d]\d \d\d:\d\d folder", rows[1])
    assert wire.fetch(command.replace("LIST", "NLST")) == b"file\r\nfolder\r\n"
    assert wire.fetch(f"{command} file".replace("-l .", "-l")).endswith(b" file\r\n")


def test_options_are_skipped_and_names_are_not():
    assert [without_options(argument) for argument in ("-la x y", "-", "x -la", "-a -l  z", "")] == [
        "x y",
        "",
        "x -la",
        "z",
        "",
    ]


def test_a_large_directory_comes_batch_by_batch(wire, tmp_path):
    names = [f"{number:05}" for number in range(2 * listing.BATCH + 7)]
    for name in names:
        (tmp_path / name).touch()
    assert sorted(wire.fetch("NLST").decode().split()) == names
    assert wire.ask("STAT .")[1].count("\n") >= 2 * listing.BATCH
    with wire.dial() as data:  # given up: the directory is closed again, which the fixture of all tests sees
        assert wire.ask("MLSD")[0] == 150
        data.close()
    wire.reply()


def test_a_name_with_a_line_break_on_the_disk_is_not_listed(wire, tmp_path):
    (tmp_path / "two\nlines").touch()
    (tmp_path / "one").touch()
    assert wire.fetch("NLST") == b"one\r\n"


def test_facts(wire, tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "file", (1e9, 1e9))
    assert wire.ask("MLST file") == (
        250,
        "250-Facts:\n type=file;size=5;modify=20010909014640;perm=radfw; /file\n250 End.",
    )
    assert b"type=dir;modify=" in wire.fetch("MLSD")
    assert wire.ask("OPTS MLST Size;none;TYPE;") == (200, "200 MLST OPTS type;size;")
    assert wire.fetch("MLSD") == b"type=file;size=5; file\r\ntype=dir; folder\r\n"
    assert "MLST type*;size*;modify;perm;" in wire.ask("FEAT")[1]
    with wire.dial():
        assert wire.ask("MLSD file")[0] == 501
    assert wire.ask("MDTM file") == (213, "213 20010909014640")
    assert wire.ask("SIZE file") == (213, "213 5")
    assert wire.ask("SIZE folder")[0] == 550
    assert "file" in wire.ask("STAT file")[1]


def test_what_needs_no_more_than_a_word(wire):
    answers = {
        "SYST": 215, "NOOP": 200, "ALLO 5": 202, "STRU F": 200, "STRU R": 504, "MODE S": 200, "MODE Z": 504,
        "TYPE A N": 200, "TYPE L 8": 200, "TYPE E": 504, "OPTS UTF8 ON": 200, "OPTS UTF8 OFF": 501, "STAT": 211,
        "HELP": 214, "STOU": 502, "SITE CHMOD": 502, "AUTH TLS": 502, "RNTO x": 503, "RNFR x": 550,
    }  # fmt: skip
    assert {command: wire.ask(command)[0] for command in answers} == answers


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
            wire = outer.enter_context(Wire(server.address))
            data = outer.enter_context(wire.dial())
            assert wire.ask("STOR file")[0] == 150
            data.sendall(b"new")
            assert wait_until(lambda: (tmp_path / ".in.file.").stat().st_size, 5)
        assert data.recv(1) == b""
    assert (tmp_path / "file").read_bytes() == b"old"


def test_jail_and_uploads_agree_on_what_is_a_file(tmp_path):
    root = os.open(tmp_path, os.O_RDONLY)
    try:
        (tmp_path / "file").write_bytes(b"123")
        (tmp_path / "link").symlink_to("file")
        assert [uploads.length(root, name) for name in ("file", "none", "link")] == [3, -1, -1]
        with pytest.raises(OSError, match="Too many levels"):
            jail.open_plain(root, "link", os.O_WRONLY)
    finally:
        os.close(root)


def test_the_reply_comes_after_the_data(wire, server, tmp_path):
    (tmp_path / "large").write_bytes(bytes(24 << 20))
    with wire.dial() as data:
        assert wire.ask("RETR large")[0] == 150
        wire.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            wire.sock.recv(1, socket.MSG_PEEK)
        wire.sock.settimeout(10)
        everything(data)
    assert wire.reply()[0] == 226


# Uploads that meet each other, or nobody.


def test_an_upload_that_has_nowhere_to_come_from_changes_nothing(wire, tmp_path):
    (tmp_path / "old").write_bytes(b"0123456789")
    for command in ("STOR old", "APPE new", "STOR new"):
        assert wire.ask("REST 1")[0] == 350
        assert wire.ask(command)[0] == 425
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"old": b"0123456789"}


def test_a_new_file_that_is_being_written_is_left_to_its_writer(wire, server, tmp_path):
    (tmp_path / "other").write_bytes(b"other")
    with wire.dial() as data:
        assert wire.ask("STOR new")[0] == 150
        with Wire(server.address) as other, other.dial():
            assert other.ask("STOR new")[0] == 450
            assert other.ask("APPE new")[0] == 450
            assert other.ask("DELE new")[0] == 450
            assert other.ask("RNFR new")[0] == 350
            assert other.ask("RNTO elsewhere")[0] == 450
            assert other.ask("RNFR other")[0] == 350
            assert other.ask("RNTO new")[0] == 450
        data.sendall(b"first")
    assert wire.reply()[0] == 226
    assert (tmp_path / "new").read_bytes() == b"first"


def test_what_an_earlier_file_has_left_beside_is_not_resumed(wire, tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    cut_short(wire, "STOR file", b"2" * 1000)
    assert wire.ask("DELE file")[0] == 250
    cut_short(wire, "STOR file", b"3" * 500)
    partial = int(wire.ask("SIZE file")[1].split()[1])
    assert wire.ask(f"REST {partial}")[0] == 350
    assert wire.store("STOR file", b"3" * (1000 - partial))[0] == 226
    assert (tmp_path / "file").read_bytes() == b"3" * 1000
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["n" * 255, "中" * 85])
def test_a_name_of_full_length_is_replaced_like_any_other(wire, tmp_path, name):
    for content in (b"one", b"two"):
        assert wire.store(f"STOR {name}", content)[0] == 226
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"two"]


def test_an_upload_without_a_descriptor_for_its_directory_leaves_none(wire, server, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads.os, "dup", dup_of_none(uploads.os.dup, server.root))
    with wire.dial():
        assert wire.ask("STOR file")[0] == 451
    assert not server.writing
    monkeypatch.undo()
    assert wire.store("STOR file", b"content")[0] == 226


def dup_of_none(dup, root):
    """os.dup that has a descriptor left for the root alone."""

    def full(number):
        if number != root:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return dup(number)

    return full


def test_rest_is_forgotten_by_a_listing(wire, tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    assert wire.ask("REST 5")[0] == 350
    assert wire.fetch("NLST") == b"file\r\n"
    assert wire.fetch("RETR file") == b"0123456789"
