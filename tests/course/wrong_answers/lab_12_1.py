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
            DATA_RECEIVED
            + """        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        if complete and self.control.discarding:
            self.control.discarding = False
            del complete[0]
        if len(self.control.partial_line) > MAX_COMMAND_LINE:
            self.control.partial_line, self.control.discarding = b"", True
        self.control.pending_commands.extend(complete)""",
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
            DATA_RECEIVED
            + """        *complete, self.control.partial_line = (self.control.partial_line + data).split(b"\\n")
        if len(self.control.partial_line) > MAX_COMMAND_LINE:
            if not self.control.discarding:
                complete.append(self.control.partial_line)
            self.control.partial_line, self.control.discarding = b"", True
        self.control.pending_commands.extend(complete)""",
            "belongs to the long line",
        ),
        (
            "take",  # cut to MAX_COMMAND_LINE: dispatch cannot know that it was longer
            DATA_RECEIVED
            + """        *complete, rest = (self.control.partial_line + data).split(b"\\n")
        if complete and self.control.discarding:
            self.control.discarding = False
            del complete[0]
        if len(rest) > MAX_COMMAND_LINE:
            if not self.control.discarding:
                complete.append(rest[:MAX_COMMAND_LINE])
            rest, self.control.discarding = b"", True
        self.control.partial_line = rest
        self.control.pending_commands.extend(complete)""",
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
            self.commands[verb](argument)
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
            self.commands[verb](argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)""",
            "let KeyError.* through",
        ),
        (
            "obey",  # the methods of the session alone: the other commands are in its parts
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
            self.reply(*command_error(error).args)""",
            "let AttributeError.* through",
        ),
        (
            "obey",  # it looks for the function, and does not call authorize
            DISPATCH
            + """        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            if verb not in self.commands:
                raise CommandError(502, "Not served.")
            self.commands[verb](argument)
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
            self.commands[verb](argument)
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            self.reply(*command_error(error).args)""",
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
            DISPATCH
            + """        try:
            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            self.commands[verb](argument)
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
            self.commands[verb](argument)
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
            self.commands[verb](argument)
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
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "No command waits, and a timer is due",
        ),
        (
            "work",  # looks again and again whether the transfer has ended
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands:
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
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
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.process_pending()
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "in one turn of the loop",
        ),
        (
            "work",  # called, where it should be handed over
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending())
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "hand over `process_pending`, not",
        ),
    ],
    "drops_who_has_ended_and_is_owed_nothing": [
        (
            "work",  # what is unsent and hasn't fitted into the buffer is lost
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING:
            self.close()""",
            "Its last reply is in write_buffer",
        ),
        (
            "work",  # who has closed its side gets no answer
            PROCESS_PENDING
            + """        if self.control.state is State.ENDING:
            self.close()
            return
        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "closed before the last one was answered",
        ),
        (
            "work",  # a reply that is yet to come is no reason to stay
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not self.control.write_buffer:
            self.close()""",
            "The password is still checked",
        ),
        (
            "work",  # asks whether it is over while commands wait: they are lost
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        if self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "closed before the last one was answered",
        ),
        (
            "work",  # a client that has sent QUIT stays until a timer ends it
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)""",
            "Each such session costs a descriptor",
        ),
        (
            "work",  # with nothing to dispatch it doesn't look whether it is over
            PROCESS_PENDING
            + """        if not self.control.pending_commands:
            return
        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "with nothing in pending_commands, too",
        ),
    ],
    "serves_real_clients": [
        (
            "work",  # nothing is sent
            PROCESS_PENDING
            + """        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "flush comes after the commands",
        ),
        (
            "work",  # sends first, then dispatches: each reply is late by one command
            PROCESS_PENDING
            + """        self.control.flush()
        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "flush comes after the commands",
        ),
        (
            "work",  # with nothing dispatched nothing is sent: no greeting
            PROCESS_PENDING
            + """        if not self.control.pending_commands:
            if self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
                self.close()
            return
        for _command in range(COMMANDS_PER_TURN):
            if not (self.control.pending_commands and self.can_dispatch()):
                break
            self.dispatch(self.control.pending_commands.popleft())
        self.control.flush()
        if self.control.pending_commands and self.can_dispatch():
            self.server.timers.call_later(0, self.process_pending)
        elif self.control.state is State.ENDING and not (self.control.write_buffer or self.command_in_progress):
            self.close()""",
            "220 is due before any command",
        ),
    ],
}
