"""What one check of a lab says of one answer, also if another check would have failed before it.

The first check that fails is tested with `wrong_answers`. A learner may run another one.
"""

import linecache
import types

import nbformat
import pytest

from readiness.course import checks, labs, progress_store
from tests import ROOT
from tools.labs import answers

BOTH = "        if mask & ~select.EPOLLOUT:\n"
RAISES = "    max_fd = max([fd for fds in fd_lists for fd in fds], default=-1)\n"
NFDS = ("raw_select(max_fd + 1,", "raw_select(max_fd,")
CAUSE = "nfds is the highest descriptor plus one. For [3], [500] and [4] that is 501, and yours was 500"
SENDS = "unsent = unsent[conn.send(unsent) :]"
UNREGISTERS = (
    "        key = super().unregister(fileobj)\n"
    "        with suppress(OSError):  # closed before: the kernel has removed it\n",
    "        try:\n            key = super().unregister(fileobj)\n",
)
IN_KERNEL = "            self.kernel.unregister(key.fd)\n"
COMPLETE = '(control.partial_line + data).split(b"\\n")'
EXTENDS_OTHERS = (
    "            control.discarding = True\n",
    "            control.discarding = True\n            control.pending_commands.extend(complete[-1:])\n"
    "        else:\n            control.pending_commands.extend(complete)\n",
)
DISCARDS_BY_LENGTH = (
    "        for line in complete:\n            if len(line) > MAX_COMMAND_LINE:\n"
    "                control.discarding = True\n"
)
BEGINS = "self.server.check_password(self, password)"
AGAIN_12A = "Look again at episode 12a, section"

