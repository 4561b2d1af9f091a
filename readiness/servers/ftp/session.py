"""One session: the commands, each a method `do_verb` that is given the rest of its line, and replies.

How lines, logins, names, data and uploads are dealt with is told in the rooms that it is made of.
"""

import os
import socket
import stat
from functools import partial
from itertools import islice
from typing import Any

from readiness.servers.ftp.control import Denied
from readiness.servers.ftp.data import Data
from readiness.servers.ftp.jail import Parts
from readiness.servers.ftp.listing import (
    BATCH,
    FACTS,
    Line,
    entries,
    facts_line,
    lines,
    long_line,
    name_line,
    timestamp,
)
from readiness.servers.ftp.login import Login
from readiness.servers.ftp.transfers import Pieces, Sending, Transfer, read_pieces, to_network
from readiness.servers.ftp.uploads import Uploads

FEATURES = ("EPRT", "EPSV", "MDTM", "MLST {facts}", "REST STREAM", "SIZE", "TVFS", "UTF8")
MOST = 1024  # entries that STAT tells of a directory, over the control connection


def path(parts: Parts) -> str:
    return "/" + "/".join(parts)


def quoted(parts: Parts) -> str:
    """A path in quotation marks, those in it doubled (RFC 959, appendix II)."""
    return '"' + path(parts).replace('"', '""') + '"'


def without_options(argument: str) -> str:
    """The name in what follows LIST: options such as `-la` are skipped, since clients send them unasked."""
    while argument.startswith("-"):
        argument = argument.partition(" ")[2].lstrip()
    return argument


