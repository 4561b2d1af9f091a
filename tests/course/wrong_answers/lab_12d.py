"""Lab 12d: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

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
PREPARE_FOR_WRITE = "class WritePreparation(Session):\n    def prepare_for_write(self, file, offset):\n"
CHECK_BEING_WRITTEN = """        if file_id(os.fstat(file)) in self.server.files_being_written:
            raise CommandError(450, "Somebody is writing this file.")
"""
COMMIT = """
    def commit(self, directory, written, name):
        if written != name:
            os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)"""
CHOOSE_TARGET = "class Replacement(Session):\n    def choose_target(self, directory, name, offset):\n"
CORRECT_CHOOSE_TARGET = (
    CHOOSE_TARGET
    + """        if offset:
            return self.temp_name(name) if file_size(directory, self.temp_name(name)) >= offset else name
        return self.temp_name(name) if file_size(directory, name) >= 0 else name

    def commit(self, directory, written, name):
"""
)

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
            REST
            + """        if not argument.isdigit():
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "REST ٣: expected the reply 501",
        ),
        (
            "rest",  # no file is so long, and the kernel's offset holds no more
            REST
            + """        if not (argument.isascii() and argument.isdigit()):
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "REST 9223372036854775808: expected the reply 501",
        ),
        (
            "rest",  # 350 is for what goes on: 200 is the end of a command
            REST
            + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = int(argument)
        self.reply(200, "Done.")
"""
            + CONSUME_RESTART_OFFSET,
            "expected the reply 350, saw .*200",
        ),
        (
            "rest",  # kept as it came
            REST
            + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = argument
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "self.restart_offset is '5000'",
        ),
        (
            "rest",  # any type
            REST
            + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = int(argument)
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
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
            REST
            + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = int(argument)
        if self.ascii_mode and self.restart_offset:
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
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
            REST
            + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.restart_offset = int(argument)
"""
            + CONSUME_RESTART_OFFSET,
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
            CORRECT_REST + "        offset, self.restart_offset = self.restart_offset, 0",
            "would start at None",
        ),
        (
            "rest",  # a loop that never ends: it counts down what it never takes away
            CORRECT_REST
            + """        offset = 0
        while self.restart_offset:
            offset += 1
        return offset""",
            "stopped after 2 seconds",
        ),
    ],
    "writes_from_the_right_place": [
        (
            "stand",  # what was behind it stays
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        size = os.fstat(file).st_size
        offset = size if offset is None else offset
        if offset > size:
            raise CommandError(554, "Too short.")
        os.lseek(file, offset, os.SEEK_SET)""",
            "ftruncate removes what was after",
        ),
        (
            "stand",  # truncated, and written over from the beginning
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        size = os.fstat(file).st_size
        offset = size if offset is None else offset
        if offset > size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)""",
            "Neither does the other's work",
        ),
        (
            "stand",  # 0 is taken for None: each upload makes the file longer
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        size = os.fstat(file).st_size
        offset = offset or size
        if offset > size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "0 is not None",
        ),
        (
            "stand",  # APPE is forgotten
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        if offset > os.fstat(file).st_size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "TypeError",
        ),
        (
            "stand",  # the end is one byte too far
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        size = os.fstat(file).st_size
        offset = size if offset is None else offset
        if offset >= size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            r"prepare_for_write\(file, 10\) was denied with 554.\nThe bytes .* 0 to 9",
        ),
    ],
    "leaves_no_hole_and_disturbs_nobody": [
        (
            "stand",  # a hole
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        if offset is None:
            offset = os.fstat(file).st_size
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "missing, or read as zeros",
        ),
        (
            "stand",  # as far as there is something
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        size = os.fstat(file).st_size
        offset = size if offset is None else min(offset, size)
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "expected CommandError with 554, saw None",
        ),
        (
            "stand",  # looks when it is too late
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        size = os.fstat(file).st_size
        offset = size if offset is None else offset
        os.ftruncate(file, offset)
        if os.lseek(file, offset, os.SEEK_SET) > size:
            raise CommandError(554, "Too short.")""",
            "was changed all the same",
        ),
        (
            "stand",  # waits until the file is long enough
            PREPARE_FOR_WRITE
            + CHECK_BEING_WRITTEN
            + """        while offset and os.fstat(file).st_size < offset:
            pass
        offset = os.fstat(file).st_size if offset is None else offset
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "stopped after 2 seconds",
        ),
        (
            "stand",  # does not look whether it is being written
            PREPARE_FOR_WRITE
            + """        size = os.fstat(file).st_size
        offset = size if offset is None else offset
        if offset > size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "two clients would be mixed",
        ),
        (
            "stand",  # the descriptor's number is no file's: each session has its own
            PREPARE_FOR_WRITE
            + """        size = os.fstat(file).st_size
        if file in self.server.files_being_written:
            raise CommandError(450, "Somebody is writing this file.")
        offset = size if offset is None else offset
        if offset > size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            "Ask self.server.files_being_written",
        ),
        (
            "stand",  # an append does no harm
            PREPARE_FOR_WRITE
            + """        size = os.fstat(file).st_size
        if offset is not None and file_id(os.fstat(file)) in self.server.files_being_written:
            raise CommandError(450, "Somebody is writing this file.")
        offset = size if offset is None else offset
        if offset > size:
            raise CommandError(554, "Too short.")
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)""",
            r"prepare_for_write\(None\): expected CommandError with 450",
        ),
    ],
    "chooses_the_name_to_write_to": [
        ("place", CHOOSE_TARGET + "        return name\n" + COMMIT, "stays as it is until the new one is whole"),
        (
            "place",
            CHOOSE_TARGET + "        return self.temp_name(name)\n" + COMMIT,
            r"There is nothing, and .* Expected that it writes to 'a.bin'.*\n.* none can be damaged",
        ),
        (
            "place",  # a descriptor is no path
            CHOOSE_TARGET
            + """        path = os.path.join(directory, self.temp_name(name))
        return self.temp_name(name) if os.path.exists(path) else name
