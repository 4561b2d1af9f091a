"""Lab 12-2: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

LISTEN = "class DataListener(Session):\n    def listen(self):\n"
ACCEPT = "class DataAccept(Session):\n    def accept_data(self, mask):\n"
START_TRANSFER = "class TransferStart(Session):\n    def start_transfer(self):\n"

TIMER = "        self.data.wait_for_connection(self.server.data_connect_timeout)\n"
WATCH = "        self.server.set_events(self.data.listener, READ, self.accept_data)\n"
CONDITION = "if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again"
EXCEPT = "except OSError as error:  # no connection is there: readiness is a hint\n            " + CONDITION
ANY_HOST = """        if self.is_allowed_host(address[0]):
            self.data.on_connected(sock)
        else:
            sock.close()
"""

CHECK_WORDS = {
    "listens_where_the_client_is": "listener",
    "closes_the_earlier_data_connection": "PASV",
    "closes_an_unused_listener": "425",
    "lets_the_client_in": "accept",
    "sends_strangers_away_and_waits_on": "host",
    "waits_on_if_no_connection_is_there": "accept",
    "gives_up_without_a_descriptor": "no free descriptor",
    "waits_for_what_the_transfer_needs": "WRITE",
    "counts_from_now": "no byte",
    "serves_real_clients": "slow client",
}

ANSWERS = {
    "listens_where_the_client_is": [
        (
            "listen",
            [("listen_on(self.control.local_host)", 'socket.create_server(("", 0))')],
            r"0\.0\.0\.0.* every address",
        ),
        ("listen", [("self.control.local_host", '"127.0.0.1"')], "The listener is at 127.0.0.1"),
        ("listen", [("self.control.local_host", "self.server.address[0]")], r"The listener is at 0\.0\.0\.0"),
        ("listen", [("self.control.local_host", "HOST")], r"at ::1\.\nListen at|at 127\.0\.0\.2\.\nListen at"),
        ("listen", [("self.control.local_host", "self.control.peer_host")], r"The listener is at 127\.0\.0\.3"),
        ("listen", [("        self.data.listener.setblocking(False)\n", "")], "The listener can block"),
        ("listen", [("setblocking(False)", "settimeout(0.01)")], "The listener can block"),
        ("listen", [(WATCH, "")], "set_events was not called with the new listener"),
        ("listen", [("READ", "READ | WRITE")], "for READ and WRITE"),
        ("listen", [("READ", "WRITE")], r"for WRITE\. Expected READ alone"),
        (
            "listen",  # the address, where a port is asked for
            [("getsockname()[1]", "getsockname()")],
            r"Expected listen\(\) to return an int, saw a tuple",
        ),
        ("listen", [("        return port\n", "")], r"to return an int, saw None\. Is a return missing\?"),
        ("listen", [("getsockname()[1]", "getsockname()[1] + 1")], "and listen returned"),
        ("listen", [("accept_data)", "accept_data(READ))")], "listen has called accept_data itself"),
        (
            "listen",
            [("self.accept_data)", "self.on_data_ready)")],
            r"on_data_ready\(mask\), which raised AssertionError\.",
        ),
        ("listen", [("self.accept_data)", "None)")], "the loop calls None"),
        (
            "listen",
            [("self.accept_data)", "lambda: self.accept_data(READ))")],
            r"the loop calls <lambda>\(mask\), which raised TypeError: .* takes 0 positional arguments",
        ),
        ("listen", [("listen_on(self.control.local_host)", "self.control.local_host")], "Your code raised Attribute"),
        (
            "listen",  # what was open before is closed last, and with it what was just opened
            [
                ("        self.data.close()\n", ""),
                ("        return port\n", "        self.data.close()\n        return port\n"),
            ],
            "self.data.listener is None",
        ),
        (
            "listen",
            [("self.data.wait_for_connection(", "self.data.connect_timer = (")],
            r"connect_timer is a float: 20\.0\. Expected a timer",
        ),
        ("listen", [("self.data.close()", "self.control.close()")], "listen has closed the control connection"),
        (
            "listen",
            [("        return port\n", "        self.data.listener.close()\n        return port\n")],
            "is closed",
        ),
        (
            "listen",  # waits for the client on the spot
            LISTEN
            + """        self.data.close()
        with socket.create_server((self.control.local_host, 0)) as listener:
            self.data.socket, _address = listener.accept()
            return listener.getsockname()[1]""",
            "stopped after 2 seconds",
        ),
        (
            "listen",  # gives the client a moment
            [("        port = ", "        select.select([self.data.listener], [], [], 0.4)\n        port = ")],
            r"listen took 0\.\d seconds",
        ),
        (
            "listen",  # PASV replies, too: from now on the client is out of step
            [("        return port", '        self.reply(227, "Entering Passive Mode.")\n        return port')],
            r"listen has sent the replies \['227'\]",
        ),
    ],
    "closes_an_unused_listener": [
        ("listen", [(TIMER, "")], "connect_timer is None: call self.data.wait_for_connection"),
        (
            "listen",  # the timer is cancelled with what was open before
            [
                ("        self.data.close()\n", TIMER + "        self.data.close()\n"),
                ("READ, self.accept_data)\n" + TIMER, "READ, self.accept_data)\n"),
            ],
            "connect_timer is cancelled. self.data.close does that: call it first",
        ),
        (
            "listen",
            [("self.server.data_connect_timeout", "20")],
            "had 20 seconds. Pass .*self.server.data_connect_timeout",
        ),
        (
            "listen",
            [("data_connect_timeout)", "idle_timeout)")],
            r"connect_timer had \d{3,} seconds",
        ),
        ("listen", [("data_connect_timeout)", "data_connect_timeout / 1000)")], "too early, .*\n.*Pass .*, in seconds"),
        (
            "listen",  # closes without a word
            [
                (
                    TIMER,
                    """        timeout = self.server.data_connect_timeout
        self.data.connect_timer = self.server.timers.call_later(timeout, self.data.close)
