"""Lab 12-4: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

CONSUME_RESTART_OFFSET = """
    def consume_restart_offset(self):
        offset, self.restart_offset = self.restart_offset, 0
        return offset"""
REST = "class Restart(Session):\n    def do_rest(self, argument):\n"
CORRECT_REST = (
    REST
    + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
        self.reply(350, f"The next transfer starts at {self.restart_offset}.")

    def consume_restart_offset(self):
"""
)
CHOOSE_SOURCE = "class UploadSource(Session):\n    def choose_source(self, directory, name, offset):\n"
FIND_SOURCE = """        source, size = self.uploads.partial_name(name), self.uploads.partial_size(directory, name)
        if size < 0:
            source, size = name, max(file_size(directory, name), 0)
"""
JUDGE = """        possible = kept in (0, size)
        if source == name or self.uploads.has_told(directory, name):
            possible = kept <= size
        if not possible:
            raise CommandError(554, "Not there.")
        return source, kept"""
KEPT = "        kept = size if offset is None else offset\n"
REPLACEMENT = "class Replacement(Session):\n"
PREPARE_FOR_WRITE = REPLACEMENT + "    def prepare_for_write(self, file, offset):\n"
CORRECT_PREPARE_FOR_WRITE = (
    PREPARE_FOR_WRITE
    + """        size = os.fstat(file).st_size
        if offset > size:
            raise CommandError(554, "Too short.")
        if offset < size:
            os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)

    def commit(self, directory, written, name):
"""
)
COMMIT = """

    def commit(self, directory, written, name):
        os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)"""


