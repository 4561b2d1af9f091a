"""FTP compatibility: what works on a server and what fails on a poorer one."""

import shutil

import pytest

from readiness.base.messages import UserError
from readiness.clients import ftp_compatibility
from readiness.servers.ftp import Session
from readiness.servers.ftp.transfer_commands import TransferCommands


@pytest.fixture
def curl(need):
    need(shutil.which("curl"), "curl is not installed: apt-get install curl")


def test_all_of_it_is_done_on_a_whole_server(curl):
    assert ftp_compatibility.run_checks(Session) == dict.fromkeys(ftp_compatibility.CHECKS, True)


@pytest.mark.parametrize(
    ("verb", "fails"),
    {
        "PASV": {"ftplib get", "ftplib list"},
        "REST": {"curl range"},
        "APPE": {"curl resume"},
        "NLST": {"ftplib list"},
        "LIST": {"curl list"},
        "EPSV": set(),
    }.items(),
)
def test_without_a_command_its_users_fail(curl, verb, fails):
    assert {
        check for check, passed in ftp_compatibility.run_checks(ftp_compatibility.without(verb)).items() if not passed
    } == fails


def test_a_file_that_is_spoilt_on_its_way_is_not_done(curl):
    class Spoils(Session):
        def do_retr(self, name):
            self.restart_offset += 1
            TransferCommands(self).do_retr(name)

    assert not ftp_compatibility.run_checks(Spoils)["ftplib get"]
    assert not ftp_compatibility.run_checks(Spoils)["curl range"]


def test_whole_data_without_226_is_not_done(curl):
    class Doubts(Session):
        def on_data_ready(self, mask):
            self.data.on_transfer_done = lambda: self.data.end_transfer(426, "Transfer aborted.")
            super().on_data_ready(mask)

    passed = ftp_compatibility.run_checks(Doubts)
    assert {check for check in passed if passed[check]} == {"curl range"}  # curl has what it wants, and hangs up itself


def test_no_curl_is_said_in_words(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="curl is not installed"):
        ftp_compatibility.run_checks(Session)
