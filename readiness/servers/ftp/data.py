"""The data connection of one session: a listener or a dialled socket, and the transfer that goes over it.

At any time a session has at most one of them, or one of each kind in turn: listener, then connection. It opens no file.
"""

import contextlib
import re
import socket
from time import monotonic

from readiness.servers.eventloop import RESOURCE_ERRNOS, READ, WRITE
from readiness.servers.ftp.control import Control, Denied, denied_by, without_telnet
from readiness.servers.ftp.transfers import Transfer
from readiness.servers.timers import Timer

LOWEST, HIGHEST = 1024, 65535  # ports; below 1024 are those of services: RFC 2577 section 3
NO_DATA = "No data connection."


def ip(address: str) -> str:
    """The address without its scope (`%eth0`)."""
    return address.partition("%")[0]


def port_argument(argument: str) -> tuple[str, int]:
    """Host and port of PORT: `h1,h2,h3,h4,p1,p2` (RFC 959 section 4.1.2). Denied: 501."""
    numbers = [int(n) for n in re.findall(r"\d+", argument)]
    if not re.fullmatch(r"\d{1,3}(,\d{1,3}){5}", argument, re.ASCII) or max(numbers) > 255:
        raise Denied(501, "PORT takes six numbers from 0 to 255.")
    return ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]


def eprt_argument(argument: str) -> tuple[str, int]:
    """Host and port of EPRT: `|1|host|port|`, 2 for IPv6 (RFC 2428 section 2). Denied: 501, 522."""
    found = re.fullmatch(r"([!-~])(\d+)\1([0-9A-Fa-f:.]+)\1(\d{1,5})\1", argument, re.ASCII)
    if not found:
        raise Denied(501, "EPRT takes |1|address|port|, or |2|address|port| for IPv6.")
    if found[2] not in ("1", "2"):
        raise Denied(522, "Network protocol not supported, use (1,2)")
    try:
        packed = socket.inet_pton(socket.AF_INET6 if found[2] == "2" else socket.AF_INET, found[3])
    except OSError as error:
        raise Denied(501, "That is no address.") from error
    return socket.inet_ntop(socket.AF_INET6 if found[2] == "2" else socket.AF_INET, packed), int(found[4])


def first_word(line: bytes) -> bytes:
    return without_telnet(line).upper().partition(b" ")[0].strip()


