"""The text of FTP: command lines, refusals, and the reply codes for errors of the operating system.

This module opens no socket and no file.
"""

import errno
import re

MAX_COMMAND_LINE = 4096  # bytes of a command, without its end

TELNET = re.compile(rb"\xff(?:[\xfb-\xfe].|[\xf0-\xff])", re.S)  # RFC 854: IAC, command, option of WILL to DONT
VERB = re.compile(r"[A-Z]{3,4}")
ALIASES = {"XCWD": "CWD", "XCUP": "CDUP", "XPWD": "PWD", "XMKD": "MKD", "XRMD": "RMD"}  # RFC 1123 section 4.1.3.1
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class CommandError(Exception):
    """The refusal of a command. `Session.dispatch` catches it, and replies with its code and text.

    Args:
        code: the reply code (RFC 959 section 4.2).
        text: the reason, which the client receives.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


REPLY_BY_ERRNO = {errno.ENOSPC: 452, errno.EDQUOT: 552, errno.EFBIG: 552, errno.ENAMETOOLONG: 553, errno.EBUSY: 450}
REPLY_BY_ERRNO |= dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EADDRINUSE), 451)
REPLY_BY_ERRNO |= dict.fromkeys(
    (errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED, errno.ETIMEDOUT, errno.EHOSTUNREACH), 426
)


def command_error(error: OSError) -> CommandError:
    """Return the `CommandError` for an OSError. The code is 550 unless REPLY_BY_ERRNO has another code."""
    return CommandError(REPLY_BY_ERRNO.get(error.errno or 0, 550), f"{error.strerror or 'Not possible'}.")


def strip_telnet(line: bytes) -> bytes:
    """Return the command line without the Telnet commands in it. IAC IAC becomes one byte 255 (RFC 854)."""
    return TELNET.sub(lambda match: b"\xff" if match[0] == b"\xff\xff" else b"", line)


def parse(line: bytes) -> tuple[str, str]:
    """Return the verb and the argument of a command line.

    The verb is the command's name in capitals. An old verb with X, such as XCWD, is replaced by the new verb. The
    argument is the text after the first space. Bytes that are not UTF-8 are kept (surrogateescape), because a file name
    may contain any bytes.

    Raises:
        CommandError: With code 500 if there is no verb, with code 501 if the argument has a control character.
    """
    text = strip_telnet(line).removesuffix(b"\r").decode("utf-8", "surrogateescape")
    name, _space, argument = text.partition(" ")
    verb = name.upper()
    if not VERB.fullmatch(verb):
        raise CommandError(500, "That is no command.")
    if CONTROL_CHARACTER.search(argument):
        raise CommandError(501, "Control characters are refused.")
    return ALIASES.get(verb, verb), argument


def verb_of(line: bytes) -> bytes:
    """Return the verb (the command's name) of a command line, in capitals."""
    return strip_telnet(line).upper().partition(b" ")[0].strip()
