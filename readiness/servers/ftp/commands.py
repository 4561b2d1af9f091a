"""The table of the commands of a session: the function that carries out each verb.

The command VERB is the method `do_verb` of a class in `session_commands`, `file_commands`, `listing_commands` or
`transfer_commands`. PASS and REST are methods of `Session`. A new command needs its method, and its verb in the sets of
`login`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from readiness.servers.ftp.file_commands import FileCommands
from readiness.servers.ftp.listing_commands import ListingCommands
from readiness.servers.ftp.session_commands import SessionCommands
from readiness.servers.ftp.transfer_commands import TransferCommands

if TYPE_CHECKING:
    from readiness.servers.ftp.session import Session

CommandTable = dict[str, Callable[[str], None]]


def command_table(session: "Session") -> CommandTable:
    """Return the function that carries out each command of the session. Its argument is the command's argument.

    A method `do_verb` of the session itself comes before the method of a handler.
    """
    parts = (SessionCommands(session), FileCommands(session), ListingCommands(session), TransferCommands(session))
    return {verb: getattr(handler, name) for handler in (*parts, session) for verb, name in verbs_of(type(handler))}


_verbs: dict[type, list[tuple[str, str]]] = {}  # a search for each class, and not for each session


def verbs_of(handler_class: type) -> list[tuple[str, str]]:
    """Return the verb and the method name of each command that a class handles."""
    if handler_class not in _verbs:
        names = [name for name in dir(handler_class) if name.startswith("do_")]
        _verbs[handler_class] = [(name.removeprefix("do_").upper(), name) for name in names]
    return _verbs[handler_class]
