"""Lab 12-3: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

PASS = "class PasswordCheck(Session):\n    def do_pass(self, password):\n"
RESOLVE = "class PathResolution(Session):\n    def resolve(self, name):\n"
OPEN_DIRECTORY = "class DirectoryWalk(Session):\n    def open_directory(self, parts):\n"

FIRST = """        if self.login.name is None or self.login.user is not None:
            raise CommandError(503, "USER comes first.")
"""
CHECKING = "        self.login.checking = True\n"
BEGIN = "        self.server.check_password(self, password)\n"
LATER = "self.server.timers.call_later(self.server.login_failure_delay, self.login.reject)"
WELCOME = '            self.reply(230, "Welcome.")\n            self.process_pending()\n'
PART = '            if part == "..":'
OPEN = "child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)"
STEP = f"""            try:
                {OPEN}
            finally:
                os.close(current)
"""

CHECK_WORDS = {
    "refuses_a_password_without_a_user": "password",
    "begins_the_check_of_a_password": "hash",
    "lets_in_who_knows_the_password": "password",
    "makes_a_guess_wait": "timer",
    "keeps_every_name_in_the_tree": "root",
    "keeps_each_name_as_it_is": "as it is",
    "decides_by_the_text_alone": "text",
    "goes_there_and_leaves_nothing_open": "descriptor of its parent",
    "fails_and_leaves_nothing_open": "directory",
    "follows_no_link": "O_NOFOLLOW",
    "loses_to_no_swap": "swap",
    "serves_friends_and_wears_out_guessers": "guess",
}


def part_as(expression: str) -> list[tuple[str, str]]:
    """Return the replacement that changes each part of a name first."""
    return [(PART, f"            part = {expression}\n{PART}")]


ANSWERS = {
    "refuses_a_password_without_a_user": [
        (
            "do-pass",
            [("    def do_pass", "    async def do_pass")],
            "do_pass is a coroutine: it is written with async def",
        ),
        ("do-pass", [(FIRST, "")], "PASS came before USER, and its password was checked"),
        ("do-pass", [(" or self.login.user is not None", "")], "PASS came after the login of ada, and its password"),
        ("do-pass", [("self.login.name is None or ", "")], "PASS came before USER, and its password was checked"),
        ("do-pass", [("CommandError(503,", "CommandError(530,")], r"expected the reply 503, saw \['530'\]"),
        (
            "do-pass",
            [('raise CommandError(503, "USER comes first.")', "return")],
            "expected the reply 503, saw no reply",
        ),
        (
            "do-pass",  # from now on the next command waits
            [(CHECKING, ""), (FIRST, CHECKING + FIRST)],
            r"saw \(None, None, True, \[\]\)",
        ),
        (
            "do-pass",  # logs ada out
            [
                (
                    "            raise CommandError(503",
                    "            self.login.user = None\n            raise CommandError(503",
                )
            ],
            r"saw \('ada', None, False",
        ),
    ],
    "begins_the_check_of_a_password": [
        (
            "do-pass",
            [("self.login.user is not None:", 'self.login.user is not None or self.login.name == "ada":')],
            r"the replies \['503', '215'\] came before(.|\n)*a password: refuse none, also not an empty one",
        ),
        (
            "do-pass",  # lets in before the check
            [
                (CHECKING, ""),
                (BEGIN, BEGIN + '        self.login.user = self.login.name\n        self.reply(230, "Welcome.")\n'),
            ],
            r"the replies \['230', '215'\] came before(.|\n)*Reply nothing here: on_password_checked gets",
        ),
        ("do-pass", [(BEGIN, BEGIN + '        self.reply(331, "Wait.")\n')], "came before the password was checked"),
        (
            "do-pass",  # calculates the hash in the loop
            [(BEGIN, "        matches = USERS.check(self.login.name, password)\n")],
            r"saw none.\nIt begins the check in a thread",
        ),
        ("do-pass", [(BEGIN, BEGIN + BEGIN)], r"saw (check_password\(self, 'lovelace'\)(, )?){2}\."),
        ("do-pass", [(BEGIN, "")], "saw none"),
        (
            "do-pass",
            [("check_password(self, password)", "check_password(self.login.name, password)")],
            r"saw check_password\('ada', 'lovelace'\)\.\nCall it once, with self and",
        ),
        (
            "do-pass",
            [(BEGIN, "        self.on_password_checked(self.server.check_password(self, password))\n")],
            r"do_pass calls on_password_checked\(None\)",
        ),
        ("do-pass", [(CHECKING, "")], "login.checking is False.\nSet self.login.checking to True"),
        ("do-pass", [(CHECKING, ""), (BEGIN, BEGIN + CHECKING)], "when check_password was called, login.checking was"),
        (
            "do-pass",
            [("check_password(self, password)", "check_password(self, password.strip())")],
            "the password as it is",
        ),
        (
            "do-pass",
            [("check_password(self, password)", "check_password(self, password.lower())")],
            "the password as it is",
        ),
        (
            "do-pass",  # no password, no check
            [(FIRST, FIRST + '        if not password:\n            raise CommandError(501, "No password.")\n')],
            r"USER ada, b'PASS ', then SYST: the replies \['501', '215'\] came before",
        ),
        (
            "do-pass",  # what is no UTF-8
            [("check_password(self, password)", 'check_password(self, password.encode(errors="ignore").decode())')],
            "the password as it is",
        ),
        (
            "do-pass",
            [(BEGIN, BEGIN + "        self.login.user = self.login.name\n")],
            "the password is not checked yet",
        ),
        ("do-pass", [(BEGIN, BEGIN + "        self.login.name = None\n")], "the password is not checked yet"),
        (
            "do-pass",  # a thread of its own
            [
                (
                    BEGIN,
                    """        import threading
        threading.Thread(target=self.server.check_password, args=(self, password)).start()
