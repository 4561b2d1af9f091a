"""FTP's jail: no name of any verb leads out of the root, nor does a link, nor a swap while we look."""

import os
import shutil
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.messages import UserError
from readiness.servers.ftp.jail import Jail, open_root
from readiness.servers.ftp.login import WRITE_COMMANDS
from readiness.servers.ftp.session import Session
from tests.servers.ftp.raw_ftp_client import RawFtpClient, recv_until_eof, serving

names = st.text(st.sampled_from("ab./ \\~%é中"), max_size=20)


def resolve(name, cwd=()):
    """Return what `Session.resolve` makes of a name. It looks at the current directory alone."""
    return Session.resolve(SimpleNamespace(jail=SimpleNamespace(cwd=tuple(cwd))), name)


@given(names, st.lists(st.sampled_from(["a", "b", "…"]), max_size=3))
def test_a_name_resolves_to_parts_that_are_plain(name, cwd):
    parts = resolve(name, cwd)
    assert not {"", ".", ".."} & set(parts)
    assert not any("/" in part for part in parts)
    assert resolve("/" + "/".join(parts), cwd) == parts
    assert resolve("/" + name, cwd) == resolve(name)  # from the root, where one stands is the root


@given(names)
def test_a_name_means_what_posix_says(name):
    parts = resolve(name)
    assert "/" + "/".join(parts) == os.path.normpath("/" + name.lstrip("/"))


SECRET = b"nobody may read this"
NAMES = [
    "../secret", "/../secret", "../../secret", "/../../../../../../secret", "inner/../../secret", "./../secret",
    "inner/./.././../secret", "//../secret", "///..///secret", ".. /secret", "..//secret", "/inner/../../secret",
    "link", "link/", "./link", "inner/link", "dirlink/secret", "inner/dirlink/secret", "chain/secret",
    "dirlink/../secret",
    "absolute", "~/secret", "~root/secret", "%2e%2e/secret", "..%2fsecret", "..\\secret", "\\..\\secret", "..\0/secret",
    "..\n/secret", "..\r/secret", "\x7f../secret", "．．/secret", "‥/secret", "..;/secret", "proc/self/root", "dirlink",
    "dirlink/new", "inner/link2/new", "pipe", "inner/../dirlink/secret", "{outside}/secret", "file://{outside}/secret",
    "\udcc0\udcae\udcc0\udcae/secret",
]  # fmt: skip
VERBS = ["RETR", "STOR", "APPE", "LIST", "NLST", "MLSD", "MLST", "SIZE", "MDTM", "DELE", "MKD", "RMD", "CWD", "STAT"]
VERBS += ["MFMT", "STOU", "NLST_ALL"]


@pytest.fixture
def root_and_outside(tmp_path):
    """A root, and outside of it a directory with a secret; links of many kinds lead there."""
    outside, root = tmp_path / "outside", tmp_path / "outside" / "root"
    populate(outside, root)
    return outside, root


def populate(outside, root):
    """As at the beginning; the root itself stays the directory that it is, since a server may hold it open."""
    root.mkdir(parents=True, exist_ok=True)
    for left in (*root.iterdir(), *outside.iterdir()):
        if left != root:
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    (root / "inner").mkdir()
    (outside / "secret").write_bytes(SECRET)
    (outside / "empty").mkdir()
    (root / "inner" / "plain").write_bytes(b"plain")
    (root / "link").symlink_to("../secret")
    (root / "inner" / "link").symlink_to("../../secret")
    (root / "dirlink").symlink_to("..")
    (root / "inner" / "dirlink").symlink_to("../..")
    (root / "chain").symlink_to("dirlink")
    (root / "absolute").symlink_to(outside / "secret")
    (root / "inner" / "link2").symlink_to(outside)
    os.mkfifo(root / "pipe")


def outside_of(outside, root):
    """All that stands outside of the root: names, and what is in files."""
    found = {}
    for place, folders, files in os.walk(outside):
        if place == str(root):
            folders.clear()
            continue
        found[place] = sorted(folders), sorted(files)
        found.update((file, Path(place, file).read_bytes()) for file in files)
    return found


def escapes(outside, root, session_class, names=NAMES, verbs=VERBS):
    """Each (verb, name) by which a client has reached something outside of the root."""
    before = outside_of(outside, root)
    with serving(root, session_class=session_class) as server, RawFtpClient(server.address) as client:
        for verb in [*verbs, "RNFR", "RNTO"]:
            for name in (name.format(outside=outside) for name in names):
                if leaks(client, verb, name) or outside_of(outside, root) != before:
                    yield verb, name
                if verb in WRITE_COMMANDS:
                    populate(outside, root)
                assert client.send_command("CWD /")[0] == 250