""",
                )
            ],
            r"Expected the replies \['425', '200'\], saw \[\]",
        ),
        (
            "listen",  # ends the transfer, and forgets the commands behind it
            [
                (
                    TIMER,
                    """        def end():
            if self.data.transfer:
                self.data.end_transfer(425, "No data connection.")
            else:
                self.data.close()

        timeout = self.server.data_connect_timeout
        self.data.connect_timer = self.server.timers.call_later(timeout, end)
""",
                )
            ],
            r"Expected the replies \['425', '200'\], saw \[\]",
        ),
    ],
    "closes_the_earlier_data_connection": [
        ("listen", [("        self.data.close()\n", "")], "first listener is still open"),
        (
            "listen",  # closed, and not unregistered: the new listener has its number
            [
                (
                    "self.data.close()\n",
                    """self.server.timers.cancel(self.data.connect_timer)
        if self.data.listener:
            self.data.listener.close()
""",
                )
            ],
            "the selector does not return it",
        ),
        (
            "listen",
            [("self.data.close()", "self.data.close_listener()")],
            "the earlier data connection is open, or still in self.data",
        ),
        (
            "listen",  # the address of PORT is kept
            [
                (
                    "self.data.close()\n",
                    """self.data.close_listener()
        if self.data.socket:
            self.server.set_events(self.data.socket, 0)
            self.data.socket.close()
            self.data.socket = None
