"""Real clients are killed in the middle of an upload: the old file stays, and the client resumes rightly."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from readiness.servers.ftp import data
from readiness.servers.ftp.partials import partial_name
from readiness.servers.ftp.passwords import Passwords
from tests.servers.ftp.raw_ftp_client import serving

USERS = Passwords({"ada": "count lovelace"}, cost=2)
NEW = os.urandom(3_000_000)
FTPLIB = """
import ftplib, io, sys, time
port, path, resume = int(sys.argv[1]), sys.argv[2], len(sys.argv) > 3
with ftplib.FTP(timeout=20) as ftp, open(path, "rb") as file:
    ftp.connect("127.0.0.1", port)
    ftp.login("ada", "count lovelace")
    ftp.voidcmd("TYPE I")
    size = ftp.size("f") if resume else None
    file.seek(size or 0)
    pause = None if resume else lambda _: time.sleep(0.01)
    ftp.storbinary("STOR f", file, blocksize=100_000, rest=size, callback=pause)
"""
BASIC_FTP = """
const ftp = require("basic-ftp"), fs = require("fs"), [port, path, resume] = process.argv.slice(1)
async function main() {
  const client = new ftp.Client()
  await client.access({host: "127.0.0.1", port: +port, user: "ada", password: "count lovelace"})
  if (resume) await client.appendFrom(path, "f", {localStart: await client.size("f")})
  else {
    const slow = new (require("stream").PassThrough)(), data = fs.readFileSync(path)
    for (let at = 0; at < data.length; at += 100000)
      setTimeout(() => slow.write(data.slice(at, at + 100000)), at / 10000)
    await client.uploadFrom(slow, "f")
  }
  client.close()
}
main().catch(error => { console.error(error); process.exit(1) })
"""
LFTP = "set net:max-retries 2; set cmd:fail-exit yes; set ftp:ssl-allow no; "


def address(port):
    return f"ftp://ada:count%20lovelace@127.0.0.1:{port}"


def lftp(port, path, resume):
    rate, option = ("", "-c ") if resume else ("set net:limit-rate 3000000; set net:limit-max 100000; ", "")
    return ["lftp", "-c", f"{LFTP}{rate}open {address(port)}; put {option}{path} -o f"]


def curl(port, path, resume):
    options = ["-C", "-"] if resume else ["--limit-rate", "3M"]
    return ["curl", "-sS", *options, "-T", str(path), f"{address(port)}/f"]


def wput(port, path, resume):
    options = [] if resume else ["--dont-continue", "--reupload", "--limit-rate=3M"]  # it resumes by itself
    return ["wput", "-q", "--tries=1", *options, str(path), f"{address(port)}/f"]


def python(port, path, resume):
    return [sys.executable, "-c", FTPLIB, str(port), str(path), *["resume"][: int(resume)]]


def basic_ftp(port, path, resume):
    return ["node", "-e", BASIC_FTP, str(port), str(path), *["resume"][: int(resume)]]


CLIENTS = {"lftp": lftp, "curl": curl, "wput": wput, "ftplib": python}
if shutil.which("node") and not subprocess.run(["node", "-e", "require('basic-ftp')"], capture_output=True).returncode:
    CLIENTS["basic-ftp"] = basic_ftp  # not a package of Debian: npm install basic-ftp, and its folder in NODE_PATH


@contextmanager
def killed_at(command, partial, count, home):
    """Run a client until `count` bytes have arrived, then kill it."""
    process = subprocess.Popen(command, env=os.environ | {"HOME": str(home)}, stderr=subprocess.PIPE)
    with process:
        deadline = time.monotonic() + 20
        while not (partial.exists() and partial.stat().st_size >= count):
            assert process.poll() is None, (command, process.stderr.read())
            assert time.monotonic() < deadline, f"{command[0]}: {count} bytes did not arrive"
            time.sleep(0.001)
        yield process
        process.kill()


def sizes_in(root):
    return {path.name: path.stat().st_size for path in root.iterdir()}


def resume_after_a_kill(name, root, place, length, old):
    """Kill the client `name` when about `length` bytes have arrived; it resumes. Return what is wrong, or None."""
    new, partial = place / "new", root / partial_name("ada", "f")
    new.write_bytes(NEW)
    (root / "f").write_bytes(old)
    with serving(root, users=USERS) as server:
        port = server.address[1]
        with killed_at(CLIENTS[name](port, new, False), partial, length, place):
            pass
        while server.sessions:
            time.sleep(0.001)
        if (root / "f").read_bytes() not in (old, NEW):
            return "the old file was changed"
        sizes = sizes_in(root)
        command = CLIENTS[name](port, new, True)
        ended = subprocess.run(command, capture_output=True, timeout=20, env=os.environ | {"HOME": str(place)})
    if (root / "f").read_bytes() != NEW:
        return f"not the new file: {ended.returncode}, {ended.stderr}, {sizes} after the kill, {sizes_in(root)} now"
    return f"left: {os.listdir(root)}" if os.listdir(root) != ["f"] else None


def need_client(name, need):
    program = {"ftplib": sys.executable, "basic-ftp": "node"}.get(name, name)
    need(shutil.which(program), f"{program} is not installed: on Debian apt install {program}")


def run_often(name, tmp_path, times):
    root = tmp_path / "root"
    root.mkdir()
    dice = random.Random(name)
    olds = (b"old" * 10, b"old" * 2_000_000)  # shorter than the new one, and longer
    wrong = [
        (length, found)
        for number in range(times)
        if (
            found := resume_after_a_kill(
                name, root, tmp_path, length := dice.randrange(1, len(NEW) - 500_000), olds[number % 2]
            )
        )
    ]
    assert not wrong


@pytest.mark.parametrize("name", ["lftp", "curl", "ftplib"])
def test_a_killed_client_resumes(name, tmp_path, need):
    need_client(name, need)
    run_often(name, tmp_path, 2)


@pytest.mark.thorough
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_that_is_killed_at_50_moments_resumes(name, tmp_path, need):
    need_client(name, need)
    run_often(name, tmp_path, 50)


# An uploader that is killed: the kernel ends its connections in the order of their descriptors.

UPLOADER = """
import os, socket, sys, time
spare = os.dup(0) if sys.argv[2] == "data first" else None
control = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
replies = control.makefile("rb")
def command(line):
    control.sendall(line + b"\\r\\n")
    return replies.readline()
