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
REJECT = """        else:
            self.server.timers.call_later(self.server.login_failure_delay, self.login.reject)"""
ON_CHECKED = "\n    def on_password_checked(self, matches):\n" + ACCEPT + REJECT
RESOLVE = "class PathResolution(Session):\n    def resolve(self, name):\n"
OPEN_DIRECTORY = "class DirectoryWalk(Session):\n    def open_directory(self, parts):\n"

ANSWERS = {
    "lets_in_who_knows_the_password": [
        (
            "do-pass",  # PASS before USER is treated as any password
            PASS
            + """        self.login.checking = True
        self.server.check_password(self, password)
"""
            + ON_CHECKED,
            "PASS came before USER, and nothing was raised",
        ),
        (
            "do-pass",  # the wrong code
            PASS
            + """        if self.login.name is None:
            raise CommandError(530, "USER comes first.")
        self.login.checking = True
        self.server.check_password(self, password)
"""
            + ON_CHECKED,
            "expected CommandError with 503, saw 530",
        ),
        (
            "do-pass",  # lets in before the check
            PASS
            + """        if self.login.name is None:
            raise CommandError(503, "USER comes first.")
        self.server.check_password(self, password)
        self.login.user = self.login.name
        self.reply(230, "Welcome.")
"""
            + ON_CHECKED,
            "came before the password was checked",
        ),
        (
            "do-pass",  # calculates the hash in the loop
            PASS
            + """        if self.login.name is None:
            raise CommandError(503, "USER comes first.")
        self.login.checking = True
        self.matches = USERS.check(self.login.name, password)
"""
            + ON_CHECKED,
            r"saw 0.\nA hash takes milliseconds",
        ),
        (
            "do-pass",  # the next command does not wait
            PASS
            + """        if self.login.name is None:
            raise CommandError(503, "USER comes first.")
        self.server.check_password(self, password)
"""
            + ON_CHECKED,
            "Set self.login.checking to True",
        ),
        (
            "do-pass",  # the user is not kept
            DO_PASS
            + """        if matches:
            self.login.checking = False
            self.reply(230, "Welcome.")
            self.process_pending()
"""
            + REJECT,
            "login.user is None: expected 'ada'",
        ),
        (
            "do-pass",  # knows its user, and says nothing
            DO_PASS
            + """        if matches:
            self.login.checking = False
            self.login.user = self.login.name
"""
            + REJECT,
            r"Expected the reply 230, and saw \[\]",
        ),
        (
            "do-pass",  # always in progress: login.reject is not called for the right password
            DO_PASS
            + """        if matches:
            self.login.user = self.login.name
            self.reply(230, "Welcome.")
            self.process_pending()
"""
            + REJECT,
            "command_in_progress is true: no further command",
        ),
        (
            "do-pass",  # the commands behind PASS are forgotten
            DO_PASS
            + """        if matches:
            self.login.checking = False
            self.login.user = self.login.name
            self.reply(230, "Welcome.")
"""
            + REJECT,
            "SYST waited behind PASS.*\n.*call process_pending",
        ),
    ],
    "makes_a_guess_wait_and_nobody_else": [
        (
            "do-pass",  # the loop sleeps, and every client waits
            "import time\n\n\n"
            + DO_PASS
            + ACCEPT
            + """        else:
            time.sleep(self.server.login_failure_delay)
            self.login.reject()""",
            "calls time.sleep",
        ),
        (
            "do-pass",  # waits by looking at the clock
            "import time\n\n\n"
            + DO_PASS
            + ACCEPT
            + """        else:
            until = time.monotonic() + self.server.login_failure_delay
            while time.monotonic() < until:
                pass
            self.login.reject()""",
            "stopped after 2 seconds",
        ),
        (
            "do-pass",  # at once: thousands of guesses in a second
            DO_PASS + ACCEPT + "        else:\n            self.login.reject()",
            "guess without pause",
        ),
        (
            "do-pass",  # called, where it should be handed over
            DO_PASS
            + ACCEPT
            + """        else:
            self.server.timers.call_later(self.server.login_failure_delay, self.login.reject())""",
            "guess without pause",
        ),
        (
            "do-pass",  # an unknown name gets a reply of its own, and at once
            PASS
            + """        if self.login.name is None:
            raise CommandError(503, "USER comes first.")
        if self.login.name not in ("ada",):
            raise CommandError(530, "Login incorrect.")
        self.login.checking = True
        self.server.check_password(self, password)
"""
            + ON_CHECKED,
            "USER nobody.*was there at once",
        ),
        (
            "do-pass",  # guesses side by side
            DO_PASS + "        self.login.checking = False\n" + ACCEPT + REJECT,
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
            DO_PASS
            + ACCEPT
            + """        else:
            delay = self.server.login_failure_delay
            self.server.timers.call_later(delay, lambda: (self.reply(530, "Wrong."), self.login.reject()))""",
            "Expected 530 from login.reject, once",
        ),
        (
            "do-pass",  # a reply of its own: no guess is counted, and the command stays in progress
            DO_PASS
            + ACCEPT
            + """        else:
            self.server.timers.call_later(self.server.login_failure_delay, self.reply, 530, "Login incorrect.")""",
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
            RESOLVE
            + """        parts = [] if name.startswith("/") else list(self.jail.cwd)
        for part in name.split("/"):
            if part == "..":
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)""",
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
            RESOLVE
            + """        parts = []
        for part in name.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)""",
            "expected \\('a', 'b', 'x'\\)",
        ),
        (
            "resolve",  # nothing that has two points in it
            RESOLVE
            + """        parts = [] if name.startswith("/") else list(self.jail.cwd)
        for part in name.split("/"):
            if ".." in part:
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)""",
            "Go part by part",
        ),
        (
            "resolve",  # moves, where it was only asked
            RESOLVE
            + """        parts = [] if name.startswith("/") else list(self.jail.cwd)
        for part in name.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        self.jail.cwd = tuple(parts)
        return self.jail.cwd""",
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
            OPEN_DIRECTORY
            + """        current = self.jail.root
        for part in parts:
            child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
            if current != self.jail.root:
                os.close(current)
            current = child
        return current""",
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
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        try:
            for part in parts:
                child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
                os.close(current)
                current = child
            return current
        finally:
            os.close(current)""",
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
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for part in parts:
            child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
            os.close(current)
            current = child
        return current""",
            "also where a step fails",
        ),
        (
            "walk",  # an error becomes an answer
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for part in parts:
            try:
                child = os.open(part, DIRECTORY_FLAGS, dir_fd=current)
            except OSError:
                return current
            os.close(current)
            current = child
        return current""",
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
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for part in parts:
            try:
                child = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=current)
            finally:
                os.close(current)
            current = child
        return current""",
            "outside of the folder",
        ),
        (
            "walk",  # only the last one must be no link
            OPEN_DIRECTORY
            + """        current = os.dup(self.jail.root)
        for n, part in enumerate(parts, 1):
            try:
                child = os.open(part, DIRECTORY_FLAGS if n == len(parts) else os.O_RDONLY, dir_fd=current)
            finally:
                os.close(current)
            current = child
        return current""",
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
            OPEN_DIRECTORY
            + """        import stat

        current = os.dup(self.jail.root)
        for part in parts:
            try:
                if stat.S_ISLNK(os.stat(part, dir_fd=current, follow_symlinks=False).st_mode):
                    raise OSError("a link")
                child = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=current)
            finally:
                os.close(current)
            current = child
        return current""",
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
            RESOLVE
            + """        parts = [] if name.startswith("/") else list(self.jail.cwd)
        for part in name.split("/"):
            part = part.strip()
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return tuple(parts)""",
            "blanks and letters belong to it",
        ),
        (
            "do-pass",  # counts, and has it counted once more
            DO_PASS
            + ACCEPT
            + """        else:
            self.login.failed_attempts += 1
            self.server.timers.call_later(self.server.login_failure_delay, self.login.reject)""",
            "login.reject counts, and ends it",
        ),
    ],
}