""",
                )
            ],
            "the address of PORT is still in",
        ),
        (
            "listen",  # only if there is a listener
            [("self.data.close()", "if self.data.listener:\n            self.data.close()")],
            "the earlier data connection is open, or still in self.data",
        ),
        (
            "listen",  # a timer that cannot be cancelled
            [
                (
                    "data.wait_for_connection(self.server.data_connect_timeout)",
                    "server.timers.call_later(self.server.data_connect_timeout, self.on_data_connect_failed)",
                )
            ],
            "has closed the second one, too early",
        ),
    ],
    "lets_the_client_in": [
        (
            "accept",
            [("    def accept_data", "    async def accept_data")],
            "accept_data is a coroutine: it is written with async def",
        ),
        (
            "accept",  # readiness is taken for a promise
            ACCEPT
            + """        sock, address = self.data.listener.accept()
        if self.is_allowed_host(address[0]):
            self.data.on_connected(sock)
        else:
            sock.close()""",
            "let BlockingIOError.* through",
        ),
        ("accept", [(EXCEPT, "except OSError:\n            if True:")], "the listener was closed or replaced"),
        ("accept", [("            return\n", "            self.listen()\n            return\n")], "closed or replaced"),
        (
            "accept",
            [
                (
                    "            return\n",
                    "            self.server.set_events(self.data.listener, 0)\n            return\n",
                )
            ],
            "the loop does not watch the listener",
        ),
        (
            "accept",
            [
                (
                    "            return\n",
                    "            self.server.timers.cancel(self.data.connect_timer)\n            return\n",
                )
            ],
            "the timer connect_timer was cancelled",
        ),
        ("accept", [("data.on_connected(sock)", "data.socket = sock")], "the listener is still open"),
        (
            "accept",  # keeps the connection, and starts no transfer
            [
                (
                    "            self.data.on_connected(sock)",
                    """            self.data.close_listener()
            self.server.timers.cancel(self.data.connect_timer)
            sock.setblocking(False)
            self.data.socket = sock""",
                )
            ],
            r"start_transfer was called 0 times: expected 1",
        ),
        (
            "accept",  # starts a transfer, and lets the timer run
            [
                (
                    "            self.data.on_connected(sock)",
                    """            self.data.close_listener()
            sock.setblocking(False)
            self.data.socket = sock
            if self.data.transfer:
                self.data.start_transfer()""",
                )
            ],
            "the timer for a client that does not connect has closed its",
        ),
        (
            "accept",
            [("on_connected(sock)", "on_connected(sock)\n            sock.setblocking(True)")],
            "data socket can block",
        ),
        ("accept", [("on_connected(sock)", "on_connected(sock)\n            self.start_transfer()")], "AttributeError"),
        (
            "accept",  # asks with host and port: the client's own host is not allowed
            [("is_allowed_host(address[0])", "is_allowed_host(address)")],
            "is_allowed_host was called with .*, \\d+\\). Expected a str: the host alone",
        ),
        (
            "accept",
            [("address[0]", 'f"{address[0]}:{address[1]}"')],
            r"accept_data called accept\(\), is_allowed_host\('127\.0\.0\.1:\d+'\)\.\n.*takes the host alone",
        ),
        (
            "accept",  # an address of IPv6 has four items
            [
                ("sock, address", "sock, (host, _port)"),
                ("address[0]", "host"),
            ],
            "ValueError: too many values to unpack",
        ),
        (
            "accept",  # waits until a client is there
            ACCEPT
            + """        while True:
            try:
                sock, address = self.data.listener.accept()
                break
            except BlockingIOError:
                pass
        self.data.on_connected(sock)""",
            "stopped after 2 seconds",
        ),
        (
            "accept",  # the listener, where its new socket is asked for
            [("on_connected(sock)", "on_connected(self.data.listener)")],
            "OSError: .*Bad file descriptor\n  at: .*accept_data",
        ),
        ("accept", [("on_connected(sock)", "on_connected(sock)\n            sock.close()")], "its socket was closed"),
        (
            "accept",  # the server's listener, and not that of the data connection
            [("self.data.listener.accept", "self.server.listener.accept")],
            r"accept_data did not call self\.data\.listener\.accept\(\)",
        ),
        (
            "accept",  # unregisters nothing
            [("self.data.on_connected", "self.data.listener.close()\n            self.data.on_connected")],
            "The listener is closed, and the loop still watches its number",
        ),
        (
            "accept",
            [("on_connected(sock)", "on_connected(sock)\n            self.data.on_connected(sock)")],
            "start_transfer was called 2 times: expected 1.\n.*starts the transfer if one waits: call it once",
        ),
        (
            "accept",
            [("data.on_connected(sock)", "data.socket = sock\n            self.data.start_transfer()")],
            "This line needs a transfer or a socket, and there is none:\n  .*accept_data, line",
        ),
    ],
    "sends_strangers_away_and_waits_on": [
        ("accept", [(ANY_HOST, "        self.data.on_connected(sock)\n")], "it would receive the file"),
        (
            "accept",  # asked, but too late
            [
                (
                    ANY_HOST,
                    """        self.data.on_connected(sock)
        if not self.is_allowed_host(address[0]):
            return