replies.readline()
for line in (b"USER ada", b"PASS count lovelace", b"TYPE I"):
    command(line)
port = int(command(b"EPSV").split(b"|")[3])
if spare is not None:
    os.close(spare)
data = socket.create_connection(("127.0.0.1", port))
assert (data.fileno() < control.fileno()) == (spare is not None)
command(b"STOR f")
data.sendall(b"x" * 100_000)
print("sent", flush=True)
time.sleep(60)
"""


@contextmanager
def uploader(port, order):
    command = [sys.executable, "-c", UPLOADER, str(port), order]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"sent\n"
        yield process
        process.kill()


def torn(root, times):
    """How often a killed uploader has replaced the old file."""
    count = 0
    with serving(root, users=USERS) as server:
        for number in range(times):
            (root / "f").write_bytes(b"old")
            with uploader(server.address[1], ("control first", "data first")[number % 2]) as process:
                process.send_signal((signal.SIGKILL, signal.SIGTERM)[number // 2 % 2])
            while server.sessions:
                time.sleep(0.001)
            count += (root / "f").read_bytes() != b"old"
    return count


def test_a_killed_uploader_leaves_the_old_file(tmp_path):
    assert torn(tmp_path, 12) == 0


@pytest.mark.thorough
def test_200_killed_uploaders_leave_the_old_file(tmp_path):
    assert torn(tmp_path, 200) == 0


def test_a_server_that_does_not_look_again_tears_it(tmp_path, monkeypatch):
    monkeypatch.setattr(data.DataConnection, "check_interrupt", lambda _self: None)
    assert torn(tmp_path, 4) > 0
