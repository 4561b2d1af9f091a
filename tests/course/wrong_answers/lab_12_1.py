"""Lab 12-1: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

SPLIT = 'control.partial_line = (control.partial_line + data).split(b"\\n")'
EXTEND = "control.pending_commands.extend(complete)"
REST_ENDS = """        if complete and control.discarding:
            control.discarding = False
            del complete[0]
"""
APPEND_ONCE = """            if not control.discarding:
                complete.append(control.partial_line)
"""
LENGTH_CHECK = """            if len(line) > MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
"""
COMMAND_ERROR = """        except CommandError as error:
            self.reply(error.code, error.text)
"""
OS_ERROR = """        except OSError as error:
            self.reply(*command_error(error).args)
"""
DATA_RECEIVED = "class LineParsing(Session):\n    def feed(self, data):\n        control = self.control\n"
DISPATCH = "class Dispatch(Session):\n    def dispatch(self, line):\n"

CHECK_WORDS = {
    "finds_lines_wherever_they_are_cut": "rest",
    "knows_a_line_that_is_too_long": "limit",
    "keeps_one_piece_of_an_endless_line": "limit",
    "answers_each_command_with_its_code": "code",
    "turns_what_is_raised_into_the_reply": "disk",
    "lets_every_other_error_out": "fault",
    "serves_real_clients": "curl",
}

ANSWERS = {
    "finds_lines_wherever_they_are_cut": [
        (
            "take",  # one recv, one command
            DATA_RECEIVED + "        control.pending_commands.extend(data.split(b'\\n')[:-1])",
            "expected b'QU' in control.partial_line, saw b''",
        ),
        (
            "take",  # a line ends at a CR as well: a cut between the two makes an empty line
            DATA_RECEIVED
            + """        *complete, last = (control.partial_line + data).splitlines(keepends=True) or [b""]
        if last.endswith((b"\\r", b"\\n")):
            complete, last = [*complete, last], b""
        control.partial_line = last
        control.pending_commands.extend(line.rstrip(b"\\r\\n") for line in complete)""",
            "at its LF, and only there",
        ),
        (
            "take",
            [(EXTEND, "control.pending_commands.extend(filter(None, complete))")],
            "Line 8 of pending_commands: expected b'', saw b' PWD",
        ),
        (
            "take",  # empty lines are thrown away: no reply, where one is due
            [(EXTEND, "control.pending_commands.extend(line for line in complete if line.strip())")],
            "expected b'.r', saw b'SIZE ",
        ),
        (
            "take",  # decoded as it comes
            [
                ("(control.partial_line + data).split(b", "(control.partial_line + data).decode('latin-1').split("),
                (
                    "if complete and",
                    "control.partial_line = control.partial_line.encode('latin-1')\n        if complete and",
                ),
            ],
            "expected bytes, one object for each line. A name need not be UTF-8",
        ),
        (
            "take",  # what is no UTF-8 goes
            [(EXTEND, 'control.pending_commands.extend(line.decode(errors="ignore").encode() for line in complete)')],
            r"expected b'SIZE old .xff .r', saw b'SIZE old  .r'",
        ),
        (
            "take",  # names that end in a space
            [(EXTEND, "control.pending_commands.extend(line.strip() for line in complete)")],
            "A space at an end of a line belongs to it",
        ),
        (
            "take",  # a leading space goes: the line would be a command
            [(EXTEND, "control.pending_commands.extend(line.lstrip() for line in complete)")],
            "expected b' PWD.r', saw b'PWD.r'.\nA space at an end",
        ),
        (
            "take",  # a name with a CR becomes another name
            [(EXTEND, 'control.pending_commands.extend(line.replace(b"\\r", b"") for line in complete)')],
            "A CR within a line belongs to the line",
        ),
        (
            "take",  # more than one CR goes
            [(EXTEND, 'control.pending_commands.extend(line.rstrip(b"\\r") for line in complete)')],
            "Only one CR right before the LF",
        ),
        (
            "take",  # the partial_line is never shortened
            DATA_RECEIVED
            + """        control.partial_line += data
        while b"\\n" in control.partial_line:
            control.pending_commands.append(control.partial_line.partition(b"\\n")[0])""",
            "stopped after 2 seconds",
        ),
        (
            "take",
            DATA_RECEIVED + "        control.partial_line = data.rpartition(b'\\n')[2]",
            "expected b'USER ada.r', saw no line",
        ),
        (
            "take",  # the beginning of a line is a line, too
            DATA_RECEIVED + "        control.pending_commands.extend((control.partial_line + data).split(b'\\n'))",
            "expected no other line, saw b'QU'",
        ),
        ("take", [(EXTEND, "control.pending_commands.extendleft(complete)")], "Line 1 of pending_commands"),
        (
            "take",  # what was there is thrown away
            [(EXTEND, "control.pending_commands.clear()\n        " + EXTEND)],
            "expected b'USER ada.r', saw no line|expected b'USER ada.r', saw",
        ),
        ("take", [(EXTEND, "control.pending_commands = complete")], "is still a deque, saw a list"),
        (
            "take",  # the LF is no part of a command
            [(EXTEND, 'control.pending_commands.extend(line + b"\\n" for line in complete)')],
            "expected b'USER ada.r', saw b'USER ada.r.n'",
        ),
        (
            "take",  # the bytes that come next lie before those that wait
            [("(control.partial_line + data)", "(data + control.partial_line)")],
            "expected b'QUIT.r', saw b'IT.r'",
        ),
        (
            "take",  # a text in partial_line
            [(EXTEND, EXTEND + "\n        control.partial_line = control.partial_line.decode()")],
            "Expected bytes in partial_line, saw a str|can't concat",
        ),
        (
            "take",  # commands of one command only
            [(EXTEND, "control.pending_commands.extend(complete[:1])")],
            "All bytes at once. Line 2 of pending_commands: expected b'NOOP', saw no line",
        ),
        (
            "take",
            [(EXTEND, EXTEND + "\n        self.process_pending()")],
            "feed calls self.dispatch or self.process_pending",
        ),
        (
            "take",
            [("if complete and control.discarding:", "if complete:")],
            r"saw b'NOOP'.\nb'USER ada.r' is missing\.\n",
        ),
        (
            "take",
            [(EXTEND, "control.pending_commands.extend(dict.fromkeys(complete))")],
            "b'NOOP' is there less often than it came",
        ),
        ("take", [(EXTEND, f"{EXTEND}\n        {EXTEND}")], "b'USER ada.r' is there more often than it came"),
        (
            "take",  # the last line of the if is not in it
            [("            control.discarding = True", "        control.discarding = True")],
            "saw no line.\ncontrol.discarding is True now",
        ),
        (
            "take",  # one list for all sessions
            [
                ("class LineParsing(Session):", "class LineParsing(Session):\n    lines = []"),
                (
                    EXTEND,
                    "self.lines += complete\n        control.pending_commands.clear()\n"
                    "        control.pending_commands.extend(self.lines)",
                ),
            ],
            "All sessions share what is on the class: lines",
        ),
        ("take", [(EXTEND, "return complete")], "pending_commands is empty: no line of these bytes"),
        ("take", [("class LineParsing(Session)", "class LineParsing")], r"write `class LineParsing\(Session\):`"),
        (
            "take",  # an item of bytes is a number
            """class LineParsing(Session):
    def feed(self, data):
        for byte in data:
            if byte == b"\\n":
                self.control.pending_commands.append(self.control.partial_line)
                self.control.partial_line = b""
            else:
                self.control.partial_line += bytes([byte])