""",
                )
            ],
            "it would receive the file",
        ),
        ("accept", [("address[0]", "self.control.peer_host")], "it would receive the file"),
        (
            "accept",  # the machine itself is trusted
            [("(address[0])", '(address[0]) or address[0] == "127.0.0.1"')],
            "A stranger from 127.0.0.1 .* it would receive the file",
        ),
        (
            "accept",  # the address that the client has reached
            [("self.is_allowed_host(address[0])", "address[0] == self.control.local_host")],
            "A stranger from 127.0.0.1 .* it would receive the file",
        ),
        ("accept", [("sock.close()", "sock.detach()")], "its socket is still open: close it"),
        ("accept", [("sock.close()", "sock.close()\n            self.on_data_connect_failed()")], "closed or replaced"),
        ("accept", [("sock.close()", "sock.close()\n            self.listen()")], "closed or replaced"),
        (
            "accept",
            [("sock.close()", 'self.reply(425, "Go away.")\n            sock.close()')],
            r"and these replies were sent: \['425'\]",
        ),
        ("accept", [("        else:\n            sock.close()\n", "")], "its socket is still open: close it"),
        ("accept", [("sock.close()", "sock.shutdown(socket.SHUT_RDWR)")], "its socket is still open: close it"),
        (
            "accept",  # watched, like a friend
            [
                (
                    "sock.close()",
                    """sock.setblocking(False)
            self.server.set_events(sock, READ, self.on_data_ready)""",
                )
            ],
            "its socket is still open: close it",
        ),
        (
            "accept",  # the second stranger ends it
            [
                (
                    "sock.close()",
                    """sock.close()
            self.strangers = getattr(self, "strangers", 0) + 1
            if self.strangers > 1:
                self.on_data_connect_failed()""",
                )
            ],
            "closed or replaced",
        ),
    ],
    "waits_on_if_no_connection_is_there": [
        (
            "accept",  # a connection that has gone again ends it
            [(EXCEPT, "except BlockingIOError:\n            return\n        except OSError:\n            if True:")],
            "accept raised ECONNABORTED.*the listener was closed",
        ),
        (
            "accept",  # only those that come to mind
            [
                (
                    "            return\n",
                    """            elif error.errno not in (errno.EAGAIN, errno.EPROTO, errno.ECONNABORTED, 1):
                raise
            return
