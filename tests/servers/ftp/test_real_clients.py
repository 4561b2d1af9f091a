"""FTP as curl, lftp, ncftp, tnftp and inetutils-ftp speak it: put, get, list, resume, patterns, active and passive."""

import hashlib
import os
import shutil
import subprocess

import pytest

from readiness.servers.ftp.passwords import Passwords
from tests.servers.ftp.raw_ftp_client import serving

USERS = Passwords({"ada": "lovelace"}, cost=2)
PACKAGES = dict.fromkeys(("ncftpput", "ncftpget", "ncftpls"), "ncftp")
BINARY = os.urandom(3_000_000)


@pytest.fixture
def server(tmp_path):
    (tmp_path / "root" / "folder").mkdir(parents=True)
    (tmp_path / "root" / "file").write_bytes(BINARY)
    (tmp_path / "root" / "中文 name.txt").write_bytes(b"text\n")
    with serving(tmp_path / "root", users=USERS) as server:
        yield server


@pytest.fixture
def run(tmp_path, need):
    """Run a client in a directory of its own; its output."""
    place = tmp_path / "client"
    place.mkdir()

    def run(*command, **options):
        need(
            shutil.which(command[0]),
            f"{command[0]} is not installed: on Debian apt install {PACKAGES.get(command[0], command[0])}",
        )
        found = subprocess.run(
            command, cwd=place, capture_output=True, timeout=50, env=os.environ | {"HOME": str(place)}, **options
        )
        assert found.returncode == 0, (command, found.stdout, found.stderr)
        return found.stdout

    run.place = place
    return run


def url(server, name=""):
    return f"ftp://ada:lovelace@127.0.0.1:{server.address[1]}/{name}"


def test_curl_gets_and_lists(server, run):
    assert run("curl", "-sS", url(server, "file")) == BINARY
    assert run("curl", "-sS", "--disable-epsv", url(server, "file")) == BINARY
    assert run("curl", "-sS", "-P", "-", url(server, "file")) == BINARY
    assert run("curl", "-sS", "--disable-eprt", "-P", "-", url(server, "file")) == BINARY
    assert run("curl", "-sS", "-B", url(server, "%E4%B8%AD%E6%96%87%20name.txt")) == b"text\n"
    assert run("curl", "-sS", "-l", url(server)).decode().splitlines() == ["file", "folder", "中文 name.txt"]
    assert run("curl", "-sS", url(server)).count(b"\n") == 3
    assert b"Content-Length: 3000000" in run("curl", "-sS", "-I", url(server, "file"))


def test_curl_gets_ranges_and_resumes(server, run, tmp_path):
    assert run("curl", "-sS", "-r", "100-199", url(server, "file")) == BINARY[100:200]
    assert run("curl", "-sS", "-r", "2999990-", url(server, "file")) == BINARY[-10:]
    (run.place / "file").write_bytes(BINARY[:1_000_000])
    run("curl", "-sS", "-C", "-", "-o", "file", url(server, "file"))
    assert (run.place / "file").read_bytes() == BINARY
    (tmp_path / "root" / "part").write_bytes(BINARY[:1_000_000])
    run("curl", "-sS", "-C", "-", "-T", "file", url(server, "part"))
    assert (tmp_path / "root" / "part").read_bytes() == BINARY


def test_curl_puts_and_commands(server, run, tmp_path):
    (run.place / "new").write_bytes(BINARY)
    run("curl", "-sS", "-T", "new", "--ftp-create-dirs", url(server, "a/b/new"))
    assert (tmp_path / "root" / "a" / "b" / "new").read_bytes() == BINARY
    run("curl", "-sS", "-a", "-T", "new", url(server, "a/b/new"))
    assert (tmp_path / "root" / "a" / "b" / "new").read_bytes() == BINARY * 2
    run("curl", "-sS", "-Q", "RNFR file", "-Q", "RNTO moved", "-Q", "DELE moved", url(server, "folder/"))
    assert not (tmp_path / "root" / "file").exists()


