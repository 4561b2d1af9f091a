"""Lab 12a: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

TAKE = "class Lines(Session):\n    def take(self, data):\n"
OBEY = "class Answers(Session):\n    def obey(self, line):\n"
WORK = "class Pipeline(Session):\n    def work(self):\n"

ANSWERS = {
    "finds_lines_wherever_they_are_cut": [
        (
            "take",  # one recv, one command
            TAKE + "        self.lines.extend(data.split(b'\\n')[:-1])",
            "TCP has no messages",
        ),
        (
            "take",  # a line ends at a CR as well: a cut between the two makes an empty line
            TAKE
            + """        *whole, last = (self.inbox + data).splitlines(keepends=True)
        if last.endswith((b"\\r", b"\\n")):
            whole, last = [*whole, last], b""
        self.inbox = last
        self.lines.extend(line.rstrip(b"\\r\\n") for line in whole)""",
            "at its LF, and only there",
        ),
        (
            "take",  # empty lines are thrown away: no reply, where one is due
            TAKE
            + """        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        self.lines.extend(line for line in whole if line.strip())""",
            "expected the lines",
        ),
        (
            "take",  # decoded as it comes
            TAKE
            + """        *whole, rest = (self.inbox + data).decode().split("\\n")
        self.inbox = rest.encode()
        self.lines.extend(whole)""",
            "expected bytes",
        ),
        (
            "take",  # the inbox is never shortened
            TAKE
            + """        self.inbox += data
        while b"\\n" in self.inbox:
            self.lines.append(self.inbox.partition(b"\\n")[0])""",
            "stopped after 2 seconds",
        ),
        ("take", TAKE + "        self.inbox = data.rpartition(b'\\n')[2]", "expected the lines"),
        (
            "take",  # the beginning of a line is a line, too
            TAKE + "        self.lines.extend((self.inbox + data).split(b'\\n'))",
            "expected the lines",
        ),
    ],
    "tells_an_endless_line_once": [
        (
            "take",  # no bound
            TAKE
            + """        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        self.lines.extend(whole)""",
            "would fill your memory",
        ),
        (
            "take",  # a line for each 4 KiB
            TAKE
            + """        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        if len(self.inbox) > LINE:
            whole.append(self.inbox)
            self.inbox = b""
        self.lines.extend(whole)""",
            "in lines 4 times",
        ),
        (
            "take",  # told once, and its rest is a command
            TAKE
            + """        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        if len(self.inbox) > LINE:
            if not self.dropping:
                whole.append(self.inbox)
            self.inbox, self.dropping = b"", True
        if whole:
            self.dropping = bool(self.dropping and not whole[-1])
        self.lines.extend(whole)""",
            "in lines 4 times",
        ),
        (
            "take",  # dropped without a word
            TAKE
            + """        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        if whole and self.dropping:
            self.dropping = False
            del whole[0]
        if len(self.inbox) > LINE:
            self.inbox, self.dropping = b"", True
        self.lines.extend(whole)""",
            "Nobody would answer",
        ),
        (
            "take",  # deaf from then on
            TAKE
            + """        if self.dropping:
            return
        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        if len(self.inbox) > LINE:
            whole.append(self.inbox)
            self.inbox, self.dropping = b"", True
        self.lines.extend(whole)""",
            "ends the dropping",
        ),
        (
            "take",  # everything that has come is dropped, the next command with it
            TAKE
            + """        if self.dropping:
            self.dropping = b"\\n" not in data
            return
        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        if len(self.inbox) > LINE:
            whole.append(self.inbox)
            self.inbox, self.dropping = b"", True
        self.lines.extend(whole)""",
            "what comes after is a command",
        ),
        (
            "take",  # the rest of the long line is taken for a command
            TAKE
            + """        *whole, self.inbox = (self.inbox + data).split(b"\\n")
        if len(self.inbox) > LINE:
            if not self.dropping:
                whole.append(self.inbox)
            self.inbox, self.dropping = b"", True
        self.lines.extend(whole)""",
            "belongs to the long line",
        ),
        (
            "take",  # cut to LINE: nobody will know that it was longer
            TAKE
            + """        *whole, rest = (self.inbox + data).split(b"\\n")
        if whole and self.dropping:
            self.dropping = False
            del whole[0]
        if len(rest) > LINE:
            if not self.dropping:
                whole.append(rest[:LINE])
            rest, self.dropping = b"", True
        self.inbox = rest
        self.lines.extend(whole)""",
            "the longest has 4,096.\n.*\nUncut: only by being longer",
        ),
    ],
    "answers_each_command_with_its_code": [
        (
            "obey",  # what parse raises comes through
            OBEY
            + """        verb, argument = parse(line)
        try:
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except OSError as error:
            self.reply(*denied_by(error).args)""",
            "let Denied.* through",
        ),
        (
            "obey",  # nobody is asked
            OBEY
            + """        try:
            verb, argument = parse(line)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except OSError as error:
            self.reply(*denied_by(error).args)""",
            "let AttributeError.* through",
        ),
        (
            "obey",  # it looks by itself, and asks nobody
            OBEY
            + """        try:
            if len(line) > LINE:
                raise Denied(500, "That line is too long.")
            verb, argument = parse(line)
            method = getattr(self, f"do_{verb.lower()}", None)
            if method is None:
                raise Denied(502, "Not served.")
            method(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except OSError as error:
            self.reply(*denied_by(error).args)""",
            "Ask permit before",
        ),
        (
            "obey",  # a long line is as good as any
            OBEY
            + """        try:
            verb, argument = parse(line)
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except OSError as error:
            self.reply(*denied_by(error).args)""",
            "Expected 500 .* of 4,101 bytes(.|\n)*Ask the length before parse",
        ),
        (
            "obey",  # the method replies, and so do we
            OBEY
            + """        verb, argument = parse(line)
        self.permit(verb, argument)
        getattr(self, f"do_{verb.lower()}")(argument)
        self.reply(200, "Done.")""",
            "gave 2 replies",
        ),
        (
            "obey",  # the same code for whatever is refused
            OBEY
            + """        try:
            verb, argument = parse(line)
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except (Denied, OSError) as error:
            self.reply(500, str(error))""",
            "Expected 550(.|\n)*Who raised it has given the code",
        ),
    ],
    "turns_what_is_raised_into_the_reply": [
        (
            "obey",  # the disk is forgotten, only a missing file is thought of
            OBEY
            + """        try:
            if len(line) > LINE:
                raise Denied(500, "That line is too long.")
            verb, argument = parse(line)
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except FileNotFoundError as error:
            self.reply(550, error.strerror)""",
            "let OSError.* through",
        ),
        (
            "obey",  # every error is for ever
            OBEY
            + """        try:
            if len(line) > LINE:
                raise Denied(500, "That line is too long.")
            verb, argument = parse(line)
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, no.text)
        except OSError as error:
            self.reply(550, error.strerror)""",
            "4xx says try again later",
        ),
        (
            "obey",  # the code alone
            OBEY
            + """        try:
            if len(line) > LINE:
                raise Denied(500, "That line is too long.")
            verb, argument = parse(line)
            self.permit(verb, argument)
            getattr(self, f"do_{verb.lower()}")(argument)
        except Denied as no:
            self.reply(no.code, "Sorry.")
        except OSError as error:
            self.reply(denied_by(error).code, "Sorry.")""",
            "should say why",
        ),
    ],
    "obeys_in_order_one_at_a_time": [
        (
            "work",  # all that has come, whatever is under way
            WORK
            + """        for line in list(self.lines)[:TURN]:
            self.obey(line)
        self.lines.clear()
        self.flush()""",
            "was still under way",
        ),
        (
            "work",  # asked once, before the first
            WORK
            + """        if self.lines and self.free():
            for _ in range(min(len(self.lines), TURN)):
                self.obey(self.lines.popleft())
        self.flush()""",
            "was still under way",
        ),
        (
            "work",  # one command in a call
            WORK
            + """        if self.lines and self.free():
            self.obey(self.lines.popleft())
        self.flush()""",
            "go on while commands wait",
        ),
        (
            "work",  # from the wrong end
            WORK
            + """        while self.lines and self.free():
            self.obey(self.lines.pop())
        self.flush()""",
            "by their order",
        ),
        (
            "work",  # what was obeyed stays
            WORK
            + """        while self.lines and self.free():
            self.obey(self.lines[0])
        self.flush()""",
            "what is obeyed leaves lines",
        ),
        (
            "work",  # what must wait is lost
            WORK
            + """        waiting = list(self.lines)
        self.lines.clear()
        for line in waiting:
            if not self.busy:
                self.obey(line)
        self.flush()""",
            "must wait stays there",
        ),
        (
            "work",  # waits on the spot until the transfer has ended, which this very loop would have to move
            WORK
            + """        while self.lines:
            if self.free():
                self.obey(self.lines.popleft())
        self.flush()""",
            "stopped after 2 seconds",
        ),
        (
            "work",  # what was obeyed stays, until the turn is over
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines[0])
        self.flush()""",
            "what is obeyed leaves lines",
        ),
    ],
    "sleeps_while_none_may_be_obeyed": [
        (
            "work",  # always again, also with nothing to do
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        self.server.timers.call_later(0, self.work)""",
            "No command waits, and a timer is due",
        ),
        (
            "work",  # free, and nothing to obey
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "No command waits, and a timer is due",
        ),
        (
            "work",  # looks again and again whether the transfer has ended
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines:
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "RETR is under way, .*the loop never sleeps",
        ),
    ],
    "leaves_the_others_their_turn": [
        (
            "work",  # no bound
            WORK
            + """        while self.lines and self.free():
            self.obey(self.lines.popleft())
        self.flush()
        if self.ended and not self.owed:
            self.drop()""",
            "1000 commands were obeyed in one turn",
        ),
        (
            "work",  # a bound, and nobody who goes on
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.ended and not self.owed:
            self.drop()""",
            "16 of 1,000 commands.*\n.*called again by a timer",
        ),
        (
            "work",  # calls itself, where a timer should
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.work()
        elif self.ended and not self.owed:
            self.drop()""",
            "in one turn of the loop",
        ),
        (
            "work",  # called, where it should be handed over
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work())
        elif self.ended and not self.owed:
            self.drop()""",
            "hand over `work`, not",
        ),
    ],
    "drops_who_has_ended_and_is_owed_nothing": [
        (
            "work",  # what is owed and hasn't fitted into the buffer is lost
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended:
            self.drop()""",
            "Its last reply is in owed",
        ),
        (
            "work",  # who has closed its side gets no answer
            WORK
            + """        if self.ended:
            self.drop()
            return
        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "dropped before the last one was obeyed",
        ),
        (
            "work",  # asks whether it is over while commands wait: they are lost
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        if self.ended and not self.owed:
            self.drop()""",
            "dropped before the last one was obeyed",
        ),
        (
            "work",  # who has said QUIT stays until a timer ends it
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)""",
            "Each such client costs a descriptor",
        ),
        (
            "work",  # with nothing to obey it doesn't look whether it is over
            WORK
            + """        if not self.lines:
            return
        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "with nothing in lines, too",
        ),
    ],
    "serves_real_clients": [
        (
            "work",  # nobody sends
            WORK
            + """        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "flush comes after it",
        ),
        (
            "work",  # sends first, then obeys: each reply is late by one command
            WORK
            + """        self.flush()
        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "flush comes after it",
        ),
        (
            "work",  # with nothing obeyed nothing is sent: no greeting
            WORK
            + """        if not self.lines:
            if self.ended and not self.owed:
                self.drop()
            return
        for _command in range(TURN):
            if not (self.lines and self.free()):
                break
            self.obey(self.lines.popleft())
        self.flush()
        if self.lines and self.free():
            self.server.timers.call_later(0, self.work)
        elif self.ended and not self.owed:
            self.drop()""",
            "220 is owed before any command",
        ),
    ],
}