""",
                )
            ],
            "accept raised ENETDOWN.* through",
        ),
        (
            "accept",  # an error of on_connected is caught, too
            ACCEPT
            + """        try:
            sock, address = self.data.listener.accept()
            if self.is_allowed_host(address[0]):
                self.data.on_connected(sock)
            else:
                sock.close()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                self.on_data_connect_failed()""",
            "on_connected raised ENOSPC, and accept_data caught it",
        ),
        (
            "accept",  # every fault is hidden
            [("except OSError as error:", "except Exception as error:"), ("error.errno", 'getattr(error, "errno", 0)')],
            "which is no OSError, and from accept_data came None",
        ),
    ],
    "gives_up_without_a_descriptor": [
        ("accept", [(EXCEPT, "except OSError:\n            if False:")], "the loop spins"),
        ("accept", [("RESOURCE_ERRNOS:", "(errno.EMFILE, errno.ENFILE):")], "accept raised ENO(MEM|BUFS)"),
        ("accept", [("RESOURCE_ERRNOS:", "RESOURCE_ERRNOS and self.data.transfer:")], "does not wait yet"),
        ("accept", [("self.on_data_connect_failed()", "self.data.close_listener()")], r"\['425', '200'\].*saw \[\]"),
        (
            "accept",  # closed, and not unregistered
            [("self.on_data_connect_failed()", "self.data.listener.close()")],
            "the loop still watches its number.* was called 0 times",
        ),
        (
            "accept",  # closed before it can be unregistered
            [("self.on_data", "self.data.listener.close()\n                self.on_data")],
            "the loop still watches its number.* was called 1 time.\nIt ends both: call it, and close nothing yourself",
        ),
        (
            "accept",  # the reply is not sent, and the commands behind the transfer are forgotten
            [
                (
                    "self.on_data_connect_failed()",
                    """if self.data.transfer:
                    self.data.end_transfer(425, "No data connection.")
                self.data.close()""",
                )
            ],
            r"Expected the replies \['425', '200'\] on their way, saw \[\]",
        ),
        (
            "accept",  # without a transfer there is none to end
            [
                (
                    "self.on_data_connect_failed()",
                    'self.data.end_transfer(425, "No data connection.")\n                self.process_pending()',
                )
            ],
            "This line needs a transfer or a socket, and there is none",
        ),
        (
            "accept",  # twice: the second one closes what the next command has opened
            [("self.on_data_connect_failed()", "self.on_data_connect_failed()\n                self.data.close()")],
            "that one is closed, too.\non_data_connect_failed was called 1 time\\.",
        ),
        (
            "accept",
            [("self.on_data_connect_failed()", "self.on_data_connect_failed()\n                " * 2 + "pass")],
            "that one is closed, too.\non_data_connect_failed was called 2 times",
        ),
    ],
    "waits_for_what_the_transfer_needs": [
        (
            "start",
            [("    def start_transfer", "    async def start_transfer")],
            "start_transfer is a coroutine: it is written with async def",
        ),
        ("start", [("self.data.transfer.event", "READ | WRITE")], r"waits for READ and WRITE .*Expected WRITE"),
        ("start", [("self.data.transfer.event", "WRITE")], "An upload after PASV: the selector waits for WRITE"),
        ("start", [("self.data.socket, self.data", "self.control.sock, self.data")], "waits for nothing"),
        (
            "start",
            [
                (
                    "server.set_events(self.data.socket, self.data.transfer.event, self.on_data_ready",
                    "on_data_ready(self.data.transfer.event",
                )
            ],
            "on_data_ready was called during start_transfer",
        ),
        (
            "start",  # all of it, at once
            START_TRANSFER
            + """        self.server.timers.cancel(self.data.connect_timer)
        while not self.data.transfer.step(self.data.socket):
            self.control.last_activity = monotonic()""",
            "stopped after 2 seconds",
        ),
        (
            "start",  # the first portion at once, ready or not
            [("on_data_ready)", "on_data_ready)\n        self.data.step()")],
            "transfer.step was called during start_transfer",
        ),
        (
            "start",
            [("self.on_data_ready", "self.data.transfer.step")],
            r"the loop calls step\(mask\)\. Expected on_data_ready",
        ),
        ("start", [("self.on_data_ready", "self.data.on_connect_done")], "the loop calls on_connect_done"),
        (
            "start",  # after PORT the server itself has connected
            [
                (
                    "        self.server.set_events",
                    "        if not self.data.active_address:\n            self.server.set_events",
                )
            ],
            "A download after PORT: when the data connection is ready, the loop calls on_connect_done",
        ),
        (
            "start",
            [("on_data_ready)", "on_data_ready)\n        self.data.socket.setblocking(True)")],
            "start_transfer has made the socket blocking",
        ),
        (
            "start",  # after PORT the socket is watched already
            [
                (
                    "        self.server.set_events(",
                    "        if self.data.socket.fileno() not in self.server.registrations:\n"
                    "            self.server.set_events(",
                )
            ],
            "An upload after PORT: the selector waits for WRITE|after PORT: .* the loop calls on_connect_done",
        ),
        (
            "start",  # the timer's method, where the timer is to be cancelled
            [("on_data_ready)", "on_data_ready)\n        self.on_data_connect_failed()")],
            "After start_transfer, self.data.socket is None",
        ),
        (
            "start",
            [("on_data_ready)", 'on_data_ready)\n        self.reply(150, "Here it comes.")')],
            r"has sent the replies \['150'\]",
        ),
    ],
    "counts_from_now": [
        (
            "start",
            [("        self.server.timers.cancel(self.data.connect_timer)\n", "")],
            "cancel self.data.connect_timer",
        ),
        (
            "start",
            [("        self.control.last_activity = monotonic()\n", "")],
            r"start_transfer did not set control\.last_activity",
        ),
        ("start", [("monotonic()", "int(monotonic())")], r"for 0\.\d+ seconds\. Expected about 0"),
        ("start", [("monotonic()", "0.0")], r"for [\d,.]+ seconds\. Expected about 0"),
        (
            "start",  # the wrong clock: it will never have been silent
            [("monotonic()", '__import__("time").time()')],
            r"for -[\d,.]+ seconds\. Expected about 0",
        ),
    ],
    "serves_real_clients": [
        (
            "start",  # ends its own side: nothing can be sent
            [("on_data_ready)", "on_data_ready)\n        self.data.socket.shutdown(socket.SHUT_WR)")],
            "A client tried to fetch a file",
        ),
        (
            "accept",  # close resets the connection, and the bytes that are on their way are lost
            [
                (
                    "            self.data.on_connected(sock)",
                    """            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\x01" + bytes(7))
            self.data.on_connected(sock)""",
                )
            ],
            "A client tried to .*",
        ),
    ],
}

RIGHT = [
    (
        "a port of a range",
        "listen",
        [
            (
                "self.data.listener = listen_on(self.control.local_host)",
                """host = self.control.local_host
        for number in range(42000, 43000):
            try:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                self.data.listener = socket.create_server((host, number), family=family)
                break
            except OSError:
                continue""",
            )
        ],
    ),
    ("a lambda for the listener", "listen", [("self.accept_data)", "lambda mask: self.accept_data(mask))")]),
    (
        "the timer by hand",
        "listen",
        LISTEN
        + """        self.data.close()
        listener = listen_on(self.control.local_host)
        _host, port, *_more = listener.getsockname()
        os.set_blocking(listener.fileno(), False)
        listener.settimeout(0)
        timers, seconds = self.server.timers, self.server.data_connect_timeout
        self.data.connect_timer = timers.call_later(seconds, lambda: self.on_data_connect_failed())
        self.data.listener = listener
        self.server.set_events(listener, READ, self.accept_data)
        return port""",
    ),
    (
        "a loop over all that have connected",
        "accept",
        ACCEPT
        + """        while self.data.listener:
            try:
                sock, (host, *_rest) = self.data.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.on_data_connect_failed()
                break
            if self.is_allowed_host(host):
                self.data.on_connected(sock)
            else:
                sock.close()""",
    ),
    (
        "the addresses are compared",
        "accept",
        ACCEPT
        + """        sock = None
        try:
            sock, address = self.data.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            pass
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                self.on_data_connect_failed()
        if sock and address[0] == self.control.peer_host:
            self.data.on_connected(sock)
        elif sock:
            with sock:
                pass""",
    ),
    (
        "else of try, and match",
        "accept",
        ACCEPT
        + """        try:
            sock = self.data.listener.accept()[0]
        except OSError as error:
            match error.errno:
                case errno.EMFILE | errno.ENFILE | errno.ENOBUFS | errno.ENOMEM:
                    self.on_data_connect_failed()
        else:
            (self.data.on_connected if self.is_allowed_host(sock.getpeername()[0]) else socket.socket.close)(sock)""",
    ),
    (
        "another order, and a lambda",
        "start",
        START_TRANSFER
        + """        data, timer = self.data, self.data.connect_timer
        self.server.set_events(data.socket, data.transfer.event, lambda mask: self.on_data_ready(mask))
        self.control.note_progress()
        self.control.last_activity = monotonic()
        if timer and timer.pending:
            self.server.timers.cancel(timer)""",
    ),
    (
        "time as a module, and a bound method in a name",
        "start",
        """import time


class TransferStart(Session):
    def start_transfer(self):
        ready, watch = self.on_data_ready, self.server.set_events
        watch(self.data.socket, WRITE if self.data.transfer.event == WRITE else READ, ready)
        self.control.last_activity = time.monotonic()
        self.server.timers.cancel(self.data.connect_timer)""",
    ),
    (
        "the descriptor is non-blocking",
        "listen",
        [("self.data.listener.setblocking(False)", "os.set_blocking(self.data.listener.fileno(), False)")],
    ),
    (
        "the timer only after PORT: on_connected has cancelled it after PASV",
        "start",
        [("self.server.timers", "if self.data.active_address:\n            self.server.timers")],
    ),
]