def digests(place):
    return {
        str(file.relative_to(place)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in place.rglob("*")
        if file.is_file()
    }


LFTP = "set net:max-retries 1; set net:timeout 10; set cmd:fail-exit yes; set ftp:ssl-allow no; "


def test_lftp_mirrors_300_files_eight_at_a_time_both_ways(server, run, tmp_path):
    source = run.place / "source"
    for number in range(300):
        folder = source / f"folder {number % 7}" / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number} é.bin").write_bytes(BINARY[number : number * 137])
    address = url(server)
    run("lftp", "-c", LFTP + f"open {address}; mirror -R --parallel=8 source there; mirror --parallel=8 there back")
    assert digests(tmp_path / "root" / "there") == digests(source)
    assert digests(run.place / "back") == digests(source)
    assert len(digests(source)) == 300


def test_lftp_lists_resumes_and_renames(server, run, tmp_path):
    (run.place / "file").write_bytes(BINARY[:1_000_000])
    (run.place / "up").write_bytes(BINARY)
    (tmp_path / "root" / "up").write_bytes(BINARY[:500_000])
    script = "cls; ls -la; get -c file; put -c up; mv up down; mkdir -p x/y; rm -r x; set ftp:passive-mode no; cat file"
    out = run("lftp", "-c", LFTP + f"open {url(server)}; {script}")
    assert out.endswith(BINARY)
    assert "中文 name.txt".encode() in out
    assert (run.place / "file").read_bytes() == BINARY
    assert (tmp_path / "root" / "down").read_bytes() == BINARY
    assert not (tmp_path / "root" / "x").exists()


@pytest.mark.parametrize("mode", ["-E", "-F"])
def test_ncftp_puts_gets_and_lists(server, run, tmp_path, mode):
    login = ("-u", "ada", "-p", "lovelace", "-P", str(server.address[1]), mode)
    (run.place / "new").write_bytes(BINARY)
    run("ncftpput", *login, "-V", "127.0.0.1", "/folder", "new")
    assert (tmp_path / "root" / "folder" / "new").read_bytes() == BINARY
    run("ncftpget", *login, "-V", "127.0.0.1", ".", "/file")
    assert (run.place / "file").read_bytes() == BINARY
    out = run("ncftpls", *login, "ftp://127.0.0.1/")
    assert [b"file" in out, b"folder" in out] == [True, True]
    (run.place / "file").write_bytes(BINARY[:1_000_000])
    run("ncftpget", *login, "-V", "-z", "127.0.0.1", ".", "/file")
    assert (run.place / "file").read_bytes() == BINARY


@pytest.mark.parametrize("client", ["tnftp", "inetutils-ftp"])
def test_ftp_gets_and_deletes_by_patterns(server, run, tmp_path, client):
    root = tmp_path / "root"
    for name in ("a.txt", "b.txt", "a.bin", "folder/c.txt", "folder/d.txt"):
        (root / name).write_text(name)
    (run.place / "folder").mkdir()
    script = "mget [ab].txt\nmget folder/*.txt\nmdelete a*\nls folder/c*\nquit\n"
    commands = f"open 127.0.0.1 {server.address[1]}\nuser ada lovelace\nbinary\n{script}"
    assert b"c.txt" in run(client, "-inv", input=commands.encode())
    assert (run.place / "a.txt").read_text() == "a.txt"
    assert (run.place / "b.txt").read_text() == "b.txt"
    assert (run.place / "folder" / "d.txt").read_text() == "folder/d.txt"
    assert sorted(path.name for path in root.iterdir()) == ["b.txt", "file", "folder", "中文 name.txt"]


def test_ncftp_gets_by_patterns(server, run, tmp_path):
    for name in ("a.txt", "b.txt", "c.bin"):
        (tmp_path / "root" / "folder" / name).write_text(name)
    login = ("-u", "ada", "-p", "lovelace", "-P", str(server.address[1]))
    run("ncftpget", *login, "-V", "127.0.0.1", ".", "folder/*.txt")
    assert sorted(path.name for path in run.place.glob("*.*")) == ["a.txt", "b.txt"]


def test_lftp_keeps_the_time_of_a_file(server, run, tmp_path):
    (run.place / "up").mkdir()
    (run.place / "up" / "old").write_text("old")
    os.utime(run.place / "up" / "old", (1e9, 1e9))
    run("lftp", "-c", LFTP + f"open {url(server)}; mirror -R up up")
    assert (tmp_path / "root" / "up" / "old").stat().st_mtime == 1e9
