"""Names of files in commands and replies: as a path, in quotation marks, after the options of LIST.

No file is looked at here.
"""

from readiness.servers.ftp.jail import PathParts


def path(parts: PathParts) -> str:
    """Return the path as a text, such as `/music/bach.ogg`."""
    return "/" + "/".join(parts)


def quoted(parts: PathParts) -> str:
    """Return the path in quotation marks. Quotation marks in the path are doubled (RFC 959, appendix II)."""
    return '"' + path(parts).replace('"', '""') + '"'


def without_options(argument: str) -> str:
    """Return the name in the argument of LIST. Some clients send options such as `-la` before it: skip them."""
    while argument.startswith("-"):
        argument = argument.partition(" ")[2].lstrip()
    return argument
