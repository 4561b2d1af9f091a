"""Lab 12-1: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

DATA_RECEIVED = "class LineParsing(Session):\n    def feed(self, data):\n"
DISPATCH = "class Dispatch(Session):\n    def dispatch(self, line):\n"
PROCESS_PENDING = "class Pipeline(Session):\n    def process_pending(self):\n"

ANSWERS = {
    "finds_lines_wherever_they_are_cut": [
        (
            "take",  # one recv, one command
            DATA_RECEIVED + "        self.control.pending_commands.extend(data.split(b'\\n')[:-1])",
            "TCP has no messages",
        ),
        (
            "take",  # a line ends at a CR as well: a cut between the two makes an empty line
            DATA_RECEIVED
            + """        *complete, last = (self.control.partial_line + data).splitlines(keepends=True)
        if last.endswith((b"\\r", b"\\n")):
            whole, last = [*complete, last], b""
        self.control.partial_line = last
        self.control.pending_commands.extend(line.rstrip(b"\\r\\n") for line in complete)""",
            "at its LF, and only there",
        ),
        (
            "take",  # empty lines are thrown away: no reply, where one is due
            DATA_RECEIVED
            + """        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        self.control.pending_commands.extend(line for line in complete if line.strip())""",
            "expected the lines",
        ),
        (
            "take",  # decoded as it comes
            DATA_RECEIVED
            + """        *complete, rest = (self.control.partial_line + data).decode().split("\\n")
        self.control.partial_line = rest.encode()
        self.control.pending_commands.extend(complete)""",
            "expected bytes",
        ),
        (
            "take",  # the partial_line is never shortened
            DATA_RECEIVED
            + """        self.control.partial_line += data
        while b"\\n" in self.control.partial_line:
            self.control.pending_commands.append(self.control.partial_line.partition(b"\\n")[0])""",
            "stopped after 2 seconds",
        ),
        (
            "take",
            DATA_RECEIVED + "        self.control.partial_line = data.rpartition(b'\\n')[2]",
            "expected the lines",
        ),
        (
            "take",  # the beginning of a line is a line, too
            DATA_RECEIVED
            + "        self.control.pending_commands.extend((self.control.partial_line + data).split(b'\\n'))",
            "expected the lines",
        ),
    ],
    "tells_an_endless_line_once": [
        (
            "take",  # no bound
            DATA_RECEIVED
            + """        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        self.control.pending_commands.extend(complete)""",
            "would fill your memory",
        ),
        (
            "take",  # a line for each 4 KiB
            DATA_RECEIVED
            + """        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        if len(self.control.partial_line) > MAX_COMMAND_LINE:
            complete.append(self.control.partial_line)
            self.control.partial_line = b""
        self.control.pending_commands.extend(complete)""",
            "in pending_commands 4 times",
        ),
        (
            "take",  # reported once, and its rest is a command
            DATA_RECEIVED
            + """        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        if len(self.control.partial_line) > MAX_COMMAND_LINE:
            if not self.control.discarding:
                complete.append(self.control.partial_line)
            self.control.partial_line, self.control.discarding = b"", True
        if complete:
            self.control.discarding = bool(self.control.discarding and not complete[-1])
        self.control.pending_commands.extend(complete)""",
            "in pending_commands 4 times",
        ),
        (
            "take",  # dropped without a word
            [("            if not control.discarding:\n                complete.append(control.partial_line)\n", "")],
            "would get no reply",
        ),
        (
            "take",  # deaf from then on
            DATA_RECEIVED
            + """        if self.control.discarding:
            return
        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        if len(self.control.partial_line) > MAX_COMMAND_LINE:
            complete.append(self.control.partial_line)
            self.control.partial_line, self.control.discarding = b"", True
        self.control.pending_commands.extend(complete)""",
            "ends the discarding",
        ),
        (
            "take",  # everything that has come is dropped, the next command with it
            DATA_RECEIVED
            + """        if self.control.discarding:
            self.control.discarding = b"\\n" not in data
            return
        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        if len(self.control.partial_line) > MAX_COMMAND_LINE:
            complete.append(self.control.partial_line)
            self.control.partial_line, self.control.discarding = b"", True
        self.control.pending_commands.extend(complete)""",
            "what comes after is a command",
        ),
        (
            "take",  # the rest of the long line is taken for a command
            [
                (
                    """        if complete and control.discarding:
            control.discarding = False
            del complete[0]
