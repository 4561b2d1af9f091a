"""Lab 12e: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

INTEREST = "class Backpressure(Session):\n    def wanted_events(self):\n"
FREE = """
    def can_dispatch(self):
        if self.closed or self.closing or len(self.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.is_out_of_band(self.pending_commands[0])"""
GOOD_INTEREST = (
    INTEREST
    + """        reading = not self.eof_received and len(self.write_buffer) < HIGH_WATER and len(self.pending_commands) < MAX_PENDING
        return (READ if reading else 0) | (WRITE if self.write_buffer else 0)

    def can_dispatch(self):
"""
)
ABANDON = 'NO_DATA = "No data connection."\n\n\nclass DialTimeout(Session):\n    def on_data_connect_failed(self):\n'
ACCEPT = "class AcceptUnderLoad(FtpServer):\n    def accept(self, mask):\n"

ANSWERS = {
    "waits_for_what_it_can_use": [
        ("pressure", INTEREST + "        return READ | WRITE\n" + FREE, "always writable"),
        ("pressure", INTEREST + "        return WRITE if self.write_buffer else READ\n" + FREE, "READ and WRITE, saw WRITE"),
        (
            "pressure",  # nothing holds a client back
            INTEREST
            + """        if self.eof_received:
            return WRITE if self.write_buffer else 0
        return READ | WRITE if self.write_buffer else READ
"""
            + FREE,
            "can't fill your memory",
        ),
        (
            "pressure",  # commands without end
            INTEREST
            + """        reading = not self.eof_received and len(self.write_buffer) < HIGH_WATER
        return (READ if reading else 0) | (WRITE if self.write_buffer else 0)
"""
            + FREE,
            "Leave the rest in the kernel's buffer",
        ),
        (
            "pressure",  # reads on after the end
            INTEREST
            + """        reading = len(self.write_buffer) < HIGH_WATER and len(self.pending_commands) < MAX_PENDING
        return (READ if reading else 0) | (WRITE if self.write_buffer else 0)
"""
            + FREE,
            "stays readable",
        ),
        (
            "pressure",  # waits until there is room, on the spot
            INTEREST
            + """        while len(self.write_buffer) >= HIGH_WATER:
            self.flush()
        reading = not self.eof_received and len(self.pending_commands) < MAX_PENDING
        return (READ if reading else 0) | (WRITE if self.write_buffer else 0)
"""
            + FREE,
            "stopped after 2 seconds",
        ),
        (
            "pressure",  # of a quiet client nothing is said
            INTEREST
            + """        reading = not self.eof_received and len(self.write_buffer) < HIGH_WATER and len(self.pending_commands) < MAX_PENDING
        if self.write_buffer:
            return WRITE | (READ if reading else 0)
"""
            + FREE,
            "saw None.\nA quiet client may speak at any time: READ",
        ),
    ],
    "holds_back_the_next_command": [
        ("pressure", GOOD_INTEREST + "        return not self.command_in_progress", "ask is_out_of_band"),
        (
            "pressure",  # whatever is under way
            GOOD_INTEREST + "        return not (self.closed or self.closing or len(self.write_buffer) >= HIGH_WATER)",
            "its reply comes first",
        ),
        (
            "pressure",  # no end of replies
            GOOD_INTEREST
            + """        if self.closed or self.closing:
            return False
        return not self.command_in_progress or self.is_out_of_band(self.pending_commands[0])""",
            "Each command would add a reply",
        ),
        (
            "pressure",  # whatever overtakes is always free
            GOOD_INTEREST
            + """        if self.is_out_of_band(self.pending_commands[0]):
            return True
        return not (self.closed or self.closing or self.command_in_progress or len(self.write_buffer) >= HIGH_WATER)""",
            "ABOR has a reply, too",
        ),
        (
            "pressure",  # after goodbye
            GOOD_INTEREST
            + """        if len(self.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.is_out_of_band(self.pending_commands[0])""",
            "Goodbye has been said",
        ),
        (
            "pressure",  # takes what it looks at
            GOOD_INTEREST
            + """        if self.closed or self.closing or len(self.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.is_out_of_band(self.pending_commands.popleft())""",
            "has taken the command away",
        ),
        (
            "pressure",  # nothing, as long as anything is owed
            GOOD_INTEREST
            + """        if self.closed or self.closing or self.write_buffer:
            return False
        return not self.command_in_progress or self.is_out_of_band(self.pending_commands[0])""",
            "65,535 bytes unsent.* Expected that can_dispatch.* is True.*\n.*HIGH_WATER is the limit",
        ),
        (
            "pressure",  # the last of them instead of the first
            GOOD_INTEREST
            + """        if self.closed or self.closing or len(self.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.is_out_of_band(self.pending_commands[-1])""",
            "Waiting: NOOP ABOR.*\nNOOP is the first",
        ),
        (
            "pressure",  # one verb, instead of those that overtake
            GOOD_INTEREST
            + """        if self.closed or self.closing or len(self.write_buffer) >= HIGH_WATER:
            return False
        return not self.command_in_progress or self.pending_commands[0] == b"ABOR\"""",
            "Waiting: STAT.*\n.*ask is_out_of_band",
        ),
    ],
    "gives_the_descriptor_back": [
        ("abandon", ABANDON + "        pass", "still open"),
        (
            "abandon",  # closed, and never unregistered
            ABANDON
            + """        if self.transfer:
            self.end_transfer(425, NO_DATA)
            self.process_pending()
        else:
            self.data_listener.close()
            self.data_listener = None""",
            "Unregister first",
        ),
        (
            "abandon",  # a reply that nobody has asked for
            ABANDON
            + """        self.close_data_connection()
        self.reply(425, NO_DATA)""",
            "the answer to its next command",
        ),
        (
            "abandon",  # the session goes, too
            ABANDON + "        self.close()",
            "its whole session was ended",
        ),
        (
            "abandon",  # what a socket has, and a session has not
            ABANDON
            + """        if self.transfer:
            self.end_transfer(425, NO_DATA)
            self.process_pending()
        else:
            self.shutdown()""",
            r"has no attribute 'shutdown'\n  at: .*\(on_data_connect_failed, line",
        ),
        (
            "abandon",  # there is no transfer that could end
            ABANDON
            + """        self.end_transfer(425, NO_DATA)
        self.process_pending()""",
            "on_data_connect_failed called end_transfer, .* no transfer waits",
        ),
        (
            "abandon",  # waits some more, on the spot
            ABANDON
            + """        while not self.data_socket:
            self.accept_data(READ)""",
            "stopped after 2 seconds",
        ),
    ],
    "tells_the_transfer_that_waits": [
        ("abandon", ABANDON + "        self.close_data_connection()", r"Expected 425, saw \[\]"),
        (
            "abandon",  # told, and the next command waits for ever
            ABANDON
            + """        if self.transfer:
            self.end_transfer(425, NO_DATA)
        else:
            self.close_data_connection()""",
            "no event will come for it",
        ),
        (
            "abandon",  # told, by a transfer that never ends
            ABANDON
            + """        self.close_data_connection()
        if self.transfer:
            self.reply(425, NO_DATA)
            self.process_pending()""",
            "command_in_progress is still true",
        ),
        (
            "abandon",  # told, and thrown out
            ABANDON
            + """        self.close_data_connection()
        if self.transfer:
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
            ACCEPT
            + """        while True:
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.pause_accepting()
                return
            self.start_session(sock)""",
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
            "accept",  # who has gone is thought of by nobody
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
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.pause_accepting()
            self.start_session(sock)""",
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
            "accept",  # for ever
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.set_events(self.listener, 0)
                return
            self.start_session(sock)""",
            "seconds later the loop still doesn't",
        ),
        (
            "accept",  # there is no more room, so the door is taken away
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.set_events(self.listener, 0)
                    self.listener.close()
                return
            self.start_session(sock)""",
            "the listener was closed",
        ),
        (
            "accept",  # one's own process is not the whole system
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno == errno.EMFILE:
                    self.pause_accepting()
                return
            self.start_session(sock)""",
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
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    for session in list(self.sessions)[:10]:
                        session.close()
                    self.pause_accepting()
                return
            self.start_session(sock)""",
            "a client that is inside stays",
        ),
        (
            "accept",  # a pause for everybody
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
