"""Patterns in NLST, LIST and STAT, and which paths NLST gives."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.servers.ftp.patterns import is_pattern, name_filter
from tests.servers.ftp.raw_ftp_client import RawFtpClient, serving

FILES = ["a.txt", "b.txt", "B.TXT", "c.bin", ".hidden.txt", "a1", "b1", "d1", "a*b", "aXb", "[x]", "x"]
FILES += ["d/e.txt", "d/f", "[d]/g"]


@pytest.fixture
def client(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    os.symlink("d", tmp_path / "link")
    with serving(tmp_path) as server, RawFtpClient(server.address) as client:
        yield client


def names(client, argument):
    return client.fetch(f"NLST {argument}").decode().splitlines()


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("*.t?t", ["a.txt", "b.txt"]),
        ("*.TXT", ["B.TXT"]),
        ("[a-c]1", ["a1", "b1"]),
        ("[!a-c]1", ["d1"]),
        ("[z-a]1", []),
        (".*", [".hidden.txt"]),
        ("[.]h*", []),
        ("d/*.txt", ["d/e.txt"]),
        ("/d/*", ["/d/e.txt", "/d/f"]),
        ("./d/../d/e*", ["./d/../d/e.txt"]),
        ("-la d/*", ["d/e.txt", "d/f"]),
        ("a*b", ["a*b"]),
        ("a[*]b", ["a*b"]),
        ("[x]", ["[x]"]),
        ("[xy]", ["x"]),
        ("[[]x]", ["[x]"]),
        ("[d]", ["[d]/g"]),
        ("[d]/*", ["[d]/g"]),
        ("[", []),
        ("none*", []),
        ("l*", []),
        ("*" * 200, ["B.TXT", "[d]", "[x]", "a*b", "a.txt", "a1", "aXb", "b.txt", "b1", "c.bin", "d", "d1", "x"]),
    ],
)
def test_a_pattern_gives_the_names_that_match(client, argument, expected):
    assert names(client, argument) == expected


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("d", ["d/e.txt", "d/f"]),
        ("d/", ["d/e.txt", "d/f"]),
        ("/d", ["/d/e.txt", "/d/f"]),
        ("-la d", ["d/e.txt", "d/f"]),
        ("d/f", ["d/f"]),
        ("d/f/.", ["/d/f"]),
        ("a.txt/", ["/a.txt"]),
        ("/a.txt", ["/a.txt"]),
    ],
)
def test_nlst_gives_paths_that_can_be_used_as_they_are(client, argument, expected):
    assert names(client, argument) == expected
    assert [client.fetch(f"RETR {path}").decode() for path in expected] == [path.lstrip("/") for path in expected]


def test_nlst_of_the_current_directory_gives_bare_names(client):
    assert client.send_command("CWD d")[0] == 250
    assert names(client, "") == names(client, ".") == names(client, "-a") == ["e.txt", "f"]
    assert names(client, "..")[:2] == ["../.hidden.txt", "../B.TXT"]


def test_list_and_stat_take_patterns_and_show_bare_names(client):
    rows = client.fetch("LIST -l d/e*").decode().splitlines()
    assert [row.split()[-1] for row in rows] == ["e.txt"]
    assert client.fetch("LIST none*") == b""
    assert client.fetch("LIST d/f").endswith(b" f\r\n")
    code, text = client.send_command("STAT d/e*")
    assert (code, text.splitlines()[1:]) == (213, [f" {rows[0]}", "213 End."])
    assert client.send_command("STAT none*") == (213, "213-Status:\n213 End.")


@pytest.mark.parametrize("argument", ["none", "*/f", "none/*", "a.txt/*", "link/*", ".partial-upload.*", "*" * 300])
def test_what_names_no_directory_is_refused(client, argument):
    with client.connect_data():
        for command in ("NLST", "LIST", "STAT"):
            assert client.send_command(f"{command} {argument}")[0] in (550, 553)
    assert client.send_command("NOOP")[0] == 200


def test_no_pattern_leads_out_of_the_root(tmp_path):
    (tmp_path / "root" / "inner").mkdir(parents=True)
    (tmp_path / "secret").touch()
    with serving(tmp_path / "root") as server, RawFtpClient(server.address) as client:
        for argument in ("../*", "/../*", "inner/../../*", "../../../../*", "inner/../*"):
            assert [name.split("/")[-1] for name in names(client, argument)] == ["inner"]


def test_mlsd_takes_no_pattern(client):
    with client.connect_data():
        assert client.send_command("MLSD *")[0] == 550
        assert client.send_command("MLSD a*b")[0] == 501  # a file


def matches(name, pattern):
    """Return whether the name matches `*` and `?`, by trying all ways."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return matches(name, pattern[1:]) or (bool(name) and matches(name[1:], pattern))
    return bool(name) and pattern[0] in ("?", name[0]) and matches(name[1:], pattern[1:])


@given(st.text("ab.\udc80", max_size=6), st.text("ab.*?", max_size=6))
def test_a_pattern_matches_as_in_a_shell(name, pattern):
    hidden = name.startswith(".") and not pattern.startswith(".")
    assert name_filter(pattern)(name) == (matches(name, pattern) and not hidden)


@given(st.text("ab-]![*?.^&|~\\{}", max_size=12), st.text(max_size=6))
def test_any_text_is_a_pattern(pattern, name):
    assert name_filter(pattern)(name) in (True, False)
    assert is_pattern(pattern) or not any(character in pattern for character in "*?[")


@pytest.mark.parametrize("pattern", ["*a" * 126 + "b", "*?" * 126 + "b", "*[ab]" * 50 + "b", "*" + "a" * 125 + "b*"])
def test_a_long_pattern_does_not_take_exponential_time(pattern):
    assert not name_filter(pattern)("a" * 255)