""",
                    "",
                )
            ],
            "belongs to the long line",
        ),
        (
            "take",  # cut to MAX_COMMAND_LINE: dispatch cannot know that it was longer
            [
                (", control.partial_line =", ", rest ="),
                ("len(control.partial_line) >", "len(rest) >"),
                (
                    """control.partial_line)
            control.partial_line, control.discarding = b"", True""",
                    """rest[:MAX_COMMAND_LINE])
            rest, control.discarding = b"", True
        control.partial_line = rest""",
                ),
            ],
            "the longest has 4,096.\n.*\nUncut: only by being longer",
        ),
    ],
    "answers_each_command_with_its_code": [
        (
            "obey",  # what parse raises comes through
            [
                (
                    """try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)""",
                    "verb, argument = parse(line)\n        try:",
                )
            ],
            "let CommandError.* through",
        ),
        (
            "obey",  # authorize is not called
            [
                (
                    """            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
""",
                    "",
                ),
                ("            self.authorize(verb, argument)\n", ""),
            ],
            "let KeyError.* through",
        ),
        (
            "obey",  # the methods of the session alone: the other commands are in its parts
            [("self.commands[verb]", 'getattr(self, f"do_{verb.lower()}")')],
            "let AttributeError.* through",
        ),
        (
            "obey",  # it looks for the function, and does not call authorize
            [
                (
                    "self.authorize(verb, argument",
                    'if verb not in self.commands:\n                raise CommandError(502, "Not served."',
                )
            ],
            "Call authorize before",
        ),
        (
            "obey",  # a long line is as good as any
            [
                (
                    """            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
