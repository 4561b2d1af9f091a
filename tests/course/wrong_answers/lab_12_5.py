"""Lab 12-5: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

WANTED_EVENTS = "class Backpressure(Session):\n    def wanted_events(self):\n        control = self.control\n"
CAN_DISPATCH = """
    def can_dispatch(self):
        control = self.control
        if control.state not in (State.OPEN, State.ENDING) or len(control.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.data.may_interrupt(control.pending_commands[0])"""
CORRECT_WANTED_EVENTS = (
    WANTED_EVENTS
    + """        has_room = len(control.write_buffer) < HIGH_WATER and len(control.pending_commands) < MAX_PENDING
        reading = has_room and control.state is not State.ENDING
        return (READ if reading else 0) | (WRITE if control.write_buffer else 0)

    def can_dispatch(self):
        control = self.control
"""
)
ON_DATA_CONNECT_FAILED = (
    'NO_DATA = "No data connection."\n\n\nclass DialTimeout(Session):\n    def on_data_connect_failed(self):\n'
)
ACCEPT = "class AcceptUnderLoad(FtpServer):\n    def accept(self, mask):\n"

ANSWERS = {
    "waits_for_what_it_can_use": [
        ("pressure", WANTED_EVENTS + "        return READ | WRITE\n" + CAN_DISPATCH, "always writable"),
        (
            "pressure",
            WANTED_EVENTS + "        return WRITE if control.write_buffer else READ\n" + CAN_DISPATCH,
            "READ and WRITE, saw WRITE",
        ),
        (
            "pressure",  # nothing holds a client back
            WANTED_EVENTS
            + """        if control.state is State.ENDING:
            return WRITE if control.write_buffer else 0
        return READ | WRITE if control.write_buffer else READ
"""
            + CAN_DISPATCH,
            "can't fill your memory",
        ),
        (
            "pressure",  # commands without end
            [
                (
                    """has_room = (
            len(control.write_buffer) < HIGH_WATER and len(control.pending_commands) < MAX_PENDING
        )
        reading = has_room and control.state is not State.ENDING""",
                    "reading = control.state is not State.ENDING and len(control.write_buffer) < HIGH_WATER",
                )
            ],
            "Leave the rest in the kernel's buffer",
        ),
        (
            "pressure",  # reads on after the end
            [
                (
                    """has_room = (
            len(control.write_buffer) < HIGH_WATER and len(control.pending_commands) < MAX_PENDING
        )
        reading = has_room and control.state is not State.ENDING""",
                    """few = len(control.pending_commands) < MAX_PENDING
        reading = few and len(control.write_buffer) < HIGH_WATER""",
                )
            ],
            "stays readable",
        ),
        (
            "pressure",  # waits until there is room, on the spot
            WANTED_EVENTS
            + """        while len(control.write_buffer) >= HIGH_WATER:
            control.flush()
        reading = control.state is not State.ENDING and len(control.pending_commands) < MAX_PENDING
        return (READ if reading else 0) | (WRITE if control.write_buffer else 0)
"""
            + CAN_DISPATCH,
            "stopped after 2 seconds",
        ),
        (
            "pressure",  # a quiet client is forgotten
            WANTED_EVENTS
            + """        few = len(control.pending_commands) < MAX_PENDING
        reading = few and len(control.write_buffer) < HIGH_WATER and control.state is not State.ENDING
        if control.write_buffer:
            return WRITE | (READ if reading else 0)
"""
            + CAN_DISPATCH,
            "saw None.\nA quiet client may speak at any time: READ",
        ),
    ],
    "holds_back_the_next_command": [
        ("pressure", CORRECT_WANTED_EVENTS + "        return not self.command_in_progress", "ask may_interrupt"),
        (
            "pressure",  # whatever is under way
            CORRECT_WANTED_EVENTS
            + """        alive = control.state in (State.OPEN, State.ENDING)
        return alive and len(control.write_buffer) < HIGH_WATER""",
            "its reply is first",
        ),
        (
            "pressure",  # no end of replies
            CORRECT_WANTED_EVENTS
            + """        if control.state not in (State.OPEN, State.ENDING):
            return False
        return not self.command_in_progress or self.data.may_interrupt(control.pending_commands[0])""",
            "Each command would add a reply",
        ),
        (
            "pressure",  # whatever overtakes is always free
            CORRECT_WANTED_EVENTS
            + """        if self.data.may_interrupt(control.pending_commands[0]):
            return True
        alive = control.state in (State.OPEN, State.ENDING)
        return alive and not self.command_in_progress and len(control.write_buffer) < HIGH_WATER""",
            "ABOR has a reply, too",
        ),
        (
            "pressure",  # after goodbye
            CORRECT_WANTED_EVENTS
            + """        if len(control.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.data.may_interrupt(control.pending_commands[0])""",
            "After the last reply no reply may follow",
        ),
        (
            "pressure",  # who has closed its side gets no reply any more
            CORRECT_WANTED_EVENTS
            + """        if control.state is not State.OPEN or len(control.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.data.may_interrupt(control.pending_commands[0])""",
            "it still receives the replies",
        ),
        (
            "pressure",  # takes what it looks at
            [("(control.pending_commands[0])", "(\n            control.pending_commands.popleft()\n        )")],
            "has taken the command away",
        ),
        (
            "pressure",  # nothing, as long as anything is unsent
            CORRECT_WANTED_EVENTS
            + """        if control.state not in (State.OPEN, State.ENDING) or control.write_buffer:
            return False
        return not self.command_in_progress or self.data.may_interrupt(control.pending_commands[0])""",
            "65,535 bytes are unsent.*\nExpected that can_dispatch.* is True.*\n.*HIGH_WATER is the limit",
        ),
        (
            "pressure",  # the last of them instead of the first
            [("pending_commands[0])", "pending_commands[-1])")],
            "Waiting: NOOP ABOR(.|\n)*Judge the first command",
        ),
        (
            "pressure",  # one verb, instead of those that overtake
            [("self.data.may_interrupt(control.pending_commands[0])", 'control.pending_commands[0] == b"ABOR"')],
            "Waiting: STAT(.|\n)*ask may_interrupt",
        ),
    ],
    "gives_the_descriptor_back": [
        ("abandon", ON_DATA_CONNECT_FAILED + "        pass", "still open"),
        (
            "abandon",  # closed, and never unregistered
            [("data.close()", "data.listener.close()\n            self.data.listener = None")],
            "Unregister first",
        ),
        (
            "abandon",  # a reply without a command
            ON_DATA_CONNECT_FAILED
            + """        self.data.close()
        self.reply(425, NO_DATA)""",
            "the answer to its next command",
        ),
        (
            "abandon",  # the session goes, too
            ON_DATA_CONNECT_FAILED + "        self.close()",
            "its whole session was ended",
        ),
        (
            "abandon",  # what a socket has, and a session has not
            [("data.close", "shutdown")],
            r"has no attribute 'shutdown'\n  at: .*\(on_data_connect_failed, line",
        ),
        (
            "abandon",  # there is no transfer that could end
            ON_DATA_CONNECT_FAILED
            + """        self.data.end_transfer(425, NO_DATA)
        self.process_pending()""",
            "on_data_connect_failed called end_transfer, .* no transfer waits",
        ),
        (
            "abandon",  # waits some more, on the spot
            ON_DATA_CONNECT_FAILED
            + """        while not self.data.socket:
            self.accept_data(READ)""",
            "stopped after 2 seconds",
        ),
    ],
    "tells_the_transfer_that_waits": [
        ("abandon", ON_DATA_CONNECT_FAILED + "        self.data.close()", r"Expected 425, saw \[\]"),
        (
            "abandon",  # 425 is sent, and the next command waits without a time limit
            [("            self.process_pending()\n", "")],
            "no event will come for it",
        ),
        (
            "abandon",  # 425 is sent, and the transfer never ends
            [
                ("        if self.data.transfer:", "        self.data.close()\n        if self.data.transfer:"),
                ("data.end_transfer", "reply"),
                (")\n        else:\n            self.data.close()", ")"),
            ],
            "command_in_progress is still true",
        ),
        (
            "abandon",  # 425 is sent, and the session is closed
            ON_DATA_CONNECT_FAILED
            + """        self.data.close()
        if self.data.transfer:
            self.close()""",
            "its whole session was ended",
        ),
    ],
    "admits_a_batch": [
        (
            "accept",  # readiness is taken for a promise, for a thousand of them
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            sock, _address = self.listener.accept()
            self.start_session(sock)""",
            "let BlockingIOError.* through",
        ),
        (
            "accept",  # one event, one client
            ACCEPT
            + """        try:
            sock, _address = self.listener.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                self.pause_accepting()
            return
        self.start_session(sock)""",
            "One event may stand for many",
        ),
        (
            "accept",  # all of them, however long that takes
            [
                ("for _client in range(ACCEPT_BATCH)", "while True"),
                (
                    """(
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted""",
                    "OSError as error:",
                ),
            ],
            "1000 clients were admitted in one turn",
        ),
        (
            "accept",  # any error is a reason to pause
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError:
                self.pause_accepting()
                return
            self.start_session(sock)""",
            "no reason to pause",
        ),
        (
            "accept",  # a client that has gone is not expected
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except BlockingIOError:
                return
            self.start_session(sock)""",
            "let ConnectionAbortedError.* through",
        ),
        (
            "accept",  # goes on with a socket that never came
            [
                (
                    """            except (
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted
""",
                    "            except OSError as error:\n",
                ),
                ("                return\n", ""),
            ],
            "Your code raised UnboundLocalError",
        ),
        (
            "accept",  # tries again until there is somebody
            ACCEPT
            + """        admitted = 0
        while admitted < ACCEPT_BATCH:
            try:
                sock, _address = self.listener.accept()
            except OSError:
                continue
            self.start_session(sock)
            admitted += 1""",
            "stopped after 2 seconds",
        ),
    ],
    "neither_dies_nor_spins": [
        (
            "accept",  # later, that is: at once
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError:
                return
            self.start_session(sock)""",
            "the loop spins",
        ),
        (
            "accept",  # only what one has met before
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            self.start_session(sock)""",
            r"let OSError\(24.* through",
        ),
        (
            "accept",  # without a time limit
            [
                (
                    """(
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted""",
                    "OSError as error:",
                ),
                ("pause_accepting(", "set_events(self.listener, 0"),
            ],
            "seconds later the loop still doesn't",
        ),
        (
            "accept",  # no descriptor is left, so the listener is closed
            [
                (
                    """(
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted""",
                    "OSError as error:",
                ),
                ("pause_accepting(", "set_events(self.listener, 0)\n                    self.listener.close("),
            ],
            "the listener was closed",
        ),
        (
            "accept",  # one's own process is not the whole system
            [
                (
                    """(
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted
                if error.errno in RESOURCE_ERRNOS""",
                    "OSError as error:\n                if error.errno == errno.EMFILE",
                )
            ],
            "accept raised ENFILE",
        ),
        (
            "accept",  # pauses, and tries again at once
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno not in RESOURCE_ERRNOS:
                    return
                self.pause_accepting()
                continue
            self.start_session(sock)""",
            "called again at once, 63 times in one turn",
        ),
    ],
    "outlives_a_hundred_sessions": [
        (
            "accept",  # makes room for one by throwing another out
            [
                (
                    """(
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted
                if error.errno in RESOURCE_ERRNOS:""",
                    """OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    for session in list(self.sessions)[:10]:
                        session.close()""",
                )
            ],
            "a client that is inside stays",
        ),
        (
            "accept",  # a pause for every client
            "import time\n\n\n"
            + ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.pause_accepting()
                    time.sleep(ACCEPT_RETRY_DELAY)
                return
            self.start_session(sock)""",
            "tried to connect, 40 more.* 6 seconds were over, and only [0-9]+ had been served",
        ),
    ],
}