class Data(Control):
    """A session that can move data: PASV, EPSV, PORT, EPRT, ABOR, and `begin` for the commands that transfer."""

    listener: socket.socket | None = None  # open, until somebody dials
    conn: socket.socket | None = None
    target: tuple[str, int] | None = None  # where to dial, when a transfer begins
    deadline: Timer | None = None  # until when the connection must have come
    transfer: Transfer | None = None
    only_epsv = False

    # What a session decides: whom to trust, when to wait for what, how a transfer ends.

    def listen(self) -> int:
        """Open a listener for one data connection, in the place of what was open before; its port is returned.

        It listens where the client already talks to us. It is closed when somebody dials, and after `dial` seconds.
        """
        self.hang_up()
        family = socket.AF_INET6 if ":" in self.here else socket.AF_INET
        self.listener = socket.create_server((self.here, 0), family=family)
        self.listener.setblocking(False)
        self.server.watch(self.listener, READ, self.accept_data)
        self.deadline = self.server.timers.call_later(self.server.dial, self.abandon)
        return self.listener.getsockname()[1]

    def accept_data(self, mask: int) -> None:
        """Somebody dials. It is the client itself: `connected`. It is another host: close that, and go on waiting.

        Nobody is there after all: wait on. There is no descriptor left for it: `abandon`.
        """
        try:
            sock, address = self.listener.accept()
        except OSError as error:  # nobody is there: readiness is a hint; or accept(2) has its reasons
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self.abandon()
            return
        if self.trusts(address[0]):
            self.connected(sock)
        else:
            sock.close()

    def trusts(self, host: str) -> bool:
        """Whether a data connection may come from `host`, or go there: it must be where the control connection is."""
        return ip(host) == ip(self.peer)

    def aim(self, host: str, port: int) -> None:
        """Dial there when a transfer begins. Denied: another host than the client's, or the port of a service.

        Else anyone could have us send bytes of their choice to a third host (bounce attack: RFC 2577 section 3).
        """
        if not self.trusts(host) or not LOWEST <= port <= HIGHEST:
            raise Denied(501, "Data goes to your own address, and to no port below 1024.")
        self.hang_up()
        self.target = (host, port)

    def connected(self, sock: socket.socket) -> None:
        """The data connection is there: the listener has served. If a transfer waits for it, it starts."""
        self.stop_listening()
        sock.setblocking(False)
        self.conn = sock
        if self.transfer:
            self.start()

    def start(self) -> None:
        """Wait for what the transfer needs: READ for an upload, WRITE for a download, never both, never before."""
        self.server.timers.cancel(self.deadline)
        self.moved = monotonic()
        self.server.watch(self.conn, self.transfer.needs, self.move)

    def move(self, mask: int) -> None:
        """The data connection is ready: move one portion. The end, and an error, end the transfer, not the session."""
        self.moved = monotonic()
        try:
            if self.transfer.step(self.conn):
                self.complete()
        except BlockingIOError:  # readiness is a hint
            return
        except OSError as error:
            self.finish(*denied_by(error).args)
        self.work()

    def finish(self, code: int, text: str, whole: bool = False) -> None:
        """End the transfer: close the data connection, then the file, then reply: 226 must not come before the data."""
        transfer, self.transfer = self.transfer, None
        self.hang_up()
        try:
            transfer.close(whole)
        except OSError as error:
            code, text = denied_by(error).args
        self.busy = False
        self.reply(code, text)

    def abandon(self) -> None:
        """Nobody has dialled in time: close the listener, its descriptor returns. A transfer that waits for it ends."""
        if self.transfer:
            self.finish(425, NO_DATA)
            self.work()
        else:
            self.hang_up()

    # What carries these decisions out.

    def expect_data(self) -> None:
        """Denied: 425, nobody has said where the data goes."""
        if not (self.listener or self.conn or self.target):
            raise Denied(425, "PASV, EPSV, PORT or EPRT comes first.")

    def begin(self, transfer: Transfer) -> None:
        """Start a transfer, now or when its connection comes. Denied: 425, as `expect_data`."""
        try:
            self.expect_data()
        except Denied:
            transfer.close(False)
            raise
        self.transfer, self.busy = transfer, True
        self.reply(150, "Here it goes." if transfer.needs == WRITE else "Send it.")
        if self.target:
            self.dial(self.target)
        elif self.conn:
            self.start()

    def dial(self, target: tuple[str, int]) -> None:
        """Connect to where the client listens: it is writable when that has come to an end."""
        self.deadline = self.server.timers.call_later(self.server.dial, self.abandon)
        try:
            self.conn = socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET)
            self.conn.setblocking(False)
            self.conn.connect(target)
        except BlockingIOError:  # EINPROGRESS: as always
            pass
        except OSError:  # no route, no descriptor
            self.finish(425, NO_DATA)
            return
        self.server.watch(self.conn, WRITE, self.dialled)

    def dialled(self, mask: int) -> None:
        if self.conn.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.abandon()
        else:
            self.start()

    def complete(self) -> None:
        """All has been moved. An upload ends so, too, when its client is killed: look at the control connection."""
        if self.transfer.needs == READ:
            self.read()
        if self.transfer.needs == READ and (self.ended or (self.lines and first_word(self.lines[0]) == b"ABOR")):
            self.finish(426, "Transfer aborted.")
        else:
            self.finish(226, "Done.", whole=True)

    def overtakes(self, line: bytes) -> bool:
        return self.transfer is not None and first_word(line) in (b"ABOR", b"STAT")

    def stop_listening(self) -> None:
        if self.listener:
            self.server.watch(self.listener, 0)
            self.listener.close()
            self.listener = None

    def hang_up(self) -> None:
        """Close whatever there is of a data connection."""
        self.stop_listening()
        if self.conn:
            self.server.watch(self.conn, 0)
            with contextlib.suppress(OSError):
                self.conn.close()
        self.conn = self.target = None
        if self.deadline:
            self.server.timers.cancel(self.deadline)

    def patience(self) -> float:
        """A transfer has a patience of its own: then it is the data that must move."""
        return self.server.stalled if self.transfer else self.server.idle

    def silent(self) -> None:
        if self.transfer:
            self.finish(426, "No data has moved for too long.")
            self.moved = monotonic()
            self.work()
        else:
            super().silent()

    def drop(self) -> None:
        if self.transfer:
            self.finish(426, "Transfer aborted.")
        self.hang_up()
        super().drop()

    def do_pasv(self, argument: str) -> None:
        """RFC 959 section 4.1.2: `(h1,h2,h3,h4,p1,p2)`."""
        self.refuse_after_epsv_all()
        if ":" in self.here:
            raise Denied(425, "PASV has no words for IPv6: use EPSV.")
        port = self.listen()
        self.reply(227, f"Entering Passive Mode ({self.here.replace('.', ',')},{port // 256},{port % 256}).")

    def do_epsv(self, argument: str) -> None:
        """RFC 2428 section 3. ALL: from now on nothing but EPSV, so that a translator on the way may step aside."""
        if argument.upper() == "ALL":
            self.only_epsv = True
            self.reply(200, "From now on EPSV only.")
            return
        if argument not in ("", "2" if ":" in self.here else "1"):
            raise Denied(522, f"Network protocol not supported, use ({'2' if ':' in self.here else '1'})")
        self.reply(229, f"Entering Extended Passive Mode (|||{self.listen()}|)")

    def do_port(self, argument: str) -> None:
        """RFC 959 section 4.1.2."""
        self.refuse_after_epsv_all()
        self.aim(*port_argument(argument))
        self.reply(200, "I will dial there.")

    def do_eprt(self, argument: str) -> None:
        """RFC 2428 section 2."""
        self.refuse_after_epsv_all()
        self.aim(*eprt_argument(argument))
        self.reply(200, "I will dial there.")

    def refuse_after_epsv_all(self) -> None:
        if self.only_epsv:
            raise Denied(501, "You said EPSV ALL.")

    def do_abor(self, argument: str) -> None:
        """RFC 959 section 4.1.3: 426 for the transfer that ends so, then 226 for ABOR itself."""
        if self.transfer:
            self.finish(426, "Transfer aborted.")
        self.hang_up()
        self.reply(226, "ABOR done.")
