"""Directories that the server's user may enter but not list, read-only file systems, and the fact `perm`."""

import contextlib
import os
import re
import shutil
import subprocess
import sys

import pytest

from readiness.base.forked_server import ForkedServer
from readiness.base.launched_process import LaunchedProcess
from readiness.servers.ftp.partials import partial_name
from readiness.servers.ftp.server import FtpServer
from tests import ROOT
from tests.servers.ftp.raw_ftp_client import USER, USERS, RawFtpClient, serving

NOBODY = 65534


def put(path, mode, owner=0):
    path.write_text(path.name)
    path.chmod(mode)
    os.chown(path, owner, owner)


def make_directory(path, mode, owner=0):
    path.mkdir()
    path.chmod(mode)
    os.chown(path, owner, owner)


@contextlib.contextmanager
def ordinary_client(root):
    """A client of a server whose process has an ordinary user. `root` belongs to that user."""
    if os.geteuid():
        pytest.skip("only root can start a process of another user")
    os.chown(root, NOBODY, NOBODY)

    def start():
        server = FtpServer(root, users=USERS)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        return server

    with ForkedServer(start) as server, RawFtpClient(server.address) as client:
        yield client


def permissions(client, directory=""):
    rows = client.fetch(f"MLSD {directory}".strip()).decode().splitlines()
    return {name: re.search("perm=([a-z]*);", facts)[1] for facts, name in (row.split(" ", 1) for row in rows)}


def test_a_directory_that_may_be_entered_and_not_listed(tmp_path):
    make_directory(tmp_path / "d", 0o711)
    put(tmp_path / "d" / "f", 0o644)
    make_directory(tmp_path / "d" / "e", 0o755)
    with ordinary_client(tmp_path) as client:
        assert client.send_command("SIZE d/f") == (213, "213 1")
        assert client.fetch("RETR d/f") == b"f"
        assert "perm=r;" in client.send_command("MLST d/f")[1]
        assert client.fetch("NLST d/e") == b""
        assert client.send_command("CWD d")[0] == 250
        assert client.fetch("RETR f") == b"f"
        with client.connect_data():
            for command in ("LIST", "NLST", "MLSD", "NLST *", "STAT .", "STOR new"):
                assert client.send_command(command) == (550, "550 Permission denied."), command


def test_a_drop_box_takes_files(tmp_path):
    make_directory(tmp_path / "d", 0o733)
    with ordinary_client(tmp_path) as client:
        assert client.store("STOR d/f", b"content")[0] == 226
        assert client.send_command("CWD d")[0] == 250
        assert client.store("STOR g", b"content")[0] == 226
        assert client.store("STOU", b"content")[0] == 226
    assert {file.read_bytes() for file in (tmp_path / "d").iterdir()} == {b"content"}
    assert len(list((tmp_path / "d").iterdir())) == 3


@pytest.mark.parametrize("mode", [0o744, 0o700])
def test_a_directory_that_may_not_be_entered(tmp_path, mode):
    make_directory(tmp_path / "d", mode)
    put(tmp_path / "d" / "f", 0o644)
    with ordinary_client(tmp_path) as client, client.connect_data():
        for command in ("CWD d", "SIZE d/f", "RETR d/f", "LIST d", "MLSD d", "STOR d/g", "STAT d", "MLST d/f"):
            assert client.send_command(command) == (550, "550 Permission denied."), command
        assert client.send_command("PWD")[1].startswith('257 "/"')


def test_perm_says_what_the_server_s_user_can_do(tmp_path):
    put(tmp_path / "both", 0o644, NOBODY)
    put(tmp_path / "readable", 0o444)
    put(tmp_path / "writable", 0o662)
    put(tmp_path / "neither", 0o600)
    put(tmp_path / partial_name(USER, "new"), 0o644, NOBODY)
    for mode in (0o755, 0o711, 0o733, 0o700, 0o744, 0o777):
        make_directory(tmp_path / f"{mode:o}", mode)
    with ordinary_client(tmp_path) as client:
        assert permissions(client) == {
            "both": "radfw", "readable": "rdf", "writable": "dfw", "neither": "df", "new": "adfw",
            "755": "eldf", "711": "edf", "733": "ecdfmp", "700": "df", "744": "df", "777": "elcdfmp",
        }  # fmt: skip
        assert "perm=elcmp;" in client.send_command("MLST /")[1]
        assert "perm=rdf;" in client.send_command("MLST readable")[1]


def test_perm_in_a_directory_that_may_not_be_changed(tmp_path):
    make_directory(tmp_path / "d", 0o755)
    put(tmp_path / "d" / "f", 0o666)
    make_directory(tmp_path / "d" / "e", 0o777)
    with ordinary_client(tmp_path) as client:
        assert permissions(client, "d") == {"f": "r", "e": "elcmp"}


def test_perm_in_a_sticky_directory(tmp_path):
    make_directory(tmp_path / "d", 0o1777)
    put(tmp_path / "d" / "foreign", 0o666)
    put(tmp_path / "d" / "own", 0o644, NOBODY)
    with ordinary_client(tmp_path) as client:
        assert permissions(client, "d") == {"foreign": "r", "own": "radfw"}
        assert client.send_command("DELE d/foreign")[0] == 550


def test_perm_of_users_that_may_only_read(tmp_path):
    put(tmp_path / "f", 0o644, os.geteuid())
    make_directory(tmp_path / "d", 0o755, os.geteuid())
    with serving(tmp_path, users=None) as server, RawFtpClient(server.address, login=False) as client:
        assert client.send_command("USER ftp")[0] == 331
        assert client.send_command("PASS x")[0] == 230
        assert permissions(client) == {"f": "r", "d": "el"}
        assert "perm=el;" in client.send_command("MLST")[1]
        for command in ("STOU", "STOU x", "MFMT 20200101000000 f"):
            assert client.send_command(command) == (550, "550 You may read here, and not write.")


MOUNT = 'mount -t tmpfs none "$0" && echo old > "$0"/f && mkdir "$0"/d && mount -o remount,ro "$0" && exec "$@"'


REFUSED = ("STOR f", "STOR new", "APPE f", "STOU", "DELE f", "MKD e", "RMD d", "MFMT 20200101000000 f")


def in_namespace(root, *command):
    """The command that runs `command` where a file system that can only be read is mounted on `root`."""
    return ("unshare", "-m", "sh", "-c", MOUNT, str(root), *command)


def test_a_file_system_that_can_only_be_read(tmp_path):
    if not shutil.which("unshare") or subprocess.run(in_namespace(tmp_path, "true"), capture_output=True).returncode:
        pytest.skip("this process may not mount a file system")
    command = in_namespace(tmp_path, sys.executable, "-c", READ_ONLY_SERVER, str(tmp_path))
    with LaunchedProcess(command, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        address = "127.0.0.1", int(process.readline(10))
        with RawFtpClient(address) as client, client.connect_data():
            for line in REFUSED:
                assert client.send_command(line)[0] == 550, line
            assert client.send_command("RNFR f")[0] == 350
            assert client.send_command("RNTO g") == (550, "550 Read-only file system.")
            assert client.fetch("RETR f") == b"old\n"
            assert permissions(client) == {"f": "r", "d": "el"}


READ_ONLY_SERVER = """
import sys
from readiness.base.background import BackgroundServer
from readiness.servers.ftp.server import FtpServer
from tests.servers.ftp.raw_ftp_client import USERS
with BackgroundServer(FtpServer(sys.argv[1], users=USERS)) as running:
    print(running.server.address[1], flush=True)
    sys.stdin.read()
"""
