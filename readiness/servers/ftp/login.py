"""Login: USER and PASS, who may do what, and what a guess costs.

Passwords themselves are kept elsewhere (`passwords`).
"""

from readiness.servers.ftp.control import Control, Denied

TRIES = 3  # wrong passwords after which the connection is cut
OPEN_TO_ALL = frozenset({"USER", "PASS", "QUIT", "FEAT", "HELP", "NOOP", "OPTS", "SYST"})
WRITING = frozenset({"STOR", "APPE", "DELE", "MKD", "RMD", "RNFR", "RNTO"})
NAMING = WRITING | {"CWD", "RETR", "SIZE", "MDTM"}
NEEDS_ARGUMENT = NAMING | {"USER", "TYPE", "STRU", "MODE", "REST", "PORT", "EPRT", "OPTS"}
ANONYMOUS = frozenset({"anonymous", "ftp"})


class Login(Control):
    """A session that knows who its client is: `name` as given, `user` once the password was right."""

    name: str | None = None
    user: str | None = None
    guesses = 0

    def permit(self, verb: str, argument: str) -> None:
        """Denied: 502 no such command, 530 not logged in, 501 no argument, 550 this user only reads."""
        super().permit(verb, argument)
        if self.user is None and verb not in OPEN_TO_ALL:
            raise Denied(530, "Log in first: USER and PASS.")
        if verb in NEEDS_ARGUMENT and not argument:
            raise Denied(501, f"{verb} needs an argument.")
        if verb in WRITING and not self.may_write():
            raise Denied(550, "You may read here, and not write.")

    def may_write(self) -> bool:
        """Whether this user may change files: those with a password may."""
        return self.server.passwords is not None

    def right(self, password: str) -> bool:
        """Whether `password` is that of `name`; where the server has no users, anonymous needs none."""
        if self.server.passwords is None:
            return self.name in ANONYMOUS
        return self.server.passwords.check(self.name, password)

    def do_user(self, name: str) -> None:
        """RFC 959 section 4.1.1. The same reply for a user that exists and for one that doesn't."""
        self.name, self.user = name, None
        self.reply(331, "Password, please.")

    def do_pass(self, password: str) -> None:
        """RFC 959 section 4.1.1. Is the password `right`, then `user` is the `name`: 230. Denied: 503, before USER.

        Else `wrong` answers, `delay` seconds later, by a timer: nobody else waits, and this client, `busy`, does.
        """
        if self.name is None or self.user is not None:
            raise Denied(503, "USER comes first.")
        if self.right(password):
            self.user = self.name
            self.reply(230, "Welcome.")
        else:
            self.busy = True
            self.server.timers.call_later(self.server.delay, self.wrong)

    def wrong(self) -> None:
        """The answer to a wrong password, and to an unknown user: 530, and after TRIES of them the end."""
        self.guesses += 1
        self.busy = False
        if self.guesses < TRIES:
            self.reply(530, "Login incorrect.")
        else:
            self.leave(530, "Login incorrect.")
        self.work()
