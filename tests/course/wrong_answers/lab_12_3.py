"""Lab 12-3: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

PASS = "class PasswordCheck(Session):\n    def do_pass(self, password):\n"
DO_PASS = (
    PASS
    + """        if self.login.name is None or self.login.user is not None:
            raise CommandError(503, "USER comes first.")
        self.login.checking = True
        self.server.check_password(self, password)

    def on_password_checked(self, matches):
"""
)
ACCEPT = """        if matches:
            self.login.checking = False
            self.login.user = self.login.name
            self.reply(230, "Welcome.")
            self.process_pending()
"""
RESOLVE = "class PathResolution(Session):\n    def resolve(self, name):\n"
OPEN_DIRECTORY = "class DirectoryWalk(Session):\n    def open_directory(self, parts):\n"

ANSWERS = {
    "lets_in_who_knows_the_password": [
        (
            "do-pass",  # PASS before USER is treated as any password
            [
                (
                    """        if self.login.name is None or self.login.user is not None:
            raise CommandError(503, "USER comes first.")
""",
                    "",
                )
            ],
            "PASS came before USER, and nothing was raised",
        ),
        (
            "do-pass",  # the wrong code
            [
                (
                    "None or self.login.user is not None:\n            raise CommandError(503,",
                    "None:\n            raise CommandError(530,",
                )
            ],
            "expected CommandError with 503, saw 530",
        ),
        (
            "do-pass",  # lets in before the check
            [
                ("None or self.login.user is not None:", "None:"),
                ("login.checking = True\n        self.server", "server"),
                (
                    "    def on_password_checked(self, matches):",
                    """        self.login.user = self.login.name
        self.reply(230, "Welcome.")
    def on_password_checked(self, matches):""",
                ),
            ],
            "came before the password was checked",
        ),
        (
            "do-pass",  # calculates the hash in the loop
            [
                ("None or self.login.user is not None:", "None:"),
                ("server.check_password(self", "matches = USERS.check(self.login.name"),
            ],
            r"saw 0.\nA hash takes milliseconds",
        ),
        (
            "do-pass",  # the next command does not wait
            [
                ("None or self.login.user is not None:", "None:"),
                ("login.checking = True\n        self.server", "server"),
            ],
            "Set self.login.checking to True",
        ),
        (
            "do-pass",  # the user is not kept
            [("            self.login.user = self.login.name\n", "")],
            "login.user is None: expected 'ada'",
        ),
        (
            "do-pass",  # knows its user, and says nothing
            [('            self.reply(230, "Welcome.")\n            self.process_pending()\n', "")],
            r"Expected the reply 230, and saw \[\]",
        ),
        (
            "do-pass",  # always in progress: login.reject is not called for the right password
            [("            self.login.checking = False\n", "")],
            "command_in_progress is true: no further command",
        ),
        (
            "do-pass",  # the commands behind PASS are forgotten
            [("            self.process_pending()\n", "")],
            "SYST waited behind PASS.*\n.*call process_pending",
        ),
    ],
    "makes_a_guess_wait_and_nobody_else": [
        (
            "do-pass",  # the loop sleeps, and every client waits
            [
                ("class PasswordCheck", "import time\nclass PasswordCheck"),
                (
                    "self.server.timers.call_later(self.server.login_failure_delay, self.login.reject",
                    "time.sleep(self.server.login_failure_delay)\n            self.login.reject(",
                ),
            ],
            "calls time.sleep",
        ),
        (
            "do-pass",  # waits by looking at the clock
            [
                ("class PasswordCheck", "import time\nclass PasswordCheck"),
                (
                    "self.server.timers.call_later(self.server.login_failure_delay, self.login.reject",
                    """until = time.monotonic() + self.server.login_failure_delay
            while time.monotonic() < until:
                pass
            self.login.reject(""",
                ),
            ],
            "stopped after 2 seconds",
        ),
        (
            "do-pass",  # at once: thousands of guesses in a second
            [("server.timers.call_later(self.server.login_failure_delay, self.login.reject", "login.reject(")],
            "guess without pause",
        ),
        (
            "do-pass",  # called, where it should be handed over
            [("login.reject)", "login.reject())")],
            "guess without pause",
        ),
        (
            "do-pass",  # an unknown name gets a reply of its own, and at once
            [
                ("None or self.login.user is not None:", "None:"),
                (
                    "        self.login.checking = True",
                    """        if self.login.name not in ("ada",):
            raise CommandError(530, "Login incorrect.")
        self.login.checking = True""",
                ),
            ],
            "USER nobody.*was there at once",
        ),
        (
            "do-pass",  # guesses side by side
            [("        if matches:", "        self.login.checking = False\n        if matches:")],
            "side by side",
        ),
        (
            "do-pass",  # anyone is let in
            DO_PASS + ACCEPT.replace("if matches", "if matches or True"),
            "user is 'ada': matches is False",
        ),
        (
            "do-pass",  # the delay is forgotten
            DO_PASS + ACCEPT,
            r"expected one timer, of 30 seconds, and saw \[\]",
        ),
        (
            "do-pass",  # replies and has it replied
            [
                (
                    "self.server.timers.call_later(self.server.login_failure_delay, self.login.reject)",
                    """delay = self.server.login_failure_delay
            self.server.timers.call_later(
                delay, lambda: (self.reply(530, "Wrong."), self.login.reject())
            )""",
                )
            ],
            "Expected 530 from login.reject, once",
        ),
        (
            "do-pass",  # a reply of its own: no guess is counted, and the command stays in progress
            [
                (
                    "(self.server.login_failure_delay, self.login.reject)",
                    """(
                self.server.login_failure_delay, self.reply, 530, "Login incorrect."
            )""",
                )
            ],
            "530 has come, and command_in_progress is still true",
        ),
    ],
    "keeps_every_name_in_the_tree": [
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
            "resolve",  # more .. than there are directories
            [("del parts[-1:]", "parts.pop()")],
            "IndexError: pop from empty list",
        ),
        (
            "resolve",  # normpath, which keeps what leads above the beginning
            RESOLVE
            + """        parts = os.path.normpath("/".join([*self.jail.cwd, name])).split("/")
        return tuple(part for part in parts if part not in ("", "."))""",
            "Only plain names may remain",
        ),
        (
            "resolve",  # every name from the root
            [('] if name.startswith("/") else list(self.jail.cwd)', "]")],
            "expected \\('a', 'b', 'x'\\)",
        ),
        (
            "resolve",  # nothing that has two points in it
            [('part == ".."', '".." in part')],
            "Go part by part",
        ),
        (
            "resolve",  # moves, where it was only asked
            [("return tuple(parts)", "self.jail.cwd = tuple(parts)\n        return self.jail.cwd")],
            "has changed cwd",
        ),
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
        ("resolve", RESOLVE + '        return f"{self.jail.cwd}/{name}"', "expected a tuple"),
    ],
    "decides_by_the_text_alone": [
        (
            "resolve",  # the path that the machine's own disk makes of it
            RESOLVE
            + """        path = os.path.join("/", *self.jail.cwd, name)
        return tuple(part for part in os.path.realpath(path).split("/") if part)""",
            "Path.resolve and os.path.realpath",
        ),
        (
            "resolve",  # the same, by pathlib
            RESOLVE + """        return (Path("/", *self.jail.cwd) / name).resolve().parts[1:]""",
            "by its text alone",
        ),
    ],
    "goes_there_and_leaves_nothing_open": [
        (
            "walk",  # the root itself is handed out, and closed by the caller
            [
                ("os.dup(self.jail.root)", "self.jail.root"),
                (
                    "try:\n                child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)\n            finally",
                    "child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)\n            if current != self.jail.root",
                ),
            ],
            "lost its root",
        ),
        (
            "walk",  # a descriptor for each step
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for part in parts:
            current = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
        return current""",
            "has left descriptors open beside",
        ),
        (
            "walk",  # closed too early
            [
                ("for part in parts:\n            try", "try:\n            for part in parts"),
                ("            finally:\n                os.close(current)", "                os.close(current)"),
                (
                    "            current = child\n        return current",
                    """                current = child
            return current
        finally:
            os.close(current)""",
                ),
            ],
            "expected an open descriptor",
        ),
        (
            "walk",  # each step from the root
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for part in parts:
            os.close(current)
            current = os.open(part, DIRECTORY_FLAGS, dir_fd=self.jail.root)
        return current""",
            "begins where the one before has come to",
        ),
    ],
    "fails_and_leaves_nothing_open": [
        (
            "walk",  # closed when all goes well
            [
                (
                    """try:
                child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
            finally:
                os""",
                    "child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)\n            os",
                )
            ],
            "also where a step fails",
        ),
        (
            "walk",  # an error becomes an answer
            [("finally:\n                os", "except OSError:\n                return current\n            os")],
            "expected an OSError",
        ),
    ],
    "follows_no_link": [
        (
            "walk",  # the whole path at once: O_NOFOLLOW sees its end only
            OPEN_DIRECTORY + '        return os.open("/".join(parts) or ".", DIRECTORY_FLAGS, dir_fd=self.jail.root)',
            "the last component alone",
        ),
        (
            "walk",  # step by step, through every link
            [("DIRECTORY_FLAGS", "os.O_RDONLY | os.O_DIRECTORY")],
            "outside of the folder",
        ),
        (
            "walk",  # only the last one must be no link
            [
                ("part in parts", "n, part in enumerate(parts, 1)"),
                (
                    "(part, DIRECTORY_FLAGS, dir_fd=current)",
                    """(
                    part, DIRECTORY_FLAGS if n == len(parts) else os.O_RDONLY, dir_fd=current
                )""",
                ),
            ],
            "outside of the folder",
        ),
    ],
    "loses_to_no_swap": [
        (
            "walk",  # looks at everything first, opens then
            OPEN_DIRECTORY
            + """        for n in range(len(parts)):
            if os.path.stat.S_ISLNK(os.lstat("/".join(parts[: n + 1]), dir_fd=self.jail.root).st_mode):
                raise OSError("a link")
        return os.open("/".join(parts) or ".", DIRECTORY_FLAGS, dir_fd=self.jail.root)""",
            "A check that is over before the open",
        ),
        (
            "walk",  # looks at each step, then opens it, and follows what is there by then
            [
                (
                    "        current = os.dup(self.jail.root)",
                    "        import stat\n        current = os.dup(self.jail.root)",
                ),
                (
                    "child = os.open(part, DIRECTORY_FLAGS",
                    """if stat.S_ISLNK(os.stat(part, dir_fd=current, follow_symlinks=False).st_mode):
                    raise OSError("a link")
                child = os.open(part, os.O_RDONLY | os.O_DIRECTORY""",
                ),
            ],
            "refuse a link",
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
            "Right before your open number 2",
        ),
    ],
    "serves_friends_and_wears_out_guessers": [
        (
            "resolve",  # blanks at the ends are no part of the name
            [('            if part == "..":', '            part = part.strip()\n            if part == "..":')],
            "blanks and letters belong to it",
        ),
        (
            "do-pass",  # counts, and has it counted once more
            [("self.server.timers", "self.login.failed_attempts += 1\n            self.server.timers")],
            "login.reject counts, and ends it",
        ),
    ],
}