""",
            r"was appended.\ncontrol.partial_line has an LF in it.*one by one: each is a number, and LF is 10",
        ),
    ],
    "knows_a_line_that_is_too_long": [
        (
            "take",  # the mark is one too low
            [("> MAX_COMMAND_LINE:", ">= MAX_COMMAND_LINE:")],
            "only a longer line is too long",
        ),
        (
            "take",  # no bound
            [
                (REST_ENDS, ""),
                ("        if len(control.partial_line) > MAX_COMMAND_LINE:\n" + APPEND_ONCE, ""),
                ('            control.partial_line = b""\n            control.discarding = True\n', ""),
            ],
            "control.partial_line holds 4,097 bytes",
        ),
        (
            "take",
            [(APPEND_ONCE, "")],
            "4,097 bytes without an LF, the last one a CR. Line 2 .* saw no line.\nA line that is too long earns one",
        ),
        ("take", [('            control.partial_line = b""\n', "")], "partial_line holds 4,097 bytes"),
        ("take", [(APPEND_ONCE, 2 * APPEND_ONCE)], "there more often than it came"),
        (
            "take",  # a part of it is in both
            [('control.partial_line = b""', "control.partial_line = control.partial_line[-9:]")],
            "Expected that control.partial_line is empty then, saw b'xxxxxxxx.r'",
        ),
        (
            "take",  # it comes before the lines that arrived before it
            [("complete.append(control.partial_line)", "complete.insert(0, control.partial_line)")],
            "expected b'NOOP', saw b'xxx.*",
        ),
        (
            "take",  # a long line that ends earns no reply
            [(EXTEND, "control.pending_commands.extend(line for line in complete if len(line) <= MAX_COMMAND_LINE)")],
            "expected b'xxxx.* .4,097 bytes., saw no line",
        ),
        (
            "take",  # a CR does not count
            [
                (
                    "len(control.partial_line) > MAX",
                    'len(control.partial_line.rstrip(b"\\r")) > MAX',
                )
            ],
            "the last one a CR. Expected that control.partial_line is empty|partial_line holds 4,097 bytes",
        ),
        (
            "take",  # it is cut, and its beginning is carried out
            [(EXTEND, "control.pending_commands.extend(line[:MAX_COMMAND_LINE] for line in complete)")],
            "by its length: append more than MAX_COMMAND_LINE",
        ),
        (
            "take",  # a long line that ends in this read is taken for one that goes on
            [
                (
                    "        if len(control.partial_line) > MAX",
                    "        if max(map(len, [control.partial_line, *complete])) > MAX",
                ),
            ],
            "A line of 4,200 bytes arrives in two pieces",
        ),
        (
            "take",  # the mark counts what has arrived in all
            [
                ("        *complete,", "        arrived = len(control.partial_line) + len(data)\n        *complete,"),
                ("if len(control.partial_line) > MAX", "if arrived > MAX"),
            ],
            "Its LF arrives. Line 2 of pending_commands: expected no other line",
        ),
        (
            "take",  # the reply would come twice
            [
                (
                    "            control.discarding = True\n",
                    "            self.reply(500, 'x')\n            control.discarding = True\n",
                )
            ],
            "feed has replied .*dispatch replies",
        ),
    ],
    "keeps_one_piece_of_an_endless_line": [
        (
            "take",  # a line for each 4 KiB
            [("            control.discarding = True\n", "")],
            "in pending_commands 4 times",
        ),
        ("take", [(APPEND_ONCE, "            complete.append(control.partial_line)\n")], "in pending_commands 4 times"),
        (
            "take",  # it is deaf from then on
            [("        *complete,", "        if control.discarding:\n            return\n        *complete,")],
            r"expected b'SYST.*saw no line",
        ),
        (
            "take",
            [("            control.discarding = False\n", "")],
            "expected b'QUIT.r', saw no line.\ncontrol.discarding is True now",
        ),
        (
            "take",  # everything that has come is dropped, the next command with it
            [
                (
                    "        *complete,",
                    "        if control.discarding:\n            control.discarding = b'\\n' not in data\n"
                    "            return\n        *complete,",
                )
            ],
            r"Line 1 of pending_commands: expected b'SYST.*saw no line",
        ),
        ("take", [("del complete[0]", "del complete[:2]")], "saw b'TYPE I.r'.\nb'SYST.r' is missing. The LF"),
        (
            "take",  # a line without an end is found in each piece alone
            [("if len(control.partial_line) >", "if len(data) >")],
            "8,192 bytes have come without an LF, and control.partial_line holds 8,192",
        ),
        (
            "take",  # what came before the LF is a command
            [(REST_ENDS, "        if complete:\n            control.discarding = False\n")],
            "expected b'SYST.*', saw b'yz.*\nThe LF of the long line ends the discarding",
        ),
        (
            "take",  # an empty line after the long one goes, too
            [
                (
                    "            del complete[0]\n",
                    "            del complete[0]\n            complete = [line for line in complete if line]\n",
                )
            ],
            "expected b'', saw b'PWD'",
        ),
    ],
    "answers_each_command_with_its_code": [
        (
            "obey",  # what parse raises comes through
            [
                (LENGTH_CHECK, ""),
                (
                    "        try:\n            verb, argument = parse(line)\n",
                    "        verb, argument = parse(line)\n        try:\n",
                ),
            ],
            "let CommandError.* through",
        ),
        ("obey", [(LENGTH_CHECK, ""), ("            self.authorize(verb, argument)\n", "")], "let KeyError.* through"),
        (
            "obey",  # the methods of the session alone: the other commands are in its parts
            [("self.commands[verb]", 'getattr(self, f"do_{verb.lower()}")')],
            "Your code raised AttributeError: 'Dispatch' object has no attribute 'do_noop'",
        ),
        (
            "obey",  # it looks for the function, and does not call authorize
            [
                (
                    "self.authorize(verb, argument)",
                    'if verb not in self.commands:\n                raise CommandError(502, "Not served.")',
                )
            ],
            "expected the code 501, saw(.|\n)*Call authorize, with the verb and the argument",
        ),
        (
            "obey",  # who may send what is not asked
            [
                (
                    "self.authorize(verb, argument)",
                    'if verb not in self.commands:\n                raise CommandError(502, "Not served.")\n'
                    '            if verb == "SIZE" and not argument:\n'
                    '                raise CommandError(501, "No argument.")',
                )
            ],
            "The client has not logged in: call authorize",
        ),
        ("obey", [(LENGTH_CHECK, "")], "expected the code 500, saw(.|\n)*Look at the length before parse"),
        ("obey", [("> MAX_COMMAND_LINE", ">= MAX_COMMAND_LINE")], "It has 4,096 bytes. Only a longer line"),
        (
            "obey",
            [("> MAX_COMMAND_LINE", "> 2 * MAX_COMMAND_LINE")],
            "expected the code 500, saw(.|\n)*Look at the length before",
        ),
        ("obey", [('CommandError(500, "That', 'CommandError(501, "That')], "saw\n  501 (.|\n)*Its code is 500"),
        (
            "obey",
            [('500, "That line is too long."', '"That line is too long.", 500')],
            "The code comes first, then the text",
        ),
        (
            "obey",
            [('raise CommandError(500, "That line is too long.")', "return")],
            "has 0 replies(.|\n)*called neither authorize nor a function of self.commands.\nA client counts",
        ),
        (
            "obey",
            [("verb, argument = parse", "argument, verb = parse")],
            r"parse returns \('NOOP', ''\).*\ndispatch called authorize\('', 'NOOP'\), which raised CommandError\(502",
        ),
        ("obey", [('"That line is too long."', '"Sorry."')], "expected 500 That line is too long. Saw\n  500 Sorry"),
        (
            "obey",  # it replies, and goes on
            [('raise CommandError(500, "That line is too long.")', 'self.reply(500, "That line is too long.")')],
            "the write buffer has 2 replies",
        ),
        (
            "obey",  # the command replies, and so does dispatch
            [
                (
                    "            self.commands[verb](argument)\n",
                    '            self.commands[verb](argument)\n            self.reply(200, "Done.")\n',
                )
            ],
            "has 2 replies",
        ),
        ("obey", [(COMMAND_ERROR, "        except CommandError:\n            pass\n")], "has 0 replies"),
        (
            "obey",  # the same code for whatever is refused
            [
                (LENGTH_CHECK, ""),
                (COMMAND_ERROR, ""),
                (
                    OS_ERROR,
                    "        except (CommandError, OSError) as error:\n            self.reply(500, str(error))\n",
                ),
            ],
            "The reply to b'SIZE gone.r': expected the code 550",
        ),
        (
            "obey",  # any error of the system ends the session
            [(OS_ERROR, OS_ERROR + "            self.close()\n")],
            "the session has ended",
        ),
        (
            "obey",  # an unknown verb is found too late
            [
                (
                    "self.authorize(verb, argument)",
                    "function = self.commands[verb]\n            self.authorize(verb, argument)",
                ),
                ("self.commands[verb](argument)", "function(argument)"),
            ],
            r"dispatch\(b'NOPE.r'\) let KeyError",
        ),
        ("obey", [("self.commands[verb](argument)", "self.commands[verb]")], "has 0 replies"),
        (
            "obey",  # the verb as it was typed
            [
                (
                    "self.authorize(verb",
                    'verb = line.split(b" ")[0].strip().decode("latin-1")\n            self.authorize(verb',
                )
            ],
            "The reply to b'noop': expected the code 200",
        ),
        ("obey", [(COMMAND_ERROR, COMMAND_ERROR + "            self.close()\n")], "the session has ended"),
        (
            "obey",  # sends, and leaves nothing in the write buffer
            [
                (
                    OS_ERROR,
                    OS_ERROR
                    + "        self.control.sock.send(self.control.write_buffer)\n"
                    + "        self.control.write_buffer.clear()\n",
                )
            ],
            "has 0 replies(.|\n)*dispatch leaves the reply in the write buffer",
        ),
        ("obey", DISPATCH + "        self.commands[line.split()[0].decode()](b'')", "let .* through|Your code raised"),
        ("obey", DISPATCH + "        return None", "has 0 replies"),
        ("obey", [("class Dispatch(Session)", "class Dispatch")], r"write `class Dispatch\(Session\):`"),
        (
            "obey",
            [("verb, argument = parse(line)", 'verb, _, argument = line.decode().partition(" ")')],
            r"saw\n  502 NOOP\\r is not served here.\nparse returns \('NOOP', ''\). Pass both on as they are",
        ),
        ("obey", [("len(line) >", 'len(line.rstrip(b"\\r")) >')], r"xxx.*expected the code 500, saw\n  200"),
        ("obey", [("len(line) >", "len(line.strip()) >")], "expected the code 500, saw\n  200"),
    ],
    "turns_what_is_raised_into_the_reply": [
        (
            "obey",  # the disk is forgotten, only a missing file is thought of
            [("except OSError", "except FileNotFoundError")],
            "let OSError.* through, and the function of FAIL raises",
        ),
        (
            "obey",
            [("except OSError", "except (FileNotFoundError, PermissionError, BrokenPipeError)")],
            "let OSError.* through",
        ),
        (
            "obey",  # both arguments of the error, as a text
            [
                ("raise CommandError(500, ", "return self.reply(500, "),
                ("error.code, error.text", "error.code, str(error)"),
            ],
            "and saw\n *504 .504, ",
        ),
        (
            "obey",  # every error is permanent
            [("self.reply(*command_error(error).args)", "self.reply(550, error.strerror)")],
            "begins with 4 says try again later",
        ),
        (
            "obey",  # the code alone
            [
                ("error.code, error.text", 'error.code, error.text if error.code < 502 else "Sorry."'),
                ("*command_error(error).args", 'command_error(error).code, "Sorry."'),
            ],
            "Expected the reply",
        ),
        (
            "obey",
            [("*command_error(error).args", 'command_error(error).code, "Sorry."')],
            "Expected the reply",
        ),
        (
            "obey",
            [("self.commands[verb](argument)", "self.commands[verb](argument.strip())")],
            "spaces belong to a name",
        ),
        (
            "obey",  # a second time, if it has failed
            [
                (
                    OS_ERROR,
                    """        except OSError:
            try:
                self.commands[verb](argument)
            except OSError as error:
                self.reply(*command_error(error).args)
