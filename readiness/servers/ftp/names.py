"""Names of files as text: a path for a reply, a path in quotation marks, and the name in the argument of LIST.

No function in this module looks at the disk.
"""

from readiness.servers.ftp.jail import PathParts


def path(parts: PathParts) -> str:
    """Return the path `parts` as text, such as `/music/bach.ogg`. `parts` are its names from the root directory."""
    return "/" + "/".join(parts)


def quoted(parts: PathParts) -> str:
    """Return the path `parts` as text in quotation marks. `parts` are its names from the root directory.

    A quotation mark inside the path is doubled (RFC 959, appendix II).
    """
    return '"' + path(parts).replace('"', '""') + '"'


def without_options(argument: str) -> str:
    """Return the argument of LIST, NLST or STAT without options such as `-la` at its beginning.

    Some clients send these options before the name, as for the command `ls`.
    """
    while argument.startswith("-"):
        argument = argument.partition(" ")[2].lstrip()
    return argument