def leaks(client, verb, name):
    """What this command does; return whether a reply or the data shows anything of what is outside."""
    if verb == "NLST_ALL":
        verb, name = "NLST", name + "/*"
    if verb == "MFMT":
        name = "20200102030405 " + name
    command = f"{verb} {name}".encode("utf-8", "surrogateescape") + b"\r\n"
    if verb == "RNTO":
        client.send_command("RNFR /inner/plain")
    if verb in ("RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD"):
        with client.connect_data() as data:
            code, text = client.send_command(command)
            if code != 150:
                if b"\n" in command[:-2]:
                    client.read_reply()
                return False
            if verb in ("STOR", "APPE", "STOU"):
                data.sendall(b"from a client")
                data.shutdown(1)
            got = recv_until_eof(data)
            client.read_reply()
            if b"\n" in command[:-2]:
                client.read_reply()
            return SECRET in got or b"empty" in got
    code, text = client.send_command(command)
    if b"\n" in command[:-2]:
        client.read_reply()
    if verb == "CWD" and code == 250:
        return b"empty" in client.fetch("NLST")
    if verb == "SIZE":
        return text == f"213 {len(SECRET)}"
    if verb in ("MLST", "MDTM", "RNFR"):
        size = f"size={len(SECRET)};" in text
        return size or (code < 400 and any(word in name for word in ("link", "absolute", "chain", "pipe", "proc")))
    return verb == "STAT" and ("secret" in text or "empty" in text)  # what else a verb does is seen on the disk


def test_no_name_of_any_verb_leads_out(root_and_outside):
    assert list(escapes(*root_and_outside, Session)) == []


class JoinsTheName(Session):
    """The guard of the text removed: a name means what the system makes of it."""

    def resolve(self, name):
        return (*(() if name.startswith("/") else self.jail.cwd), *filter(None, name.split("/")))


class FollowsLinks(Session):
    """The guard of the walk removed: it looks first (realpath, say), and opens by the name after that."""

    def open_directory(self, parts):
        return os.open(f"/proc/self/fd/{self.jail.root}/" + "/".join(parts), os.O_RDONLY | os.O_DIRECTORY)


@pytest.mark.parametrize(("broken", "name"), [(JoinsTheName, "../secret"), (FollowsLinks, "dirlink/secret")])
def test_a_jail_without_its_guard_is_caught(root_and_outside, broken, name):
    verbs = ["RETR", "STOR", "MLST", "SIZE", "DELE", "LIST"]
    caught = {verb for verb, _name in escapes(*root_and_outside, broken, [name], verbs)}
    assert caught >= {"RETR", "STOR", "MLST", "SIZE", "DELE"}


def swapped(outside, root, monkeypatch, session_class):
    """What a client gets of inner/plain when `inner` becomes a link out of the root after it has been looked at."""
    (outside / "plain").write_bytes(SECRET)
    real = os.open
    done = []

    def swap_then_open(path, flags, *rest, **where):
        if path in ("plain", "inner/plain") and not done:
            done.append(path)
            os.rename(root / "inner", root / "was")
            os.symlink("..", root / "inner")
        return real(path, flags, *rest, **where)

    with (
        serving(root, session_class=session_class) as server,
        RawFtpClient(server.address) as client,
        client.connect_data() as data,
    ):
        monkeypatch.setattr(os, "open", swap_then_open)
        code, _text = client.send_command("RETR inner/plain")
        assert done
        return recv_until_eof(data) if code == 150 else b""


class LooksThenOpensJail(Jail):
    """Checks the whole path, and opens it by its name afterwards."""

    def open_file(self, parts):
        assert self.stat(parts)
        place = os.readlink(f"/proc/self/fd/{self.root}")
        os.chdir(place)
        return os.open("/".join(parts), os.O_RDONLY)


class LooksThenOpens(Session):
    def __init__(self, server, sock):
        super().__init__(server, sock)
        self.jail = LooksThenOpensJail(server.root, self.open_directory)


def test_a_swap_between_check_and_open_gains_nothing(root_and_outside, monkeypatch):
    assert swapped(*root_and_outside, monkeypatch, Session) == b"plain"


def test_a_jail_that_looks_then_opens_is_caught(root_and_outside, monkeypatch):
    monkeypatch.chdir(root_and_outside[0])
    assert swapped(*root_and_outside, monkeypatch, LooksThenOpens) == SECRET


def test_the_root_itself_stays(root_and_outside):
    with serving(root_and_outside[1]) as server, RawFtpClient(server.address) as client:
        for command in ("RMD /", "DELE /", "RNFR .", "MKD /", "RMD inner/.."):
            code, text = client.send_command(command)
            assert code in (350, 550), text
        assert client.send_command("RNTO elsewhere")[0] == 550
        assert client.send_command("CWD inner")[0] == 250
        assert client.send_command("RNFR plain")[0] == 350
        assert client.send_command("RNTO /")[0] == 550


def test_what_is_no_plain_file_does_not_exist(root_and_outside):
    with serving(root_and_outside[1]) as server, RawFtpClient(server.address) as client:
        assert client.fetch("NLST").split() == [b"inner"]
        for name in ("pipe", "link", "dirlink", "inner/link"):
            for verb in (
                "RETR",
                "STOR",
                "APPE",
                "SIZE",
                "DELE",
                "RNFR",
                "CWD",
                "MKD",
                "RMD",
                "MFMT 20200101000000",
                "LIST",
            ):
                with client.connect_data():
                    assert client.send_command(f"{verb} {name}")[0] == 550, (verb, name)
            assert client.send_command("RNFR inner/plain")[0] == 350
            assert client.send_command(f"RNTO {name}")[0] == 550
    assert stat.S_ISFIFO(os.lstat(root_and_outside[1] / "pipe").st_mode)
    for name in ("link", "dirlink", "inner/link"):
        assert (root_and_outside[1] / name).is_symlink()


def test_a_root_that_is_none_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="name a directory"):
        open_root(tmp_path / "none")


def test_where_names_are_not_utf_8_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    with pytest.raises(UserError, match="PYTHONUTF8=1 make lab"):
        open_root(tmp_path)
