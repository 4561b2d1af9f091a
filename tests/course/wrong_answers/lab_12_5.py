"""Lab 12-5: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

CAN_DISPATCH = "class Gate(Session):\n    def can_dispatch(self):\n        control = self.control\n"
INTERRUPTS = "self.data.may_interrupt(control.pending_commands[0])"
STATES = "control.state not in (State.OPEN, State.ENDING)"
UNSENT = "len(control.write_buffer) >= HIGH_WATER"

PROCESS_PENDING = "class Pipeline(Session):\n    def process_pending(self):\n        control = self.control\n"
LOOP = """        for _command in range(COMMANDS_PER_TURN):
            if not (control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(control.pending_commands.popleft())
"""
FLUSH = "        control.flush()\n"
TIMER = """        if control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
"""
CLOSE = """        elif control.state is State.ENDING and not (
            control.write_buffer or self.command_in_progress
        ):
            self.close()
"""
CLOSE_IF = CLOSE.replace("elif", "if")

WANTED_EVENTS = "class Backpressure(Session):\n    def wanted_events(self):\n        control = self.control\n"
HAS_ROOM = "len(control.write_buffer) < HIGH_WATER and len(control.pending_commands) < MAX_PENDING"

FAILED = 'NO_DATA = "No data connection."\n\n\nclass ConnectTimeout(Session):\n    def on_data_connect_failed(self):\n'
END = "            self.data.end_transfer(425, NO_DATA)\n"

ACCEPT = "class AcceptUnderLoad(FtpServer):\n    def accept(self, mask):\n"
PAUSE = """                if error.errno in RESOURCE_ERRNOS:
                    self.pause_accepting()
                return
"""
EXCEPT = """            except (
                OSError
            ) as error:  # no more clients, or one closed its connection before it was accepted
"""
START = "            self.start_session(sock)\n"

CHECK_WORDS = {
    "holds_back_the_next_command": "ABOR",
    "dispatches_in_order_one_at_a_time": "order",
    "leaves_the_others_their_turn": "turn of the loop",
    "sends_the_replies": "flush",
    "sleeps_while_no_command_may_be_dispatched": "sleeps",
    "closes_a_session_that_is_over": "closed its side",
    "waits_for_what_it_can_use": "HIGH_WATER",
    "gives_the_descriptor_back": "passive listener",
    "tells_the_transfer_that_waits": "425",
    "goes_on_with_the_commands_behind_it": "order of",
    "accepts_a_batch": "backlog",
    "neither_dies_nor_spins": "no descriptor",
    "outlives_a_hundred_sessions": "clients",
}

ANSWERS = {
    "holds_back_the_next_command": [
        (
            "free",
            [("    def can_dispatch", "    @property\n    def can_dispatch")],
            "Gate.can_dispatch is a property. Expected a method",
        ),
        ("free", [(" or " + INTERRUPTS, "")], "Pending: ABOR(.|\n)*ask may_interrupt"),
        (
            "free",
            [("not self.command_in_progress or " + INTERRUPTS, "True")],
            "Its reply would come before the reply of the",
        ),
        (
            "free",
            [("self.command_in_progress", "self.data.transfer")],
            "the check of a password(.|\n)*is False, saw True",
        ),
        ("free", [("self.command_in_progress", "self.login.checking")], "a transfer(.|\n)*is False, saw True"),
        (
            "free",  # what is no transfer and no password
            [("not self.command_in_progress", "not (self.data.transfer or self.login.checking)")],
            "In progress: a long reply(.|\n)*is False, saw True",
        ),
        ("free", [("\n            or " + UNSENT, "")], "Each command would add a reply"),
        ("free", [(UNSENT, "len(control.write_buffer) > HIGH_WATER")], "65,536 bytes(.|\n)*is False, saw True"),
        (
            "free",
            [(UNSENT, "control.write_buffer")],
            "65,535 bytes(.|\n)*is True, saw False.*\n.*HIGH_WATER is the limit",
        ),
        ("free", [(UNSENT, "len(control.pending_commands) >= HIGH_WATER")], "Each command would add a reply"),
        ("free", [(UNSENT, "len(control.write_buffer) >= 2 * HIGH_WATER")], "65,536 bytes(.|\n)*is False, saw True"),
        (
            "free",  # whatever interrupts is always dispatched
            [("        if (\n", f"        if {INTERRUPTS}:\n            return True\n        if (\n")],
            "ABOR has a reply, too",
        ),
        ("free", [(STATES, "False")], "After the last reply no reply may follow"),
        ("free", [(STATES, "control.state is State.CLOSING")], "its socket is closed"),
        ("free", [(STATES, "control.state is State.CLOSED")], "After the last reply no reply may follow"),
        ("free", [(STATES, "control.state is not State.OPEN")], "it still receives the replies"),
        (
            "free",  # takes what it looks at
            [("control.pending_commands[0]", "control.pending_commands.popleft()")],
            "can_dispatch only looks at the first command",
        ),
        (
            "free",
            [("control.pending_commands[0]", "control.pending_commands[-1]")],
            "Pending: NOOP ABOR(.|\n)*Judge the first",
        ),
        (
            "free",  # any of them
            [(INTERRUPTS, "any(map(self.data.may_interrupt, control.pending_commands))")],
            "Pending: NOOP ABOR(.|\n)*Judge the first command",
        ),
        (
            "free",  # all of them
            [(INTERRUPTS, "all(map(self.data.may_interrupt, control.pending_commands))")],
            "Pending: ABOR NOOP(.|\n)*Judge the first command",
        ),
        (
            "free",
            [(INTERRUPTS, 'control.pending_commands[0].strip() == b"ABOR"')],
            "Pending: STAT(.|\n)*ask may_interrupt",
        ),
        (
            "free",  # by the letters, and not by what is in progress
            [(INTERRUPTS, 'control.pending_commands[0][:4] in (b"ABOR", b"STAT")')],
            "Pending: abor(.|\n)*ask may_interrupt",
        ),
        (
            "free",  # ABOR during the check of a password
            [(INTERRUPTS, 'control.pending_commands[0][:4].upper() in (b"ABOR", b"STAT")')],
            "the check of a password(.|\n)*There is no transfer: ask may_interrupt",
        ),
        (
            "free",  # no return
            [("return not self", "not self"), ("control.pending_commands[0])", "control.pending_commands[0])\n")],
            r"Expected can_dispatch\(\) to return a bool, saw None. Is a return missing",
        ),
        (
            "free",
            [("return not self.command_in_progress", "return control.pending_commands")],
            "to return a bool, saw a deque",
        ),
        ("free", [("return not", "return")], "is True, saw False|is False, saw True"),
        (
            "free",  # does what it is asked about
            [("        return not", "        self.dispatch(control.pending_commands[0])\n        return not")],
            "can_dispatch only answers: process_pending dispatches(.|\n)*self.dispatch.b'NOOP",
        ),
        ("free", [("State.OPEN,", "State.open,")], "State has these names: OPEN, CLOSING, ENDING, CLOSED."),
        ("free", [("class Gate(Session)", "class Gate")], r"write `class Gate\(Session\):`"),
    ],
    "dispatches_in_order_one_at_a_time": [
        (
            "work",
            [("    def process_pending", "    @classmethod\n    def process_pending")],
            "Pipeline.process_pending is a classmethod. Expected a method",
        ),
        (
            "work",  # all that has come, whatever is in progress
            PROCESS_PENDING
            + """        for line in list(control.pending_commands)[:COMMANDS_PER_TURN]:
            self.dispatch(line)
        control.pending_commands.clear()
        control.flush()""",
            "was still in progress",
        ),
        (
            "work",  # asked once, before the first
            PROCESS_PENDING
            + """        if control.pending_commands and self.can_dispatch():
            for _ in range(min(len(control.pending_commands), COMMANDS_PER_TURN)):
                self.dispatch(control.pending_commands.popleft())
        control.flush()""",
            "was still in progress",
        ),
        (
            "work",  # the flag, and not the method that knows more
            [
                (
                    "            if not (control.pending_commands and self.can_dispatch()):\n",
                    "            if not control.pending_commands or self.command_in_progress:\n",
                )
            ],
            "NOOP was dispatched after it",
        ),
        (
            "work",  # one command in a call
            PROCESS_PENDING
            + """        if control.pending_commands and self.can_dispatch():
            self.dispatch(control.pending_commands.popleft())
        control.flush()""",
            "go on while commands are pending",
        ),
        ("work", [("popleft()", "pop()")], "saw: NOOP, RETR, PASV.\nReplies have no number"),
        (
            "work",  # what was dispatched stays
            PROCESS_PENDING
            + """        while control.pending_commands and self.can_dispatch():
            self.dispatch(control.pending_commands[0])
        control.flush()""",
            "saw: SYST, SYST, SYST.\nA command that is dispatched leaves",
        ),
        (
            "work",  # what must wait is lost
            PROCESS_PENDING
            + """        waiting = list(control.pending_commands)
        for line in waiting:
            if control.pending_commands and self.can_dispatch():
                self.dispatch(line)
        control.pending_commands.clear()
        control.flush()""",
            "Expected that it stays in pending_commands",
        ),
        (
            "work",  # waits on the spot until the transfer has ended, which this very loop would have to move
            PROCESS_PENDING
            + """        while control.pending_commands:
            if self.can_dispatch():
                self.dispatch(control.pending_commands.popleft())
        control.flush()""",
            "stopped after 2 seconds",
        ),
        ("work", [("control.pending_commands.popleft()", "control.pending_commands[0]")], "saw: SYST, SYST, SYST"),
        (
            "work",  # taken before their turn
            PROCESS_PENDING
            + """        lines = []
        while control.pending_commands and self.can_dispatch() and len(lines) < COMMANDS_PER_TURN:
            lines.append(control.pending_commands.popleft())
        for line in lines:
            self.dispatch(line)
        control.flush()""",
            "Dispatched: SYST, PASV, RETR, NOOP. RETR was still in progress",
        ),
        (
            "work",  # asks for the next command when there is none
            [
                (
                    "(control.pending_commands and self.can_dispatch()):\n                break",
                    "(self.can_dispatch() and control.pending_commands):\n                break",
                )
            ],
            "while no command is pending",
        ),
        (
            "work",  # a copy that grows stale
            PROCESS_PENDING
            + """        while control.pending_commands and self.can_dispatch():
            self.dispatch(control.pending_commands[0])
            del control.pending_commands[0]
        control.flush()""",
            "deque index out of range",
        ),
        ("work", [(" and self.can_dispatch()):\n", "):\n")], "NOOP was dispatched after it"),
        ("work", [("self.dispatch(control", "self.feed(control")], "saw: none"),
        (
            "work",  # the rest is thrown away
            [(FLUSH, FLUSH + "        control.pending_commands.clear()\n")],
            "NOOP must wait. Expected that it stays in pending_commands, saw .. there",
        ),
        (
            "work",
            [
                (
                    "            self.dispatch(control.pending_commands.popleft())",
                    "            line = control.pending_commands.popleft()\n"
                    "            self.dispatch(line)\n            self.dispatch(line)",
                )
            ],
            "saw: SYST, SYST, PASV, PASV(.|\n)*Dispatch each one once",
        ),
        (
            "work",  # dispatched, and then taken away
            [
                (
                    "dispatch(control.pending_commands.popleft())",
                    "dispatch(control.pending_commands[0])\n            control.pending_commands.popleft()",
                )
            ],
            "IndexError.*\n.*\nThe dispatch of QUIT has emptied pending_commands: take",
        ),
    ],
    "leaves_the_others_their_turn": [
        (
            "work",  # no bound
            [("for _command in range(COMMANDS_PER_TURN):", "while True:")],
            "100 commands were dispatched in one turn",
        ),
        (
            "work",  # flags, and not the method that knows more
            [
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if control.pending_commands and not self.command_in_progress:\n            self.server",
                )
            ],
            "Expected a timer of 0 seconds",
        ),
        (
            "work",
            [
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if control.pending_commands and not control.write_buffer:\n            self.server",
                )
            ],
            "Expected a timer of 0 seconds",
        ),
        ("work", [(TIMER, ""), (CLOSE, CLOSE_IF)], "84 commands are pending.*Expected a timer of 0 seconds"),
        (
            "work",  # calls itself, where a timer should
            [("self.server.timers.call_later(0, self.process_pending)", "self.process_pending()")],
            "100 commands were dispatched in one turn",
        ),
        ("work", [("self.process_pending)", "self.process_pending())")], "without parentheses"),
        ("work", [("call_later(0, ", "call_later(0.001, ")], r"Saw a timer that is due in 0.00\d seconds"),
        ("work", [("call_later(0, ", "call_later(1, ")], "Expected a timer of 0 seconds"),
        ("work", [("range(COMMANDS_PER_TURN)", "range(COMMANDS_PER_TURN + 1)")], "17 commands were dispatched"),
        (
            "work",
            [("range(COMMANDS_PER_TURN)", "range(COMMANDS_PER_TURN - 1)")],
            "Expected 16 of them in one call, saw 15",
        ),
        (
            "work",  # two timers: each turn has twice as many
            [(TIMER, TIMER + "            self.server.timers.call_later(0, self.process_pending)\n")],
            "32 commands were dispatched in one turn",
        ),
        (
            "work",
            [("call_later(0, self.process_pending)", "call_later(0, self.dispatch, control.pending_commands[0])")],
            "20 turns(.|\n)*Saw 17(.|\n)*call_later.0, dispatch, b.NOOP 16",
        ),
        (
            "work",
            [("call_later(0, self.process_pending)", "call_later(0, control.flush)")],
            "20 turns of the loop(.|\n)*Saw 16(.|\n)*call_later.0, flush",
        ),
        (
            "work",  # the rest comes in another order
            [(FLUSH, FLUSH + "        control.pending_commands.reverse()\n")],
            "in their order",
        ),
        ("work", [("call_later(0, ", "call_later(-1, ")], r"of 0 seconds(.|\n)*call_later.-1, process_pending"),
        (
            "work",
            [("0, self.process_pending)", "0, self.command_in_progress)")],
            "A timer is due, and it has True instead of a method",
        ),
    ],
    "sends_the_replies": [
        ("work", [(FLUSH, "")], "control.flush was not called: no reply is sent"),
        ("work", [(LOOP, FLUSH + LOOP), (TIMER, TIMER), (FLUSH + TIMER, TIMER)], "flush comes after the commands"),
        (
            "work",  # with nothing dispatched nothing is sent: no greeting
            [
                (
                    LOOP,
                    "        if not control.pending_commands:\n            if control.state is State.ENDING:\n"
                    "                self.close()\n            return\n" + LOOP,
                )
            ],
            "the greeting 220 is unsent(.|\n)*Call flush always",
        ),
        (
            "work",  # nothing to send, but an event less to wait for: else the loop spins until the password is checked
            [(FLUSH, "        if control.write_buffer:\n            control.flush()\n")],
            "no byte is unsent. The client has closed its side(.|\n)*Call flush always",
        ),
        (
            "work",  # each command is followed by a flush
            [
                (
                    "popleft())\n" + FLUSH,
                    "popleft())\n            control.flush()\n" + FLUSH,
                )
            ],
            "flush comes after the commands. Expected that NOOP alone stays pending, saw (.|\n)*self.control.flush",
        ),
        (
            "work",
            [(FLUSH, "        if control.pending_commands:\n            control.flush()\n")],
            "flush was not called: no reply is sent",
        ),
        (
            "work",  # asks before the replies are sent
            [
                (FLUSH, "        again = bool(control.pending_commands) and self.can_dispatch()\n" + FLUSH),
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if again:\n            self.server",
                ),
            ],
            "Ask can_dispatch again after flush(.|\n)*is False; self.control.flush..\\.",
        ),
        (
            "work",  # each command is followed by a flush, and nothing after the last one
            [
                ("            self.dispatch(", "            control.flush()\n            self.dispatch("),
                (FLUSH + TIMER, TIMER),
            ],
            "flush comes after the commands",
        ),
        (
            "work",  # only if there is room for no more
            [(FLUSH, "        if len(control.write_buffer) >= HIGH_WATER:\n            control.flush()\n")],
            "flush was not called: no reply is sent",
        ),
        (
            "work",  # the timer does not ask whether the session is closed
            [
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if control.pending_commands and not (\n"
                    "            control.state is not State.CLOSED and not self.can_dispatch()\n        ):\n"
                    "            self.server",
                )
            ],
            "flush has closed the session, and a timer is due",
        ),
    ],
    "sleeps_while_no_command_may_be_dispatched": [
        (
            "work",  # always again, also with nothing to do
            [
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if control.state is not State.CLOSED:\n            self.server",
                ),
                (CLOSE, ""),
            ],
            "No command is pending, and a timer is due at once",
        ),
        (
            "work",  # looks again and again whether the transfer has ended
            [
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if control.pending_commands and not control.state is State.CLOSED:\n"
                    "            self.server",
                )
            ],
            "RETR is in progress.*\n?.*the loop never sleeps|RETR is in progress",
        ),
        (
            "work",  # whatever is over, and whatever has only just come
            [("control.state is State.ENDING and not", "not")],
            "No command is pending, and the session was closed",
        ),
    ],
    "closes_a_session_that_is_over": [
        (
            "work",  # one connection, and not the session
            [("            self.close()", "            control.close()")],
            "server.sessions still has its session",
        ),
        (
            "work",
            [("control.write_buffer or self.command_in_progress", "self.command_in_progress")],
            "Its last reply is in write_buffer",
        ),
        (
            "work",  # who has closed its side gets no answer
            [
                (
                    LOOP,
                    "        if control.state is State.ENDING:\n            control.flush()\n            self.close()\n"
                    "            return\n" + LOOP,
                )
            ],
            "closed before the last one was answered",
        ),
        (
            "work",
            [("control.write_buffer or self.command_in_progress", "control.write_buffer")],
            "The password is still checked",
        ),
        (
            "work",
            [("control.write_buffer or self.command_in_progress", "control.write_buffer or self.data.transfer")],
            "The password is still",
        ),
        ("work", [(CLOSE, CLOSE_IF)], "closed before the last one was answered"),
        ("work", [(CLOSE, "")], "Expected that it calls self.close"),
        (
            "work",  # with nothing to dispatch it doesn't look whether it is over
            [
                (
                    LOOP,
                    "        if not control.pending_commands:\n            control.flush()\n            return\n"
                    + LOOP,
                )
            ],
            "no command is pending, and process_pending was called",
        ),
        ("work", [("State.ENDING and not", "State.CLOSING and not")], "its session is still there"),
        (
            "work",
            [("control.state is State.ENDING and not", "control.state is not State.OPEN and not")],
            "The state is CLOSING",
        ),
        (
            "work",  # looks before it has sent
            [
                (FLUSH, "        unsent = bool(control.write_buffer)\n" + FLUSH),
                ("control.write_buffer or self.command_in_progress", "unsent or self.command_in_progress"),
            ],
            "Look at pending_commands and write_buffer after flush",
        ),
        (
            "work",
            [("            self.close()\n", "            control.sock.shutdown(1)\n")],
            "its session is still there",
        ),
        (
            "work",  # the socket alone: the data connection and the place among the sessions stay
            [
                (
                    "            self.close()\n",
                    "            self.server.set_events(control.sock, 0)\n            control.sock.close()\n",
                )
            ],
            "its session is still there",
        ),
        (
            "work",  # no timer after the end of input
            [
                (
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                    "        if control.state is State.ENDING and control.pending_commands:\n            return\n"
                    "        if control.pending_commands and self.can_dispatch():\n            self.server",
                )
            ],
            "After two turns: 17 pending commands, and 16 calls of self.dispatch",
        ),
        (
            "work",
            [("            self.close()", "            self.server.close()")],
            r"RuntimeError: server.close.. ends all sessions(.|\n)*at: .*\(process_pending, line",
        ),
    ],
    "waits_for_what_it_can_use": [
        (
            "pressure",
            [("    def wanted_events", "    @staticmethod\n    def wanted_events")],
            "Backpressure.wanted_events is a staticmethod. Expected a method",
        ),
        (
            "pressure",  # a bool where no event is wanted
            [
                (
                    "return (READ if reading else 0) | (WRITE if control.write_buffer else 0)",
                    "return (reading and READ) | (bool(control.write_buffer) and WRITE)",
                )
            ],
            "saw a bool: False. Return a number: 0, not False",
        ),
        ("pressure", WANTED_EVENTS + "        return READ | WRITE\n", "always writable"),
        (
            "pressure",
            WANTED_EVENTS + "        return WRITE if control.write_buffer else READ\n",
            "READ and WRITE, saw WRITE",
        ),
        ("pressure", [("len(control.write_buffer) < HIGH_WATER and ", "")], "can't fill your memory"),
        (
            "pressure",
            [(" and len(control.pending_commands) < MAX_PENDING", "")],
            "Leave the rest in the kernel's buffer",
        ),
        ("pressure", [(" and control.state is not State.ENDING", "")], "stays readable"),
        (
            "pressure",
            [("control.state is not State.ENDING", "control.state is State.OPEN")],
            "finds the end of the client's input",
        ),
        ("pressure", [("< HIGH_WATER", "<= HIGH_WATER")], "65,536 bytes(.|\n)*waits for WRITE, saw READ and WRITE"),
        ("pressure", [("< HIGH_WATER", "< 2 * HIGH_WATER")], "65,536 bytes(.|\n)*waits for WRITE, saw READ and WRITE"),
        (
            "pressure",
            [("len(control.write_buffer) < HIGH_WATER", "not control.write_buffer")],
            "READ and WRITE, saw WRITE",
        ),
        (
            "pressure",
            [("< MAX_PENDING", "<= MAX_PENDING")],
            "256 commands are pending(.|\n)*waits for nothing, saw READ",
        ),
        (
            "pressure",
            [("< MAX_PENDING", "< COMMANDS_PER_TURN")],
            "255 commands are pending(.|\n)*Fewer than MAX_PENDING",
        ),
        (
            "pressure",
            [("len(control.pending_commands) < MAX_PENDING", "not control.pending_commands")],
            "1 commands are pending(.|\n)*There is room for more",
        ),
        (
            "pressure",
            [
                (
                    "control.state is not State.ENDING",
                    "control.state is not State.ENDING and not self.command_in_progress",
                )
            ],
            "ABOR may come",
        ),
        (
            "pressure",
            [("WRITE if control.write_buffer else 0", "WRITE if len(control.write_buffer) >= HIGH_WATER else 0")],
            "READ and WRITE, saw READ",
        ),
        (
            "pressure",
            [("WRITE if control.write_buffer else 0", "WRITE if control.write_buffer and reading else 0")],
            "waits for WRITE, saw nothing",
        ),
        ("pressure", [("WRITE if control.write_buffer else 0", "WRITE")], "always writable"),
        ("pressure", [("(READ if reading else 0) |", "(READ if reading else 0) &")], "waits for READ, saw nothing"),
        (
            "pressure",  # waits until there is room, on the spot
            [
                (
                    "        has_room",
                    "        while len(control.write_buffer) >= HIGH_WATER:\n            control.flush()\n"
                    "        has_room",
                )
            ],
            "stopped after 2 seconds",
        ),
        (
            "pressure",
            [("        return (READ", "        if control.write_buffer:\n            return (READ")],
            r"Expected wanted_events\(\) to return an int, saw None",
        ),
        (
            "pressure",
            [
                (
                    "        return (READ if reading else 0) | (WRITE if control.write_buffer else 0)",
                    "        return READ if reading else None, WRITE if control.write_buffer else None",
                )
            ],
            "return an int, saw a tuple",
        ),
        (
            "pressure",  # what poll calls them
            [("READ if reading", "select.POLLIN if reading"), ("WRITE if control", "select.POLLOUT if control")],
            r"saw 5.\nwanted_events returns READ, WRITE",
        ),
        (
            "pressure",  # | binds more tightly than if
            [
                (
                    "(READ if reading else 0) | (WRITE if control.write_buffer else 0)",
                    "READ if reading else 0 | WRITE if control.write_buffer else 0",
                )
            ],
            r"READ and WRITE, saw READ.\nWhile replies are unsent, WRITE says when there is room for them.\nLook",
        ),
    ],
    "gives_the_descriptor_back": [
        (
            "abandon",
            [("    def on_data_connect_failed", "    @property\n    def on_data_connect_failed")],
            "ConnectTimeout.on_data_connect_failed is a property. Expected a method",
        ),
        ("abandon", FAILED + "        pass", "still open"),
        (
            "abandon",  # closed, and never unregistered
            [
                (
                    "            self.data.close()",
                    "            self.data.listener.close()\n            self.data.listener = None",
                )
            ],
            "Unregister first",
        ),
        (
            "abandon",
            [("            self.data.close()", "            self.data.close()\n            self.reply(425, NO_DATA)")],
            "the answer to its next command",
        ),
        ("abandon", [("            self.data.close()", "            self.close()")], "the whole session was ended"),
        (
            "abandon",
            [("            self.data.close()", "            self.data.close_listener()")],
            "its timer is still set",
        ),
        (
            "abandon",  # what a socket has, and a session has not
            [("            self.data.close()", "            self.shutdown()")],
            r"has no attribute 'shutdown'\n  at: .*\(on_data_connect_failed, line",
        ),
        (
            "abandon",
            FAILED + "        self.data.end_transfer(425, NO_DATA)\n        self.process_pending()",
            "no transfer waits",
        ),
        (
            "abandon",  # waits some more, on the spot
            FAILED + "        while not self.data.socket:\n            self.accept_data(READ)",
            "stopped after 2 seconds",
        ),
        (
            "abandon",
            FAILED + "        if self.data.transfer:\n    " + END.replace("    ", "        ", 1)
            if False
            else [("        else:\n            self.data.close()", "")],
            "still open",
        ),
        ("abandon", [("if self.data.transfer:", "if not self.data.transfer:")], "no transfer waits"),
        ("abandon", [("if self.data.transfer:", "if self.data.listener:")], "no transfer waits"),
        (
            "abandon",  # the check of a password is no transfer
            [("if self.data.transfer:", "if self.command_in_progress:")],
            "self.data.end_transfer was called while self.data.transfer is None",
        ),
    ],
    "tells_the_transfer_that_waits": [
        ("abandon", FAILED + "        self.data.close()", r"Expected the reply 425 No data connection. Saw \[\]"),
        (
            "abandon",  # 425 is never sent if nothing is pending
            [
                (
                    "            self.process_pending()\n",
                    "            if self.control.pending_commands:\n                self.process_pending()\n",
                )
            ],
            "nothing sends it: the client waits",
        ),
        ("abandon", [("            self.process_pending()\n", "")], "nothing sends it: the client waits"),
        (
            "abandon",
            [("if self.data.transfer:", "if self.data.listener and self.data.transfer:")],
            r"PORT, then NLST(.|\n)*Expected the reply 425 No data connection. Saw \[\]",
        ),
        (
            "abandon",  # 425 is sent, and the transfer never ends
            FAILED
            + """        self.data.close()
        if self.data.transfer:
            self.reply(425, NO_DATA)
            self.process_pending()""",
            "command_in_progress is still True",
        ),
        ("abandon", [(END, END + "            self.close()\n")], "its whole session was ended"),
        (
            "abandon",
            [(END, END + END.replace("self.data.end_transfer", "self.reply"))],
            r"Saw \['425 No data connection.', '425 No data connection.'\](.|\n)*reply.425, 'No data",
        ),
        (
            "abandon",
            [("(425, NO_DATA)", "(426, NO_DATA)")],
            r"Saw \['426 No data connection.'\](.|\n)*these calls of your code: self.data.end_transfer.426, ",
        ),
        (
            "abandon",
            [("(425, NO_DATA)", '(425, "Timeout.")')],
            "Expected the reply 425 No data connection. Saw ..425 Timeout",
        ),
        (
            "abandon",
            [(END, "            self.data.transfer = None\n            self.reply(425, NO_DATA)\n")],
            "is still open",
        ),
        (
            "abandon",  # sent before it is written
            [(END + "            self.process_pending()\n", "            self.process_pending()\n" + END)],
            "nothing sends it: the client waits",
        ),
        (
            "abandon",
            [(END, END + END)],
            r"while self.data.transfer is None(.|\n)*end_transfer.425, .*end_transfer.425, ",
        ),
        (
            "abandon",
            [("end_transfer(425,", 'end_transfer("425",')],
            "end_transfer got '425' as the code. It is a number",
        ),
    ],
    "goes_on_with_the_commands_behind_it": [
        ("abandon", [(".process_pending()", ".process_pending()\n            self.process_pending()")], "call it once"),
        (
            "abandon",  # 425 is sent, and the next command waits without a time limit
            [("self.process_pending()", "self.control.flush()")],
            "PASV is pending, and no event comes for it. Call process_pending(.|\n)*self.control.flush",
        ),
        (
            "abandon",  # whatever is in progress
            [
                (
                    "            self.process_pending()\n",
                    """            while self.control.pending_commands:
                self.dispatch(self.control.pending_commands.popleft())
            self.control.flush()
""",
                )
            ],
            "While the second NLST is in progress, NOOP waits",
        ),
        (
            "abandon",  # those behind it are lost
            [
                (
                    "            self.process_pending()\n",
                    "            self.control.pending_commands.clear()\n            self.process_pending()\n",
                )
            ],
            "and saw\n  227 150 425\n",
        ),
        (
            "abandon",  # one command behind it
            [
                (
                    "            self.process_pending()\n",
                    """            if self.control.pending_commands:
                self.dispatch(self.control.pending_commands.popleft())
            self.control.flush()
""",
                )
            ],
            "NLST is pending, and no event comes for it",
        ),
        (
            "abandon",  # closes what the next command has opened
            [("        else:\n            self.data.close()", "        self.data.close()")],
            "its listener is closed: no client can connect(.|\n)*self.process_pending..; self.data.close",
        ),
    ],
    "accepts_a_batch": [
        (
            "accept",
            [("    def accept", "    @property\n    def accept")],
            "AcceptUnderLoad.accept is a property. Expected a method",
        ),
        (
            "accept",  # readiness is taken for a promise, for a thousand of them
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            sock, _address = self.listener.accept()
            self.start_session(sock)""",
            "let BlockingIOError.* through",
        ),
        (
            "accept",  # accept is called again and again when no client is left
            [("                return\n", "                continue\n")],
            "0 clients waited, and accept was called 64 times.*Expected 1 at most",
        ),
        (
            "accept",  # an error of start_session is taken for one of accept
            ACCEPT
            + """        for _client in range(ACCEPT_BATCH):
            try:
                self.start_session(self.listener.accept()[0])
            except OSError as error:
                if error.errno in RESOURCE_ERRNOS:
                    self.pause_accepting()
                return""",
            "start_session raised an OSError, and accept hid it",
        ),
        ("accept", [("range(ACCEPT_BATCH)", "range(1)")], "3 clients wait(.|\n)*event may stand for many"),
        (
            "accept",
            [("range(ACCEPT_BATCH)", "range(16)")],
            "Expected that start_session is called for 64 .*saw 16(.|\n)*ACCEPT_BATCH are",
        ),
        ("accept", [("range(ACCEPT_BATCH)", "range(ACCEPT_BATCH + 1)")], "65 clients were accepted in one turn"),
        ("accept", [("for _client in range(ACCEPT_BATCH):", "while True:")], "1000 clients were accepted in one turn"),
        (
            "accept",
            [("                if error.errno in RESOURCE_ERRNOS:\n                    self", "                self")],
            "Pause only if error.errno is in",
        ),
        (
            "accept",  # any error but the usual one
            [("error.errno in RESOURCE_ERRNOS", "not isinstance(error, BlockingIOError)")],
            "accept raised ECONNABORTED, which concerns one client alone",
        ),
        (
            "accept",
            [(EXCEPT, "            except BlockingIOError as error:\n")],
            "let ConnectionAbortedError.* through",
        ),
        (
            "accept",
            [(EXCEPT, "            except (BlockingIOError, ConnectionError) as error:\n")],
            "let OSError.*EPROTO|let OSError.* through",
        ),
        ("accept", [("                return\n", "")], "Your code raised UnboundLocalError"),
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
            "5,000 times in one turn of the loop. When must it return",
        ),
        (
            "accept",
            [(START, "            self.start_session\n")],
            r"Expected that start_session is called for 3 .*saw 0|has no attribute",
        ),
        ("accept", [("sock, _address = self", "sock = self")], "start_session received .client 0, .*\n.*Unpack them"),
        (
            "accept",
            [
                (
                    PAUSE,
                    PAUSE.replace(
                        "                return\n", "                self.listener.close()\n                return\n"
                    ),
                )
            ],
            "no client can|doesn't watch|Bad file",
        ),
        (
            "accept",  # behind the back of the server
            [
                (
                    "                return\n",
                    "                self.selector.unregister(self.listener)\n                return\n",
                )
            ],
            "the server does not know it(.|\n)*Call self.pause_accepting",
        ),
        (
            "accept",
            [(START, "            with sock:\n                self.start_session(sock)\n")],
            "start_session was called for each, and accept closed a socket: that client is thrown out",
        ),
        (
            "accept",  # a session, and no place among the sessions
            [(START, "            self.session_class(self, sock).process_pending()\n")],
            "start_session is called for 3 .*saw 0: none.\n.*gave 3 of them: call self.start_session",
        ),
        ("accept", [(START, START + START)], r"saw 6: .*\n.*accept.. gave 3 of them: call self.start_session"),
        (
            "accept",  # also with clients that wait
            [(START, START + "        self.pause_accepting()\n")],
            "Pause only if error.errno is in RESOURCE_ERRNOS",
        ),
        (
            "accept",
            [("        for _client", "        if mask != WRITE:\n            return\n        for _client")],
            "saw 0: none.\nself.listener.accept was not called.",
        ),
        (
            "accept",  # the count outlives the turn
            [
                ("    def accept", "    accepted = 0\n\n    def accept"),
                ("for _client in range(ACCEPT_BATCH):", "while self.accepted < ACCEPT_BATCH:"),
                (START, "            self.accepted += 1\n" + START),
                ("                return\n", "                self.accepted = 0\n                return\n"),
            ],
            r"accepted 64 of them, and the second one 0\.\nEach call of accept counts from 0",
        ),
        (
            "accept",  # goes on after an error, with the client before
            [
                ("                return\n", ""),
                (EXCEPT, "            except BlockingIOError:\n                return\n" + EXCEPT),
            ],
            "After an error sock is still the client before: return",
        ),
    ],
    "neither_dies_nor_spins": [
        (
            "accept",
            [("                if error.errno in RESOURCE_ERRNOS:\n                    self.pause_accepting()\n", "")],
            "the loop spins",
        ),
        ("accept", [("self.pause_accepting()", "raise")], r"let OSError\(\d+, .* through: it ends the loop"),
        (
            "accept",
            [("self.pause_accepting()", "self.set_events(self.listener, 0)")],
            "seconds later the loop still doesn't",
        ),
        (
            "accept",  # no descriptor is left, so the listener is closed
            [
                (
                    "self.pause_accepting()",
                    "self.set_events(self.listener, 0)\n                    self.listener.close()",
                )
            ],
            "the listener was closed",
        ),
        (
            "accept",
            [("error.errno in RESOURCE_ERRNOS", "error.errno == errno.EMFILE")],
            "accept raised ENFILE|accept raised ENOMEM",
        ),
        (
            "accept",
            [("error.errno in RESOURCE_ERRNOS", "error.errno in (errno.EMFILE, errno.ENFILE)")],
            "accept raised ENO",
        ),
        (
            "accept",  # pauses, and tries again at once
            [
                (
                    PAUSE,
                    "                if error.errno not in RESOURCE_ERRNOS:\n                    return\n"
                    "                self.pause_accepting()\n                continue\n",
                )
            ],
            "called again at once: 64 calls in one turn",
        ),
        (
            "accept",  # behind the back of the server
            [("self.pause_accepting()", "self.selector.unregister(self.listener)")],
            "the server does not know it(.|\n)*Call self.pause_accepting",
        ),
        (
            "accept",  # after the first of them it lets in no client
            [
                (
                    "        for _client",
                    "        if getattr(self, 'is_full', False):\n            return\n        for _client",
                ),
                ("self.pause_accepting()", "self.pause_accepting()\n                    self.is_full = True"),
            ],
            "there are descriptors again, and two clients wait",
        ),
        (
            "accept",  # once full, full permanently
            [
                (
                    "self.pause_accepting()",
                    "self.pause_accepting()\n                    self.max_sessions = len(self.sessions)",
                )
            ],
            "and max_sessions is 0 from now on",
        ),
        (
            "accept",  # the spare descriptor
            [
                (
                    "self.pause_accepting()",
                    "self.pause_accepting()\n"
                    "                    with __import__('contextlib').suppress(OSError):\n"
                    "                        self.listener.accept()",
                )
            ],
            "called again at once: 3 calls in one turn",
        ),
        ("accept", [("self.pause_accepting()", "self.close()")], r"server.close\(\) ends all sessions"),
    ],
    "outlives_a_hundred_sessions": [
        (
            "accept",  # makes room for one by throwing another out
            [
                (
                    "self.pause_accepting()",
                    "for session in list(self.sessions)[:10]:\n                        session.close()\n"
                    "                    self.pause_accepting()",
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
                    if self.sessions:
                        time.sleep(ACCEPT_RETRY_DELAY)
                return
            self.start_session(sock)""",
            "40 more clients connect.* 6 seconds were over, and only [0-9]+ had been served",
        ),
        (
            "accept",  # an end without a word
            [
                (
                    START,
                    "            if len(self.sessions) >= 100:\n                sock.close()\n"
                    "                continue\n" + START,
                )
            ],
            "Expected the greeting 220, saw",
        ),
    ],
}

RIGHT = [
    (
        "one condition after the other",
        "free",
        CAN_DISPATCH
        + """        if control.state is State.CLOSING or control.state is State.CLOSED:
            return False
        if len(control.write_buffer) > HIGH_WATER - 1:
            return False
        if self.command_in_progress:
            line, *_others = control.pending_commands
            return bool(self.data.may_interrupt(line))
        return True""",
    ),
    (
        "all of a list",
        "free",
        CAN_DISPATCH
        + """        return all([
            control.state in {State.OPEN, State.ENDING},
            len(control.write_buffer) < HIGH_WATER,
            not self.command_in_progress or self.data.may_interrupt(next(iter(control.pending_commands))),
        ])""",
    ),
    (
        "while and a counter",
        "work",
        PROCESS_PENDING
        + """        count = 0
        while count < COMMANDS_PER_TURN and control.pending_commands and self.can_dispatch():
            line = control.pending_commands.popleft()
            self.dispatch(line)
            count += 1
        control.flush()
        more = bool(control.pending_commands) and self.can_dispatch()
        if more:
            self.server.timers.call_later(0, lambda: self.process_pending())
            return
        if control.state is State.ENDING and not control.write_buffer and not self.command_in_progress:
            self.close()""",
    ),
    (
        "a generator of lines, and two flushes",
        "work",
        """from functools import partial
from itertools import islice


class Pipeline(Session):
    def lines(self):
        while self.control.pending_commands and self.can_dispatch():
            yield self.control.pending_commands.popleft()

    def process_pending(self):
        control = self.control
        control.flush()
        for line in islice(self.lines(), COMMANDS_PER_TURN):
            self.dispatch(line)
        control.flush()
        if control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, partial(Pipeline.process_pending, self))
        elif not (control.state is not State.ENDING or control.write_buffer or self.command_in_progress):
            self.close()""",
    ),
    (
        "indexes, and del",
        "work",
        PROCESS_PENDING
        + """        for number in range(COMMANDS_PER_TURN + 1):
            waiting = len(control.pending_commands) > 0 and self.can_dispatch()
            if not waiting or number == COMMANDS_PER_TURN:
                break
            line = control.pending_commands[0]
            del control.pending_commands[0]
            self.dispatch(line)
        control.flush()
        match bool(control.pending_commands) and self.can_dispatch(), control.state:
            case True, _:
                self.server.timers.call_later(0.0, self.process_pending)
            case False, State.ENDING if not (control.write_buffer or self.command_in_progress):
                self.close()""",
    ),
    (
        "a sum of events",
        "pressure",
        WANTED_EVENTS
        + """        events = 0
        if control.write_buffer:
            events += WRITE
        if control.state is State.ENDING:
            return events
        if len(control.write_buffer) >= HIGH_WATER or len(control.pending_commands) >= MAX_PENDING:
            return events
        return events + READ""",
    ),
    (
        "a table of two bools",
        "pressure",
        WANTED_EVENTS
        + """        room = min(HIGH_WATER - len(control.write_buffer), MAX_PENDING - len(control.pending_commands)) > 0
        table = {(False, False): 0, (True, False): READ, (False, True): WRITE, (True, True): READ | WRITE}
        return table[room and control.state != State.ENDING, len(control.write_buffer) > 0]""",
    ),
    (
        "a guard, and a return",
        "abandon",
        FAILED
        + """        if self.data.transfer is None:
            self.data.close()
            return
        self.data.end_transfer(425, NO_DATA)
        self.process_pending()""",
    ),
    (
        "the pending commands in the next turn",
        "abandon",
        FAILED
        + """        transfer = self.data.transfer
        if not transfer:
            return self.data.close()
        self.data.end_transfer(code=425, text=NO_DATA)
        self.server.timers.call_later(0, self.process_pending)""",
    ),
    (
        "while and a counter, the error in a helper",
        "accept",
        """class AcceptUnderLoad(FtpServer):
    def next_client(self):
        try:
            return self.listener.accept()[0]
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                self.pause_accepting()
            return None

    def accept(self, mask):
        accepted = 0
        while accepted < ACCEPT_BATCH and (sock := self.next_client()):
            self.start_session(sock)
            accepted += 1""",
    ),
    (
        "one except for each case",
        "accept",
        ACCEPT
        + """        for _ in range(ACCEPT_BATCH):
            try:
                sock, _address = self.listener.accept()
            except BlockingIOError:
                break
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if error.errno not in RESOURCE_ERRNOS:
                    return
                self.pause_accepting()
                break
            else:
                self.start_session(sock)""",
    ),
    (
        "each socket is set up here, too",
        "accept",
        [(START, "            sock.setblocking(False)\n" + START)],
    ),
    (
        "all five in other words",
        {
            "free": [("return not self.command_in_progress or", "return (not self.command_in_progress) |")],
            "work": [
                (
                    "control.write_buffer or self.command_in_progress",
                    "self.command_in_progress or len(control.write_buffer)",
                )
            ],
            "pressure": [("return (READ if reading else 0) |", "return READ * reading |")],
            "abandon": [("if self.data.transfer:", "if self.data.transfer is not None:")],
            "accept": [("error.errno in RESOURCE_ERRNOS", "any(error.errno == number for number in RESOURCE_ERRNOS)")],
        },
    ),
]
