"""FTP compatibility: six checks with ftplib and curl, on a server of any session class.

A check passes or fails. It reports no reason: the reason is in the replies of the server.
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

TEXT = b"who is ready?\n" * 100
USER, PASSWORD = "me", "secret"
TIMEOUT = 5  # seconds for each check


def with_ftplib(action: Callable[[ftplib.FTP], bytes | None]) -> Callable[[Address], bytes | None]:
    """Return a function that logs in with ftplib at an address, and returns the result of `action(client)`."""

    def check(address: Address) -> bytes | None:
        with ftplib.FTP(timeout=TIMEOUT) as client:
            client.connect(*address)
            client.login(USER, PASSWORD)
            return action(client)

    return check


def with_curl(name: str, *options: str) -> Callable[[Address], bytes | None]:
    """Return a function that runs curl for a file at an address, and returns curl's output, or None if curl failed.

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
    """Resume an upload: the server has half of the file. curl asks for its size, and sends the rest."""
    with tempfile.TemporaryDirectory() as folder:
        (whole := Path(folder) / "whole.txt").write_bytes(TEXT)
        if with_curl("half.txt", "--continue-at", "-", "--upload-file", str(whole))(address) is None:
            return None
    return with_curl("half.txt")(address)


def _list_names(address: Address) -> bytes | None:
    """List the names: curl sends LIST and prints the lines. The name is the last word of each line."""
    listing = with_curl("docs/")(address)
    return listing and b" ".join(line.split()[-1] for line in listing.splitlines())


CHECKS: dict[str, tuple[Callable[[Address], bytes | None], bytes]] = {
    "ftplib get": (with_ftplib(_get), TEXT),
    "ftplib list": (with_ftplib(lambda client: "\n".join(client.nlst("docs")).encode()), b"letter.txt"),
    "curl get": (with_curl("docs/letter.txt"), TEXT),
    "curl range": (with_curl("docs/letter.txt", "--range", "4-5"), b"is"),
    "curl list": (_list_names, b"letter.txt"),
    "curl resume": (_resume, TEXT),
}
"""By client and task: the function that runs it, and the bytes that it must return."""


def run_checks(session_class: type[Session]) -> dict[str, bool]:
    """Run `CHECKS` on a server of a session class.

    Returns:
        Whether each check passes, by its name.

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