""",
                )
            ],
            r"Your code starts a thread \(Thread\)",
        ),
    ],
    "lets_in_who_knows_the_password": [
        ("do-pass", [("            self.login.user = self.login.name\n", "")], "login.user is None: expected 'ada'"),
        (
            "do-pass",  # a command that waits is dispatched before the login
            [
                ("            self.login.user = self.login.name\n", ""),
                (
                    "self.process_pending()",
                    "self.process_pending()\n            self.login.user = self.login.name",
                ),
            ],
            "When PWD was dispatched, login.user was None",
        ),
        ("do-pass", [('230, "Welcome."', '"Welcome.", 230')], r"Expected one reply 230, saw \['Welcome. 230'\]"),
        ("do-pass", [("self.reply(230", "self.reply(200")], r"Expected one reply 230, saw \['200'\]"),
        ("do-pass", [(WELCOME, WELCOME.splitlines(True)[0] + WELCOME)], r"one reply 230, saw \['230', '230'\]"),
        ("do-pass", [("if matches", "if not matches")], r"no reply\.\nCalls of .*: call_later\(30.0, reject\)"),
        (
            "do-pass",
            [("self.login.user = self.login.name", "self.login.user = self.login.name.strip().lower()")],
            "expected 'Ada L. '",
        ),
        (
            "do-pass",
            [("            self.login.user = self.login.name\n", "            self.login.user = True\n")],
            "is True",
        ),
        ("do-pass", [(WELCOME, "")], "Expected one reply 230, saw no reply"),
        ("do-pass", [('            self.reply(230, "Welcome.")\n', "")], "Expected one reply 230, saw no reply"),
        ("do-pass", [("            self.login.checking = False\n", "")], "login.checking is still True"),
        ("do-pass", [("            self.process_pending()\n", "")], r"The replies \['230'\] are in the write buffer"),
        (
            "do-pass",  # only if commands wait: without them, nothing sends the reply
            [("self.process_pending()", "if self.control.pending_commands:\n                self.process_pending()")],
            r"The replies \['230'\] are in the write buffer",
        ),
        ("do-pass", [("self.process_pending()", "self.control.flush()")], "No event comes for PWD"),
        (
            "do-pass",  # the replies are out of order
            [(WELCOME, '            self.process_pending()\n            self.reply(230, "Welcome.")\n')],
            r"The replies \['230'\] are in the write buffer",
        ),
        (
            "do-pass",
            [
                (
                    WELCOME,
                    """            self.process_pending()
            self.reply(230, "Welcome.")
            self.control.flush()