""",
                    "",
                )
            ],
            "Expected 500 .* of 4,101 bytes(.|\n)*Ask the length before parse",
        ),
        (
            "obey",  # the command replies, and so do we
            DISPATCH
            + """        verb, argument = parse(line)
        self.authorize(verb, argument)
        self.commands[verb](argument)
        self.reply(200, "Done.")""",
            "gave 2 replies",
        ),
        (
            "obey",  # the same code for whatever is refused
            DISPATCH
            + """        try:
            verb, argument = parse(line)
            self.authorize(verb, argument)
            self.commands[verb](argument)
        except (CommandError, OSError) as error:
            self.reply(500, str(error))""",
            "Expected 550(.|\n)*The exception has the code",
        ),
    ],
    "turns_what_is_raised_into_the_reply": [
        (
            "obey",  # the disk is forgotten, only a missing file is thought of
            [
                (
                    "OSError as error:\n            self.reply(*command_error(error).args",
                    "FileNotFoundError as error:\n            self.reply(550, error.strerror",
                )
            ],
            "let OSError.* through",
        ),
        (
            "obey",  # every error is permanent
            [("*command_error(error).args", "550, error.strerror")],
            "4xx says try again later",
        ),
        (
            "obey",  # the code alone
            [("error.text", '"Sorry."'), ("*command_error(error).args", 'command_error(error).code, "Sorry."')],
            "should say why",
        ),
    ],
    "obeys_in_order_one_at_a_time": [
        (
            "work",  # all that has come, whatever is under way
            PROCESS_PENDING
            + """        for line in list(self.control.pending_commands)[:COMMANDS_PER_TURN]:
            self.dispatch(line)
        self.control.pending_commands.clear()
        self.control.flush()""",
            "was still in progress",
        ),
        (
            "work",  # asked once, before the first
            PROCESS_PENDING
            + """        if self.control.pending_commands and self.can_dispatch():
            for _ in range(min(len(self.control.pending_commands), COMMANDS_PER_TURN)):
                self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()""",
            "was still in progress",
        ),
        (
            "work",  # one command in a call
            PROCESS_PENDING
            + """        if self.control.pending_commands and self.can_dispatch():
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()""",
            "go on while commands wait",
        ),
        (
            "work",  # from the wrong end
            PROCESS_PENDING
            + """        while self.control.pending_commands and self.can_dispatch():
            self.dispatch(self.control.pending_commands.pop())
        self.control.flush()""",
            "by their order",
        ),
        (
            "work",  # what was dispatched stays
            PROCESS_PENDING
            + """        while self.control.pending_commands and self.can_dispatch():
            self.dispatch(self.control.pending_commands[0])
        self.control.flush()""",
            "a command that is dispatched leaves pending_commands",
        ),
        (
            "work",  # what must wait is lost
            PROCESS_PENDING
            + """        waiting = list(self.control.pending_commands)
        self.control.pending_commands.clear()
        for line in waiting:
            if not self.command_in_progress:
                self.dispatch(line)
        self.control.flush()""",
            "must wait stays there",
        ),
        (
            "work",  # waits on the spot until the transfer has ended, which this very loop would have to move
            PROCESS_PENDING
            + """        while self.control.pending_commands:
            if self.can_dispatch():
                self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()""",
            "stopped after 2 seconds",
        ),
        (
            "work",  # what was dispatched stays, until the turn is over
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands[0])
        self.control.flush()""",
            "a command that is dispatched leaves pending_commands",
        ),
    ],
    "sleeps_while_none_may_be_obeyed": [
        (
            "work",  # always again, also with nothing to do
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        self.server.timers.call_later(0, self.process_pending)""",
            "No command waits, and a timer is due",
        ),
        (
            "work",  # free, and nothing to dispatch
            [("if control.pending_commands and self.", "if self.")],
            "No command waits, and a timer is due",
        ),
        (
            "work",  # looks again and again whether the transfer has ended
            [("pending_commands and self.can_dispatch():", "pending_commands:")],
            "RETR is in progress, .*the loop never sleeps",
        ),
    ],
    "leaves_the_others_their_turn": [
        (
            "work",  # no bound
            PROCESS_PENDING
            + """        while self.control.pending_commands and self.can_dispatch():
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "1000 commands were dispatched in one turn",
        ),
        (
            "work",  # a bound, and no timer for the rest
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "16 of 1,000 commands.*\n.*have a timer call process_pending again",
        ),
        (
            "work",  # calls itself, where a timer should
            [("server.timers.call_later(0, self.process_pending", "process_pending(")],
            "in one turn of the loop",
        ),
        (
            "work",  # called, where it should be handed over
            [("process_pending)", "process_pending())")],
            "hand over `process_pending`, not",
        ),
    ],
    "drops_who_has_ended_and_is_owed_nothing": [
        (
            "work",  # what is unsent and hasn't fitted into the buffer is lost
            [("ENDING and not (\n            control.write_buffer or self.command_in_progress\n        ):", "ENDING:")],
            "Its last reply is in write_buffer",
        ),
        (
            "work",  # who has closed its side gets no answer
            [
                (
                    "        for _command in range(COMMANDS_PER_TURN):",
                    """        if control.state is State.ENDING:
            self.close()
            return
        for _command in range(COMMANDS_PER_TURN):""",
                )
            ],
            "closed before the last one was answered",
        ),
        (
            "work",  # a reply that is yet to come is no reason to stay
            [("(\n            control.write_buffer or self.command_in_progress\n        )", "control.write_buffer")],
            "The password is still checked",
        ),
        (
            "work",  # asks whether it is over while commands wait: they are lost
            [
                (
                    """elif control.state is State.ENDING and not (
            control.write_buffer or self.command_in_progress
        )""",
                    "if control.state is State.ENDING and not (control.write_buffer or self.command_in_progress)",
                )
            ],
            "closed before the last one was answered",
        ),
        (
            "work",  # a client that has sent QUIT stays until a timer ends it
            [
                (
                    """        elif control.state is State.ENDING and not (
            control.write_buffer or self.command_in_progress
        ):
            self.close()
""",
                    "",
                )
            ],
            "Each such session costs a descriptor",
        ),
        (
            "work",  # with nothing to dispatch it doesn't look whether it is over
            [
                (
                    "        for _command in range(COMMANDS_PER_TURN):",
                    """        if not control.pending_commands:
            return
        for _command in range(COMMANDS_PER_TURN):""",
                )
            ],
            "with nothing in pending_commands, too",
        ),
    ],
    "serves_real_clients": [
        (
            "work",  # nothing is sent
            [("        control.flush()\n", "")],
            "flush comes after the commands",
        ),
        (
            "work",  # sends first, then dispatches: each reply is late by one command
            [
                (
                    "        for _command in range(COMMANDS_PER_TURN):",
                    "        control.flush()\n        for _command in range(COMMANDS_PER_TURN):",
                ),
                ("control.flush()\n        if", "if"),
            ],
            "flush comes after the commands",
        ),
        (
            "work",  # with nothing dispatched nothing is sent: no greeting
            [
                (
                    "        for _command in range(COMMANDS_PER_TURN):",
                    """        if not control.pending_commands:
            if control.state is State.ENDING and not (
                control.write_buffer or self.command_in_progress
            ):
                self.close()
            return
        for _command in range(COMMANDS_PER_TURN):""",
                )
            ],
            "220 is due before any command",
        ),
    ],
}
