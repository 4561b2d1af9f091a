"""Drive an FTP server and its clients in one thread: the loop of the server runs only while a client waits for it.

So a test decides what has arrived before a client is killed, and a walk of a hundred commands takes milliseconds.
"""

import contextlib
import os
import re
import socket
import time

from readiness.servers.ftp.passwords import Passwords
from readiness.servers.ftp.server import FtpServer
from readiness.system.sockets import reset_on_close

USERS = ("ada", "bob")
PASSWORDS = Passwords(dict.fromkeys(USERS, "secret"), cost=2)
TIMEOUT = 10  # seconds


class Driver:
    """A server of the directory `root`, and the clients that were made with `login`."""

    def __init__(self, root, **options):
        self.root, self.options = root, options
        self.clients = []
        self.server = self.start()

    def start(self):
        return FtpServer(self.root, users=PASSWORDS, **self.options)

    def turn(self):
        """One iteration of the server's loop, without a wait."""
        for key, mask in self.server.selector.select(0):
            if self.server.registrations.get(key.fd) is key:
                key.data(mask)
        self.server.timers.run_due()

    def turn_until(self, condition):
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < deadline, f"{TIMEOUT} seconds of the loop, and still nothing"
            self.turn()

    def restart(self):
        """Close the server as a kill would: what its clients sent is lost, and no transfer ends in good order."""
        for session in list(self.server.sessions):
            upload = getattr(session.data.transfer, "upload", None)
            if upload:
                session.data.transfer.close = lambda _completed: (
                    None
                )  # a killed server doesn't clean up: its kernel does
                for descriptor in {upload.file, upload.old_file, upload.directory} - {-1}:
                    os.close(descriptor)
        self.server.close()
        for client in self.clients:
            client.close()
        self.clients.clear()
        self.server = self.start()

    def login(self, user="ada"):
        client = DrivenClient(self, user)
        self.clients.append(client)
        return client

    def close(self):
        for client in self.clients:
            client.close()
        self.server.close()


class DrivenClient:
    """A client of the driver's server, logged in, in type I."""

    def __init__(self, driver, user):
        self.driver, self.user = driver, user
        self.buffer = b""
        self.data = None
        self.sock = socket.create_connection(driver.server.address)
        self.sock.setblocking(False)
        assert self.reply()[0] == 220
        for command, code in ((f"USER {user}", 331), ("PASS secret", 230), ("TYPE I", 200)):
            assert self.command(command)[0] == code

    @property
    def session(self):
        """The server's side."""
        return next(
            session
            for session in self.driver.server.sessions
            if session.control.sock.getpeername() == self.sock.getsockname()
        )

    def command(self, line):
        self.send(line)
        return self.reply()

    def send(self, line):
        self.sock.sendall(line.encode() + b"\r\n")

    def reply(self):
        """Code and text of the next reply."""
        self.driver.turn_until(self.has_reply)
        match = REPLY.match(self.buffer)
        self.buffer = self.buffer[match.end() :]
        text = match[0].decode().strip()
        return int(text[:3]), text

    def has_reply(self):
        with contextlib.suppress(BlockingIOError):
            while data := self.sock.recv(1 << 16):
                self.buffer += data
        return REPLY.match(self.buffer)

    def connect(self):
        """Make a data connection."""
        code, text = self.command("EPSV")
        assert code == 229, text
        port = int(re.search(r"\|\|\|(\d+)\|", text)[1])
        self.data = socket.create_connection((self.driver.server.address[0], port))

    def send_data(self, data):
        """Send the data, and run the loop until all of it has arrived in the file."""
        self.data.sendall(data)
        transfer = self.session.data.transfer
        self.driver.turn_until(
            lambda: transfer.bytes_transferred == len(data) or self.session.data.transfer is not transfer
        )

    def close_data(self, reset=False):
        if self.data:
            if reset:
                reset_on_close(self.data)
            self.data.close()
            self.data = None

    def fetch(self, command):
        """The code of the last reply, and what came over the data connection."""
        self.connect()
        code, _text = self.command(command)
        received = b""
        if code == 150:
            self.data.setblocking(False)

            def ended():
                nonlocal received
                with contextlib.suppress(BlockingIOError):
                    while data := self.data.recv(1 << 16):
                        received += data
                    return True
                return False

            self.driver.turn_until(ended)
            code, _text = self.reply()
        self.close_data()
        return code, received

    def close(self):
        self.close_data()
        self.sock.close()


REPLY = re.compile(rb"(?:(\d{3})-(?:.*\r\n)+?\1 .*\r\n)|(?:\d{3} .*\r\n)")