""",
                )
            ],
            r"Expected the reply 230 first, saw \['257', '230'\]",
        ),
        (
            "do-pass",  # checking is set to False too late for the commands that wait
            [
                ("            self.login.checking = False\n", ""),
                ("self.process_pending()", "self.process_pending()\n            self.login.checking = False"),
            ],
            r"Expected the replies \['230', '257'\], saw \['230'\]",
        ),
        ("do-pass", [("        else:\n            self", "        self")], "A timer has rejected the next password"),
    ],
    "makes_a_guess_wait": [
        (
            "do-pass",  # the loop sleeps, and every client waits
            [(LATER, "__import__('time').sleep(self.server.login_failure_delay)\n            self.login.reject()")],
            "calls time.sleep",
        ),
        (
            "do-pass",  # waits by looking at the clock
            [
                ("class PasswordCheck", "import time\nclass PasswordCheck"),
                (
                    LATER,
                    """until = time.monotonic() + self.server.login_failure_delay
            while time.monotonic() < until:
                pass
            self.login.reject()""",
                ),
            ],
            "stopped after 2 seconds",
        ),
        (
            "do-pass",
            [(LATER, "import threading\n            threading.Timer(30, self.login.reject).start()")],
            r"Your code starts a thread \(Timer\)",
        ),
        ("do-pass", [(LATER, "self.login.reject()")], r"came at once.*\nCalls of .*: reject\(\)\."),
        ("do-pass", [("login.reject)", "login.reject())")], r"Calls of .*: reject\(\), call_later\(30.0, None\)"),
        (
            "do-pass",
            [(LATER, LATER + "\n            self.login.checking = False\n            self.process_pending()")],
            r"\['215', '331'\] came at once(.|\n)*all waits until then",
        ),
        (
            "do-pass",
            [("self.login.reject)", "self.login.reject, self)")],
            r"A timer raised TypeError(.|\n)*call_later\(30.0, reject, <",
        ),
        (
            "do-pass",
            [
                (
                    LATER,
                    f"""if self.login.name == "ada":
                {LATER}
            else:
                self.login.reject()""",
                )
            ],
            "USER nobody.*came at once",
        ),
        (
            "do-pass",  # anonymous needs no password
            [("if matches:", 'if matches or self.login.name == "anonymous":')],
            "USER anonymous.*Expected no login, saw",
        ),
        (
            "do-pass",
            [("if matches:", "if True:")],
            r"USER ada.*Expected no login, saw \['230', '215', '331'\]\.",
        ),
        (
            "do-pass",
            [("        if matches:", "        self.login.checking = False\n        if matches:")],
            "at the same time",
        ),
        ("do-pass", [(LATER, "pass")], "there is no 530: no reply"),
        ("do-pass", [("self.server.login_failure_delay,", "30,")], "login_failure_delay is 7 seconds, and after"),
        (
            "do-pass",  # an error that no command takes
            [(LATER, 'raise CommandError(530, "Wrong.")')],
            r"CommandError: \(530, 'Wrong.'\)\n  at: .*\n.*dispatch makes no reply of this error",
        ),
        ("do-pass", [("self.server.login_failure_delay,", "0,")], "came earlier"),
        (
            "do-pass",  # says that the check is over, then rejects
            [
                (
                    LATER,
                    LATER.replace(
                        "self.login.reject)", "lambda: (setattr(self.login, 'checking', False), self.login.reject()))"
                    ),
                )
            ],
            r"no 530: no reply\.\nCalls .*, reject\(\)\.\nlogin.reject does nothing if login.checking is False",
        ),
        (
            "do-pass",  # replies at once, and lets reject reply
            [(LATER, 'self.reply(530, "Wrong.")\n            ' + LATER)],
            r"\['530'\] came at once.*\nCalls of .*: call_later\(30.0, reject\)\.\nReply nothing here",
        ),
        (
            "do-pass",  # replies, and lets reject reply
            [(LATER, LATER.replace("self.login.reject)", 'lambda: (self.reply(530, "Wrong."), self.login.reject()))'))],
            r"expected the replies \['530', '215', '331'\], saw \['530', '530', '215', '331'\]",
        ),
        (
            "do-pass",  # a reply of its own: no guess is counted, and the command stays in progress
            [(LATER, LATER.replace("self.login.reject)", 'self.reply, 530, "Login incorrect.")'))],
            r"saw \['530'\]",
        ),
        (
            "do-pass",  # two timers: the second one rejects the next guess too early
            [(LATER, LATER + "\n            self.server.timers.call_later(50, self.login.reject)")],
            "the second time: .*came earlier",
        ),
        ("do-pass", [(LATER, "self.login.failed_attempts += 1\n            " + LATER)], "login.failed_attempts is 2"),
        ("do-pass", [("self.login.reject)", '"reject")')], r"not callable(.|\n)*call_later\(30.0, 'reject'\)\."),
        (
            "do-pass",  # counts and closes itself
            [
                (
                    "        else:\n",
                    """        else:
            self.guesses = getattr(self, "guesses", 0) + 1
            if self.guesses == 3:
                self.close()
