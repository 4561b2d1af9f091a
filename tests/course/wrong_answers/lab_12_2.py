"""Lab 12-2: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

LISTEN = "class DataListener(Session):\n    def listen(self):\n"
ACCEPT = "class DataAccept(Session):\n    def accept_data(self, mask):\n"
START_TRANSFER = "class TransferStart(Session):\n    def start_transfer(self):\n"

ANSWERS = {
    "listens_where_the_client_is": [
        (
            "listen",  # at every address
            LISTEN
            + """        self.data.close()
        self.data.listener = socket.create_server(("", 0))
        self.data.listener.setblocking(False)
        self.server.set_events(self.data.listener, READ, self.accept_data)
        self.data.wait_for_connection(self.server.data_connect_timeout)
        return self.data.listener.getsockname()[1]""",
            "0.0.0.0.* every address",
        ),
        (
            "listen",  # it may sleep in accept
            [
                ("data.listener.setblocking(False)\n        self.server", "server"),
                (
                    "port = self.data.listener.getsockname()[1]\n        return port",
                    "return self.data.listener.getsockname()[1]",
                ),
            ],
            "accept would wait",
        ),
        (
            "listen",  # no callback is called when the client dials
            LISTEN
            + """        self.data.close()
        self.data.listener = socket.create_server((self.control.local_host, 0))
        self.data.listener.setblocking(False)
        self.data.wait_for_connection(self.server.data_connect_timeout)
        return self.data.listener.getsockname()[1]""",
            "watches the control connections alone",
        ),
        (
            "listen",  # both events, to be safe
            LISTEN
            + """        self.data.close()
        self.data.listener = socket.create_server((self.control.local_host, 0))
        self.data.listener.setblocking(False)
        self.server.set_events(self.data.listener, READ | WRITE, self.accept_data)
        self.data.wait_for_connection(self.server.data_connect_timeout)
        return self.data.listener.getsockname()[1]""",
            "for READ and WRITE",
        ),
        (
            "listen",  # the address, where a port is asked for
            LISTEN
            + """        self.data.close()
        self.data.listener = socket.create_server((self.control.local_host, 0))
        self.data.listener.setblocking(False)
        self.server.set_events(self.data.listener, READ, self.accept_data)
        self.data.wait_for_connection(self.server.data_connect_timeout)
        return self.data.listener.getsockname()""",
            "listen returned",
        ),
        (
            "listen",  # what was open before is closed last, and with it what was just opened
            LISTEN
            + """        self.data.listener = socket.create_server((self.control.local_host, 0))
        self.data.listener.setblocking(False)
        self.server.set_events(self.data.listener, READ, self.accept_data)
        port = self.data.listener.getsockname()[1]
        self.data.close()
        self.data.wait_for_connection(self.server.data_connect_timeout)
        return port""",
            "self.data.listener is None",
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
    ],
    "closes_what_nobody_dials": [
        (
            "listen",  # the one before stays open
            [
                ("self.data.close()\n        host", "host"),
                (
                    "port = self.data.listener.getsockname()[1]\n        return port",
                    "return self.data.listener.getsockname()[1]",
                ),
            ],
            "first listener is still open",
        ),
        (
            "listen",  # without a time limit
            [
                (
                    """self.data.wait_for_connection(self.server.data_connect_timeout)
        port = self.data.listener.getsockname()[1]
        return port""",
                    "return self.data.listener.getsockname()[1]",
                )
            ],
            "Clients ask for more than they use",
        ),
        (
            "listen",  # a timer that cannot be cancelled
            [
                (
                    """data.wait_for_connection(self.server.data_connect_timeout)
        port = self.data.listener.getsockname()[1]
        return port""",
                    """server.timers.call_later(self.server.data_connect_timeout, self.on_data_connect_failed)
        return self.data.listener.getsockname()[1]""",
                )
            ],
            "60 seconds too early",
        ),
        (
            "listen",  # the timer is that of a silent session
            [
                (
                    "data_connect_timeout)\n        port = self.data.listener.getsockname()[1]\n        return port",
                    "idle_timeout)\n        return self.data.listener.getsockname()[1]",
                )
            ],
            "within data_connect_timeout",
        ),
        (
            "listen",  # closes without a word
            [
                (
                    """self.data.wait_for_connection(self.server.data_connect_timeout)
        port = self.data.listener.getsockname()[1]
        return port""",
                    """timeout = self.server.data_connect_timeout
        self.data.connect_timer = self.server.timers.call_later(timeout, self.data.close)
        return self.data.listener.getsockname()[1]""",
                )
            ],
            r"Expected the reply 425, saw \[\]",
        ),
    ],
    "lets_the_client_in": [
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
        (
            "accept",  # any error is the end
            [
                (
                    """OSError as error:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self""",
                    "OSError:\n            self",
                )
            ],
            "On BlockingIOError go on waiting",
        ),
        (
            "accept",  # the socket is kept, and the listener, too
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                ("on_connected(sock)", "socket = sock"),
            ],
            "the listener is still open",
        ),
        (
            "accept",  # asks with host and port: the client's own host is not allowed
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                ("address[0]", 'f"{address[0]}:{address[1]}"'),
            ],
            "is_allowed_host takes the host alone",
        ),
        (
            "accept",  # waits until somebody is there
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
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                ("on_connected(sock)", "on_connected(self.data.listener)"),
            ],
            "OSError: .*Bad file descriptor\n  at: .*accept_data",
        ),
    ],
    "sends_a_stranger_away_and_waits_on": [
        (
            "accept",  # every host is allowed
            ACCEPT
            + """        try:
            sock, _address = self.data.listener.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                self.on_data_connect_failed()
            return
        self.data.on_connected(sock)""",
            "Ask is_allowed_host first",
        ),
        (
            "accept",  # asked, but too late
            ACCEPT
            + """        try:
            sock, address = self.data.listener.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                self.on_data_connect_failed()
            return
        self.data.on_connected(sock)
        if not self.is_allowed_host(address[0]):
            return""",
            "is_allowed_host returned False",
        ),
        (
            "accept",  # asks about the client that it knows, not about who dials
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                ("address[0]", "self.control.peer_host"),
            ],
            "is_allowed_host was asked about",
        ),
        (
            "accept",  # the first one decides
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                ("sock.close()", "sock.close()\n            self.on_data_connect_failed()"),
            ],
            "end the transfers of every client",
        ),
        (
            "accept",  # left to the garbage collector
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                (")\n        else:\n            sock.close()", ")"),
            ],
            "still connected: close its socket",
        ),
        (
            "accept",  # watched, like a friend
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again""",
                    ":\n            if error.errno in RESOURCE_ERRNOS:",
                ),
                (
                    "sock.close()",
                    """sock.setblocking(False)
            self.server.set_events(sock, READ, self.on_data_ready)""",
                ),
            ],
            "still connected: close its socket",
        ),
    ],
    "gives_up_without_a_descriptor": [
        (
            "accept",  # whatever it is, later
            [
                (
                    """OSError as error:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self.on_data_connect_failed()""",
                    "OSError:",
                )
            ],
            "the loop spins",
        ),
        (
            "accept",  # handles only the case that no connection is there
            [
                (
                    """OSError as error:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self.on_data_connect_failed()""",
                    "(BlockingIOError, ConnectionAbortedError):",
                )
            ],
            "let OSError.* through",
        ),
        (
            "accept",  # who has gone again ends it
            [
                (
                    """OSError as error:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self""",
                    """BlockingIOError:
            return
        except OSError:
            self""",
                )
            ],
            "where the errno is in RESOURCE_ERRNOS",
        ),
        (
            "accept",  # closed without a word
            [
                (
                    """:  # no connection is there: readiness is a hint
            if error.errno in RESOURCE_ERRNOS:  # the listener would be ready again and again
                self.on_data_connect_failed(""",
                    """:
            if error.errno in RESOURCE_ERRNOS:
                self.data.close_listener(""",
                )
            ],
            "Expected the reply 425",
        ),
    ],
    "waits_for_what_the_transfer_needs": [
        (
            "start",  # both, to be safe
            [("self.data.transfer.event", "READ | WRITE")],
            "waits for READ and WRITE .*expected WRITE",
        ),
        (
            "start",  # thinks of downloads alone
            [("self.data.transfer.event", "WRITE")],
            "For an upload the selector waits for WRITE",
        ),
        (
            "start",  # no callback will be called
            [
                (
                    "server.set_events(self.data.socket, self.data.transfer.event, self.on_data_ready",
                    "on_data_ready(self.data.transfer.event",
                )
            ],
            "waits for nothing",
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
            [("on_data_ready)", "on_data_ready)\n        self.on_data_ready(self.data.transfer.event)")],
            "For a download start_transfer has moved a portion",
        ),
        (
            "start",  # the step itself: its end is not noticed
            [("on_data_ready", "data.transfer.step")],
            "the loop calls step: expected on_data_ready",
        ),
    ],
    "counts_from_now": [
        (
            "start",  # the timer goes on
            [("        self.server.timers.cancel(self.data.connect_timer)\n", "")],
            "cancel self.data.connect_timer",
        ),
        (
            "start",  # the time of the last command
            [("        self.control.last_activity = monotonic()\n", "")],
            r"for [\d,]+ seconds: expected about 0",
        ),
        (
            "start",  # the wrong clock: it will never have been silent
            [
                (
                    "        self.server.timers.cancel(self.data.connect_timer)",
                    "        import time\n        self.server.timers.cancel(self.data.connect_timer)",
                ),
                ("monotonic", "time.time"),
            ],
            r"for -[\d,]+ seconds: expected about 0",
        ),
    ],
    "serves_real_clients": [
        (
            "listen",  # PASV replies, too: from now on the client is out of step
            [
                (
                    "        return port",
                    """        self.reply(227, f"Entering Passive Mode (127,0,0,1,{port // 256},{port % 256}).")
        return port""",
                )
            ],
            "PASV and RETR reply by themselves",
        ),
        (
            "listen",  # the control connection is watched no more: its client waits for 227
            [
                (
                    "port = self.data.listener.getsockname()[1]\n        return port",
                    "self.login.checking = True\n        return self.data.listener.getsockname()[1]",
                )
            ],
            "A client tried to fetch a file",
        ),
    ],
}