"""
            + COMMIT,
            r"raised TypeError: .* not int\n  at: .*\(choose_target, line",
        ),
        (
            "place",  # an empty file is a file
            CHOOSE_TARGET
            + """        if offset:
            return self.temp_name(name) if file_size(directory, self.temp_name(name)) >= offset else name
        return self.temp_name(name) if file_size(directory, name) > 0 else name
"""
            + COMMIT,
            "also one of 0 bytes",
        ),
        (
            "place",  # looks in the current directory
            CHOOSE_TARGET + "        return self.temp_name(name) if os.path.exists(name) else name\n" + COMMIT,
            "Expected that it writes to '.in.a.bin",
        ),
        (
            "place",  # thinks of no REST
            CHOOSE_TARGET
            + "        return self.temp_name(name) if file_size(directory, name) >= 0 else name\n"
            + COMMIT,
            "must be there already",
        ),
        (
            "place",  # the one beside, however short
            CHOOSE_TARGET
            + """        if file_size(directory, self.temp_name(name)) >= 0 and offset:
            return self.temp_name(name)
        if offset:
            return name
        return self.temp_name(name) if file_size(directory, name) >= 0 else name
"""
            + COMMIT,
            r"\(3 bytes\), and STOR a.bin comes with the offset 4",
        ),
        (
            "place",  # makes room
            CHOOSE_TARGET
            + """        if offset:
            return self.temp_name(name) if file_size(directory, self.temp_name(name)) >= offset else name
        if file_size(directory, name) < 0:
            return name
        if file_size(directory, self.temp_name(name)) >= 0:
            os.unlink(self.temp_name(name), dir_fd=directory)
        return self.temp_name(name)
"""
            + COMMIT,
            "choose_target only chooses",
        ),
    ],
    "takes_its_name_in_one_step": [
        (
            "place",  # in the current directory
            CORRECT_CHOOSE_TARGET + "        if written != name:\n            os.replace(written, name)",
            "src_dir_fd",
        ),
        (
            "place",  # the first name in the directory, the second one wherever we are
            CORRECT_CHOOSE_TARGET
            + "        if written != name:\n            os.replace(written, name, src_dir_fd=directory)",
            r"\['a.bin'\].*\n.* dst_dir_fd says where",
        ),
        (
            "place",  # the other way round
            CORRECT_CHOOSE_TARGET
            + "        if written != name:\n            os.replace(written, name, dst_dir_fd=directory)",
            "commit met FileNotFoundError.* src_dir_fd and dst_dir_fd",
        ),
        (
            "place",  # changes the directory of the whole process
            CORRECT_CHOOSE_TARGET
            + """        if written != name:
            os.fchdir(directory)
            os.replace(written, name)""",
            "has moved to another directory, and with it the whole process",
        ),
        (
            "place",  # a moment without a file
            CORRECT_CHOOSE_TARGET
            + """        if written != name:
            os.unlink(name, dir_fd=directory)
            os.rename(written, name, src_dir_fd=directory, dst_dir_fd=directory)""",
            "removed before the new one has its name",
        ),
        (
            "place",  # the wrong way round
            CORRECT_CHOOSE_TARGET
            + """        if written != name:
            os.replace(name, written, src_dir_fd=directory, dst_dir_fd=directory)""",
            "was to take its name. Now there is",
        ),
        (
            "place",  # copied
            CORRECT_CHOOSE_TARGET
            + """        if written != name:
            source = os.open(written, os.O_RDONLY, dir_fd=directory)
            target = os.open(name, os.O_WRONLY | os.O_TRUNC, dir_fd=directory)
            while data := os.read(source, 1 << 16):
                os.write(target, data)
            os.close(source)
            os.close(target)""",
            "is a copy",
        ),
        (
            "place",  # linked, and left there: the old one stays
            CORRECT_CHOOSE_TARGET
            + """        if written != name and file_size(directory, name) < 0:
            os.link(written, name, src_dir_fd=directory, dst_dir_fd=directory)""",
            "was to take its name",
        ),
    ],
    "breaks_off_and_goes_on": [
        (
            "rest",  # begins afresh, and closes what PASV has opened
            REST
            + """        if not (argument.isascii() and argument.isdigit()) or int(argument) >= 1 << 63:
            raise CommandError(501, "REST takes a number of bytes.")
        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
        self.close_data_connection()
        self.restart_offset = int(argument)
        self.reply(350, "Go on.")
"""
            + CONSUME_RESTART_OFFSET,
            "tried to resume the upload",
        ),
        (
            "place",  # says what the server says
            CORRECT_CHOOSE_TARGET
            + """        if written != name:
            os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)
        self.reply(226, "Stored.")""",
            "226 is sent by the server",
        ),
    ],
}
