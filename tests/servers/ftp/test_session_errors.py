"""An unexpected error in one session ends that session with 421 and a line in the log, and no other session."""

import contextlib
import logging
import socket

import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.servers.ftp.server import FtpServer
from readiness.servers.ftp.session import Session
from readiness.servers.ftp.transfers import StreamTransfer
from tests.servers.ftp.raw_ftp_client import USERS, RawFtpClient, recv_until_eof, serving


def fail(*args):
    raise ZeroDivisionError("a fault\nof two lines")


class FailsInCommand(Session):
    def do_noop(self, argument):
        fail()


class FailsInTimer(Session):
    def do_noop(self, argument):
        self.server.timers.call_later(0, self.resolve, None)


class FailsInPart(Session):
    """The callback is a method of a part of the session, not of the session itself."""

    def do_noop(self, argument):
        self.server.timers.call_later(0, self.data.set_active_address, "127.0.0.1", None)


class FailsInEvents(Session):
    """The error comes again when the reply 421 is sent."""

    def wanted_events(self):
        return fail() if self.login.user and self.login.failed_attempts else super().wanted_events()

    def do_noop(self, argument):
        self.login.failed_attempts = 1


class FailsInTransfer(Session):
    def do_noop(self, argument):
        self.data.begin_transfer(StreamTransfer(map(fail, [1])))


class FailsInClose(Session):
    """The transfer can't even be ended."""

    def do_noop(self, argument):
        transfer = StreamTransfer(map(fail, [1]))
        transfer.close = fail
        self.data.begin_transfer(transfer)


FAULTS = [FailsInCommand, FailsInTimer, FailsInPart, FailsInEvents, FailsInTransfer, FailsInClose]


@pytest.mark.parametrize("session_class", FAULTS)
def test_an_error_ends_its_session_alone(tmp_path, caplog, session_class):
    with (
        serving(tmp_path, session_class=session_class) as server,
        RawFtpClient(server.address) as other,
        RawFtpClient(server.address) as client,
        client.connect_data() as data,
    ):
        client.send("NOOP")
        replies = client.file.read()
        assert replies.endswith(b"421 An error in this server ends the session.\r\n") or session_class in (
            FailsInEvents,
            FailsInClose,
        )
        with contextlib.suppress(ConnectionError):  # the listener may be closed before it has accepted
            assert recv_until_eof(data) == b""
        client.close()
        assert wait_until(lambda: len(server.sessions) == 1, 5)
        assert len(server.registrations) == 2
        assert other.send_command("PWD")[0] == 257
    lines = [record for record in caplog.records if record.name == "readiness.ftp" and record.levelno == logging.ERROR]
    assert lines
    assert not any(record.exc_info or "\n" in record.getMessage() for record in lines)


def test_the_traceback_is_for_debugging(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG, "readiness.ftp"), serving(tmp_path, session_class=FailsInCommand) as server:
        with RawFtpClient(server.address) as client:
            assert client.send_command("NOOP")[0] == 421
    assert [record.levelname for record in caplog.records if record.exc_info] == ["DEBUG"]


def test_an_error_in_the_first_turn_of_a_session_ends_it_alone(tmp_path):
    class FailsAtOnce(Session):
        def process_pending(self):
            fail()

    with serving(tmp_path, session_class=FailsAtOnce) as server:
        for _client in range(3):
            with socket.create_connection(server.address, timeout=10) as sock:
                assert recv_until_eof(sock).splitlines()[-1].startswith(b"421 ")
        assert wait_until(lambda: not server.sessions and len(server.registrations) == 1, 5)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_request_to_end_the_process_passes(tmp_path, error):
    class Exits(Session):
        def do_noop(self, argument):
            raise error

    running = BackgroundServer(FtpServer(tmp_path, users=USERS, session_class=Exits)).start()
    with RawFtpClient(running.server.address) as client:
        client.send("NOOP")
        assert wait_until(lambda: running.error, 5)
    with pytest.raises(UserError, match=error.__name__):  # as BackgroundServer reports it
        running.stop()


def test_an_error_of_the_server_itself_reaches_the_caller(tmp_path):
    class Broken(FtpServer):
        def accept(self, mask):
            fail()

    running = BackgroundServer(Broken(tmp_path, users=USERS)).start()
    with socket.create_connection(running.server.address):
        assert wait_until(lambda: running.error, 5)
    with pytest.raises(ZeroDivisionError):
        running.stop()


def test_a_subclass_may_pass_the_error_of_a_session_on(tmp_path):
    class Raises(FtpServer):
        def on_session_error(self, session, error):
            raise error

    running = BackgroundServer(Raises(tmp_path, users=USERS, session_class=FailsInCommand)).start()
    with RawFtpClient(running.server.address) as client:
        client.send("NOOP")
        assert wait_until(lambda: running.error, 5)
    with pytest.raises(ZeroDivisionError):
        running.stop()
