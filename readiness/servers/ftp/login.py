"""Login: who the client is, and which commands it may send before and after login.

The passwords are in `passwords`, and their checks in `password_checks`. The command PASS is a method of `Session`.
"""

from typing import TYPE_CHECKING

from readiness.servers.ftp.control import State
from readiness.servers.ftp.protocol import CommandError

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session

MAX_ATTEMPTS = 3  # wrong passwords after which the connection is closed
PRE_LOGIN_COMMANDS = frozenset({"USER", "PASS", "QUIT", "FEAT", "HELP", "NOOP", "OPTS", "REIN", "SYST"})
WRITE_COMMANDS = frozenset({"STOR", "APPE", "DELE", "MKD", "RMD", "RNFR", "RNTO", "MFMT", "STOU"})
PATH_COMMANDS = WRITE_COMMANDS | {"CWD", "RETR", "SIZE", "MDTM"}
NEEDS_ARGUMENT = (PATH_COMMANDS - {"STOU"}) | {"USER", "TYPE", "STRU", "MODE", "REST", "PORT", "EPRT", "OPTS"}
ANONYMOUS = frozenset({"anonymous", "ftp"})


class Authentication:
    """The login of one client.

    Args:
        session: the session of the client.

    Attributes:
        name: the argument of the last USER, or None.
        user: the name of the user after a correct password, otherwise None.
        failed_attempts: the number of failed logins on this connection.
        checking: True from PASS until its reply.
        failed: True if the last password that was checked was wrong.
    """

    def __init__(self, session: "Session") -> None:
        self.session, self.server = session, session.server
        self.name: str | None = None
        self.user: str | None = None
        self.failed_attempts = 0
        self.checking = False
        self.failed = False

    def authorize(self, verb: str, argument: str) -> None:
        """Check that the client may send the command `verb` with the argument `argument` now.

        Raises:
            CommandError: With code 502 if the server does not have this command, 530 if the client is not logged in,
                501 if the command needs an argument but has none, 550 if the user may not change files.
        """
        if verb not in self.session.commands:
            raise CommandError(502, f"{verb} is not served here.")
        if self.user is None and verb not in PRE_LOGIN_COMMANDS:
            raise CommandError(530, "Log in first: USER and PASS.")
        if verb in NEEDS_ARGUMENT and not argument:
            raise CommandError(501, f"{verb} needs an argument.")
        if verb in WRITE_COMMANDS and not self.may_write():
            raise CommandError(550, "You may read here, and not write.")

    def may_write(self) -> bool:
        """Return True if the user may change files. Users with a password may; anonymous users may only read."""
        return self.user is not None and not self.is_anonymous

    @property
    def is_anonymous(self) -> bool:
        """True for the user names `anonymous` and `ftp`, if the server lets them in. Any password is correct."""
        return self.server.anonymous and self.name in ANONYMOUS

    def finish_check(self, matches: bool) -> None:
        """Pass the answer of the password check to the session. Do nothing if the session does not wait for it.

        A client that has closed its side can't guess again, so its wrong password is rejected without a delay. Else a
        client that guesses and leaves would keep its session.
        """
        if self.checking:
            self.failed = not matches
            self.session.on_password_checked(matches)
            self.reject_if_ended()

    def reject_if_ended(self) -> None:
        """Reject a wrong password without a delay if the client has closed its side, and sends no more commands."""
        control = self.session.control
        if self.checking and self.failed and control.state is State.ENDING and not control.pending_commands:
            self.reject()

    def reject(self) -> None:
        """Reply 530, because the password was wrong or the user is unknown.

        After MAX_ATTEMPTS of these replies, close the connection. Do nothing if the session does not wait for a reply.
        """
        if not self.checking:
            return
        self.failed_attempts += 1
        self.checking = False
        if self.failed_attempts < MAX_ATTEMPTS:
            self.session.reply(530, "Login incorrect.")
        else:
            self.session.control.close_after_reply(530, "Login incorrect.")
        self.session.process_pending()