""",
                )
            ],
            "third time: the session has ended before(.|\n)*login.reject counts the guesses",
        ),
    ],
    "keeps_every_name_in_the_tree": [
        (
            "resolve",
            [("return tuple(parts)", "return parts")],
            r"\nExpected resolve\('x'\) to return a tuple, saw a list",
        ),
        (
            "resolve",
            [("        return tuple(parts)", "        self.jail.stat(tuple(parts))\n        return tuple(parts)")],
            "resolve looks at the disk",
        ),
        (
            "resolve",  # joined, and .. left to the kernel
            RESOLVE
            + """        parts = () if name.startswith("/") else self.jail.cwd
        return (*parts, *(part for part in name.split("/") if part))""",
            "Only plain names may remain",
        ),
        (
            "resolve",  # cleaned by replacing
            RESOLVE
            + """        parts = () if name.startswith("/") else self.jail.cwd
        return (*parts, *(part for part in name.replace("../", "").split("/") if part not in ("", ".")))""",
            "Only plain names may remain",
        ),
        (
            "resolve",
            [("del parts[-1:]", "parts.pop()")],
            r"IndexError: pop from empty list\n.*\n.*resolve\('../../..'\), and the client is in /a/b\.\n.*never more",
        ),
        (
            "resolve",
            [
                (
                    "                del",
                    '                if not parts: raise CommandError(550, "No.")\n                del',
                )
            ],
            r"CommandError: \(550, 'No.'\)\n.*\n.*resolve\('../../..'\), and the client is in /a/b\.\n"
            "Go part by part, refuse no name.*never more",
        ),
        (
            "resolve",  # normpath, which keeps what leads above the beginning
            RESOLVE
            + """        parts = os.path.normpath("/".join([*self.jail.cwd, name])).split("/")
        return tuple(part for part in parts if part not in ("", "."))""",
            "Only plain names may remain",
        ),
        ("resolve", [('] if name.startswith("/") else list(self.jail.cwd)', "]")], "expected \\('a', 'b', 'x'\\)"),
        ("resolve", [('[] if name.startswith("/") else list', "list")], r"resolve\('/.*expected"),
        ("resolve", [("list(self.jail.cwd)", "list(self.jail.cwd or ['a'])")], r"A client is in /\. "),
        (
            "resolve",
            [("return tuple(parts)", "self.jail.cwd = tuple(parts)\n        return self.jail.cwd")],
            "has changed",
        ),
        ("resolve", [("return tuple(parts)", "return parts")], "to return a tuple, saw a list"),
        ("resolve", [("        return tuple(parts)\n", "")], "to return a tuple, saw None"),
        (
            "resolve",
            [("parts.append(part)", "parts.append(part.encode())")],
            "expected a tuple of texts|IndexError|TypeError",
        ),
        ("resolve", [("tuple(parts)", "tuple(dict.fromkeys(parts))")], "resolve.* returned"),
        ("resolve", [('name.split("/")', 'name.split("/", 3)')], "resolve.* returned"),
        ("resolve", [('name.startswith("/")', '"//" in name or name.startswith("/")')], r"resolve\('x//y'\)"),
        (
            "resolve",  # goes on until no .. is left, and above the root one always is
            RESOLVE
            + """        parts = [] if name.startswith("/") else list(self.jail.cwd)
        parts += [part for part in name.split("/") if part not in ("", ".")]
        while ".." in parts:
            place = parts.index("..")
            if place:
                del parts[place - 1 : place + 1]
        return tuple(parts)""",
            "stopped after 2 seconds",
        ),
        ("resolve", RESOLVE + '        return f"{self.jail.cwd}/{name}"', "to return a tuple, saw a str"),
    ],
    "keeps_each_name_as_it_is": [
        ("resolve", [('not in ("", ".")', 'not in ". "')], r"'\. '|' '"),  # a part of a text
        ("resolve", [('part == ".."', 'part.startswith("..")')], "Only a part that equals"),
        ("resolve", part_as("part.strip()"), r"'x '\)\.\nA changed name is another file"),
        ("resolve", part_as("part.rstrip()"), "A changed name is another file"),
        ("resolve", part_as("part.lower()"), "README"),
        ("resolve", part_as('__import__("urllib.parse").parse.unquote(part)'), "100%25"),
        ("resolve", part_as("os.path.expanduser(part)"), "A client is in"),
        ("resolve", part_as('__import__("unicodedata").normalize("NFC", part)'), "resolve"),
        ("resolve", part_as('__import__("unicodedata").normalize("NFKC", part)'), "resolve"),
        ("resolve", part_as('part.replace("\\t", " ")'), r"'a.tb.nc.r'"),
        ("resolve", part_as('"".join(part.splitlines())'), r"'a.tb.nc.r'"),
        ("resolve", part_as("""part.strip('"')"""), r"""resolve\('"q"'\)"""),
        ("resolve", part_as("""part.strip("'")"""), "resolve"),
        ("resolve", part_as('part.removeprefix("-la ")'), "-la x"),
        ("resolve", [('("", ".")', '("", ".", "...")')], r"resolve\('\.\.\.'\)"),
        ("resolve", part_as('part.replace("\\\\", "/")'), "resolve"),
        ("resolve", part_as('part.encode("utf-8", "ignore").decode()'), "udcff"),
        ("resolve", part_as('part if part in (".", "..") else part.rstrip(".")'), "resolve"),
        ("resolve", part_as("part[:255]"), "x{20}"),
        ("resolve", part_as("os.path.expandvars(part.replace('$HOME', '/root'))"), "HOME"),
        ("resolve", part_as('"" if part.startswith("#") else part'), "#1"),
        ("resolve", part_as('part.split(";")[0]'), "a;b"),
        ("resolve", part_as('part.lstrip("\\ufeff")'), "resolve"),
        ("resolve", part_as('" ".join(part.split(" ")) if "  " not in part else part.replace("  ", " ")'), "x  y"),
    ],
    "decides_by_the_text_alone": [
        (
            "resolve",  # the path that the machine's own disk makes of it
            RESOLVE
            + """        path = os.path.join("/", *self.jail.cwd, name)
        return tuple(part for part in os.path.realpath(path).split("/") if part)""",
            "Path.resolve and os.path.realpath do that",
        ),
        (
            "resolve",  # the same, by pathlib
            RESOLVE + """        return (Path("/", *self.jail.cwd) / name).resolve().parts[1:]""",
            "the text of a name alone",
        ),
        (
            "resolve",  # a link in the folder is looked up
            [
                (
                    "        return tuple(parts)",
                    """        for n in range(1, len(parts) + 1):
            try:
                target = os.readlink("/".join(parts[:n]), dir_fd=self.jail.root)
            except OSError:
                continue
            parts[:n] = target.split("/")
        return tuple(parts)""",
                )
            ],
            r"resolve\('link(/x)?'\)",
        ),
        (
            "resolve",  # refuses a link
            [
                (
                    "        return tuple(parts)",
                    """        if os.path.islink("/" + "/".join(parts)):
            raise CommandError(550, "A link.")
        return tuple(parts)""",
                )
            ],
            r"resolve\('link'\), and the client.*\nGo part by part, refuse no name, and look at no file",
        ),
    ],
    "goes_there_and_leaves_nothing_open": [
        (
            "walk",  # the root itself is handed out, and closed by the caller
            [
                ("os.dup(self.jail.root)", "self.jail.root"),
                (
                    "                os.close(current)",
                    "                if current != self.jail.root:\n                    os.close(current)",
                ),
            ],
            "would lose its root",
        ),
        ("walk", [("os.dup(self.jail.root)", "self.jail.root")], "has closed self.jail.root|would lose its root"),
        ("walk", [(STEP, f"            {OPEN}\n")], "has left descriptors open beside"),
        (
            "walk",
            [("        return current", "        os.close(current)\n        return current")],
            "expected an open descriptor",
        ),
        ("walk", [("        return current", "        pass")], "to return an int, saw None"),
        ("walk", [("        return current", "        return os.fdopen(current)")], "IsADirectoryError|saw|OSError"),
        ("walk", [("        return current", "        return True")], "Expected a descriptor from .*, saw True"),
        ("walk", [("dir_fd=current", "dir_fd=self.jail.root")], "begins at the directory of the step before"),
        ("walk", [(", dir_fd=current", "")], r"os.open\('a', DIRECTORY_FLAGS, dir_fd=None\)"),
        ("walk", [("part in parts", "part in (*self.jail.cwd, *parts)")], r"os.open\('a', .*os.open\('b', "),
        ("walk", [(STEP, f"            os.close(current)\n            {OPEN}\n")], "that is not open, or no longer"),
        ("walk", [("part in parts", "part in self.resolve('/'.join(parts))")], "open_directory calls resolve"),
        (
            "walk",
            [("for part in parts:", "for part in parts[:1]:")],
            "a descriptor of another directory than /a/b: of /a.",
        ),
        (
            "walk",
            [("            current = child\n", "            current = child\n            break\n")],
            "of another directory",
        ),
        (
            "walk",  # the whole process moves
            [
                ("        for part", "        here = os.open('.', os.O_RDONLY)\n        for part"),
                (
                    STEP,
                    """            os.fchdir(current)
            os.close(current)
            child = os.open(part, DIRECTORY_FLAGS)
