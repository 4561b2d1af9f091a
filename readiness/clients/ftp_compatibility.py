"""Check with ftplib and curl whether ordinary FTP clients can use a server.

There are six checks, for a server with any session class. A check only passes or fails. The server's replies show why.
"""

import ftplib
import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from readiness.base.background import BackgroundServer
from readiness.base.messages import UserError, _
from readiness.clients.interactive import Address
from readiness.servers.ftp import FtpServer, Session
from readiness.servers.ftp.protocol import CommandError

TEXT = b"who is ready?\n" * 100
USER, PASSWORD = "me", "secret"
TIMEOUT = 5  # seconds for each check


def with_ftplib(action: Callable[[ftplib.FTP], bytes | None]) -> Callable[[Address], bytes | None]:
    """Return a check: a function that takes the address of a server, and returns the result of `action`.

    Args:
        action: called with an ftplib client that is logged in at this server.
    """

    def check(address: Address) -> bytes | None:
        with ftplib.FTP(timeout=TIMEOUT) as client:
            client.connect(*address)
            client.login(USER, PASSWORD)
            return action(client)

    return check


def with_curl(name: str, *options: str) -> Callable[[Address], bytes | None]:
    """Return a check: a function that takes the address of a server, and returns what curl prints for one file.

    The check returns None if curl fails.

    Args:
        name: the file's path on the server.
        options: further options of curl.
    """

    def check(address: Address) -> bytes | None:
        url = f"ftp://{USER}:{PASSWORD}@{address[0]}:{address[1]}/{name}"
        command = ["curl", "--disable", "--silent", "--max-time", str(TIMEOUT), *options, url]
        result = subprocess.run(command, capture_output=True)
        return None if result.returncode else result.stdout

    return check


def _get(client: ftplib.FTP) -> bytes:
    out = io.BytesIO()
    client.retrbinary("RETR docs/letter.txt", out.write)
    return out.getvalue()


def _resume(address: Address) -> bytes | None:
    """Resume an upload with curl: the server has half of the file, and curl sends the rest. Return the whole file."""
    with tempfile.TemporaryDirectory() as folder:
        (whole := Path(folder) / "whole.txt").write_bytes(TEXT)
        if with_curl("half.txt", "--continue-at", "-", "--upload-file", str(whole))(address) is None:
            return None
    return with_curl("half.txt")(address)


def _list_names(address: Address) -> bytes | None:
    """Return the names that curl's LIST prints. The name is the last word of each line."""
    listing = with_curl("docs/")(address)
    return listing and b" ".join(line.split()[-1] for line in listing.splitlines())


CHECKS: dict[str, tuple[Callable[[Address], bytes | None], bytes]] = {
    "ftplib get": (with_ftplib(_get), TEXT),
    "ftplib list": (with_ftplib(lambda client: "\n".join(client.nlst("docs")).encode()), b"docs/letter.txt"),
    "curl get": (with_curl("docs/letter.txt"), TEXT),
    "curl range": (with_curl("docs/letter.txt", "--range", "4-5"), b"is"),
    "curl list": (_list_names, b"letter.txt"),
    "curl resume": (_resume, TEXT),
}
"""By client and task: the function that runs it, and the bytes that it must return."""


def without(verb: str) -> type[Session]:
    """Return a session class that refuses one command with reply 502, as if the server did not have it.

    Args:
        verb: the command in capital letters, such as "CWD".
    """

    class SessionWithoutOneCommand(Session):
        def authorize(self, command: str, argument: str) -> None:
            if command == verb:
                raise CommandError(502, f"{verb} was taken away.")
            super().authorize(command, argument)

    return SessionWithoutOneCommand


def run_checks(session_class: type[Session]) -> dict[str, bool]:
    """Start an FTP server with the session class `session_class`, and run all `CHECKS` on it.

    Returns:
        A dict: the name of each check, and True if the check passes.

    Raises:
        UserError: curl is not installed.
    """
    if not shutil.which("curl"):
        raise UserError(_("curl is not installed here: install it, and run this again."))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "docs").mkdir()
        (Path(folder) / "docs" / "letter.txt").write_bytes(TEXT)
        (Path(folder) / "half.txt").write_bytes(TEXT[: len(TEXT) // 2])
        with BackgroundServer(FtpServer(folder, users={USER: PASSWORD}, session_class=session_class)) as running:
            address = running.server.address
            return {name: _passes(check, expected, address) for name, (check, expected) in CHECKS.items()}


def _passes(check: Callable[[Address], bytes | None], expected: bytes, address: Address) -> bool:
    try:
        actual = check(address)
    except (ftplib.Error, EOFError, OSError):
        return False
    return actual == expected
