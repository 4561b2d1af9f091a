"""FTP trials: six things that people do with ftplib and curl, tried on a server of any session class.

It says what was done and what not; why is for the reader of the replies.
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
SECONDS = 5  # for each thing


def with_ftplib(do: Callable[[ftplib.FTP], bytes | None]) -> Callable[[Address], bytes | None]:
    def job(address: Address) -> bytes | None:
        with ftplib.FTP(timeout=SECONDS) as client:
            client.connect(*address)
            client.login(USER, PASSWORD)
            return do(client)

    return job


def with_curl(name: str, *options: str) -> Callable[[Address], bytes | None]:
    def job(address: Address) -> bytes | None:
        url = f"ftp://{USER}:{PASSWORD}@{address[0]}:{address[1]}/{name}"
        command = ["curl", "--disable", "--silent", "--max-time", str(SECONDS), *options, url]
        done = subprocess.run(command, capture_output=True)
        return None if done.returncode else done.stdout

    return job


def _get(client: ftplib.FTP) -> bytes:
    out = io.BytesIO()
    client.retrbinary("RETR docs/letter.txt", out.write)
    return out.getvalue()


def _resume(address: Address) -> bytes | None:
    """The server has half of the file; curl asks how much, and sends the rest."""
    with tempfile.TemporaryDirectory() as folder:
        (whole := Path(folder) / "whole.txt").write_bytes(TEXT)
        if with_curl("half.txt", "--continue-at", "-", "--upload-file", str(whole))(address) is None:
            return None
    return with_curl("half.txt")(address)


def _names(address: Address) -> bytes | None:
    """curl asks for LIST and prints its lines: the names are their last words."""
    listing = with_curl("docs/")(address)
    return listing and b" ".join(line.split()[-1] for line in listing.splitlines())


JOBS: dict[str, tuple[Callable[[Address], bytes | None], bytes]] = {
    "ftplib get": (with_ftplib(_get), TEXT),
    "ftplib list": (with_ftplib(lambda client: "\n".join(client.nlst("docs")).encode()), b"letter.txt"),
    "curl get": (with_curl("docs/letter.txt"), TEXT),
    "curl range": (with_curl("docs/letter.txt", "--range", "4-5"), b"is"),
    "curl list": (_names, b"letter.txt"),
    "curl resume": (_resume, TEXT),
}
"""By client and deed: how it is done, and what must come of it."""


def done(session: type[Session]) -> dict[str, bool]:
    """Each of JOBS, on a server of that session class: whether it was done. UserError: curl is not installed."""
    if not shutil.which("curl"):
        raise UserError(_("curl is not installed here: install it, and run this again."))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "docs").mkdir()
        (Path(folder) / "docs" / "letter.txt").write_bytes(TEXT)
        (Path(folder) / "half.txt").write_bytes(TEXT[: len(TEXT) // 2])
        with BackgroundServer(FtpServer(folder, users={USER: PASSWORD}, session_class=session)) as running:
            return {name: _try(job, wanted, running.server.address) for name, (job, wanted) in JOBS.items()}


def _try(job: Callable[[Address], bytes | None], wanted: bytes, address: Address) -> bool:
    try:
        came = job(address)
    except (ftplib.Error, EOFError, OSError):
        return False
    return came == wanted