""",
                ),
                ("        return current", "        os.close(here)\n        return current"),
            ],
            "has changed the current directory of the whole process",
        ),
        (
            "walk",  # the path that the folder had at first
            [
                (
                    "current = os.dup(self.jail.root)",
                    """self.top = getattr(self, "top", None) or os.path.realpath(f"/proc/self/fd/{self.jail.root}")
        current = os.open(self.top, os.O_RDONLY | os.O_DIRECTORY)""",
                )
            ],
            "The folder has another name now",
        ),
        (
            "walk",
            [(OPEN, OPEN.replace("part,", "parts.index(part),"))],
            r"not int\n  at: .*\nThe call was os.open\(0, DIRECTORY_FLAGS, ",
        ),
        (
            "walk",
            [(OPEN, OPEN.replace("DIRECTORY_FLAGS, ", ""))],
            "missing a required argument: 'flags'\n  at: .*open_directory, line 18",
        ),
        (
            "walk",
            [("return current", "return os.fdopen(current)")],
            "Calls of os.open: none.\nThe error came from your line:\n  at: .*open_directory, line 22",
        ),
    ],
    "fails_and_leaves_nothing_open": [
        ("walk", [(STEP, f"            {OPEN}\n            os.close(current)\n")], "also where a step fails"),
        (
            "walk",
            [("finally:\n                os", "except OSError:\n                return current\n            os")],
            "expected an OSError",
        ),
        (
            "walk",
            [
                (
                    "finally:",
                    """except OSError as error:
                raise CommandError(550, str(error)) from error
            finally:""",
                )
            ],
            r"raised CommandError\(550\), and never may",
        ),
        (
            "walk",  # None for what is not there
            [("finally:", "except OSError:\n                return None\n            finally:")],
            "saw None.\nDoes an except hide the error",
        ),
        ("walk", [("DIRECTORY_FLAGS,", "DIRECTORY_FLAGS & ~os.O_DIRECTORY,")], "There is no directory at .*file"),
        (
            "walk",  # a pipe is opened like a directory
            [(OPEN, "child = os.open(part, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=current)")],
            "There is no directory at|stopped after 2 seconds",
        ),
        (
            "walk",  # closes what is closed
            [
                (
                    "finally:",
                    "except OSError:\n                os.close(current)\n                raise\n            finally:",
                )
            ],
            r"closes the descriptor \d+, which is not open, or no longer open(.|\n)*\n  at: .*open_directory, line 23",
        ),
        (
            "walk",  # closes what is closed, and hides that
            [
                (
                    STEP,
                    f"""            try:
                {OPEN}
                os.close(current)
            except OSError:
                for _ in range(2):
                    try:
                        os.close(current)
                    except OSError:
                        pass
                raise
