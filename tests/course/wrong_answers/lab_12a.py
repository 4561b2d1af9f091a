"""Lab 12a: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

DATA_RECEIVED = "class LineParsing(Session):\n    def feed(self, data):\n"
DISPATCH = "class Dispatch(Session):\n    def dispatch(self, line):\n"
PROCESS_PENDING = "class Pipeline(Session):\n    def process_pending(self):\n"

ANSWERS = {
    "finds_lines_wherever_they_are_cut": [
        (
            "take",  # one recv, one command
            DATA_RECEIVED + "        self.pending_commands.extend(data.split(b'\\n')[:-1])",
            "TCP has no messages",
        ),
        (
            "take",  # a line ends at a CR as well: a cut between the two makes an empty line
            DATA_RECEIVED
            + """        *complete, last = (self.partial_line + data).splitlines(keepends=True)
        if last.endswith((b"\\r", b"\\n")):
            whole, last = [*complete, last], b""
        self.partial_line = last
        self.pending_commands.extend(line.rstrip(b"\\r\\n") for line in complete)""",
            "at its LF, and only there",
        ),
        (
            "take",  # empty lines are thrown away: no reply, where one is due
            DATA_RECEIVED
            + """        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        self.pending_commands.extend(line for line in complete if line.strip())""",
            "expected the lines",
        ),
        (
            "take",  # decoded as it comes
            DATA_RECEIVED
            + """        *complete, rest = (self.partial_line + data).decode().split("\\n")
        self.partial_line = rest.encode()
        self.pending_commands.extend(complete)""",
            "expected bytes",
        ),
        (
            "take",  # the partial_line is never shortened
            DATA_RECEIVED
            + """        self.partial_line += data
        while b"\\n" in self.partial_line:
            self.pending_commands.append(self.partial_line.partition(b"\\n")[0])""",
            "stopped after 2 seconds",
        ),
        ("take", DATA_RECEIVED + "        self.partial_line = data.rpartition(b'\\n')[2]", "expected the lines"),
        (
            "take",  # the beginning of a line is a line, too
            DATA_RECEIVED + "        self.pending_commands.extend((self.partial_line + data).split(b'\\n'))",
            "expected the lines",
        ),
    ],
    "tells_an_endless_line_once": [
        (
            "take",  # no bound
            DATA_RECEIVED
            + """        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        self.pending_commands.extend(complete)""",
            "would fill your memory",
        ),
        (
            "take",  # a line for each 4 KiB
            DATA_RECEIVED
            + """        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        if len(self.partial_line) > MAX_COMMAND_LINE:
            complete.append(self.partial_line)
            self.partial_line = b""
        self.pending_commands.extend(complete)""",
            "in pending_commands 4 times",
        ),
        (
            "take",  # reported once, and its rest is a command
            DATA_RECEIVED
            + """        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        if len(self.partial_line) > MAX_COMMAND_LINE:
            if not self.discarding:
                complete.append(self.partial_line)
            self.partial_line, self.discarding = b"", True
        if complete:
            self.discarding = bool(self.discarding and not complete[-1])
        self.pending_commands.extend(complete)""",
            "in pending_commands 4 times",
        ),
        (
            "take",  # dropped without a word
            DATA_RECEIVED
            + """        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        if complete and self.discarding:
            self.discarding = False
            del complete[0]
        if len(self.partial_line) > MAX_COMMAND_LINE:
            self.partial_line, self.discarding = b"", True
        self.pending_commands.extend(complete)""",
            "would get no reply",
        ),
        (
            "take",  # deaf from then on
            DATA_RECEIVED
            + """        if self.discarding:
            return
        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        if len(self.partial_line) > MAX_COMMAND_LINE:
            complete.append(self.partial_line)
            self.partial_line, self.discarding = b"", True
        self.pending_commands.extend(complete)""",
            "ends the discarding",
        ),
        (
            "take",  # everything that has come is dropped, the next command with it
            DATA_RECEIVED
            + """        if self.discarding:
            self.discarding = b"\\n" not in data
            return
        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        if len(self.partial_line) > MAX_COMMAND_LINE:
            complete.append(self.partial_line)
            self.partial_line, self.discarding = b"", True
        self.pending_commands.extend(complete)""",
            "what comes after is a command",
        ),
        (
            "take",  # the rest of the long line is taken for a command
            DATA_RECEIVED
            + """        *complete, self.partial_line = (self.partial_line + data).split(b"\\n")
        if len(self.partial_line) > MAX_COMMAND_LINE:
            if not self.discarding:
                complete.append(self.partial_line)
            self.partial_line, self.discarding = b"", True
        self.pending_commands.extend(complete)""",
            "belongs to the long line",
        ),
        (
            "take",  # cut to MAX_COMMAND_LINE: dispatch cannot know that it was longer
            DATA_RECEIVED
            + """        *complete, rest = (self.partial_line + data).split(b"\\n")
        if complete and self.discarding:
            self.discarding = False
            del complete[0]
        if len(rest) > MAX_COMMAND_LINE:
            if not self.discarding:
                complete.append(rest[:MAX_COMMAND_LINE])
            rest, self.discarding = b"", True
        self.partial_line = rest
        self.pending_commands.extend(complete)""",
            "the longest has 4,096.\n.*\nUncut: only by being longer",
        ),
    ],
    "answers_each_command_with_its_code": [
        (
            "obey",  # what parse raises comes through
            DISPATCH
            + """        verb, argument = parse(line)
        try:
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)""",
            "let CommandError.* through",
        ),
        (
            "obey",  # authorize is not called
            DISPATCH
            + """        try:
            verb, argument = parse(line)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)""",
            "let AttributeError.* through",
        ),
        (
            "obey",  # it looks for the method, and does not call authorize
            DISPATCH
            + """        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            method = getattr(self, f"do_{verb.lower()}", None)
            if method is None:
                raise CommandError(502, "Not served.")
            method(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)""",
            "Call authorize before",
        ),
        (
            "obey",  # a long line is as good as any
            DISPATCH
            + """        try:
            verb, argument = parse(line)
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)""",
            "Expected 500 .* of 4,101 bytes(.|\n)*Ask the length before parse",
        ),
        (
            "obey",  # the method replies, and so do we
            DISPATCH
            + """        verb, argument = parse(line)
        self.authorize(verb, argument)
        getattr(self, f"do_{verb.lower()}")(argument)
        self.reply(200, "Done.")""",
            "gave 2 replies",
        ),
        (
            "obey",  # the same code for whatever is refused
            DISPATCH
            + """        try:
            verb, argument = parse(line)
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except (CommandError, OSError) as error:
            self.reply(500, str(error))""",
            "Expected 550(.|\n)*The exception has the code",
        ),
    ],
    "turns_what_is_raised_into_the_reply": [
        (
            "obey",  # the disk is forgotten, only a missing file is thought of
            DISPATCH
            + """        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except FileNotFoundError as error:
            self.reply(550, error.strerror)""",
            "let OSError.* through",
        ),
        (
            "obey",  # every error is permanent
            DISPATCH
            + """        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(550, error.strerror)""",
            "4xx says try again later",
        ),
        (
            "obey",  # the code alone
            DISPATCH
            + """        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except CommandError as error:
            self.reply(error.code, "Sorry.")
        except OSError as error:
            self.reply(command_error(error).code, "Sorry.")""",
            "should say why",
        ),
    ],
    "obeys_in_order_one_at_a_time": [
        (
            "work",  # all that has come, whatever is under way
            PROCESS_PENDING
            + """        for line in list(self.pending_commands)[:COMMANDS_PER_TURN]:
            self.dispatch(line)
        self.pending_commands.clear()
        self.flush()""",
            "was still under way",
        ),
        (
            "work",  # asked once, before the first
            PROCESS_PENDING
            + """        if self.pending_commands and self.can_dispatch():
            for _ in range(min(len(self.pending_commands), COMMANDS_PER_TURN)):
                self.dispatch(self.pending_commands.popleft())
        self.flush()""",
            "was still under way",
        ),
        (
            "work",  # one command in a call
            PROCESS_PENDING
            + """        if self.pending_commands and self.can_dispatch():
            self.dispatch(self.pending_commands.popleft())
        self.flush()""",
            "go on while commands wait",
        ),
        (
            "work",  # from the wrong end
            PROCESS_PENDING
            + """        while self.pending_commands and self.can_dispatch():
            self.dispatch(self.pending_commands.pop())
        self.flush()""",
            "by their order",
        ),
        (
            "work",  # what was obeyed stays
            PROCESS_PENDING
            + """        while self.pending_commands and self.can_dispatch():
            self.dispatch(self.pending_commands[0])
        self.flush()""",
            "what is obeyed leaves pending_commands",
        ),
        (
            "work",  # what must wait is lost
            PROCESS_PENDING
            + """        waiting = list(self.pending_commands)
        self.pending_commands.clear()
        for line in waiting:
            if not self.command_in_progress:
                self.dispatch(line)
        self.flush()""",
            "must wait stays there",
        ),
        (
            "work",  # waits on the spot until the transfer has ended, which this very loop would have to move
            PROCESS_PENDING
            + """        while self.pending_commands:
            if self.can_dispatch():
                self.dispatch(self.pending_commands.popleft())
        self.flush()""",
            "stopped after 2 seconds",
        ),
        (
            "work",  # what was obeyed stays, until the turn is over
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands[0])
        self.flush()""",
            "what is obeyed leaves pending_commands",
        ),
    ],
    "sleeps_while_none_may_be_obeyed": [
        (
            "work",  # always again, also with nothing to do
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        self.server.timers.call_later(0, self.process_pending)""",
            "No command waits, and a timer is due",
        ),
        (
            "work",  # free, and nothing to obey
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "No command waits, and a timer is due",
        ),
        (
            "work",  # looks again and again whether the transfer has ended
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands:
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "RETR is under way, .*the loop never sleeps",
        ),
    ],
    "leaves_the_others_their_turn": [
        (
            "work",  # no bound
            PROCESS_PENDING
            + """        while self.pending_commands and self.can_dispatch():
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.eof_received and not self.write_buffer:
            self.close()""",
            "1000 commands were obeyed in one turn",
        ),
        (
            "work",  # a bound, and no timer for the rest
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.eof_received and not self.write_buffer:
            self.close()""",
            "16 of 1,000 commands.*\n.*have a timer call process_pending again",
        ),
        (
            "work",  # calls itself, where a timer should
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.process_pending()
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "in one turn of the loop",
        ),
        (
            "work",  # called, where it should be handed over
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending())
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "hand over `process_pending`, not",
        ),
    ],
    "drops_who_has_ended_and_is_owed_nothing": [
        (
            "work",  # what is unsent and hasn't fitted into the buffer is lost
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received:
            self.close()""",
            "Its last reply is in write_buffer",
        ),
        (
            "work",  # who has closed its side gets no answer
            PROCESS_PENDING
            + """        if self.eof_received:
            self.close()
            return
        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "dropped before the last one was obeyed",
        ),
        (
            "work",  # asks whether it is over while commands wait: they are lost
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        if self.eof_received and not self.write_buffer:
            self.close()""",
            "dropped before the last one was obeyed",
        ),
        (
            "work",  # a client that has sent QUIT stays until a timer ends it
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)""",
            "Each such client costs a descriptor",
        ),
        (
            "work",  # with nothing to obey it doesn't look whether it is over
            PROCESS_PENDING
            + """        if not self.pending_commands:
            return
        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "with nothing in pending_commands, too",
        ),
    ],
    "serves_real_clients": [
        (
            "work",  # nothing is sent
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "flush comes after it",
        ),
        (
            "work",  # sends first, then obeys: each reply is late by one command
            PROCESS_PENDING
            + """        self.flush()
        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "flush comes after it",
        ),
        (
            "work",  # with nothing obeyed nothing is sent: no greeting
            PROCESS_PENDING
            + """        if not self.pending_commands:
            if self.eof_received and not self.write_buffer:
                self.close()
            return
        for _command in range(COMMANDS_PER_TURN):
            if not (self.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.pending_commands.popleft())
        self.flush()
        if self.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.eof_received and not self.write_buffer:
            self.close()""",
            "220 is due before any command",
        ),
    ],
}
