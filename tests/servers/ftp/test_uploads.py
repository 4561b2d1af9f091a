"""Uploads: each row of the table in `upload_states.md`, what is kept of a file, and who sees a partial."""

import contextlib
import os
import resource
import socket
import stat
import tempfile
import time
from pathlib import Path

import pytest

from readiness.servers.ftp import data as data_module
from readiness.servers.ftp import partials
from readiness.servers.ftp.session import Session
from tests.servers.ftp.ftp_driver import Driver

TABLE = Path(__file__).with_name("upload_states.md")


def rows():
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[1:]]


@pytest.fixture
def driver(tmp_path):
    driver = Driver(tmp_path)
    yield driver
    driver.close()


@contextlib.contextmanager
def file_size_limit(limit):
    """The system refuses to make a file longer than `limit` bytes, as it refuses on a full disk: with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def partial_path(root, name="f", user="ada"):
    return root / partials.partial_name(user, name)


def content(path):
    return path.read_bytes().decode() if path.exists() else "-"


def put(path, text):
    if text != "-":
        path.write_bytes(text.encode())


def end_upload(driver, client, end):
    """The client has sent its data: it ends the upload in the way `end`. Return the code of its reply."""
    if end in ("abor", "never"):
        client.send("ABOR")
        code = client.reply()[0]
        assert client.reply()[0] == 226
        client.close_data()
        return str(code)
    if end == "restart":
        driver.restart()
        return "-"
    if end == "idle":
        client.session.control.on_idle_timeout()
        return str(client.reply()[0])
    if end == "hang-up":
        client.sock.close()
        driver.turn_until(lambda: not driver.server.sessions)
        client.close_data()
        return "-"
    client.close_data(reset=end == "reset")
    if end == "kill":
        client.sock.close()
        driver.turn_until(lambda: not driver.server.sessions)
        return "-"
    return str(client.reply()[0])


def upload(driver, client, command, data, end):
    """Upload `data`, and end in the way `end`. Return the code of the reply to the upload."""
    if command.startswith("SIZE "):
        command = command.removeprefix("SIZE ")
        assert client.command("SIZE f")[0] == 213
    if command.startswith("LIST "):
        command = command.removeprefix("LIST ")
        assert client.fetch("LIST")[0] == 226
    if command.startswith("REST"):
        rest, command = command.rsplit(" ", 1)
        assert client.command(rest)[0] == 350
    if end == "refused":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        client.command(f"EPRT |1|127.0.0.1|{port}|")
    elif end == "never":
        client.command("EPSV")
    else:
        client.connect()
    code, _text = client.command(f"{command} f")
    if code != 150 or end == "refused":
        client.close_data()
        return str(client.reply()[0] if code == 150 else code)
    if end == "full":
        with file_size_limit(len(data) - 1 if command == "STOR" else 5):
            client.data.sendall(data.encode())
            return str(client.reply()[0])
    if data:
        client.send_data(data.encode())
    return end_upload(driver, client, end)


@pytest.mark.parametrize("row", rows(), ids=lambda row: " ".join(row[:5]))
def test_a_row_of_the_table(tmp_path, driver, row):
    file, partial, command, data, end, reply, file_after, partial_after = row
    put(tmp_path / "f", file)
    put(partial_path(tmp_path), partial)
    client = driver.login()
    if command.split()[-1] in ("STOR", "APPE"):
        code = upload(driver, client, command, data, end)
    else:
        code = client.command(f"{command} f")[1]
    assert code.startswith(reply)
    assert content(tmp_path / "f") == file_after
    assert content(partial_path(tmp_path)) == partial_after
    assert {path.name for path in tmp_path.iterdir()} <= {"f", partial_path(tmp_path).name}


def test_the_table_has_rows_for_all_ends():
    assert {row[4] for row in rows()} >= {
        "clean",
        "abor",
        "hang-up",
        "reset",
        "kill",
        "restart",
        "idle",
        "full",
        "never",
        "refused",
    }
    assert len(rows()) == len(set(rows())) >= 60


def break_off(client, command="STOR f", data=b"par"):
    client.connect()
    assert client.command(command)[0] == 150
    client.send_data(data)
    client.close_data(reset=True)
    assert client.reply()[0] == 426


def store(client, command, data):
    client.connect()
    assert client.command(command)[0] == 150
    client.send_data(data)
    client.close_data()
    return client.reply()[0]


def resume(client, name, data):
    """Ask how much has arrived, and append the rest of `data`."""
    size = int(client.command(f"SIZE {name}")[1].split()[1])
    return store(client, f"APPE {name}", data[size:])


# What is kept of a file.


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o664, 0o640])
def test_a_replaced_file_keeps_its_mode(tmp_path, driver, mode):
    (tmp_path / "f").write_bytes(b"old")
    (tmp_path / "f").chmod(mode)
    client = driver.login()
    break_off(client)
    assert stat.S_IMODE(partial_path(tmp_path).stat().st_mode) & ~mode & 0o177 == 0  # others see no more of it
    assert resume(client, "f", b"partial") == 226
    assert (stat.S_IMODE((tmp_path / "f").stat().st_mode), content(tmp_path / "f")) == (mode, "partial")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to another user")
def test_a_replaced_file_keeps_its_owner(tmp_path, driver):
    (tmp_path / "f").write_bytes(b"old")
    os.chown(tmp_path / "f", 12345, 54321)
    assert store(driver.login(), "STOR f", b"new") == 226
    info = (tmp_path / "f").stat()
    assert (info.st_uid, info.st_gid, content(tmp_path / "f")) == (12345, 54321, "new")


@contextlib.contextmanager
def ordinary_user():
    """Give up the rights of root for a while: root may write any file."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def readable_root():
    """A folder with one file, for any user: pytest's own folders are closed to other users."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "f").write_bytes(b"old")
        yield root


def reply_to_an_ordinary_user(root, command):
    with ordinary_user(), contextlib.closing(Driver(root)) as driver:
        client = driver.login()
        client.connect()
        return client.command(command)[0]


@pytest.mark.parametrize("command", ["STOR f", "APPE f"])
def test_a_file_that_may_not_be_written_is_not_replaced(readable_root, command):
    (readable_root / "f").chmod(0o444)
    readable_root.chmod(0o777)
    assert reply_to_an_ordinary_user(readable_root, command) == 550
    mode = stat.S_IMODE((readable_root / "f").stat().st_mode)
    assert (mode, content(readable_root / "f"), len(list(readable_root.iterdir()))) == (0o444, "old", 1)


@pytest.mark.parametrize("command", ["STOR f", "APPE f", "STOR new"])
def test_a_directory_that_may_not_be_written_is_told_before_the_data(readable_root, command):
    readable_root.chmod(0o555)
    assert reply_to_an_ordinary_user(readable_root, command) == 550
    assert [content(path) for path in readable_root.iterdir()] == ["old"]


# Names.


def test_a_name_that_looks_like_a_partial_is_refused(tmp_path, driver):
    client = driver.login()
    (tmp_path / "f").write_bytes(b"old")
    reserved = partials.PREFIX + "x"
    for command in ("RETR", "SIZE", "MLST", "DELE", "MKD", "RNFR", "STOR", "APPE", "CWD", "LIST", "MDTM"):
        client.connect()
        assert client.command(f"{command} {reserved}")[0] == 550, command
        client.close_data()
    assert client.command("RNFR f")[0] == 350
    assert client.command(f"RNTO {reserved}")[0] == 550
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("name", [".in.p.", ".in.f.", ".hidden", "f~", "f.part"])
def test_any_other_name_is_the_clients(tmp_path, driver, name):
    client = driver.login()
    assert store(client, f"STOR {name}", b"precious") == 226
    break_off(client, "STOR f")
    assert store(client, "STOR p", b"other") == 226
    assert content(tmp_path / name) == "precious"


@pytest.mark.parametrize("length", [1, 221, 222, 223, 254, 255])
def test_a_name_of_any_length_is_resumed(tmp_path, driver, length):
    name = "n" * length
    client = driver.login()
    break_off(client, f"STOR {name}")
    assert resume(client, name, b"partial") == 226
    assert [(path.name, content(path)) for path in tmp_path.iterdir()] == [(name, "partial")]


def test_two_long_names_do_not_share_a_partial(tmp_path, driver):
    client = driver.login()
    break_off(client, "STOR " + "n" * 254 + "a", b"a")
    break_off(client, "STOR " + "n" * 254 + "b", b"bb")
    assert client.command("SIZE " + "n" * 254 + "a")[1] == "213 0"


# Who sees a partial.


def test_only_its_user_sees_a_partial(tmp_path, driver):
    (tmp_path / "f").write_bytes(b"older")
    ada, bob = driver.login("ada"), driver.login("bob")
    break_off(ada)
    break_off(ada, "STOR new", b"n")
    assert ada.fetch("NLST") == (226, b"f\r\nnew\r\n")
    assert bob.fetch("NLST") == (226, b"f\r\n")
    assert b"size=2;" in ada.fetch("MLSD")[1]
    assert b"size=5;" in bob.fetch("MLSD")[1]
    assert [client.command("SIZE f")[1] for client in (ada, bob)] == ["213 2", "213 5"]
    assert [client.fetch("RETR f")[1] for client in (ada, bob)] == [b"older"] * 2
    assert bob.command("SIZE new")[0] == bob.command("DELE new")[0] == ada.fetch("RETR new")[0] == 550
    assert store(bob, "APPE f", b"!") == 226
    assert (content(tmp_path / "f"), content(partial_path(tmp_path))) == ("older!", "par")
    assert resume(ada, "f", b"partial") == 226
    assert content(tmp_path / "f") == "partial"


def test_a_partial_expires(tmp_path, driver):
    (tmp_path / "f").write_bytes(b"older")
    client = driver.login()
    for age, size in ((partials.LIFETIME - 60, 2), (partials.LIFETIME + 60, 5)):
        break_off(client)
        os.utime(partial_path(tmp_path), (time.time() - age,) * 2)
        assert client.command("SIZE f")[1] == f"213 {size}"
    assert not partial_path(tmp_path).exists()


# Two writers.


@pytest.mark.parametrize("second", ["STOR f", "APPE f", "DELE f", "MKD f", "RNTO f", "RNTO g"])
def test_a_file_that_is_being_written_is_left_alone(tmp_path, driver, second):
    (tmp_path / "f").write_bytes(b"old")
    (tmp_path / "other").write_bytes(b"other")
    writer, other = driver.login("ada"), driver.login("bob")
    writer.connect()
    assert writer.command("STOR f")[0] == 150
    for data in (b"new", b"er"):  # before the first byte, and after it
        other.connect()
        if second.startswith("RNTO"):
            assert other.command("RNFR other" if second == "RNTO f" else "RNFR f")[0] == 350
        assert other.command(second)[0] == 450
        other.close_data()
        writer.data.sendall(data)
        driver.turn_until(
            lambda data=data: (
                partial_path(tmp_path).exists() and content(partial_path(tmp_path)).endswith(data.decode())
            )
        )
    writer.close_data()
    assert writer.reply()[0] == 226
    assert content(tmp_path / "f") == "newer"
    assert store(other, "STOR f", b"next") == 226


def test_a_text_that_broke_is_not_resumed(tmp_path, driver):
    (tmp_path / "f").write_bytes(b"old")
    client = driver.login()
    client.command("TYPE A")
    break_off(client, data=b"a\r\nb")
    client.command("TYPE I")
    assert client.command("SIZE f")[1] == "213 0"  # the client begins again
    assert content(tmp_path / "f") == "old"


class TrustsTheEnd(Session):
    """Takes the end of the data for the end of the file."""

    def __init__(self, *args):
        super().__init__(*args)
        self.data.check_interrupt = lambda: None


def test_a_server_that_trusts_the_end_is_caught(tmp_path):
    (tmp_path / "f").write_bytes(b"old")
    with contextlib.closing(Driver(tmp_path, session_class=TrustsTheEnd)) as driver:
        client = driver.login()
        client.connect()
        assert client.command("STOR f")[0] == 150
        client.send_data(b"new")
        client.close_data()
        client.sock.close()
        driver.turn_until(lambda: not driver.server.uploads_in_progress)
    assert content(tmp_path / "f") == "new"


def test_a_large_old_file_is_copied_in_portions(tmp_path, driver):
    old = os.urandom(5 << 20)
    (tmp_path / "f").write_bytes(old)
    writer, other = driver.login("ada"), driver.login("bob")
    writer.connect()
    assert writer.command("APPE f")[0] == 150
    writer.data.sendall(b"end")
    copied = []
    while driver.server.uploads_in_progress and copied[-1:] != [len(old) + 3]:
        driver.turn()
        copied.append(sum(path.stat().st_size for path in tmp_path.iterdir()) - len(old))
    assert len(set(copied)) >= 5
    assert other.command("NOOP")[0] == 200
    writer.close_data()
    assert writer.reply()[0] == 226
    assert (tmp_path / "f").read_bytes() == old + b"end"


def test_a_client_that_asked_may_resume_a_little_earlier(tmp_path, driver):
    """As wput, which rounds the size down to 512 bytes."""
    client = driver.login()
    break_off(client, data=b"partial")
    client.command("REST 2")
    client.connect()
    assert client.command("STOR f")[0] == 554
    client.close_data()
    assert client.command("SIZE f")[1] == "213 6"
    client.command("REST 2")
    assert store(client, "STOR f", b"rtial") == 226
    assert content(tmp_path / "f") == "partial"


@pytest.mark.parametrize("end", ["abor", "hang-up", "restart"])
def test_an_incomplete_copy_of_the_old_file_is_no_partial(tmp_path, driver, end):
    old = os.urandom(5 << 20)
    (tmp_path / "f").write_bytes(old)
    client = driver.login()
    client.connect()
    assert client.command("APPE f")[0] == 150
    client.data.sendall(b"end")
    while len(list(tmp_path.iterdir())) == 1:
        driver.turn()
    end_upload(driver, client, end)
    client = driver.login()
    assert client.command("SIZE f")[1] == f"213 {len(old)}"
    assert store(client, "APPE f", b"end") == 226
    assert (tmp_path / "f").read_bytes() == old + b"end"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_file_that_another_program_changes_is_not_replaced(tmp_path, driver):
    (tmp_path / "f").write_bytes(b"old")
    client = driver.login()
    client.connect()
    assert client.command("APPE f")[0] == 150
    client.send_data(b"new")
    (tmp_path / "f").write_bytes(b"changed")
    client.close_data()
    assert client.reply()[0] == 450
    assert [content(path) for path in tmp_path.iterdir()] == ["changed"]


def test_a_partial_that_another_program_replaces_is_not_taken(tmp_path, driver):
    (tmp_path / "outside").write_bytes(b"outside")
    client = driver.login()
    client.connect()
    assert client.command("STOR f")[0] == 150
    client.send_data(b"new")
    partial_path(tmp_path).unlink()
    partial_path(tmp_path).symlink_to("outside")
    client.close_data()
    assert client.reply()[0] == 550
    assert not (tmp_path / "f").exists()


def test_a_size_that_another_session_has_made_wrong_is_refused(tmp_path, driver):
    (tmp_path / "f").write_bytes(b"A" * 10)
    one, two = driver.login(), driver.login()
    assert one.command("SIZE f")[1] == "213 10"
    break_off(two, data=b"B" * 20)
    one.command("REST 10")
    one.connect()
    assert one.command("STOR f")[0] == 554
    one.close_data()


def test_the_sizes_of_several_broken_uploads_are_asked_before_the_first_is_resumed(tmp_path, driver):
    client = driver.login()
    for name in ("f", "g"):
        (tmp_path / name).write_bytes(b"old")
        break_off(client, f"STOR {name}", b"partial")
    assert [client.command(f"SIZE {name}")[0] for name in ("f", "g", "none")] == [213, 213, 550]
    for name in ("f", "g"):
        assert store(client, f"APPE {name}", b"l, and the rest") == 226
        assert content(tmp_path / name) == "partial, and the rest"


def test_the_same_user_takes_over_a_silent_upload(tmp_path, driver):
    lost, client, other = driver.login(), driver.login(), driver.login("bob")
    lost.connect()
    assert lost.command("STOR f")[0] == 150
    lost.send_data(b"part")
    client.connect()
    assert client.command("APPE f")[0] == 450
    client.close_data()
    lost.session.data.transfer.last_data -= data_module.TAKEOVER_DELAY + 1
    other.connect()
    assert other.command("STOR f")[0] == 450
    other.close_data()
    client.command("SIZE f")
    assert resume(client, "f", b"partial") == 226
    assert content(tmp_path / "f") == "partial"
    assert lost.reply()[0] == 426


@pytest.mark.parametrize("how", ["DELE", "STOR", "RNTO"])
def test_a_large_old_file_is_freed_in_a_thread(tmp_path, driver, monkeypatch, how):
    """The loop would stop for the time that the kernel needs to free the blocks."""
    (tmp_path / "f").write_bytes(b"x" * (20 << 20))
    (tmp_path / "g").write_bytes(b"new")
    waiting = []
    monkeypatch.setattr(driver.server.old_files.executor, "submit", lambda *call: waiting.append(call))
    client = driver.login()
    if how == "DELE":
        assert client.command("DELE f")[0] == 250
    elif how == "STOR":
        assert store(client, "STOR f", b"new") == 226
    else:
        client.command("RNFR g")
        assert client.command("RNTO f")[0] == 250
    ((close, held),) = waiting
    assert os.fstat(held).st_size == 20 << 20
    assert os.fstat(held).st_nlink == 0
    close(held)