""",
                )
            ],
            "Expected one call for each line",
        ),
        (
            "obey",  # an error with 4xx is not told
            [
                (
                    "self.reply(*command_error(error).args)",
                    "if command_error(error).code >= 500:\n                self.reply(*command_error(error).args)",
                )
            ],
            "has 0 replies",
        ),
        (
            "obey",  # a socket that would block is taken for a hint
            [(OS_ERROR, "        except BlockingIOError:\n            pass\n" + OS_ERROR)],
            "has 0 replies.* Expected one, and the function of FAIL raises BlockingIOError",
        ),
        (
            "obey",
            [(OS_ERROR, "        except BrokenPipeError:\n            self.close()\n" + OS_ERROR)],
            "has 0 replies|has ended",
        ),
    ],
    "lets_every_other_error_out": [
        (
            "obey",  # a typo of one's own is answered, and stays hidden
            [(OS_ERROR, OS_ERROR + "        except Exception as error:\n            self.reply(550, str(error))\n")],
            "ZeroDivisionError.*saw the reply(.|\n)*a fault in the server's own code",
        ),
        (
            "obey",
            [(OS_ERROR, OS_ERROR + "        except:\n            self.reply(550, 'Failed.')\n")],
            "ZeroDivisionError",
        ),
        (
            "obey",
            [(OS_ERROR, OS_ERROR + "        except KeyError:\n            self.reply(502, 'Not served.')\n")],
            "KeyError",
        ),
        (
            "obey",  # what is no number
            [(OS_ERROR, OS_ERROR + "        except ValueError:\n            self.reply(501, 'Not a number.')\n")],
            "A command raised ValueError",
        ),
        (
            "obey",  # only the kinds that one has met
            [
                (
                    OS_ERROR,
                    OS_ERROR + "        except (AttributeError, TypeError):\n            self.reply(500, 'Failed.')\n",
                )
            ],
            "A command raised AttributeError",
        ),
        (
            "obey",  # turned into another
            [
                (
                    OS_ERROR,
                    OS_ERROR
                    + "        except ArithmeticError:\n            raise RuntimeError('a command failed') from None\n",
                )
            ],
            "Expected that it comes out of dispatch, saw RuntimeError",
        ),
        (
            "obey",
            [
                (
                    OS_ERROR,
                    OS_ERROR
                    + "        except Exception as error:\n            raise CommandError(550, str(error)) from None\n",
                )
            ],
            "Expected that it comes out of dispatch, saw CommandError",
        ),
    ],
    "serves_real_clients": [
        (
            "obey",  # the last reply is lost
            [(OS_ERROR, OS_ERROR + '        if line.upper().startswith(b"QUIT"):\n            self.close()\n')],
            "saw the end of the connection(.|\n)*such as closing the session",
        ),
        (
            "obey",  # QUIT is done before what it waits for
            [
                (
                    "            verb, argument = parse(line)\n",
                    "            verb, argument = parse(line)\n            if verb == 'USER':\n"
                    "                self.login.user = None\n                self.control.pending_commands.clear()\n",
                )
            ],
            "The reply to PASS x: expected 230, saw",
        ),
    ],
}

RIGHT = [
    (
        "byte by byte, in a loop",
        "take",
        DATA_RECEIVED
        + """        for number in data:
            if number == 10:
                if not control.discarding:
                    control.pending_commands.append(control.partial_line)
                control.partial_line, control.discarding = b"", False
            elif not control.discarding:
                control.partial_line += bytes([number])
                if len(control.partial_line) > MAX_COMMAND_LINE:
                    control.pending_commands.append(control.partial_line)
                    control.partial_line, control.discarding = b"", True""",
    ),
    (
        "partition, line after line",
        "take",
        DATA_RECEIVED
        + """        line, end, rest = data.partition(b"\\n")
        while end:
            if control.discarding:
                control.discarding = False
            else:
                control.pending_commands.append(control.partial_line + line)
            control.partial_line = b""
            line, end, rest = rest.partition(b"\\n")
        if not control.discarding:
            control.partial_line += line
            if len(control.partial_line) > MAX_COMMAND_LINE:
                control.pending_commands.append(control.partial_line)
                control.partial_line, control.discarding = b"", True""",
    ),
    (
        "find, and a bytearray for the rest",
        "take",
        DATA_RECEIVED
        + """        buffer = bytearray(control.partial_line) + data
        start = 0
        while (end := buffer.find(b"\\n", start)) >= 0:
            line = bytes(buffer[start:end])
            start = end + 1
            if control.discarding:
                control.discarding = False
            else:
                control.pending_commands.append(line.removesuffix(b"\\r"))
        control.partial_line = buffer[start:]
        if len(control.partial_line) > MAX_COMMAND_LINE:
            if not control.discarding:
                control.pending_commands.append(bytes(control.partial_line))
            control.discarding = True
            control.partial_line = bytearray()""",
    ),
    (
        "a flag of one's own, and a file in memory",
        "take",
        "import io\n\n\n"
        + DATA_RECEIVED
        + """        for line in io.BytesIO(control.partial_line + data):
            control.partial_line = b""
            if line.endswith(b"\\n"):
                if not getattr(self, "rest_of_long_line", False):
                    control.pending_commands.append(line[:-1])
                self.rest_of_long_line = False
            elif getattr(self, "rest_of_long_line", False):
                pass
            elif len(line) > MAX_COMMAND_LINE:
                control.pending_commands.append(line)
                self.rest_of_long_line = True
            else:
                control.partial_line = line""",
    ),
    (
        "regular expression",
        "take",
        "import re\n\n\n"
        + DATA_RECEIVED
        + """        *lines, rest = re.split(rb"\\n", control.partial_line + data)
        if lines and control.discarding:
            lines, control.discarding = lines[1:], False
        control.pending_commands += lines
        if len(rest) > MAX_COMMAND_LINE and not control.discarding:
            control.pending_commands.append(rest[: MAX_COMMAND_LINE + 1])
            control.discarding = True
        control.partial_line = b"" if control.discarding else rest""",
    ),
    (
        "the length first, with a return",
        "obey",
        DISPATCH
        + """        if len(line) > MAX_COMMAND_LINE:
            self.reply(500, "That line is too long.")
            return
        try:
            verb, argument = parse(line)
            self.authorize(verb, argument)
            function = self.commands[verb]
            function(argument)
        except (CommandError, OSError) as error:
            if isinstance(error, OSError):
                error = command_error(error)
            self.control.reply(error.code, error.text)""",
    ),
    (
        "a second try around the first",
        "obey",
        DISPATCH
        + """        try:
            try:
                if len(line) > MAX_COMMAND_LINE:
                    raise CommandError(500, "That line is too long.")
                verb, argument = parse(line)
                self.authorize(verb, argument)
                self.commands.get(verb)(argument)
            except OSError as error:
                raise command_error(error) from error
        except CommandError as error:
            self.reply(*error.args)""",
    ),
    (
        "a context manager",
        "obey",
        """from contextlib import contextmanager


class Dispatch(Session):
    @contextmanager
    def replying(self):
        try:
            yield
        except CommandError as error:
            self.reply(error.code, error.text)
        except OSError as error:
            refusal = command_error(error)
            self.reply(refusal.code, refusal.text)

    def dispatch(self, line):
        with self.replying():
            if not len(line) <= MAX_COMMAND_LINE:
                raise CommandError(500, "That line is too long.")
            verb, argument = parse(line)
            self.authorize(verb, argument)
            self.commands[verb](argument)
        self.control.flush()""",
    ),
    (
        "match, and the reply at the end",
        "obey",
        DISPATCH
        + """        refusal = None
        try:
            match parse(line if len(line) <= MAX_COMMAND_LINE else b"NOOP"):
                case _ if len(line) > MAX_COMMAND_LINE:
                    refusal = CommandError(500, "That line is too long.")
                case verb, argument:
                    self.authorize(verb, argument)
                    self.commands[verb](argument)
        except CommandError as error:
            refusal = error
        except OSError as error:
            refusal = command_error(error)
        if refusal:
            self.reply(refusal.code, refusal.text)""",
    ),
]