SAYS = [
    (
        "03",
        "check-ready",
        {"select-any": [("to_fds(bits) for bits in sets", "list(fds) for fds in fd_lists")]},
        "came back",
    ),
    (
        "03",
        "check-ready",
        {"select-any": [("[fd for fds in fd_lists for fd in fds]", "[fds[-1] for fds in fd_lists if fds]")]},
        "For [3], [500, 3] and [4] a bitmap was too short.",
    ),
    (
        "03",
        "check-ready",
        {"select-any": [(RAISES, "    max_fd = max(read, default=-1)\n")]},
        "a bitmap was too short. The highest descriptor of all three lists counts.",
    ),
    (
        "12-5",
        "check-end",
        {"work": [("        control.flush()\n", "")]},
        "Its reply is still unsent.\nCall control.flush()",
    ),
    (
        "12-5",
        "check-turns",
        {"work": [("self.dispatch(control.pending_commands.popleft())", "control.pending_commands.popleft()")]},
        "Expected 16 of them in one call, saw 0.\nself.dispatch was not called.",
    ),
    (
        "12-5",
        "check-turns",
        {
            "work": [
                ("        control.flush()\n", "        control.flush()\n        control.pending_commands.clear()\n")
            ]
        },
        "Expected that 84 are pending then, saw 0.\nWhat is dispatched leaves pending_commands, and all others stay.",
    ),
    *(
        (
            "12-5",
            check,
            {"work": [("self.server.timers.call_later(0, self.process_pending)", "self.process_pending()")]},
            f"{words}\nYour method was called again before its first call had ended. Only the timer",
        )
        for check, words in (
            ("check-flush", "NOOP alone stays pending, saw []."),
            ("check-end", "17 were dispatched in this call, expected 16."),
        )
    ),
    pytest.param(
        "12-5",
        "check-whole",
        {"abandon": [("self.data.close()", "self.close()")]},
        "Sessions have ended that should go on.",
        marks=pytest.mark.thorough,  # it waits for 3 seconds
    ),
    pytest.param(
        "12-5",
        "check-whole",
        {"pressure": [("(WRITE if control.write_buffer else 0)", "WRITE")]},
        "After 10 seconds the server is still busy, and its memory has not grown.\nDoes the selector wait for WRITE",
        marks=pytest.mark.thorough,  # it waits for 10 seconds
    ),
    (
        "03",
        "check-5000",
        {"select-any": [("[to_bits(fds, max_fd) for fds in fd_lists]", "3 * [to_bits(read, max_fd)]")]},
        "raw_select got the same bytearray twice.",
    ),
    (
        "03",
        "check-ready",
        {"select-any": [("to_bits(fds, max_fd)", "to_bits(fds, len(fds))")]},
        " has no bit: the bitmap ends with the word of max_fd, 3\n",
    ),
    (
        "12-5",
        "check-end",
        {"work": [("range(COMMANDS_PER_TURN)", "range(99)")]},
        "17 were dispatched in this call, expected 16",
    ),
    (
        "08",
        "check-ready",
        {
            "wait": [
                ("to_events(mask)) for", "mask) for"),
                ("entries if key]", "entries if key and events & key.events]"),
            ]
        },
        "Report each entry of kernel_wait, with to_events",
    ),
    (
        "12-5",
        "check-turns",
        {"work": [("call_later(0, self.process_pending)", "call_later(0, Pipeline.process_pending)")]},
        "Take that of an object, such as self.process_pending: it knows its self.",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("self.reply(*command_error(error).args)", "raise command_error(error)")]},
        "no other except of the same try catches it. Reply there.",
    ),
    (
        "12-1",
        "check-codes",
        {
            "obey": [
                (
                    "            self.authorize(verb, argument)\n            self",
                    "            if self.authorize(verb, argument):\n                self",
                )
            ]
        },
        "authorize returns nothing: it raises, or the function is called next.",
    ),
    (
        "12-1",
        "check-codes",
        {
            "obey": [
                ("        except OSError as error:\n            self.reply(*command_error(error).args)\n", ""),
                ("except CommandError as", "except CommandError or OSError as"),
            ]
        },
        "`except A or B` catches A alone. To catch both, write `except (A, B)`.",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("self.commands[verb]", "self.commands[verb.lower()]")]},
        "Its keys are the verbs in capitals, as parse returns them.",
    ),
    (
        "05",
        "check-failed",
        {"talk": [(BOTH, BOTH.replace("if", "elif"))]},
        "connection.read.\nCall it if EPOLLIN is set",
    ),
    (
        "05",
        "check-turn",
        {"talk": [("connection.read()", "read()")]},
        "connection has an attribute read: is `connection.`",
    ),
    ("03", "check-ready", {"select-any": [NFDS]}, CAUSE),
    ("03", "check-anew", {"select-any": [NFDS]}, CAUSE),
    ("03", "check-ready", {"select-any": [(", default=-1", "")]}, "The call was select_any([], [], [], 0)."),
    (
        "03",
        "check-anew",
        {"select-any": [("to_fds(bits) for bits in sets)", "to_fds(bits) for bits in sets[::-1])")]},
        "expected [200], saw [].\nRun the check of the ready sockets first.",
    ),
    (
        "03",
        "check-time",
        {"select-any": [("*(to_fds(bits) for bits in sets)", "*fd_lists")]},
        "], [], [], 0.0).\nThe lists are read from the bitmaps, and the seconds",
    ),
    (
        "03",
        "check-time",
        {"select-any": [("raw_select(max_fd + 1,", "raw_select(sum(map(len, fd_lists)),")]},
        "that is 501, and yours was 3: the kernel leaves the bits from 3 on as they were.",
    ),
    (
        "03",
        "check-closed",
        {"select-any": [("        raise OSError(number, os.strerror(number))", "        return None")]},
        "Expected OSError with EBADF, and select_any returned None.\nWhen raw_select returns -1, the bitmaps mean",
    ),
    (
        "03",
        "check-closed",
        {"select-any": [("OSError(number, os.strerror(number))", "OSError(str(number))")]},
        "saw OSError('9').\nIts first argument is the kernel's own number, the third value of raw_select.",
    ),
    (
        "03",
        "check-bits",
        {"to-bits": [("def to_bits(fds, max_fd)", "def to_bits(fds)")]},
        "at: def to_bits(fds):   (to_bits, ",
    ),
    ("09", "check-rest", {"line-decoder": [("def feed(self, data)", "def feed(data)")]}, "Does it begin with self?"),
    (
        "09",
        "check-dribble",
        {"line-decoder": [("self.partial + data)", "self.partial + data.decode().encode())")]},
        "Cut into lines first, then decode each",
    ),
    (
        "09",
        "check-dribble",
        {"line-decoder": [("for line in lines]\n        ###", "for line in lines if line]\n        ###")]},
        "In one piece, these bytes give other lines, too",
    ),
    (
        "09",
        "check-gone",
        {"flush": [("    with suppress", "    return\n    with suppress")]},
        "No send of the socket was",
    ),
    (
        "09",
        "check-end",
        {"read": [("answer(line)", "line.encode()")]},
        "Answer each line once, by answer(line): also",
    ),
    (
        "09",
        "check-any",
        {"line-decoder": [("(self.partial + data)", "data")]},
        "easier to follow: run them again first.\nWithout the empty pieces",
    ),
    (
        "09",
        "check-any",
        {"line-decoder": [("self.partial + data)", "self.partial + data.decode().encode())")]},
        "A piece may end inside a character: cut into lines first",
    ),
    (
        "09",
        "check-dribble",
        {"line-decoder": [("line.decode() for", "line.decode() * 300 for")]},
        "came one byte at a time: expected the lines ['', 'who'], saw ['', 'whowho",
    ),
    (
        "09",
        "check-end",
        {"read": [("data = conn", "connection.sock.recv(1)\n    data = conn")]},
        "Answer each line once",
    ),
    ("09", "check-hint", {"read": [("answer(line)", "line.encode()")]}, "No ready was false yet"),
    ("09", "check-end", {"read": [("data = conn", "flush(connection)\n    data = conn")]}, "read has sent b'"),
    (
        "12-1",
        "check-cuts",
        {"take": [("control.pending_commands.extend", "pending_commands.extend")]},
        "control has an attribute pending_commands: is `control.` missing?",
    ),
    ("12-1", "check-cuts", {"take": [("control = self.control", "pass"), (COMPLETE, COMPLETE)]}, "is `self.` missing?"),
    (
        "12-1",
        "check-codes",
        {"obey": [("self.authorize", "self.autorize")]},
        "at: self.autorize(verb, argument)   (dispatch",
    ),
    (
        "12-1",
        "check-faults",
        {"obey": [("def dispatch(self, line)", "def dispatch(line)")]},
        "Does it begin with self?",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("self.commands[verb](argument)", "self.commands[verb]")]},
        "dispatch called authorize('NOOP', '').\nself.commands[verb] is the function of the verb, and a call of it",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("self.reply(error.code, error.text)", "pass")]},
        "CommandError(502, 'NOPE is not served here.').\nThe error that it raised becomes the reply: its code and",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("self.reply(*command_error(error).args)", "pass")]},
        "'No such file or directory').\nThe error that it raised becomes the reply: its code and",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("authorize(verb, argument)", 'authorize(verb, "" if verb == "SIZE" else argument)')]},
        "501 SIZE needs an argument.\nThere is no such file: its function raises an OSError",
    ),
    (
        "12-1",
        "check-errors",
        {"obey": [("parse(line)", 'parse(line.decode(errors="ignore").encode())')]},
        "Expected ' now \\udcff '.\nGive parse the line as it came, and the function what parse returns",
    ),
    (
        "12-3",
        "check-begins",
        {
            "do-pass": [
                (
                    BEGINS,
                    "try:\n            self.server.chek_password(self, password)\n        except:\n            pass",
                )
            ]
        },
        "no attribute 'chek_password'\n  at: self.server.chek_password(self, password)   (do_pass, ",
    ),
    (
        "12-3",
        "check-fails",
        {"walk": [("finally:", "except OSError:\n                return None\n            finally:")]},
        "Does an except hide the error of os.open, or is a return missing?",
    ),
    (
        "12-3",
        "check-fails",
        {"walk": [("finally:\n                os.close(current)", "finally:\n                pass")]},
        "raised an OSError, and left descriptors open: 1.",
    ),
    ("12-3", "check-delay", {"do-pass": [("self.login.checking = True", "pass")]}, "Run the checks of do_pass first."),
    ("12-3", "check-right", {"do-pass": [("self.login.checking = True", "pass")]}, "Run the checks of do_pass first."),
    (
        "12-3",
        "check-text",
        {"resolve": [("] if name", "] if not name")]},
        "If no link was followed, run the checks above",
    ),
    (
        "12-2",
        "check-listens",
        {"listen": [("READ, self.accept_data)", "READ, self.accept_data())")]},
        "listen has called accept_data itself.",
    ),
    (
        "12-3",
        "check-right",
        {"do-pass": [("self.login.user = self.login.name", "self.login.user = login.name")]},
        "self has an attribute login: is `self.` missing?",
    ),
    (
        "07",
        "check-noise",
        {"crossover": [("100 * high / N", "high")]},
        "Run the check of the crossings first.",
    ),
    (
        "07",
        "check-here",
        {
            "measure-here": [
                ('sweep([asked, replace(asked, method="epoll")])', 'sweep(asked, replace(asked, method="epoll"))')
            ]
        },
        "raised TypeError: sweep() takes 1 positional argument but 2 were given",
    ),
    (
        "07",
        "check-bad-moment",
        {"cheaper": [("[measure(ready)", "[measure(N)")]},
        "cheaper(measure, 10) did not call measure(10).",
    ),
    (
        "06",
        "check-both",
        {"on-event": [(SENDS, "conn.send(unsent)\n                break")]},
        "kept.\nWhat a send has taken is not unsent.",
    ),
    (
        "07",
        "check-cheaper",
        {"cheaper": [("def cheaper(measure, ready)", "def cheaper(measure)")]},
        "The lab calls it so: cheaper(machine, ready)\n",
    ),
    ("12-1", "check-codes", {"obey": [("authorize(verb, argument)", "authorize(verb, 'x')")]}, "Call authorize"),
    ("12-1", "check-bound", {"take": [("*complete, control.partial", "*complete, partial")]}, "b'' there."),
    (
        "12-1",
        "check-bound",
        {"take": [("        control.pending_commands.extend(complete)\n", ""), EXTENDS_OTHERS]},
        "b'NOOP' is missing: whole lines that came before it are appended, too.",
    ),
    (
        "12-1",
        "check-bound",
        {"take": [("extend(complete)\n", "extend(complete)\n" + DISCARDS_BY_LENGTH)]},
        "nothing of it is left to discard",
    ),
    (
        "12-1",
        "check-long",
        {
            "take": [
                ("if complete and control.discarding:", "if control.discarding:"),
                ("del complete[0]", "del complete[:1]"),
            ]
        },
        "Only the LF of this line sets it back.",
    ),
    (
        "12-1",
        "check-long",
        {"take": [("*complete, control.partial", "*complete, partial")]},
        "partial_line holds 0: expected",
    ),
    (
        "12-1",
        "check-long",
        {"take": [("extend(complete)", "extend(complete[:-1])")]},
        "NOOP arrives. Line 1 of pending_",
    ),
    (
        "12-1",
        "check-errors",
        {"obey": [("verb, argument = p", "argument, verb = p")]},
        "the function of FAIL was not called",
    ),
    (
        "12-1",
        "check-faults",
        {"obey": [("verb, argument = p", "argument, verb = p")]},
        "the function of FAIL was not called",
    ),
    (
        "04",
        "check-bits",
        {"on-event": [("and not revents & HANGUP", "")]},
        "came from your line:\n  at: flush(member)   (on_event, ",
    ),
    (
        "04",
        "check-last-words",
        {"on-event": [("and not revents & HANGUP", "")]},
        "Of 60 lines, 0 were delivered. The bits were POLLIN, POLLHUP and POLLOUT together. on_event raised Broken",
    ),
    (
        "04",
        "check-room",
        {"on-event": [("        flush(member)", "        pass")]},
        "The member that reads has left, with 16,300 bytes in its outbox",
    ),
    (
        "04",
        "check-room",
        {"on-event": [("        receive(room, member)", "        pass")]},
        "after three turns.\nCall receive with POLLIN.",
    ),
    (
        "04",
        "check-room",
        {"on-event": [("    if revents & select.POLLOUT", "    os.stat('/gone')\n    if revents & select.POLLOUT")]},
        "After 5 lines the member that sends is no longer in the room. on_event raised FileNotFoundError",
    ),
    (
        "09",
        "check-others",
        {"flush": [("    with suppress(Bl", "    os.stat('/gone')\n    with suppress(Bl")]},
        "on_ready closed a connection. FileNotFoundError(2, 'No such file or directory')\n"
        "    at: os.stat('/gone')   (flush, line ",
    ),
    (
        "12-2",
        "check-clock",
        {"start": [("monotonic()", "monotonic")]},
        "self.control.last_activity is a built-in function. Expected a number: monotonic().",
    ),
    (
        "12-3",
        "check-begins",
        {"do-pass": [("check_password(self, password)", "check_password(password)")]},
        "raised TypeError: check_password() missing 1 required positional argument: 'password'\n  at: self.server.",
    ),
    (
        "08",
        "check-look",
        {"wait": [("-1 if timeout is None else", "-1 if not timeout else")]},
        "kernel_wait got -1 milliseconds. Only a timeout of None means that",
    ),
    (
        "08",
        "check-refused",
        {
            "modify": [
                ("    if events != key.events", "    key = key._replace(events=events)\n    if events != key.events")
            ]
        },
        "the caller got no error: the kernel was not called",
    ),
    (
        "08",
        "check-look",
        {"wait": [("milliseconds, max(len(selector.keys), 1))", "max(len(selector.keys), 1), milliseconds)")]},
        "kernel_wait got 1 as milliseconds, and 0 as max_events.\nExpected the milliseconds first.",
    ),
    (
        "08",
        "check-modify",
        {"modify": [("selector.keys[key.fd] = key._replace(events=events, data=data)", "key.data = data")]},
        "Your code raised AttributeError: can't set attribute\n  at: key.data = data   (modify, line 15)\n",
    ),
    (
        "09",
        "check-splits",
        {"line-decoder": [("line.decode()", "line.decode('latin-1')")]},
        "decode() each, as UTF-8",
    ),
    (
        "12-4",
        "check-rest",
        {"rest": [("        self.restart_offset = ", "        restart_offset = ")]},
        "Keep the number as an int in self.restart_offset",
    ),
    (
        "12-3",
        "check-whole",
        {"walk": [("return current", "return None")]},
        "cannot be interpreted as an integer\nOften a value that PasswordCheck.do_pass or ",
    ),
    (
        "12-5",
        "check-free",
        {"free": [("(State.OPEN, State.ENDING)", '("OPEN", "ENDING")')]},
        "control.state is no text: compare it with State.OPEN, without quotes.",
    ),
    (
        "12-5",
        "check-interest",
        {"pressure": [("is not State.ENDING", '!= "ENDING"')]},
        "control.state is no text: compare it with State.ENDING, without quotes.",
    ),
    (
        "12-5",
        "check-end",
        {"work": [("is State.ENDING", '== "ENDING"')]},
        "control.state is no text: compare it with State.ENDING, without quotes.",
    ),
    *(
        ("12-5", check, {"work": [("control.pending_commands.popleft()", "control.pending_commands[0]")]}, words)
        for check, words in (
            (
                "check-flush",
                "3 pending commands, and 16 calls of self.dispatch. Expected that each command is dispatched, once.",
            ),
            ("check-sleep", "saw 16, the first one b'NOOP'.\nA command that is dispatched leaves pending_commands"),
            ("check-end", "After two turns: 17 pending commands, and 32 calls of self.dispatch."),
            ("check-whole", "Expected 2,003 replies, and then the end of the connection. Saw 2,004 replies or more."),
        )
    ),
    (
        "12-5",
        "check-whole",
        {"work": [("            self.close()", "            pass")]},
        "Saw 2,003 replies, then nothing for 3 seconds, and the connection did not end.\n",
    ),
    (
        "12-5",
        "check-whole",
        {"free": [("return not self.command_in_progress or", "return True or")]},
        "closes its side. Expected that the reply 3 is 230, saw 200: the replies have another order.\n",
    ),
    *(
        ("12-5", check, {"work": [("call_later(0, ", "call_later(0.5, ")]}, words)
        for check, words in (
            ("check-flush", "no timer is due.\nAsk can_dispatch again after flush, then call self.server.timers"),
            ("check-flush", "self.control.flush(); self.can_dispatch() is True; self.server.timers.call_later(0.5, "),
            ("check-end", "After two turns: 17 pending commands, and 16 calls of self.dispatch."),
        )
    ),
    (
        "12-5",
        "check-full",
        {"accept": [("range(ACCEPT_BATCH)", "range(1)")]},
        "Saw 1 calls of accept, and 1 of start_session.",
    ),
    (
        "12-2",
        "check-whole",
        {"accept": [("            sock.close()", "            sock.detach()")]},
        "after a stranger from 127.0.0.2 has connected. accept_data has not closed the connection of the stranger.\n",
    ),
    (
        "12-4",
        "check-whole",
        {"source": [("offset is None else offset", "offset is None else 0")]},
        "A client tried to resume it at byte 1000, without SIZE. Expected 554, and it was stored.\n",
    ),
    (
        "12-5",
        "check-whole",
        {"work": [("            self.close()", "            self.server.close()")]},
        "RuntimeError: server.close() ends all sessions. No method of this lab calls it.\n  at: self.server.close()   "
        "(process_pending, line",
    ),
    (
        "12-5",
        "check-whole",
        {"accept": [("    def accept", "    @property\n    def accept")]},
        "AcceptUnderLoad.accept is a property. Expected a method",
    ),
    (
        "12-5",
        "check-whole",
        {"free": "pass"},
        "could not be made. NameError: name 'Gate' is not defined\n  at: class Yours(ConnectTimeout, Backpressure, "
        "Pipeline, Gate):   (limited_server, line 12)\nIs it misspelt, or is an import missing?",
    ),
    (
        "12-5",
        "check-whole",
        {"accept": [("self.listener.accept", "listener.accept")]},
        "at: sock, _address = listener.accept()   (accept, line 13)\n"
        "self has an attribute listener: is `self.` missing?",
    ),
    (
        "12-4",
        "check-rest",
        {"rest": [("def do_rest(self, argument)", "def do_rest(argument)")]},
        "The lab calls it so: do_rest(argument)\nDoes it begin with self?",
    ),
    (
        "12-5",
        "check-whole",
        {"accept": [("def accept(self, mask)", "def accept(self)")]},
        "at: def accept(self):   (accept, line 2)\nThe lab calls it so: accept(mask)\nKeep the parameters",
    ),
    (
        "12-4",
        "check-whole",
        {"rest": [("        self.reply(350", "        reply(350")]},
        "(do_rest, line 16)\nself has an attribute reply: is `self.` missing?",
    ),
    (
        "12-5",
        "check-whole",
        {"free": [("self.data.may_interrupt", "self.may_interrupt")]},
        "self.data has an attribute may_interrupt: write `self.data.may_interrupt`.",
    ),
    (
        "12-4",
        "check-source",
        {"source": [("self.uploads.has_told(", "has_told(")]},
        "self.uploads has an attribute has_told: is `self.uploads.` missing?",
    ),
    (
        "12-4",
        "check-source",
        {"source": [("max(file_size(", "max(self.file_size(")]},
        "file_size is no attribute of self: write it without `self.`.",
    ),
    (
        "12-5",
        "check-order",
        {"work": [("        control.flush()", "        self.flush()")]},
        "control has an attribute flush: write `control.flush`.",
    ),
    (
        "12-5",
        "check-turns",
        {"work": [("self.server.timers.call_later", "call_later")]},
        "self.server.timers has an attribute call_later: is `self.server.timers.` missing?",
    ),
    (
        "12-1",
        "check-codes",
        {"obey": [("reply(error.code", "reply(self.error.code")]},
        "error is a variable of this function: write it without `self.`.",
    ),
    (
        "12-1",
        "check-cuts",
        {"take": [("(control.partial_line + data)", "(partial_line + data)")]},
        "control has an attribute partial_line: is `control.` missing?",
    ),
    (
        "09",
        "check-rest",
        {"line-decoder": [("> self.max_length for", "> max_length for")]},
        "self has an attribute max_length: is `self.` missing?",
    ),
    (
        "09",
        "check-turn",
        {"read": [("connection.write_buffer +=", "write_buffer +=")]},
        "so write_buffer is its own variable. Here it has no value yet.\n"
        "connection has an attribute write_buffer: is `connection.` missing?",
    ),
    (
        "08",
        "check-refused",
        {"modify": [("to_mask(events)", "to_mask(event)")]},
        "at: selector.kernel.modify(key.fd, to_",
    ),
    (
        "06",
        "check-failed",
        {
            "read-some": [
                ("        data += chunk", "        data += chunk\n        if len(chunk) < SIZE:\n            break")
            ]
        },
        "expected 'end', saw 'more'. Reads: 1 (500 bytes).",
    ),
    ("06", "check-ready", {"one-turn": [("== END", "== epoll.END")]}, "END is no attribute of epoll: write it without"),
    ("06", "check-starves", {"one-turn": [("(conns[fd], budget)", "(conns[fd], 16)")]}, "16 times.\nOne turn calls"),
    ("06", "check-ended", {"one-turn": [("(conns[fd], budget)", "(conns[fd], 16)")]}, "Expected 4,096 at most."),
    (
        "06",
        "check-ended",
        {"one-turn": [("(conns[fd], budget)", "(conns[fd], 1)")]},
        "Expected the last to meet the end.",
    ),
    (
        "06",
        "check-forgets",
        {"one-turn": [("(conns[fd], budget)", "(conns[fd], 2)")]},
        "(12 reads) brought 6,144 bytes",
    ),
    (
        "06",
        "check-ended",
        {"one-turn": [("(conns[fd], budget)", "(conns[fd], 2)")]},
        "3 turns with a budget of 4 gave 6,144 bytes of them. Reads: 6 (",
    ),
    ("06", "check-room", {"on-event": [(SENDS, "conn.send(unsent)")]}, "what a send has taken is not unsent."),
    (
        "06",
        "check-reason",
        {"on-event": [(SENDS, 'conn.sendall(unsent)\n                unsent = b""')]},
        "Sends: none.",
    ),
    (
        "06",
        "check-reason",
        {"on-event": [("if mask & select.EPOLLIN:", "if mask & select.EPOLLIN and not unsent:")]},
        "EPOLLIN was set. Beside a firehose the budget is 16 reads, saw 0.",
    ),
    (
        "08",
        "check-time",
        {"wait": [("milliseconds, max(len(selector.keys), 1))", "max(len(selector.keys), 1), milliseconds)")]},
        "max_events was 2000: in kernel_wait the milliseconds stand before max_events.",
    ),
    (
        "08",
        "check-register",
        {"own-selector": [("self.kernel.register", "super().kernel.register")]},
        "self has an attribute kernel: write `self.kernel`.",
    ),
    (
        "08",
        "check-suite",
        {"to-events": [("    events = 0", "    events = EVENT_READ")]},
        "Expected it writable (2), saw [(SelectorKey(",
    ),
    (
        "08",
        "check-suite",
        {"own-selector": [UNREGISTERS, (IN_KERNEL, f"{IN_KERNEL}        except:\n            pass\n")]},
        "Here it has no value yet.\nCPython's test_unregister failed at this line",
    ),
    (
        "08",
        "check-unknown",
        {"wait": [("max(len(selector.keys), 1)", "max(len(selector.keys) - 1, 1)")]},
        "Is max_events the size of your list, 2?",
    ),
    ("08", "check-interrupted", {"wait": [("max(len(", "max(size(")]}, "name 'size' is not defined\n  at: "),
    (
        "12-3",
        "check-walk",
        {"walk": [("dir_fd=current", "dir_fd=self.jail.root")]},
        "at: child = os.open(part, DIRECTORY_FLAGS, dir_fd=self.jail.root)   (open_directory, ",
    ),
    (
        "08",
        "check-unregister",
        {"own-selector": [("self.kernel.unregister(key.fd)", "self.kernel.unregister(fileobj)")]},
        "came from your line:\n  at: self.kernel.unregister(fileobj)   (unregister, ",
    ),
    (
        "12-2",
        "check-client",
        {"accept": [("            return\n", "")]},
        "so address is its own variable. Here it has no value yet.\n" + AGAIN_12A,
    ),
    (
        "12-2",
        "check-client",
        {"accept": [("sock, address = ", "socket, address = ")]},
        "There is a name socket: is sock misspelt?",
    ),
    (
        "12-2",
        "check-start",
        {"start": [("self.data.socket,", "socket,")]},
        "Here `socket` is the module. Is a variable with another name meant, or `self.data.socket`?",
    ),
    (
        "12-2",
        "check-whole",
        {"accept": [("self.data.on_connected(sock)", "self.data.on_connected(socket)")]},
        "Here `socket` is the module. Is a variable with another name meant, or `self.data.socket`?",
    ),
]
"""(lab, cell of the check, {cell: answer}, words of the message)."""
PASSES = [
    ("05", "check-bits", {"talk": [("sock.send(connection.write_buffer)", "sock.send(connection.write_buffer[:1])")]}),
    ("05", "check-failed", {"talk": [("connection.sock.send(", "os.write(connection.sock.fileno(), ")]}),
    (
        "05",
        "check-dispatch",
        {
            "dispatch": [
                (
                    "        server.accept()",
                    """        try:
            sock, _address = server.listener.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRNOS:
                server.pause_accepting()
            return
        add_connection(server, sock)""",
                )
            ]
        },
    ),
    (
        "05",
        "check-modify",
        {
            "dispatch": [
                (
                    "            server.epoll.modify(fd, events)",
                    """            try:
                server.epoll.register(fd, events)
            except FileExistsError:
                server.epoll.modify(fd, events)""",
                )
            ]
        },
    ),
    ("12-1", "check-codes", {"obey": [("That line is too long.", "That line is too long")]}),
]

