"""Listings, names, directories and facts."""

import ftplib
import io
import os
import re
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.servers.ftp import jail, listing, names, uploads
from readiness.servers.ftp.partials import partial_name
from tests.servers.ftp.raw_ftp_client import USER, RawFtpClient, serving

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


def test_a_large_directory_comes_batch_by_batch_in_order(client, tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "NAMES_PER_BATCH", 100)
    expected = [f"{number:05}" for number in range(1000)]
    for name in sorted(expected, key=lambda name: name[::-1]):
        (tmp_path / name).touch()
    (tmp_path / partial_name(USER, "00500")).touch()  # stands for its file
    (tmp_path / partial_name(USER, "01000")).touch()
    (tmp_path / partial_name("bob", "01001")).touch()
    assert client.fetch("NLST").decode().split() == [*expected, "01000"]
    with client.connect_data() as data:  # given up: the directory is closed, which the fixture of all tests sees
        assert client.send_command("MLSD")[0] == 150
        data.close()
    client.read_reply()


def test_no_batch_is_large(tmp_path, monkeypatch):
    for number in range(1000):
        (tmp_path / f"{number}").touch()
    monkeypatch.setattr(listing, "NAMES_PER_BATCH", 300)
    directory = os.open(tmp_path, os.O_RDONLY)
    try:
        sizes = [len(batch) for batch in listing.entries(directory, USER)]
    finally:
        os.close(directory)
    assert sizes[:4] == [0] * 4  # while names are being read
    assert sum(sizes) == 1000
    assert max(sizes) == listing.ENTRIES_PER_BATCH


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
        "HELP": 214, "STOU": 425, "SITE CHMOD": 502, "AUTH TLS": 502, "RNTO x": 503, "RNFR x": 550,
    }  # fmt: skip
    assert {command: client.send_command(command)[0] for command in answers} == answers


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


def test_rest_is_forgotten_by_a_listing(client, tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    assert client.send_command("REST 5")[0] == 350
    assert client.fetch("NLST") == b"file\r\n"
    assert client.fetch("RETR file") == b"0123456789"


# Times of all kinds.

SECONDS = [2**63 - 1, 67767976233532799, 67768036191676799, 2**56, -(2**56), -(2**63), -62167219200, 253402300800]


@pytest.fixture
def tmpfs():
    """A directory on a file system that keeps any time."""
    if not os.path.isdir("/dev/shm"):
        pytest.skip("this system has no tmpfs at /dev/shm")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as path:
        yield Path(path)


def test_a_file_with_any_time_is_listed_beside_the_others(tmpfs):
    names = [f"{seconds}.{number}" for number, seconds in enumerate(SECONDS)] + ["plain"]
    for name in names:
        (tmpfs / name).touch()
        if name != "plain":
            os.utime(tmpfs / name, ns=(0, int(name.split(".")[0]) * 10**9))
    names.sort()
    with serving(tmpfs) as server, RawFtpClient(server.address) as client:
        for command in ("NLST", "LIST", "MLSD", "LIST *"):
            assert [row.split()[-1] for row in client.fetch(command).decode().splitlines()] == names, command
        assert [row.split()[-1] for row in client.send_command("STAT .")[1].splitlines()[1:-1]] == names
        for name in names[:-1]:
            assert client.send_command(f"MDTM {name}") == (213, "213 19700101000000")
            assert "modify=19700101000000;" in client.send_command(f"MLST {name}")[1]
        assert client.send_command("MDTM plain")[1] > "213 1971"


ANY_INTEGER = st.integers(-(2**70), 2**70)


@given(ANY_INTEGER | st.integers(-(10**12), 10**12), ANY_INTEGER, st.integers(0, 2**64), st.integers(0, 2**16 - 1))
def test_a_line_has_its_form_whatever_the_file_has(seconds, size, links, mode):
    info = os.stat_result((mode, 1, 1, links, 2**32 - 1, 2**32 - 1, size, seconds, seconds, seconds))
    line = listing.long_line("name", info)
    assert re.fullmatch(r"[-?\w]{10} +\d+ ftp ftp +-?\d+ [A-Z][a-z]{2} [ \d]\d (\d\d:\d\d| [ \d]{4}) name", line), line
    assert re.fullmatch(r"\d{14}", listing.timestamp(seconds))


@given(st.integers(-62135596800, 253402300799))
def test_a_time_of_four_digits_comes_back(seconds):
    text = listing.timestamp(seconds)
    assert text == (datetime(1970, 1, 1) + timedelta(seconds=seconds)).isoformat().translate({45: "", 58: "", 84: ""})
    assert listing.parse_timestamp(text) == seconds


def test_mfmt_sets_the_time_of_a_file(client, tmp_path):
    (tmp_path / "a file").touch()
    (tmp_path / "folder").mkdir()
    os.symlink("a file", tmp_path / "link")
    assert client.send_command("MFMT 20200102030405 a file") == (213, "213 Modify=20200102030405; a file")
    assert client.send_command("MDTM a file") == (213, "213 20200102030405")
    assert client.send_command("MFMT 19991231235960.123 folder") == (213, "213 Modify=20000101000000; folder")
    assert os.stat(tmp_path / "folder").st_mtime == 946684800
    assert " MFMT" in client.send_command("FEAT")[1].splitlines()
    before = os.stat(tmp_path / "a file").st_mtime
    for argument in (
        "",
        "2020",
        "20200102030405",
        "20201302030405 a file",
        "00000102030405 a file",
        "2020010203040５ x",
    ):
        assert client.send_command(f"MFMT {argument}")[0] == 501, argument
    for argument in (
        "20200102030406 none",
        "20200102030406 link",
        "20200102030406 /",
        "20200102030406 .partial-upload.x",
    ):
        assert client.send_command(f"MFMT {argument}")[0] == 550, argument
    assert os.stat(tmp_path / "a file").st_mtime == before


def test_mfmt_tells_the_time_that_the_file_system_keeps(client, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    utime, earliest = os.utime, -(1 << 31)  # as on ext4
    monkeypatch.setattr(
        os,
        "utime",
        lambda name, ns, **kwargs: utime(name, ns=tuple(max(time, earliest * 10**9) for time in ns), **kwargs),
    )
    assert client.send_command("MFMT 00010101000000 file") == (213, "213 Modify=19011213204552; file")
    assert client.send_command("MDTM file") == (213, "213 19011213204552")


def test_stou_never_replaces_a_file(client, tmp_path):
    (tmp_path / "folder").mkdir()
    stored = {}
    for number, command in enumerate(["STOU", "STOU", "STOU name", "STOU name", "STOU folder/name", "STOU folder/"]):
        with client.connect_data() as data:
            code, text = client.send_command(command)
            assert (code, text[:10]) == (150, "150 FILE: ")
            data.sendall(str(number).encode())
        assert client.read_reply()[0] == 226
        stored[text[10:]] = str(number)
    assert len(stored) == 6
    assert {name: (tmp_path / name).read_text() for name in stored} == stored
    assert [name.split(".")[0] for name in stored] == [
        "upload",
        "upload",
        "name",
        "name",
        "folder/name",
        "folder/upload",
    ]
