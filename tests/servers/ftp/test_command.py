"""The command `python -m readiness.ftp`: it prints its address, keeps the password secret, and ends at a signal."""

import ftplib
import io
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from readiness.base import argtypes
from readiness.servers.ftp import __main__ as command


def started(*arguments, password=None):
    environment = {name: value for name, value in os.environ.items() if name != command.PASSWORD_ENV}
    if password:
        environment[command.PASSWORD_ENV] = password
    return subprocess.Popen(
        [sys.executable, "-m", "readiness.ftp", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(tmp_path, number):
    process = started("--root", str(tmp_path), "--user", "ada", password="x y z")
    line = process.stdout.readline()
    host, port = line.strip().removeprefix("ftp listens on ").split(":")
    assert host == "127.0.0.1"
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect(host, int(port))
        ftp.login("ada", "x y z")
        ftp.storbinary("STOR file", io.BytesIO(b"text"))
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("", "", 0)
    assert (tmp_path / "file").read_bytes() == b"text"


def test_anonymous_without_a_user(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    process = started("--root", str(tmp_path))
    port = int(process.stdout.readline().rpartition(":")[2])
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect("127.0.0.1", port)
        ftp.login()
        assert ftp.nlst() == ["file"]
        with pytest.raises(ftplib.error_perm, match="550"):
            ftp.delete("file")
        ftp.quit()
    process.terminate()
    assert process.communicate(timeout=10) == ("", "")


def test_anonymous_beside_a_user(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    process = started("--root", str(tmp_path), "--user", "ada", "--anonymous", password="x y z")
    port = int(process.stdout.readline().rpartition(":")[2])
    for name, password in (("anonymous", "me@example.org"), ("ada", "x y z")):
        with ftplib.FTP(timeout=10) as ftp:
            ftp.connect("127.0.0.1", port)
            ftp.login(name, password)
            assert ftp.nlst() == ["file"]
            if name == "anonymous":
                with pytest.raises(ftplib.error_perm, match="550"):
                    ftp.delete("file")
            else:
                ftp.delete("file")
    process.terminate()
    assert process.communicate(timeout=10) == ("", "")


@pytest.mark.parametrize("host", ["::", ""])
def test_one_server_for_ipv4_and_ipv6(tmp_path, host):
    if not socket.has_dualstack_ipv6():
        pytest.skip("no listener for IPv4 and IPv6 here")
    process = started("--root", str(tmp_path), "--host", host)
    line = process.stdout.readline()
    assert line.startswith("ftp listens on [::]:")
    for client in ("127.0.0.1", "::1"):
        with ftplib.FTP(timeout=10) as ftp:
            ftp.connect(client, int(line.rpartition(":")[2]))
            ftp.login()
            assert ftp.nlst() == []
    process.terminate()
    assert process.communicate(timeout=10) == ("", "")


def test_an_ipv6_address_is_printed_in_brackets(tmp_path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("loopback has no IPv6")
    process = started("--root", str(tmp_path), "--host", "::1")
    line = process.stdout.readline()
    process.terminate()
    assert process.communicate(timeout=10) == ("", "")
    assert re.fullmatch(r"ftp listens on \[::1\]:[1-9]\d*\n", line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--root", "/none"], "name a directory"),
        (["--root", ".", "--user", "ada"], "READINESS_FTP_PASSWORD"),
        (["--root", ".", "--host", "192.0.2.1"], "Can't listen on 192.0.2.1, port 0: Cannot assign"),
    ],
)
def test_what_can_t_be_is_one_sentence(arguments, message):
    process = started(*arguments)
    out, err = process.communicate(timeout=20)
    assert (out, process.returncode) == ("", 1)
    assert message in err
    assert err.count("\n") == 1


def test_a_host_that_has_no_address_is_said_so():
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert ", port 0: Name or service not known. Choose" in argtypes.cannot_listen("nowhere", 0, error)


@pytest.mark.parametrize("wrong", [("--port", "99999"), ("--port", "-1"), ("--user", ""), ("--root", "")])
def test_what_makes_no_sense_is_refused_before_anything_is_done(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--root", ".", *wrong])
    assert ended.value.code == 2
    assert "is no port" in (err := capsys.readouterr().err) or "must not be empty" in err


@pytest.mark.parametrize("key", [KeyboardInterrupt, EOFError])
def test_who_types_no_password_is_told_what_to_do(monkeypatch, key, capsys):
    def interrupted(_prompt):
        raise key

    monkeypatch.delenv(command.PASSWORD_ENV, raising=False)
    monkeypatch.setattr(command.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(command.getpass, "getpass", interrupted)
    assert command.main(["--root", ".", "--user", "ada"]) == 1
    assert "There is no password" in capsys.readouterr().err


def test_the_password_has_no_place_on_the_command_line():
    assert "--password" not in command.parser().format_help()
    assert command.PASSWORD_ENV in command.parser().format_help()
