"""The session of one client: its decisions, which labs 12-1 to 12-5 override. Its parts have modules of their own."""

import os
import socket
from time import monotonic
from typing import TYPE_CHECKING

from readiness.servers.eventloop import READ, RESOURCE_ERRNOS, WRITE
from readiness.servers.ftp.addresses import listen_on, strip_zone
from readiness.servers.ftp.commands import command_table
from readiness.servers.ftp.control import COMMANDS_PER_TURN, HIGH_WATER, MAX_PENDING, ControlConnection, State
from readiness.servers.ftp.data import NO_DATA, DataConnection
from readiness.servers.ftp.jail import DIRECTORY_FLAGS, Jail, PathParts
from readiness.servers.ftp.listing import FACTS
from readiness.servers.ftp.login import Authentication
from readiness.servers.ftp.long_reply import LongReply
from readiness.servers.ftp.protocol import MAX_COMMAND_LINE, CommandError, command_error, parse
from readiness.servers.ftp.uploads import Uploads, file_size

if TYPE_CHECKING:
    from readiness.servers.ftp.server import FtpServer


class Session:
    """The session of one client. `FtpServer(session_class=…)` also takes a subclass."""

    def __init__(self, server: "FtpServer", sock: socket.socket) -> None:
        self.server = server
        self.ascii_mode = True  # type A: a session begins with it (RFC 959 section 5.1)
        self.restart_offset = 0  # the argument of REST, for the next transfer
        self.rename_source: PathParts | None = None  # of RNFR
        self.facts = FACTS  # the facts that MLST shows
        self.control = ControlConnection(self, sock)
        self.login = Authentication(self)
        self.jail = Jail(server.root, self.open_directory)
        self.data = DataConnection(self)
        self.uploads = Uploads(self)
        self.long_reply = LongReply(self)
        self.commands = command_table(self)
        self.reply(220, "Who's ready? This server is.")

    def feed(self, data: bytes) -> None:
        """Split `data` at each LF. Append whole lines to `pending_commands`, and keep the rest in `partial_line`.

        If the rest is longer than MAX_COMMAND_LINE, append it to `pending_commands` once, and discard all bytes up to
        the next LF.
        """
        control = self.control
        *complete, control.partial_line = (control.partial_line + data).split(b"\n")
        if complete and control.discarding:
            control.discarding = False
            del complete[0]
        if len(control.partial_line) > MAX_COMMAND_LINE:
            if not control.discarding:
                complete.append(control.partial_line)
            control.partial_line = b""
            control.discarding = True
        control.pending_commands.extend(complete)

    def dispatch(self, line: bytes) -> None:
        """Carry out one command: call its function in `commands`, which replies. If it raises, reply with the error.

        Reply 500 to a line longer than MAX_COMMAND_LINE. `authorize` refuses a verb that is not in `commands`.
        """
        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            self.commands[verb](argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)

    def authorize(self, verb: str, argument: str) -> None:
        """Check that the client may send this command now (see `Authentication.authorize`)."""
        self.login.authorize(verb, argument)

    def process_pending(self) -> None:
        """Dispatch the pending commands in order, while none is in progress and the client reads its replies.

        Dispatch at most COMMANDS_PER_TURN commands, then flush. The others wait for the next turn of the loop, so that
        other sessions have their turn. After the end of input, close when no command can be dispatched and no reply is
        unsent.
        """
        control = self.control
        for _command in range(COMMANDS_PER_TURN):
            if not (control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(control.pending_commands.popleft())
        control.flush()
        if control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif control.state is State.ENDING and not (control.write_buffer or self.command_in_progress):
            self.close()

    @property
    def command_in_progress(self) -> bool:
        """True during a transfer, a password check or a long reply. The next command waits for its end."""
        return self.data.transfer is not None or self.login.checking or self.long_reply.chunks is not None

    def can_dispatch(self) -> bool:
        """Return True if the next command may be dispatched now. During another command, `may_interrupt` decides."""
        control = self.control
        if control.state not in (State.OPEN, State.ENDING) or len(control.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.data.may_interrupt(control.pending_commands[0])

    def wanted_events(self) -> int:
        """Return READ if there is room for another command, WRITE if replies are unsent, READ | WRITE, or 0."""
        control = self.control
        has_room = len(control.write_buffer) < HIGH_WATER and len(control.pending_commands) < MAX_PENDING
        reading = has_room and control.state is not State.ENDING
        return (READ if reading else 0) | (WRITE if control.write_buffer else 0)

    def reply(self, code: int, text: str, *more: str) -> None:
        """Append a reply to the write buffer (see `ControlConnection.reply`)."""
        self.control.reply(code, text, *more)

    def do_pass(self, password: str) -> None:
        """Begin the check of the password (RFC 959 section 4.1.1). Until its reply, this client's next command waits.

        Raises:
            CommandError: 503, no USER waits for a password.
        """
        if self.login.name is None or self.login.user is not None:
            raise CommandError(503, "USER comes first.")
        self.login.checking = True
        self.server.check_password(self, password)

    def on_password_checked(self, matches: bool) -> None:
        """If the password matches, set `user` and reply 230. Otherwise call `login.reject` after a delay."""
        if matches:
            self.login.checking = False
            self.login.user = self.login.name
            self.reply(230, "Welcome.")
            self.process_pending()
        else:
            self.server.timers.call_later(self.server.login_failure_delay, self.login.reject)

    def resolve(self, name: str) -> PathParts:
        """Return the path of `name` from the root. Use the text of the name alone, and look at no file.

        The name is relative to `cwd`, or to the root if it begins with `/`. `.` is the directory itself, `..` its
        parent. The parent of the root is the root.
        """
        parts = [] if name.startswith("/") else list(self.jail.cwd)
        for part in name.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)

    def open_directory(self, parts: PathParts) -> int:
        """Open the directory at `parts`, and return its descriptor. The caller closes it.

        Open one directory after the other, each from the descriptor of its parent, and follow no link (O_NOFOLLOW). So
        a directory that is replaced by a link meanwhile does no harm.

        Raises:
            OSError: a part of the path is missing, is no directory, or is a link.
        """
        current = os.dup(self.jail.root)
        for part in parts:
            try:
                child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
            finally:
                os.close(current)
            current = child
        return current

    def listen(self) -> int:
        """Open a listener for one data connection, and return its port. First close an earlier data connection.

        The listener has the address that the client has reached. It is closed after `data_connect_timeout` seconds.
        """
        self.data.close()
        self.data.listener = listen_on(self.control.local_host)
        self.data.listener.setblocking(False)
        self.server.set_events(self.data.listener, READ, self.accept_data)
        self.data.wait_for_connection(self.server.data_connect_timeout)
        port: int = self.data.listener.getsockname()[1]
        return port

    def accept_data(self, mask: int) -> None:
        """Accept a data connection, and call `on_connected`. Close one from another host.

        If accept(2) finds none, do nothing. If there are no more descriptors, call `on_data_connect_failed`.
        """
        assert self.data.listener is not None  # this is its callback
        try:
            sock, address = self.data.listener.accept()
        except OSError as error:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self.on_data_connect_failed()
            return
        if self.is_allowed_host(address[0]):
            self.data.on_connected(sock)
        else:
            sock.close()

    def is_allowed_host(self, host: str) -> bool:
        """Return True if `host` is the client's own address. No other host may have the data connection."""
        return strip_zone(host) == strip_zone(self.control.peer_host)

    def start_transfer(self) -> None:
        """Cancel `connect_timer`, set `last_activity`, and watch the data socket.

        The event is READ for an upload and WRITE for a download, never both.
        """
        assert self.data.socket is not None  # both are there in all callers
        assert self.data.transfer is not None
        self.server.timers.cancel(self.data.connect_timer)
        self.control.last_activity = monotonic()
        self.server.set_events(self.data.socket, self.data.transfer.event, self.on_data_ready)

    def on_data_ready(self, mask: int) -> None:
        """Send or receive one portion of the transfer, then dispatch the pending commands."""
        self.control.last_activity = monotonic()
        self.data.step()
        self.process_pending()

    def on_data_connect_failed(self) -> None:
        """Stop waiting for a data connection. If a transfer needs the connection, end the transfer with reply 425."""
        if self.data.transfer:
            self.data.end_transfer(425, NO_DATA)
            self.process_pending()
        else:
            self.data.close()

    def do_rest(self, argument: str) -> None:
        """Keep the number of bytes that the next transfer skips, and reply 350 (RFC 3659 section 5.3).

        Raises:
            CommandError: With code 501 if `argument` is not a number below 2**63, or is not 0 and the type is A.
        """
        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
        self.reply(350, f"The next transfer starts at {self.restart_offset}.")

    def consume_restart_offset(self) -> int:
        """Return the offset of REST, and set it to 0. It is valid for one transfer, even if the transfer fails."""
        offset, self.restart_offset = self.restart_offset, 0
        return offset

    def choose_source(self, directory: int, name: str, offset: int | None) -> tuple[str, int]:
        """Return the name of the file whose beginning an upload keeps, and the number of bytes that it keeps.

        `offset` is the argument of REST or 0, and None for APPE, which keeps all bytes. If the user has left a partial,
        the result is the partial, otherwise it is `name`. Both are in the directory with the descriptor `directory`. A
        client that has not asked for the partial's size may resume it only at its end: it may not know of the partial.

        Raises:
            CommandError: With code 554 if the upload can't begin at `offset`.
        """
        source = self.uploads.partial_name(name)
        size = self.uploads.partial_size(directory, name)
        if size < 0:
            source, size = name, max(file_size(directory, name), 0)
        kept = size if offset is None else offset
        possible = kept in (0, size)
        if source == name or self.uploads.has_told(directory, name):
            possible = kept <= size
        if not possible:
            raise CommandError(554, f"{size} bytes are here: go on there (REST {size}), or begin again (REST 0).")
        return source, kept

    def prepare_for_write(self, file: int, offset: int) -> None:
        """Cut the file with the descriptor `file` off after `offset` bytes, and seek to its end.

        Raises:
            CommandError: With code 554 if the file is shorter than `offset`.
        """
        size = os.fstat(file).st_size
        if offset > size:
            raise CommandError(554, f"Only {size} bytes are here.")
        if offset < size:  # ext4 writes a file that was cut to 0 bytes to the disk when it is closed (auto_da_alloc)
            os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)

    def commit(self, directory: int, written: str, name: str) -> None:
        """Rename the finished upload from its temporary name `written` to `name`.

        Both names are in the directory with the descriptor `directory`. An existing file `name` is replaced atomically
        (rename(2)).
        """
        os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)

    def close(self) -> None:
        """Close everything that the session opened. A second call does nothing."""
        self.control.close()
        self.server.sessions.discard(self)
        self.data.abort()