HEADLINES = [
    ("04", "check-limit", "members that never read"),
    ("04", "check-room", "one times out"),
    ("08", "check-register", "what the kernel refuses"),
    ("12-2", "check-listens", "does not block"),
    ("12-2", "check-gone", "one error after the other"),
    ("12-2", "check-whole", "a stranger"),
    ("12-3", "check-begins", "the next command waits"),
    ("12-3", "check-walk", "left open"),
    ("12-4", "check-denied", "the file is as it was"),
    ("12-4", "check-keep", "the error comes out"),
    ("12-4", "check-whole", "downloads are resumed"),
    ("12-5", "check-whole", "2,000 commands"),
]
"""(lab, cell of a check that judges several things, words of the last or first of them)."""


@pytest.fixture(autouse=True)
def progress(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_store.PROGRESS_ENV, str(tmp_path / "progress"))


def run_check(number, check, answer):
    """Run the cells of a solution that are no checks, with an answer in it, and then one check."""
    nb = nbformat.read(labs.find_notebook(ROOT / "solutions", number), as_version=4)
    other, names = answers.sources(nb, answer), {"__name__": "__main__"}
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    for cell in [
        *(each for each in cells if not answers.is_check(each)),
        *(each for each in cells if each.id == check),
    ]:
        source, file = other.get(cell.id, cell.source), f"<{number} {cell.id}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), names)