""",
                )
            ],
            "which is not open, or no longer open",
        ),
        (
            "walk",  # creates what is missing
            [(OPEN, f"if part == 'gone':\n                    os.mkdir(part, dir_fd=current)\n                {OPEN}")],
            "There is no directory at",
        ),
    ],
    "follows_no_link": [
        (
            "walk",  # the whole path at once: O_NOFOLLOW sees its end only
            OPEN_DIRECTORY + '        return os.open("/".join(parts) or ".", DIRECTORY_FLAGS, dir_fd=self.jail.root)',
            "the last name of a path alone",
        ),
        ("walk", [("DIRECTORY_FLAGS", "os.O_RDONLY | os.O_DIRECTORY")], "outside of the folder"),
        (
            "walk",  # only the last one must be no link
            [
                ("part in parts", "n, part in enumerate(parts, 1)"),
                ("DIRECTORY_FLAGS,", "DIRECTORY_FLAGS if n == len(parts) else os.O_RDONLY | os.O_DIRECTORY,"),
            ],
            "outside of the folder",
        ),
        (
            "walk",  # opened through links, then compared by their beginnings: root-private begins with root
            [
                ("        for part", '        top = os.readlink(f"/proc/self/fd/{current}")\n        for part'),
                (
                    OPEN,
                    """child = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=current)
                if not os.readlink(f"/proc/self/fd/{child}").startswith(top):
                    os.close(child)
                    raise PermissionError(1, "outside")""",
                ),
            ],
            "outside of the folder",
        ),
        (
            "walk",  # a link that stays in the folder is followed
            [
                ("        for part", '        top = os.readlink(f"/proc/self/fd/{current}")\n        for part'),
                (
                    OPEN,
                    """child = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=current)
                if not (os.readlink(f"/proc/self/fd/{child}") + "/").startswith(top + "/"):
                    os.close(child)
                    raise PermissionError(1, "outside")""",
                ),
            ],
            "opened something in the folder",
        ),
        (
            "walk",  # a link may lead to a link
            [("DIRECTORY_FLAGS,", "DIRECTORY_FLAGS & ~os.O_NOFOLLOW,")],
            "outside of the folder",
        ),
    ],
    "loses_to_no_swap": [
        (
            "walk",  # looks at each step, then opens it, and follows what is there by then
            [
                (
                    "        current = os.dup(self.jail.root)",
                    "        import stat\n        current = os.dup(self.jail.root)",
                ),
                (
                    OPEN,
                    """if stat.S_ISLNK(os.stat(part, dir_fd=current, follow_symlinks=False).st_mode):
                    raise OSError("a link")
                child = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=current)""",
                ),
            ],
            "let the open itself refuse a link",
        ),
        (
            "walk",  # each prefix of the path from the root: what was passed may be swapped behind one's back
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for n in range(len(parts)):
            os.close(current)
            current = -1
            current = os.open("/".join(parts[: n + 1]), DIRECTORY_FLAGS, dir_fd=self.jail.root)
        return current""",
            "Right before your call number 2",
        ),
        (
            "walk",  # opens, and looks afterwards, when the directory is back
            [
                (
                    "        current = os.dup(self.jail.root)",
                    "        import stat\n        current = os.dup(self.jail.root)",
                ),
                (
                    OPEN,
                    """child = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=current)
                if stat.S_ISLNK(os.stat(part, dir_fd=current, follow_symlinks=False).st_mode):
                    os.close(child)
                    raise OSError("a link")""",
                ),
            ],
            "A check before the open, or after it",
        ),
        (
            "walk",  # careful at the last step only
            [
                ("part in parts", "n, part in enumerate(parts, 1)"),
                (
                    OPEN,
                    """if n < len(parts) and os.path.islink(f"/proc/self/fd/{current}/{part}"):
                    raise OSError("a link")
                flags = DIRECTORY_FLAGS if n == len(parts) else os.O_RDONLY | os.O_DIRECTORY
                child = os.open(part, flags, dir_fd=current)""",
                ),
            ],
            "/a was swapped for a link",
        ),
    ],
    "serves_friends_and_wears_out_guessers": [
        (
            "resolve",  # a helper whose name hides a method of the session
            RESOLVE
            + """        parts = [] if name.startswith("/") else list(self.jail.cwd)
        for part in name.split("/"):
            self.authorize(part, parts)
        return tuple(parts)

    def authorize(self, part, parts):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)""",
            "TypeError|AttributeError|ada logs in",
        ),
        (
            "walk",  # likewise: the session asks it whether a command may be dispatched
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for part in parts:
            current = self.can_dispatch(part, current)
        return current

    def can_dispatch(self, part="", current=-1):
        try:
            return os.open(part, DIRECTORY_FLAGS, dir_fd=current)
        finally:
            os.close(current)""",
            "loop|ada logs in",
        ),
    ],
}

RIGHT = [
    (
        "the reply 503 and return",
        "do-pass",
        [('raise CommandError(503, "USER comes first.")', 'self.reply(503, "USER comes first.")\n            return')],
    ),
    (
        "a delay with chance in it",
        "do-pass",
        [
            (
                LATER,
                LATER.replace("login_failure_delay,", "login_failure_delay * (1 + __import__('random').random() / 2),"),
            )
        ],
    ),
    ("a welcome of two lines", "do-pass", [('"Welcome."', '"Welcome.", "Here you may write."')]),
    (
        "a lambda, an early return",
        "do-pass",
        PASS
        + """        login = self.login
        if login.user or not login.name:
            raise CommandError(503, "No USER waits.")
        login.checking = True
        return self.server.check_password(self, password)

    def on_password_checked(self, matches):
        if not matches:
            delay = self.server.login_failure_delay
            self.server.timers.call_later(seconds=delay, callback=lambda: self.login.reject())
            return
        self.login.user, self.login.checking = self.login.name, False
        self.reply(230, "Welcome.")
        self.control.flush()
        self.process_pending()""",
    ),
    (
        "two timers in a row, and the next commands by a timer of no seconds",
        "do-pass",
        PASS
        + """        if None is self.login.name or self.login.user is not None:
            raise CommandError(503, "No USER waits.")
        self.login.checking = True
        self.server.check_password(self, password)

    def on_password_checked(self, matches):
        if matches:
            self.login.checking = False
            self.login.user = self.login.name
            self.reply(230, "Welcome.")
            return self.process_pending()
        half = self.server.login_failure_delay / 2
        later = self.server.timers.call_later
        later(half, lambda: later(half, self.login.reject))""",
    ),
    (
        "recursion",
        "resolve",
        RESOLVE
        + """        def walk(here, rest):
            if not rest:
                return here
            part, *others = rest
            return walk(here[:-1] if part == ".." else here if part in ("", ".") else (*here, part), others)

        return walk(() if name[:1] == "/" else self.jail.cwd, name.split("/"))""",
    ),
    (
        "reduce",
        "resolve",
        """from functools import reduce


class PathResolution(Session):
    def resolve(self, name):
        def step(path, part):
            match part:
                case "" | ".":
                    return path
                case "..":
                    return path[:-1]
            return (*path, part)

        return reduce(step, name.split("/"), () if name.startswith("/") else self.jail.cwd)""",
    ),
    (
        "normpath below the root",
        "resolve",
        RESOLVE
        + """        path = name if name.startswith("/") else "/".join(["", *self.jail.cwd, name])
        return tuple(part for part in os.path.normpath("/" + path.lstrip("/")).split("/") if part)""",
    ),
    (
        "from the end, counting the parents",
        "resolve",
        RESOLVE
        + """        path, up = [], 0
        for part in reversed([*([] if name.startswith("/") else self.jail.cwd), *name.split("/")]):
            if part == "..":
                up += 1
            elif part in ("", "."):
                continue
            elif up:
                up -= 1
            else:
                path.insert(0, part)
        return (*path,)""",
    ),
    (
        "an ExitStack",
        "walk",
        """from contextlib import ExitStack


class DirectoryWalk(Session):
    def open_directory(self, parts):
        with ExitStack() as stack:
            current = self.jail.root
            for part in parts:
                current = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
                stack.callback(os.close, current)
            return os.dup(current)""",
    ),
    (
        "recursion",
        "walk",
        OPEN_DIRECTORY
        + """        if not parts:
            return os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.jail.root)
        *parents, last = parts
        parent = self.open_directory(parents)
        try:
            return os.open(last, DIRECTORY_FLAGS, dir_fd=parent)
        finally:
            os.close(parent)""",
    ),
    (
        "closed in except, and a check after the open",
        "walk",
        OPEN_DIRECTORY
        + """        here = os.dup(self.jail.root)
        try:
            for part in parts:
                below = os.open(part, DIRECTORY_FLAGS, dir_fd=here)
                here, above = below, here
                os.close(above)
                if not os.path.isdir(f"/dev/fd/{here}") and not os.fstat(here):
                    raise NotADirectoryError(part)
        except BaseException:
            os.close(here)
            raise
        return here""",
    ),
]
