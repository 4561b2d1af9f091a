"""What several files of FTP tests share: a server of `tmp_path`, and a client that is logged in."""

import ftplib

import pytest

from tests.servers.ftp.raw_ftp_client import PASSWORD, USER, RawFtpClient, serving


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    with RawFtpClient(server.address) as client:
        yield client


@pytest.fixture
def ftp(server):
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect(*server.address)
        ftp.login(USER, PASSWORD)
        yield ftp
