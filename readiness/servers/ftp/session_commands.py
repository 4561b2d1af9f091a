"""The FTP commands about the session itself: its login, its options, its state and its end."""

from typing import TYPE_CHECKING

from readiness.servers.ftp.control import State
from readiness.servers.ftp.listing import FACTS
from readiness.servers.ftp.protocol import CommandError

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session

FEATURES = ("EPRT", "EPSV", "MDTM", "MFMT", "MLST {facts}", "REST STREAM", "SIZE", "TVFS", "UTF8")


class SessionCommands:
    """The handlers of the commands about the session. A handler replies, or raises CommandError or OSError.

    Args:
        session: the session that receives the commands.
    """

    def __init__(self, session: "Session") -> None:
        self.session = session

    def do_user(self, name: str) -> None:
        """Keep the user name until PASS sends the password, and reply 331 (RFC 959 section 4.1.1).

        The reply is the same for a known and an unknown user. A user who was logged in is logged out. The type and the
        data connection stay as they are.
        """
        self.log_out()
        self.session.login.name = name
        self.session.reply(331, "Password, please.")

    def do_rein(self, argument: str) -> None:
        """Log the user out, and set everything as it was after connecting (RFC 959 section 4.1.1). Reply 220."""
        self.log_out()
        self.session.data.close()
        self.session.data.only_epsv = False
        self.session.ascii_mode, self.session.facts = True, FACTS
        self.session.reply(220, "Who's ready for a new user? This server is.")

    def log_out(self) -> None:
        """Forget the user, and what the user has chosen: the directory, the offset of REST, the file of RNFR."""
        session = self.session
        session.login.name = session.login.user = None
        session.jail.cwd = ()
        session.restart_offset, session.rename_source = 0, None

    def do_quit(self, argument: str) -> None:
        """Reply, then close (RFC 959 section 4.1.1). If bytes came after QUIT, the client must close its side first."""
        control = self.session.control
        nothing_follows = not (control.pending_commands or control.partial_line)
        control.close_after_reply(221, "Goodbye.")
        if nothing_follows:
            control.advance(State.ENDING)

    def do_noop(self, argument: str) -> None:
        """Reply 200, and do nothing else (RFC 959 section 4.1.3)."""
        self.session.reply(200, "Done.")

    def do_syst(self, argument: str) -> None:
        """Reply with the type of this system. Clients need it to parse LIST (RFC 959 section 4.1.3)."""
        self.session.reply(215, "UNIX Type: L8")

    def do_type(self, argument: str) -> None:
        """Choose text (A, A N) or bytes (I, L 8) for the next transfers (RFC 959 section 3.1.1).

        Type A drops the offset of REST, because a text can't be resumed.
        """
        kind = argument.upper()
        if kind not in ("A", "A N", "I", "L 8", "L8"):
            raise CommandError(504, "TYPE is A or I.")
        self.session.ascii_mode = kind.startswith("A")
        if self.session.ascii_mode:
            self.session.restart_offset = 0
        self.session.reply(200, f"Type {'A' if self.session.ascii_mode else 'I'}.")

    def do_stru(self, argument: str) -> None:
        """Accept only the structure F, in which a file is a sequence of bytes (RFC 959 section 3.1.2)."""
        self.accept_only(argument, "F")

    def do_mode(self, argument: str) -> None:
        """Accept only the mode S, in which the connection ends at the end of the file (RFC 959 section 3.4)."""
        self.accept_only(argument, "S")

    def accept_only(self, argument: str, served: str) -> None:
        """Reply 200 if `argument` is `served`, the only value that this server has. Otherwise refuse with 504."""
        if argument.upper() != served:
            raise CommandError(504, f"Only {served} is served.")
        self.session.reply(200, f"{served} it is.")

    def do_allo(self, argument: str) -> None:
        """Reply that the client does not have to reserve space for an upload (RFC 959 section 4.1.3)."""
        self.session.reply(202, "No need.")

    def do_feat(self, argument: str) -> None:
        """Reply with the list of extensions to RFC 959 that this server has (RFC 2389 section 3)."""
        facts = "".join(f"{fact}{'*' if fact in self.session.facts else ''};" for fact in FACTS)
        features = (feature.format(facts=facts) for feature in FEATURES)
        self.session.reply(211, "More than RFC 959:", *features, "End.")

    def do_opts(self, argument: str) -> None:
        """Accept `UTF8 ON` (RFC 2389 section 4), and the choice of facts for MLST (RFC 3659 section 7.9)."""
        name, _space, value = argument.upper().partition(" ")
        if name == "UTF8" and value in ("", "ON"):
            self.session.reply(200, "UTF-8 it is, always.")
        elif name == "MLST":
            requested = value.lower().split(";")
            self.session.facts = tuple(fact for fact in FACTS if fact in requested)
            self.session.reply(200, "MLST OPTS " + "".join(f"{fact};" for fact in self.session.facts))
        else:
            raise CommandError(501, "No such option.")

    def do_help(self, argument: str) -> None:
        """Reply with the names of all commands (RFC 959 section 4.1.3)."""
        verbs = sorted(self.session.commands)
        rows = [" ".join(verbs[start : start + 10]) for start in range(0, len(verbs), 10)]
        self.session.reply(214, "Served here:", *rows, "End.")
