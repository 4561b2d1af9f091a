"""Login: the commands USER and PASS, and which commands a client may send before and after login.

The passwords are in `passwords`.
"""

from readiness.servers.ftp.control import CommandError, ControlConnection

MAX_ATTEMPTS = 3  # wrong passwords after which the connection is closed
PRE_LOGIN_COMMANDS = frozenset({"USER", "PASS", "QUIT", "FEAT", "HELP", "NOOP", "OPTS", "SYST"})
WRITE_COMMANDS = frozenset({"STOR", "APPE", "DELE", "MKD", "RMD", "RNFR", "RNTO"})
PATH_COMMANDS = WRITE_COMMANDS | {"CWD", "RETR", "SIZE", "MDTM"}
NEEDS_ARGUMENT = PATH_COMMANDS | {"USER", "TYPE", "STRU", "MODE", "REST", "PORT", "EPRT", "OPTS"}
ANONYMOUS = frozenset({"anonymous", "ftp"})


class Authentication(ControlConnection):
    """The part of a session that logs the client in.

    Attributes:
        name: the argument of the last USER, or None.
        user: the name of the user after a correct password, otherwise None.
        failed_attempts: the number of failed logins on this connection.
    """

    name: str | None = None
    user: str | None = None
    failed_attempts = 0

    def authorize(self, verb: str, argument: str) -> None:
        """Check that the client may send the command `verb` with the argument `argument` now.

        Raises:
            CommandError: With code 502 if the server does not have this command, 530 if the client is not logged in,
                501 if the command needs an argument but has none, 550 if the user may not change files.
        """
        super().authorize(verb, argument)
        if self.user is None and verb not in PRE_LOGIN_COMMANDS:
            raise CommandError(530, "Log in first: USER and PASS.")
        if verb in NEEDS_ARGUMENT and not argument:
            raise CommandError(501, f"{verb} needs an argument.")
        if verb in WRITE_COMMANDS and not self.may_write():
            raise CommandError(550, "You may read here, and not write.")

    def may_write(self) -> bool:
        """Return True if the user may change files. Users with a password may; anonymous users may only read."""
        return self.server.passwords is not None

    def password_matches(self, password: str) -> bool:
        """Return True if `password` is correct for the user name of the last USER command.

        If the server has no users, the user names `anonymous` and `ftp` are accepted with any password.
        """
        if self.server.passwords is None:
            return self.name in ANONYMOUS
        return self.name is not None and self.server.passwords.check(self.name, password)

    def do_user(self, name: str) -> None:
        """Keep the user name until PASS sends the password, and reply 331 (RFC 959 section 4.1.1).

        The reply is the same for a known and an unknown user. A user who was logged in is logged out.
        """
        self.name, self.user = name, None
        self.reply(331, "Password, please.")

    def do_pass(self, password: str) -> None:
        """Check the password (RFC 959 section 4.1.1). If it matches, set `user` to `name` and reply 230.

        Otherwise set a timer that calls `reject_login` after `login_failure_delay` seconds. Until then a command is in
        progress: this client waits, and no other client does.

        Raises:
            CommandError: 503, no USER waits for a password.
        """
        if self.name is None or self.user is not None:
            raise CommandError(503, "USER comes first.")
        if self.password_matches(password):
            self.user = self.name
            self.reply(230, "Welcome.")
        else:
            self.command_in_progress = True
            self.server.timers.call_later(self.server.login_failure_delay, self.reject_login)

    def reject_login(self) -> None:
        """Reply 530, because the password was wrong or the user is unknown.

        After MAX_ATTEMPTS of these replies, close the connection.
        """
        self.failed_attempts += 1
        self.command_in_progress = False
        if self.failed_attempts < MAX_ATTEMPTS:
            self.reply(530, "Login incorrect.")
        else:
            self.close_after_reply(530, "Login incorrect.")
        self.process_pending()