def often(rows):
    """Return the rows as parameters. The first one of a check runs with every make test, others with make thorough."""
    seen, parameters = set(), []
    for row in rows:
        parameter = row if isinstance(row, type(pytest.param())) else pytest.param(*row)
        if not parameter.marks:
            check = parameter.values[:2]
            parameter = pytest.param(*parameter.values, marks=[pytest.mark.thorough] if check in seen else [])
            seen.add(check)
        parameters.append(parameter)
    return parameters


@pytest.mark.parametrize(("number", "check", "answer", "words"), often(SAYS))
def test_a_message_names_the_cause(number, check, answer, words):
    with pytest.raises(checks.CheckError) as caught:
        run_check(number, check, answer)
    assert words in str(caught.value)
    assert "Not your code" not in str(caught.value)


@pytest.mark.parametrize(("number", "check", "answer"), PASSES)
def test_another_right_answer_passes(number, check, answer):
    run_check(number, check, answer)


@pytest.mark.parametrize(("number", "check", "words"), HEADLINES)
def test_the_headline_of_a_check_names_all_that_it_judges(number, check, words):
    nb = nbformat.read(labs.find_notebook(ROOT / "solutions", number), as_version=4)
    cell = next(cell for cell in nb.cells if cell.id == check)
    function = types.SimpleNamespace(__doc__=answers.check_docstring(cell))
    assert words in checks._Check(function, "", 1, (), ()).title