class Session(Login, Data, Uploads):
    """What a client can say. `FtpServer(session=…)` takes any subclass."""

    def __init__(self, server: Any, sock: socket.socket) -> None:
        Uploads.__init__(self, server.root)
        super().__init__(server, sock)
        self.text = True  # type A, which RFC 959 section 5.1 has a session begin with
        self.offset = 0  # of REST, for the next transfer
        self.source: Parts | None = None  # of RNFR
        self.facts = FACTS
        self.reply(220, "Who's ready? This server is.")

    def taken_offset(self) -> int:
        """What REST has said, once: it is for one transfer only, whatever becomes of that."""
        offset, self.offset = self.offset, 0
        return offset

    # Transfers.

    def do_retr(self, name: str) -> None:
        """RFC 959 section 4.1.3, from the offset of REST on (RFC 3659 section 5)."""
        offset = self.taken_offset()
        file = self.open_file(self.resolve(name))
        self.begin(self.reading(file, offset))

    def reading(self, file: int, offset: int) -> Transfer:
        """The transfer of an open file: the kernel's own copy where that is possible, else through our memory."""
        if self.text:
            return Pieces(to_network(read_pieces(file)), file)
        if hasattr(os, "sendfile"):
            return Sending(file, offset)
        os.lseek(file, offset, os.SEEK_SET)
        return Pieces(read_pieces(file), file)

    def do_stor(self, name: str) -> None:
        """RFC 959 section 4.1.3; with REST it goes on with a broken one (RFC 3659 section 5)."""
        offset = self.taken_offset()
        self.expect_data()
        self.begin(self.open_upload(self.resolve(name), offset, append=False, text=self.text))

    def do_appe(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        self.taken_offset()
        self.expect_data()
        self.begin(self.open_upload(self.resolve(name), 0, append=True, text=self.text))

    def do_rest(self, argument: str) -> None:
        """RFC 3659 section 5.3: keep how many bytes the next transfer skips: 350.

        Denied: 501, that is no number below 2**63; or it is not 0 and the type is A.
        """
        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise Denied(501, "REST takes a number of bytes.")
        if self.text and int(argument):
            raise Denied(501, "A text can't be resumed: TYPE I comes first.")
        self.offset = int(argument)
        self.reply(350, f"The next transfer starts at {self.offset}.")

    def send_listing(self, name: str, line: Line, files_too: bool = True) -> None:
        """A directory's entries, or a file's own line, over the data connection, whatever the type."""
        self.taken_offset()
        parts = self.resolve(name)
        found = self.stat(parts)
        if stat.S_ISDIR(found.st_mode):
            directory = self.walk(parts)
            self.begin(Pieces(lines(entries(directory), line), directory))
        elif files_too:
            self.begin(Pieces(lines([[(parts[-1], found)]], line)))
        else:
            raise Denied(501, "MLSD takes a directory: MLST is for files.")

    def do_list(self, argument: str) -> None:
        """RFC 959 section 4.1.3."""
        self.send_listing(without_options(argument), long_line)

    def do_nlst(self, argument: str) -> None:
        """RFC 959 section 4.1.3: names alone. `-CF` and the like are skipped as in LIST: ncftpls sends them."""
        self.send_listing(without_options(argument), name_line)

    def do_mlsd(self, name: str) -> None:
        """RFC 3659 section 7."""
        self.send_listing(name, self.facts_of, files_too=False)

    @property
    def facts_of(self) -> Line:
        return partial(facts_line, wanted=self.facts, writes=self.may_write())

    def do_mlst(self, name: str) -> None:
        """RFC 3659 section 7: one file or directory, over the control connection."""
        parts = self.resolve(name)
        line = self.facts_of(path(parts), self.stat(parts))
        self.reply(250, "Facts:", line, "End.")

    # Directories.

    def do_pwd(self, argument: str) -> None:
        """RFC 959 section 4.1.3."""
        self.reply(257, f"{quoted(self.cwd)} is where you are.")

    def do_cwd(self, name: str) -> None:
        """RFC 959 section 4.1.1."""
        parts = self.resolve(name)
        os.close(self.walk(parts))
        self.cwd = parts
        self.reply(250, f"{quoted(parts)} is where you are now.")

    def do_cdup(self, argument: str) -> None:
        """RFC 959 section 4.1.1."""
        self.do_cwd("..")

    def do_mkd(self, name: str) -> None:
        """RFC 959 section 4.1.3, appendix II."""
        parts = self.resolve(name)
        self.make_directory(parts)
        self.reply(257, f"{quoted(parts)} is made.")

    def do_rmd(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        self.remove_directory(self.resolve(name))
        self.reply(250, "Removed.")

    # Files.

    def do_dele(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        self.remove_file(self.resolve(name))
        self.reply(250, "Deleted.")

    def do_rnfr(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        source = self.resolve(name)
        self.stat(source)
        self.source = source
        self.reply(350, "RNTO comes next.")

    def do_rnto(self, name: str) -> None:
        """RFC 959 section 4.1.3."""
        source, self.source = self.source, None
        if source is None:
            raise Denied(503, "RNFR comes first.")
        self.rename(source, self.resolve(name))
        self.reply(250, "Renamed.")

    def plain(self, name: str) -> os.stat_result:
        """What the system knows of a plain file. Denied: 550, it is a directory."""
        found = self.stat(self.resolve(name))
        if not stat.S_ISREG(found.st_mode):
            raise Denied(550, "That is a directory.")
        return found

    def do_size(self, name: str) -> None:
        """RFC 3659 section 4: bytes that RETR would send; of a text nobody knows without reading it."""
        if self.text:
            raise Denied(550, "The size of a text isn't known: TYPE I comes first.")
        self.reply(213, str(self.plain(name).st_size))

    def do_mdtm(self, name: str) -> None:
        """RFC 3659 section 3."""
        self.reply(213, timestamp(self.plain(name).st_mtime))

    # The session itself.

    def do_quit(self, argument: str) -> None:
        """RFC 959 section 4.1.1. What says nothing behind its QUIT is not waited for."""
        self.ended = not (self.lines or self.inbox)
        self.leave(221, "Goodbye.")

    def do_noop(self, argument: str) -> None:
        """RFC 959 section 4.1.3."""
        self.reply(200, "Done.")

    def do_syst(self, argument: str) -> None:
        """RFC 959 section 4.1.3: clients read LIST the better for it."""
        self.reply(215, "UNIX Type: L8")

    def do_type(self, argument: str) -> None:
        """RFC 959 section 3.1.1: A (N) and I; L 8 is I."""
        kind = argument.upper()
        if kind not in ("A", "A N", "I", "L 8", "L8"):
            raise Denied(504, "TYPE is A or I.")
        self.text, self.offset = kind.startswith("A"), 0
        self.reply(200, f"Type {'A' if self.text else 'I'}.")

    def do_stru(self, argument: str) -> None:
        """RFC 959 section 3.1.2: F, a file is a row of bytes."""
        self.only(argument, "F")

    def do_mode(self, argument: str) -> None:
        """RFC 959 section 3.4: S, the end of the connection is the end of the file."""
        self.only(argument, "S")

    def only(self, argument: str, served: str) -> None:
        if argument.upper() != served:
            raise Denied(504, f"Only {served} is served.")
        self.reply(200, f"{served} it is.")

    def do_allo(self, argument: str) -> None:
        """RFC 959 section 4.1.3: nothing needs to be reserved here."""
        self.reply(202, "No need.")

    def do_feat(self, argument: str) -> None:
        """RFC 2389 section 3."""
        facts = "".join(f"{fact}{'*' if fact in self.facts else ''};" for fact in FACTS)
        self.reply(211, "More than RFC 959:", *(feature.format(facts=facts) for feature in FEATURES), "End.")

    def do_opts(self, argument: str) -> None:
        """RFC 2389 section 4: UTF8 ON, and the facts of MLST (RFC 3659 section 7.9)."""
        name, _space, value = argument.upper().partition(" ")
        if name == "UTF8" and value in ("", "ON"):
            self.reply(200, "UTF-8 it is, always.")
        elif name == "MLST":
            asked = value.lower().split(";")
            self.facts = tuple(fact for fact in FACTS if fact in asked)
            self.reply(200, "MLST OPTS " + "".join(f"{fact};" for fact in self.facts))
        else:
            raise Denied(501, "No such option.")

    def do_help(self, argument: str) -> None:
        """RFC 959 section 4.1.3."""
        verbs = sorted(name[3:].upper() for name in dir(self) if name.startswith("do_"))
        rows = [" ".join(verbs[start : start + 10]) for start in range(0, len(verbs), 10)]
        self.reply(214, "Served here:", *rows, "End.")

    def do_stat(self, argument: str) -> None:
        """RFC 959 section 4.1.3: how things stand, also during a transfer; with a name what LIST would say."""
        name = without_options(argument)
        if argument and not self.transfer:
            self.reply(213, "Status:", *self.told(self.resolve(name)), "End.")
            return
        moved = f"{self.transfer.moved} bytes have been moved." if self.transfer else "No transfer is under way."
        self.reply(211, "Status:", f"User {self.user}, type {'A' if self.text else 'I'}.", moved, "End.")

    def told(self, parts: Parts) -> list[str]:
        """The lines of LIST, MOST of them."""
        found = self.stat(parts)
        if not stat.S_ISDIR(found.st_mode):
            return [long_line(parts[-1], found)]
        directory = self.walk(parts)
        try:
            return [long_line(*entry) for batch in islice(entries(directory), MOST // BATCH) for entry in batch]
        finally:
            os.close(directory)