ANSWERS = {
    "keeps_what_rest_says": [
        (
            "rest",  # whatever it is, int knows
            REST
            + """        self.restart_offset = int(argument)
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "let ValueError.* through",
        ),
        (
            "rest",  # int says yes to more than digits
            REST
            + """        try:
            offset = int(argument)
        except ValueError:
            raise CommandError(501, "REST takes a number of bytes.") from None
        if offset < 0 or offset >= 1 << 63 or (self.ascii_mode and offset):
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = offset
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            r"REST \+1: expected the reply 501",
        ),
        (
            "rest",  # digits that int refuses
            [("(argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63", "argument.isdigit()")],
            "REST ٣: expected the reply 501",
        ),
        (
            "rest",  # no file is so long, and the kernel's offset holds no more
            [(") or int(argument) >= 1 << 63:", "):")],
            "REST 9223372036854775808: expected the reply 501",
        ),
        (
            "rest",  # 350 is for what goes on: 200 is the end of a command
            [
                (
                    """if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self""",
                    "self",
                ),
                ('350, f"The next transfer starts at {self.restart_offset}', '200, "Done'),
            ],
            "expected the reply 350, saw .*200",
        ),
        (
            "rest",  # kept as it came
            [
                (
                    """if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)""",
                    "self.restart_offset = argument",
                )
            ],
            "self.restart_offset is '5000'",
        ),
        (
            "rest",  # any type
            [
                (
                    """        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
""",
                    "",
                )
            ],
            "REST 5 in type A",
        ),
        (
            "rest",  # also 0
            REST
            + """        digits = argument.isascii() and argument.isdigit()
        if self.ascii_mode or not digits or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = int(argument)
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "REST 0 in type A",
        ),
        (
            "rest",  # kept first, denied then: the next transfer starts there all the same
            [
                (
                    "if self.ascii_mode and int(argument)",
                    "self.restart_offset = int(argument)\n        if self.ascii_mode and self.restart_offset",
                ),
                ("restart_offset = int(argument)\n        self.reply", "reply"),
            ],
            "REST 5 in type A was answered 501, and self.restart_offset is 5.*\n.* changes nothing",
        ),
        (
            "rest",  # the same, of a number that no file has
            REST
            + """        if not (argument.isascii() and argument.isdigit()):
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = int(argument)
        if self.restart_offset >= 1 << 63 or (self.ascii_mode and self.restart_offset):
            raise CommandError(501, "REST takes a number of bytes.")
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "REST 9223372036854775808 was answered 501, and self.restart_offset is 9",
        ),
        (
            "rest",  # and says nothing
            [('        self.reply(350, f"The next transfer starts at {self.restart_offset}.")\n', "")],
            r"REST 5000: nothing was replied.* self\.reply\(350",
        ),
    ],
    "says_it_once": [
        ("rest", CORRECT_REST + "        return self.restart_offset", "forget the offset as you give it"),
        (
            "rest",  # forgotten first
            CORRECT_REST + "        self.restart_offset = 0\n        return self.restart_offset",
            "would start at 0",
        ),
        (
            "rest",  # nothing is given
            [("        return offset\n", "")],
            "would start at None",
        ),
        (
            "rest",  # a loop that never ends: it counts down what it never takes away
            [
                (
                    "offset, self.restart_offset = self.restart_offset, 0",
                    "offset = 0\n        while self.restart_offset:\n            offset += 1",
                )
            ],
            "stopped after 2 seconds",
        ),
    ],
    "keeps_the_bytes_that_have_arrived": [
        (
            "source",  # knows no partial: a resumed upload goes on in the old file
            CHOOSE_SOURCE
            + """        size = max(file_size(directory, name), 0)
        kept = size if offset is None else offset
        if kept > size:
            raise CommandError(554, "Too short.")
        return name, kept""",
            "the 4 bytes are those of the partial, saw those of the file",
        ),
        (
            "source",  # always the partial, also where there is none
            CHOOSE_SOURCE
            + "        source, size = self.uploads.partial_name(name), self.uploads.partial_size(directory, name)\n"
            + "        size = max(size, 0)\n"
            + KEPT
            + JUDGE,
            "a file of 10 bytes, and STOR with the offset 4 comes. Expected a name .*, saw 554",
        ),
        (
            "source",  # the last byte of the partial counts, too
            CHOOSE_SOURCE
            + """        source = self.uploads.partial_name(name)
        size = file_size(directory, source)
        if size < 0:
            source, size = name, max(file_size(directory, name), 0)
"""
            + KEPT
            + JUDGE,
            "a partial of 4 bytes, and STOR with the offset 4 comes. Expected a name .*, saw 554",
        ),
        (
            "source",  # 0 is taken for None
            CHOOSE_SOURCE + FIND_SOURCE + "        kept = offset or size\n" + JUDGE,
            "Expected that 0 bytes are kept, saw 10.\n.*0 is not None",
        ),
        (
            "source",  # None is taken for 0: APPE replaces the file
            CHOOSE_SOURCE + FIND_SOURCE + "        kept = offset or 0\n" + JUDGE,
            "APPE comes. Expected that 10 bytes are kept, saw 0",
        ),
        (
            "source",  # APPE is forgotten
            CHOOSE_SOURCE + FIND_SOURCE + "        kept = offset\n" + JUDGE,
            r"raised TypeError: .*NoneType.*\n  at: .*\(choose_source, line",
        ),
        (
            "source",  # a file that is not there has -1 bytes
            [
                ("max(file_size(directory, name), 0", "file_size(directory, name"),
                ("kept <= size", "kept <= max(size, 0)"),
                (
                    """(
                554, f"{size} bytes are here: go on there (REST {size}), or begin again (REST 0)."
            )""",
                    '(554, "Not there.")',
                ),
            ],
            "no file and no partial, and APPE comes. Expected that 0 bytes are kept, saw -1",
        ),
        (
            "source",  # looks in the current directory
            [
                ("max(file_size(directory, name), 0)", "os.path.getsize(name) if os.path.exists(name) else 0"),
                (
                    """(
                554, f"{size} bytes are here: go on there (REST {size}), or begin again (REST 0)."
            )""",
                    '(554, "Not there.")',
                ),
            ],
            "a file of 10 bytes, and STOR with the offset 4 comes. Expected a name .*, saw 554",
        ),
        (
            "source",  # the name alone
            CHOOSE_SOURCE + FIND_SOURCE + "        return source",
            "Expected a name and a number of bytes, saw 'a.bin'",
        ),
        (
            "source",  # a partial is resumed at its end: also a new upload
            CHOOSE_SOURCE + FIND_SOURCE + KEPT + JUDGE.replace("kept in (0, size)", "kept == size"),
            "STOR with the offset 0 comes. Expected a name .*, saw 554",
        ),
        (
            "source",  # at its end alone, also for a client that has asked
            CHOOSE_SOURCE + FIND_SOURCE + KEPT + JUDGE.replace(" or self.uploads.has_told(directory, name)", ""),
            "the offset 3 comes, after SIZE. Expected a name .*, saw 554.\n.* any byte of it is safe",
        ),
        (
            "source",  # asks about the partial: a client does not know that name
            CHOOSE_SOURCE
            + FIND_SOURCE
            + KEPT
            + JUDGE.replace("has_told(directory, name)", "has_told(directory, source)"),
            "the offset 3 comes, after SIZE. Expected a name .*, saw 554",
        ),
        (
            "source",  # removes what it does not need
            CHOOSE_SOURCE
            + FIND_SOURCE
            + """        if source != name and offset == 0:
            os.unlink(source, dir_fd=directory)
            return name, 0
"""
            + KEPT
            + JUDGE,
            "choose_source has changed a file: it only chooses",
        ),
    ],
    "mixes_no_two_uploads": [
        (
            "source",  # a hole
            CHOOSE_SOURCE + FIND_SOURCE + "        return source, size if offset is None else offset",
            "STOR with the offset 1 comes. Expected CommandError with 554, .*\n.* read as zeros",
        ),
        (
            "source",  # as many bytes as there are
            CHOOSE_SOURCE + FIND_SOURCE + "        return source, size if offset is None else min(offset, size)",
            "STOR with the offset 1 comes. Expected CommandError with 554",
        ),
        (
            "source",  # the partial if it is long enough, else the old file: a mixture
            [
                ("size < 0:", "size < (offset or 0):"),
                (
                    """(
                554, f"{size} bytes are here: go on there (REST {size}), or begin again (REST 0)."
            )""",
                    '(554, "Not there.")',
                ),
            ],
            "STOR with the offset 7 comes.*\n.* beginning of the old file and the end of the new one",
        ),
        (
            "source",  # any byte of the partial, for any client
            CHOOSE_SOURCE
            + FIND_SOURCE
            + KEPT
            + """        if kept > size:
            raise CommandError(554, "Too short.")
        return source, kept""",
            "STOR with the offset 3 comes.*\n.*has_told is false",
        ),
        (
            "source",  # a client that has asked may go on anywhere, also behind the end
            CHOOSE_SOURCE
            + FIND_SOURCE
            + KEPT
            + """        told = self.uploads.has_told(directory, name)
        if not told and kept > size or source != name and not told and kept not in (0, size):
            raise CommandError(554, "Not there.")
        return source, kept""",
            "STOR with the offset 11 comes, after SIZE. Expected CommandError with 554",
        ),
        (
            "source",  # another code: the client would try again without end
            CHOOSE_SOURCE + FIND_SOURCE + KEPT + JUDGE.replace("554", "450"),
            "Expected CommandError with 554, saw 450",
        ),
    ],
    "writes_from_the_right_place": [
        (
            "write",  # the bytes behind it stay
            PREPARE_FOR_WRITE
            + """        if offset > os.fstat(file).st_size:
            raise CommandError(554, "Too short.")
        os.lseek(file, offset, os.SEEK_SET)"""
            + COMMIT,
            "ftruncate removes the bytes after it",
        ),
        (
            "write",  # cut, and written over from the beginning
            [
                (
                    """(
            offset < size
        ):  # ext4 writes a file that was cut to 0 bytes to the disk when it is closed (auto_da_alloc)""",
                    "offset < size:",
                ),
                (")\n        os.lseek(file, offset, os.SEEK_SET)", ")"),
            ],
            "Neither does the other's work",
        ),
        (
            "write",  # 0 is taken for nothing to do
            [
                (
                    """(
            offset < size
        ):  # ext4 writes a file that was cut to 0 bytes to the disk when it is closed (auto_da_alloc)""",
                    "offset:",
                )
            ],
            "The upload begins again",
        ),
        (
            "write",  # the end is one byte too far
            [
                ("offset > size:", "offset >= size:"),
                (
                    """if (
            offset < size
        ):  # ext4 writes a file that was cut to 0 bytes to the disk when it is closed (auto_da_alloc)
            os""",
                    "os",
                ),
            ],
            r"prepare_for_write\(file, 10\) refused with 554.\nThe bytes .* 0 to 9",
        ),
        (
            "write",  # cut in any case: each upload then waits for the disk
            PREPARE_FOR_WRITE
            + """        if offset > os.fstat(file).st_size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)"""
            + COMMIT,
            r"prepare_for_write\(file, 10\) cut it, though it has the right length(.|\n)*ext4",
        ),
    ],
    "leaves_no_hole": [
        (
            "write",  # a hole
            PREPARE_FOR_WRITE
            + """        if offset < os.fstat(file).st_size:
            os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)"""
            + COMMIT,
            "missing, or read as zeros",
        ),
        (
            "write",  # as far as there is something
            PREPARE_FOR_WRITE
            + """        size = os.fstat(file).st_size
        offset = min(offset, size)
        if offset < size:
            os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)"""
            + COMMIT,
            "expected CommandError with 554, saw None",
        ),
        (
            "write",  # looks when it is too late
            PREPARE_FOR_WRITE
            + """        size = os.fstat(file).st_size
        if offset != size:
            os.ftruncate(file, offset)
        if os.lseek(file, offset, os.SEEK_SET) > size:
            raise CommandError(554, "Too short.")"""
            + COMMIT,
            "was changed all the same",
        ),
        (
            "write",  # waits until the file is long enough
            PREPARE_FOR_WRITE
            + """        while os.fstat(file).st_size < offset:
            pass
        if offset < os.fstat(file).st_size:
            os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)"""
            + COMMIT,
            "stopped after 2 seconds",
        ),
    ],
    "takes_its_name_in_one_step": [
        (
            "write",  # in the current directory
            CORRECT_PREPARE_FOR_WRITE + "        os.replace(written, name)",
            "src_dir_fd",
        ),
        (
            "write",  # the first name in the directory, the second one wherever we are
            CORRECT_PREPARE_FOR_WRITE + "        os.replace(written, name, src_dir_fd=directory)",
            r"\['a.bin'\].*\n.* dst_dir_fd says where",
        ),
        (
            "write",  # the other way round
            CORRECT_PREPARE_FOR_WRITE + "        os.replace(written, name, dst_dir_fd=directory)",
            "commit met FileNotFoundError.* src_dir_fd and dst_dir_fd",
        ),
        (
            "write",  # changes the directory of the whole process
            CORRECT_PREPARE_FOR_WRITE
            + """        os.fchdir(directory)
        os.replace(written, name)""",
            "has moved to another directory, and with it the whole process",
        ),
        (
            "write",  # a moment without a file
            CORRECT_PREPARE_FOR_WRITE
            + """        os.unlink(name, dir_fd=directory)
        os.rename(written, name, src_dir_fd=directory, dst_dir_fd=directory)""",
            "removed before the new one has its name",
        ),
        (
            "write",  # the wrong way round
            CORRECT_PREPARE_FOR_WRITE + "        os.replace(name, written, src_dir_fd=directory, dst_dir_fd=directory)",
            "was to take its name. Now there is",
        ),
        (
            "write",  # copied
            CORRECT_PREPARE_FOR_WRITE
            + """        source = os.open(written, os.O_RDONLY, dir_fd=directory)
        target = os.open(name, os.O_WRONLY | os.O_TRUNC, dir_fd=directory)
        while data := os.read(source, 1 << 16):
            os.write(target, data)
        os.close(source)
        os.close(target)""",
            "is a copy",
        ),
        (
            "write",  # linked, and left there: the old one stays
            CORRECT_PREPARE_FOR_WRITE
            + """        if file_size(directory, name) < 0:
            os.link(written, name, src_dir_fd=directory, dst_dir_fd=directory)""",
            "was to take its name",
        ),
    ],
    "breaks_off_and_goes_on": [
        (
            "rest",  # begins afresh, and closes what PASV has opened
            [
                (
                    "        self.restart_offset = int(argument)",
                    "        self.data.close()\n        self.restart_offset = int(argument)",
                )
            ],
            "tried to resume it where SIZE says, .*425(.|\n)* must not close the listener",
        ),
        (
            "write",  # says what the server says
            CORRECT_PREPARE_FOR_WRITE
            + """        os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)
        self.reply(226, "Stored.")""",
            "The server itself replies 226",
        ),
    ],
}
