"""Lab 12-4: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

DO_REST = "class Restart(Session):\n    def do_rest(self, argument):\n"
DIGITS = "argument.isascii() and argument.isdigit()"
IS_NUMBER = f"not ({DIGITS}) or int(argument) >= 1 << 63"
RANGE = " or int(argument) >= 1 << 63"
KEEP = "        self.restart_offset = int(argument)\n"
REPLY = '        self.reply(350, f"The next transfer starts at {self.restart_offset}.")\n'
IN_TYPE_A = """        if self.ascii_mode and int(argument):
            raise CommandError(501, "A text can't be resumed: TYPE I comes first.")
"""

CHOOSE_SOURCE = "class UploadSource(Session):\n    def choose_source(self, directory, name, offset):\n"
GIVEN = "        source, size = self.uploads.partial_name(name), self.uploads.partial_size(directory, name)\n"
FIND_SOURCE = """        if size < 0:
            source, size = name, max(file_size(directory, name), 0)
"""
KEPT = "        kept = size if offset is None else offset\n"
IS_KEPT = "size if offset is None else offset"
POSSIBLE = "        possible = kept in (0, size)\n"
KNOWN = "if source == name or self.uploads.has_told(directory, name):"
REFUSE = """        if not possible:
            raise CommandError(
                554, f"{size} bytes are here: go on there (REST {size}), or begin again (REST 0)."
            )
"""

WRITE = "class Replacement(Session):\n    def prepare_for_write(self, file, offset):\n"
TOO_SHORT = """        if offset > size:
            raise CommandError(554, f"Only {size} bytes are here.")
"""
CUT_IF = "        if offset < size:  # ext4 writes a file that was cut to 0 bytes to the disk (auto_da_alloc)\n    "
CUT = "        os.ftruncate(file, offset)\n"
SEEK = "        os.lseek(file, offset, os.SEEK_SET)\n"
RENAME = "        os.replace(written, name, src_dir_fd=directory, dst_dir_fd=directory)\n"
COMMIT = "\n    def commit(self, directory, written, name):\n" + RENAME
PREPARE = WRITE + "        size = os.fstat(file).st_size\n" + TOO_SHORT + CUT_IF + CUT + SEEK

ANSWERS = {
    "keeps_what_rest_says": [
        ("rest", DO_REST + KEEP + REPLY, "REST x: expected the reply 501, and do_rest raised ValueError"),
        (
            "rest",  # int says yes to more than digits
            DO_REST
            + """        try:
            offset = int(argument)
        except ValueError:
            raise CommandError(501, "REST takes a number of bytes.") from None
        if offset < 0 or offset >= 1 << 63 or (self.ascii_mode and offset):
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = offset
        self.reply(350, "Go on.")
""",
            r"REST -0: expected the reply 501",
        ),
        ("rest", [(IS_NUMBER, "not argument.isdigit()")], "REST ٣: expected the reply 501"),
        ("rest", [(f"({DIGITS})", "argument.isdecimal()")], "REST ٣: expected the reply 501"),
        ("rest", [(DIGITS, "argument.isascii() and argument.strip().isdigit()")], "REST ' 5': expected the reply 501"),
        ("rest", [(DIGITS, "argument.isascii() and argument.rstrip().isdigit()")], "REST '5 ': expected the reply 501"),
        ("rest", [(f"({DIGITS})", 're.match("[0-9]+", argument)')], r"REST 1.5: expected the reply 501"),
        (
            "rest",
            [(f"({DIGITS})", 're.fullmatch("[1-9][0-9]*", argument)')],
            r"REST 0: expected the reply 350, saw 501",
        ),
        ("rest", [(RANGE, "")], "REST 9223372036854775808: expected the reply 501"),
        ("rest", [("1 << 63", "1 << 64")], "REST 9223372036854775808: expected the reply 501"),
        ("rest", [(">= 1 << 63", ">= 1 << 31")], "REST 9223372036854775807: expected the reply 350, saw 501"),
        ("rest", [(">= 1 << 63", ">= (1 << 63) - 1")], "REST 9223372036854775807: expected the reply 350, saw 501"),
        (
            "rest",  # a length is no bound
            [("int(argument) >= 1 << 63", "len(argument) > 19")],
            "REST 9223372036854775808: expected the reply 501",
        ),
        ("rest", [("reply(350", "reply(200")], "REST 5000: expected the reply 350, saw 200"),
        ("rest", [(KEEP, KEEP.replace("int(argument)", "argument"))], "self.restart_offset is 5000, saw '5000'"),
        ("rest", [(KEEP, KEEP.replace("int", "float"))], "self.restart_offset is 5000, saw 5000.0"),
        ("rest", [(KEEP, KEEP.replace("=", "+="))], "REST 5000 was answered 350. Expected .* 5000, saw 7782777"),
        ("rest", [(KEEP, "")], "is 5000, saw 7777777.\n.*the next transfer starts at this byte"),
        (
            "rest",  # 0 is taken for nothing to do
            [(KEEP, "        if int(argument):\n    " + KEEP)],
            "REST 0 was answered 350. Expected .* is 0, saw 7777777",
        ),
        ("rest", [(KEEP + REPLY, REPLY + KEEP)], "7777777 is the offset of an earlier REST"),
        (
            "rest",  # made, and not raised
            [('raise CommandError(501, "A text', 'CommandError(501, "A text')],
            "REST 1 in type A: expected the reply 501, saw 350.\n.*Refuse it: raise CommandError",
        ),
        (
            "rest",
            [('raise CommandError(501, "REST', 'CommandError(501, "REST')],
            "raised ValueError.*\nJudge the argument before int does. Refuse it: raise CommandError",
        ),
        (
            "rest",
            [("self.ascii_mode and int(argument)", "self.ascii_mode")],
            "REST 0 in type A: expected the reply 350",
        ),
        (
            "rest",
            [("self.ascii_mode and int(argument)", 'self.ascii_mode and argument != "0"')],
            "REST 00 in type A: expected the reply 350, saw 501",
        ),
        ("rest", [("self.ascii_mode", "not self.ascii_mode")], "REST 5000: expected the reply 350, saw 501"),
        (
            "rest",  # the type first: int sees what is no number
            [(IN_TYPE_A, ""), (f"        if {IS_NUMBER}", IN_TYPE_A + f"        if {IS_NUMBER}")],
            "in type A: expected the reply 501, and do_rest raised ValueError",
        ),
        (
            "rest",  # kept first, refused then
            [(KEEP, ""), (IN_TYPE_A, KEEP + IN_TYPE_A)],
            "REST 1 in type A was answered 501. Expected .* 7777777, saw 1.\n.*A refused command changes nothing",
        ),
        (
            "rest",  # the same, of a number that no file has
            DO_REST
            + f"        if not ({DIGITS}):\n            raise CommandError(501, 'A number.')\n"
            + KEEP
            + "        if self.restart_offset >= 1 << 63 or (self.ascii_mode and self.restart_offset):\n"
            + "            raise CommandError(501, 'A smaller number.')\n"
            + REPLY,
            "REST 9223372036854775808 was answered 501. Expected .* 7777777, saw 9",
        ),
        (
            "rest",  # a refusal ends the earlier REST
            [(f"        if {IS_NUMBER}", f"        self.restart_offset = 0\n        if {IS_NUMBER}")],
            "REST x was answered 501. Expected that self.restart_offset is 7777777, saw 0",
        ),
        ("rest", [("(self, argument)", "(argument)")], "takes 1 positional argument[\\s\\S]*Does it begin with self"),
        ("rest", [(REPLY, "")], r"REST 5000: nothing was replied.* do_rest returned None\.\nCall self\.reply\(350"),
        (
            "rest",
            [(REPLY, REPLY * 2)],
            "REST 5000: expected the reply 350, saw 350 and 350.\nEach command has one reply",
        ),
        ("rest", [("reply(350", 'reply("350"')], "REST 5000: the code of the reply is a str: '350'. Expected an int"),
        (
            "rest",
            [('(501, "REST takes a number of bytes.")', '("REST takes a number of bytes.", 501)')],
            "REST x: the code of the reply is a str: 'REST takes a number of bytes.'. Expected an int",
        ),
        (
            "rest",
            [('raise CommandError(501, "REST', 'return CommandError(501, "REST')],
            "REST x: nothing was replied.* do_rest returned a CommandError",
        ),
        (
            "rest",
            [('raise CommandError(501, "A text', 'raise ValueError("A text')],
            "ends the session of this client.\nRefuse it: raise CommandError",
        ),
        (
            "rest",
            [(REPLY, REPLY + "        self.consume_restart_offset()\n")],
            "is 5000, saw 0.\n.*consume_restart_offset sets it to 0: was that called?",
        ),
        (
            "rest",
            [(', f"The next transfer starts at {self.restart_offset}."', "")],
            "raised TypeError.*text(.|\n)*at: .*do_rest, line",
        ),
        (
            "rest",
            [('raise CommandError(501, "REST takes a number of bytes.")', "raise CommandError(501)")],
            "raised TypeError(.|\n)*text",
        ),
        (
            "rest",
            [('raise CommandError(501, "REST takes', 'self.reply(501, "REST takes')],
            "REST .*expected the reply 501",
        ),
        (
            "rest",
            [('raise CommandError(501, "A text', 'self.reply(501, "A text')],
            "REST 1 in type A: expected the reply 501, saw 501 and 350",
        ),
        ("rest", [('501, "REST takes', '554, "REST takes')], "REST x: .* saw 554.\nIt is refused, as it must be"),
        ("rest", [('501, "A text', '504, "A text')], "REST 1 in type A: .* saw 504.\nIt is refused, as it must be"),
        (
            "rest",  # begins afresh, and closes what PASV has opened
            [(KEEP, "        self.data.close()\n" + KEEP)],
            "Before REST 5000, the port on which PASV listens was .* after it None.\n.*must leave that as it was",
        ),
        (
            "rest",  # all uploads are forgotten
            [(KEEP, "        self.server.uploads_in_progress.clear()\n" + KEEP)],
            "self.server.uploads_in_progress was .*other.bin",
        ),
        (
            "rest",
            [(KEEP, "        self.ascii_mode = False\n" + KEEP)],
            "Before REST 0 in type A, self.ascii_mode was True, and after it False",
        ),
        ("rest", [(KEEP, "        while self.restart_offset != argument:\n    " + KEEP)], "stopped after 2 seconds"),
    ],
    "keeps_the_bytes_that_have_arrived": [
        (
            "source",  # knows no partial: a resumed upload goes on in the old file
            [(FIND_SOURCE, FIND_SOURCE.replace("size < 0", "True"))],
            "the 4 bytes are those of the partial, saw those of the file|Expected that 4 bytes are kept, saw 10",
        ),
        (
            "source",
            [(FIND_SOURCE, "        size = max(size, 0)\n")],
            "APPE comes. Expected that 10 bytes are kept, saw 0",
        ),
        (
            "source",
            [("size < 0", "size <= 0")],
            "a partial of size 0, and APPE comes. Expected that 0 bytes are kept, saw 10",
        ),
        ("source", [("size < 0", "size < (offset or 1)")], "a partial of size 0, and APPE comes"),
        ("source", [("size < 0", "not size")], "no file and no partial, .*\n.* −1, as size or from file_size, means"),
        (
            "source",  # the last byte of the partial counts, too
            [(FIND_SOURCE, "        size = file_size(directory, source)\n" + FIND_SOURCE)],
            "a partial of size 4, and APPE comes. .* saw 5.\nAPPE keeps the partial without its last byte",
        ),
        ("source", [(IS_KEPT, "offset or size")], "saw 10.\n.*0 is not None"),
        ("source", [(IS_KEPT, "offset or 0")], "APPE comes. Expected that 10 bytes are kept, saw 0"),
        ("source", [(IS_KEPT, "offset")], r"Expected that 0 bytes are kept, saw CommandError with 554|TypeError"),
        (
            "source",  # a file that is not there has -1 bytes
            [
                ("max(file_size(directory, name), 0)", "file_size(directory, name)"),
                ("kept <= size", "kept <= max(size, 0)"),
            ],
            "no file and no partial, and APPE comes. Expected that 0 bytes are kept, saw -1",
        ),
        (
            "source",  # the same, and 0 is refused
            [("max(file_size(directory, name), 0)", "file_size(directory, name)")],
            "no file and no partial, and STOR with the offset 0 comes. .* saw CommandError with 554",
        ),
        (
            "source",  # a file without a byte is refused
            [("kept <= size", "kept < size")],
            "There is no file and no partial, and STOR .*saw CommandError with 554.\n0 of 0 bytes are kept",
        ),
        (
            "source",  # any upload anywhere is in the way
            [
                (
                    KEPT,
                    KEPT
                    + "        if self.server.uploads_in_progress:\n            raise CommandError(450, 'Busy.')\n",
                )
            ],
            "saw CommandError with 450.\nIts text is 'Busy.'. An offset that is right is no error",
        ),
        (
            "source",  # looks in the current directory
            [("max(file_size(directory, name), 0)", "os.path.getsize(name) if os.path.exists(name) else 0")],
            "Expected that 0 bytes are kept, saw 7.\nThe a.bin of the current directory has 7 bytes",
        ),
        ("source", [("return source, kept", "return source")], r"Expected \(source, number\), saw a str"),
        (
            "source",
            [("        return source, kept\n", "")],
            r"Expected \(source, number\), saw None .* Is a return missing",
        ),
        (
            "source",
            [("return source, kept", "return kept, source")],
            "Expected a source, 'a.bin' or the name of its partial, as the first value, saw an int",
        ),
        (
            "source",
            [("return source, kept", "return source, str(kept)")],
            "Expected a number as the second value, saw a str: '0'",
        ),
        ("source", [("return source, kept", "return f'./{source}', kept")], "Expected a source, 'a.bin'"),
        ("source", [("return source, kept", "return name, kept")], "those of the partial, saw those of the file"),
        (
            "source",
            [("possible = kept in (0, size)", "possible = kept == size")],
            "offset 0 comes. Expected that 0 bytes .*\n.*no byte is kept.\n",
        ),
        (
            "source",
            [("kept in (0, size)", "kept == 0")],
            "APPE comes. Expected that 4 bytes are kept, saw CommandError with 554",
        ),
        (
            "source",  # at its end alone, also for a client that has asked
            [(KNOWN, "if source == name:")],
            "the offset 1 comes, after SIZE. .* saw CommandError with 554.\n.* any byte of it is safe",
        ),
        (
            "source",  # asks about the partial: a client does not know that name
            [("has_told(directory, name)", "has_told(directory, source)")],
            "after SIZE. has_told was called with .*partial-upload.* and .directory, name. is .*saw CommandError",
        ),
        (
            "source",
            [("self.uploads.has_told(directory, name)", "file_size(directory, name) < 0")],
            "the offset 1 comes, after SIZE",
        ),
        (
            "source",
            [("source == name or ", "")],
            "a file of size 10, and STOR with the offset 1 comes. .* CommandError",
        ),
        (
            "source",
            [("kept <= size", "0 < kept <= size")],
            "offset 0 comes. Expected that 0 bytes are kept, saw CommandError",
        ),
        (
            "source",  # the longer one
            [
                (
                    FIND_SOURCE,
                    "        if size < (other := file_size(directory, name)):\n            source, size = name, other\n"
                    "        size = max(size, 0)\n",
                )
            ],
            "APPE comes. Expected that 4 bytes are kept, saw 10",
        ),
        (
            "source",
            [(FIND_SOURCE, "        name = name.lower().strip()\n" + FIND_SOURCE)],
            "spaces and capitals|'A b.BIN '",
        ),
        (
            "source",  # removes what it does not need
            [
                (
                    KEPT,
                    "        if source != name and offset == 0:\n            os.unlink(source, dir_fd=directory)\n"
                    + KEPT,
                )
            ],
            "choose_source has changed a file: it only chooses",
        ),
        (
            "source",  # marks the upload before it has begun
            [(KEPT, KEPT + "        self.server.uploads_in_progress[(0, 0, name)] = self\n")],
            "Before choose_source, self.server.uploads_in_progress was",
        ),
        (
            "source",  # makes the file
            [(KEPT, KEPT + '        open(name, "wb").close()\n')],
            "content of the current directory was .*\n.*No file there is of this upload.\n(?!.*src_dir_fd)",
        ),
        (
            "source",  # the given method is called again
            [(KEPT, KEPT + "        self.consume_restart_offset()\n")],
            "Before choose_source, self.restart_offset was 7777777, and after it 0",
        ),
        (
            "source",  # opens it to find its size, and leaves it open
            [
                ("max(file_size(directory, name), 0)", "0"),
                (
                    KEPT,
                    "        if source == name and file_size(directory, name) >= 0:\n"
                    "            file = os.open(name, os.O_RDONLY, dir_fd=directory)\n"
                    "            size = os.fstat(file).st_size\n" + KEPT,
                ),
            ],
            "choose_source has opened the descriptor",
        ),
        (
            "source",  # moves to the directory
            [(KEPT, "        os.fchdir(directory)\n" + KEPT)],
            "Before choose_source, the (current directory|content of the current)",
        ),
        (
            "source",  # remembers the first answer
            "class UploadSource(Session):\n    size = None\n\n    def choose_source(self, directory, name, offset):\n"
            + GIVEN
            + FIND_SOURCE
            + "        self.size = size = size if self.size is None else self.size\n"
            + KEPT
            + POSSIBLE
            + f"        {KNOWN}\n            possible = kept <= size\n"
            + REFUSE
            + "        return source, kept\n",
            "APPE comes. Expected that 10 bytes are kept, saw 0",
        ),
    ],
    "mixes_no_two_uploads": [
        (
            "source",  # replies, and goes on
            [(REFUSE, REFUSE.replace("raise CommandError(", "self.reply("))],
            "control.write_buffer, was.*554 .*\nThe method sends no reply. The server replies",
        ),
        (
            "source",  # the partial, with a hole
            [("kept <= size", "kept <= max(size, file_size(directory, name))")],
            "saw a tuple: .*partial-upload.*\nThe partial is the source, and it is shorter. With the bytes of the file",
        ),
        (
            "source",
            [
                (
                    "            raise CommandError(\n                554",
                    "            return CommandError(\n                554",
                )
            ],
            "choose_source returned CommandError.*An error is raised, not returned",
        ),
        (
            "source",
            [(REFUSE, "")],
            "STOR with the offset 1 comes. Expected that CommandError with 554 is raised, .*\n.* read as zeros",
        ),
        (
            "source",
            [(IS_KEPT, "size if offset is None else min(offset, size)")],
            "STOR with the offset 1 comes. Expected that CommandError with 554 is raised",
        ),
        (
            "source",
            [("kept <= size", "True")],
            "STOR with the offset 1 comes. Expected that CommandError with 554 is raised",
        ),
        (
            "source",
            [("kept <= size", "kept <= size + 1")],
            "STOR with the offset 1 comes. Expected that CommandError with 554 is raised",
        ),
        (
            "source",  # the partial if it is long enough, else the old file: a mixture
            [("size < 0:", "size < (offset or 0):")],
            "STOR with the offset 5 comes.*\n.* beginning of the old file and the end of the new one",
        ),
        (
            "source",  # the partial if it has a byte
            [("size < 0:", "size < 0 or (size == 0 and offset):")],
            "a partial of size 0, and STOR with the offset 1 comes.*\n.*mixture",
        ),
        (
            "source",  # any byte of the partial, for any client
            [(f"        {KNOWN}\n            possible", "        possible"), (POSSIBLE, "")],
            "STOR with the offset 1 comes.*\n.*has_told.directory, name. is False",
        ),
        (
            "source",
            [("kept in (0, size)", "kept <= size")],
            "STOR with the offset 1 comes.*\n.*has_told.directory, name. is False",
        ),
        (
            "source",
            [("kept in (0, size)", "kept in (0, size - 1, size)")],
            "STOR with the offset 3 comes.*\n.*has_told.directory, name. is False",
        ),
        (
            "source",
            [("self.uploads.has_told(directory, name)", "self.uploads.has_told")],
            r"STOR with the offset 1 comes.*\n.*has_told\(directory, name\) is False",
        ),
        (
            "source",  # a client that has asked may go on anywhere, also behind the end
            [("possible = kept <= size", "possible = kept <= size or source != name")],
            "STOR with the offset 5 comes, after SIZE. Expected that CommandError with 554 is raised",
        ),
        ("source", [("554, f", "450, f")], "saw CommandError with 450.\nHere the code is the int 554"),
        ("source", [("554, f", '"554", f')], "Expected that CommandError with 554 is raised, saw "),
        (
            "source",
            [(REFUSE, "        if not possible:\n            return 554\n")],
            "with 554 is raised, saw an int: 554",
        ),
        (
            "source",
            [(REFUSE, "        if not possible:\n            return None\n")],
            "Expected that CommandError with 554 is raised, saw None",
        ),
        (
            "source",
            [(REFUSE, "        if not possible:\n            return source, 0\n")],
            "Expected that CommandError with 554 is raised, saw a tuple",
        ),
    ],
    "writes_from_the_right_place": [
        ("write", [(CUT_IF + CUT, "")], "ftruncate removes those after them"),
        ("write", [(SEEK, "")], "The next byte is number 4, counted from the beginning"),
        ("write", [("os.SEEK_SET", "os.SEEK_CUR")], "The descriptor was at the byte 3"),
        ("write", [("os.SEEK_SET", "os.SEEK_END")], "The next byte is number 4, counted from the beginning"),
        ("write", [("os.lseek(file, offset,", "os.lseek(file, size,")], "Expected\n.*0123ab"),
        (
            "write",
            [("offset < size:", "0 < offset < size:")],
            r"prepare_for_write\(file, 0\) was called(.|\n)*The first 0 bytes stay",
        ),
        (
            "write",
            [("offset < size:", "offset < size - 1:")],
            r"prepare_for_write\(file, 9\) was called. Expected that the file has",
        ),
        (
            "write",
            [("offset < size:", "offset < size // 2:")],
            "ftruncate removes the bytes after it|Expected that the file has",
        ),
        (
            "write",
            [("os.ftruncate(file, offset)", "os.ftruncate(file, offset + 1)")],
            "0123ab(.|\n)*before|Expected that the file has",
        ),
        ("write", [("os.ftruncate(file, offset)", "os.ftruncate(file, 0)")], r"has\n  b'0123'\nand saw\n  b''"),
        (
            "write",  # the end is one byte too far
            [("offset > size:", "offset >= size:")],
            r"prepare_for_write\(file, 10\) refused with 554\. The file has 10 bytes: the first 10 are there",
        ),
        ("write", [("offset > size:", "offset > size or not size:")], "The file has 0 bytes: the first 0 are there"),
        ("write", [("offset < size:", "offset <= size:")], r"prepare_for_write\(file, 10\) cut it(.|\n)*ext4"),
        ("write", [("offset < size:", "size:")], r"prepare_for_write\(file, 10\) cut it(.|\n)*ext4"),
        (
            "write",
            [("offset < size:", "offset < size or not size:")],
            r"prepare_for_write\(file, 0\) cut it(.|\n)*ext4",
        ),
        ("write", [(SEEK, SEEK + "        os.close(file)\n")], r"descriptor"),
        ("write", [(SEEK, SEEK + "        os.dup(file)\n")], "descriptor"),
        (
            "write",
            [(SEEK, '        with open("a.bin", "ab") as file:\n            file.seek(offset)\n')],
            "content of the current directory|The next byte is number",
        ),
        ("write", [(SEEK, SEEK + '        self.reply(350, "Go on.")\n')], "unsent replies, control.write_buffer, was"),
        ("write", [(SEEK, SEEK + "        self.server.uploads_in_progress.clear()\n")], "uploads_in_progress was"),
        ("write", [(SEEK, SEEK + "        self.restart_offset = 0\n")], "restart_offset was 7777777, and after it 0"),
        (
            "write",
            [(TOO_SHORT, TOO_SHORT + '        open("b.bin", "ab").close()\n')],
            "content of the current directory was .*\n.*No file there is of this upload.\n(?!.*src_dir_fd)",
        ),
    ],
    "leaves_no_hole": [
        ("write", [(TOO_SHORT, "")], "missing, or read as zeros"),
        (
            "write",
            [(TOO_SHORT, "        offset = min(offset, size)\n")],
            "expected CommandError with 554, and none was raised",
        ),
        (
            "write",
            [(TOO_SHORT, TOO_SHORT.replace("offset > size", "offset > size > 0"))],
            "The file has 0 bytes.*byte 1",
        ),
        (
            "write",
            [(TOO_SHORT, TOO_SHORT.replace("offset > size", "offset > size + 1"))],
            "byte 11 on: expected CommandError",
        ),
        (
            "write",
            [("offset > size:", "offset == size + 1:")],
            "byte 1048576 on: expected CommandError with 554, and none was raised",
        ),
        (
            "write",  # looks when it is too late
            WRITE
            + """        size = os.fstat(file).st_size
        if offset != size:
            os.ftruncate(file, offset)
        if os.lseek(file, offset, os.SEEK_SET) > size:
            raise CommandError(554, "Too short.")
"""
            + COMMIT,
            "was changed all the same",
        ),
        (
            "write",
            [(TOO_SHORT, "        while os.fstat(file).st_size < offset:\n            pass\n")],
            "stopped after 2 seconds",
        ),
        ("write", [('raise CommandError(554, f"Only', 'self.reply(554, f"Only')], "saw None|write_buffer"),
        ("write", [("CommandError(554", "CommandError(550")], "expected CommandError with 554, saw 550.\n(?!Bytes)"),
        (
            "write",
            [('raise CommandError(554, f"Only {size} bytes are here.")', "return")],
            "expected CommandError with 554, and none was raised",
        ),
        (
            "write",
            [('raise CommandError(554, f"Only', 'return CommandError(554, f"Only')],
            "expected CommandError with 554, and none was raised",
        ),
    ],
    "takes_its_name_in_one_step": [
        (
            "write",  # the name that the partial would have, instead of the one that it has
            [(RENAME, RENAME.replace("written, name", "self.uploads.partial_name(name), name"))],
            r"there is now \[('\.part-1'|'a\.bin'), ('\.part-1'|'a\.bin')\]",
        ),
        (
            "write",
            PREPARE + COMMIT.replace(", src_dir_fd=directory, dst_dir_fd=directory", ""),
            "commit raised FileNotFoundError.*\n.*src_dir_fd",
        ),
        (
            "write",
            [(", dst_dir_fd=directory", "")],
            "content of the current directory was .*another.*, and after it .*new(.|\n)*dst_dir_fd for the second",
        ),
        ("write", [("src_dir_fd=directory, ", "")], "commit raised FileNotFoundError.*\n.*src_dir_fd"),
        (
            "write",  # an old file is in the way
            [
                (
                    RENAME,
                    "        if name in os.listdir(directory):\n            raise CommandError(553, 'No.')\n" + RENAME,
                )
            ],
            r"commit raised CommandError\(553, 'No.'\). Expected that '.part-1' takes the name 'a.bin'",
        ),
        (
            "write",
            [(RENAME, "        os.fchdir(directory)\n        os.replace(written, name)\n")],
            "Before commit, the (current directory|content of the current)",
        ),
        (
            "write",  # the same, and back, but not if the rename fails
            [
                (
                    RENAME,
                    "        before = os.getcwd()\n        os.fchdir(directory)\n"
                    "        os.replace(written, name)\n        os.chdir(before)\n",
                )
            ],
            "Before a commit that fails, the current directory was '.*', and after it '",
        ),
        (
            "write",  # a moment without a file
            [
                (
                    RENAME,
                    "        if file_size(directory, name) >= 0:\n            os.unlink(name, dir_fd=directory)\n"
                    + RENAME,
                )
            ],
            "After your call of unlink there was no file under the name",
        ),
        (
            "write",  # the same, by another call
            [
                (
                    RENAME,
                    "        if file_size(directory, name) >= 0:\n"
                    "            os.replace(name, '.old', src_dir_fd=directory, dst_dir_fd=directory)\n" + RENAME,
                )
            ],
            "After your call of replace there was no file under the name",
        ),
        (
            "write",
            [("os.replace(written, name", "os.replace(name, written")],
            "was to take the name|commit raised FileNotFoundError",
        ),
        (
            "write",  # copied
            [
                (
                    RENAME,
                    """        source = os.open(written, os.O_RDONLY, dir_fd=directory)
        target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, dir_fd=directory)
        while data := os.read(source, 1 << 16):
            os.write(target, data)
        os.close(source)
        os.close(target)
        os.unlink(written, dir_fd=directory)
""",
                )
            ],
            r"After your call of open there was a file with b''",
        ),
        (
            "write",  # copied to a third file, and renamed then
            [
                (
                    RENAME,
                    """        source = os.open(written, os.O_RDONLY, dir_fd=directory)
        target = os.open(".copy", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, dir_fd=directory)
        while data := os.read(source, 1 << 16):
            os.write(target, data)
        os.close(source)
        os.close(target)
        os.unlink(written, dir_fd=directory)
        os.replace(".copy", name, src_dir_fd=directory, dst_dir_fd=directory)
""",
                )
            ],
            "is a copy of the partial",
        ),
        (
            "write",  # linked: an old one stays, a new one has two names
            [
                (
                    RENAME,
                    "        if file_size(directory, name) < 0:\n"
                    "            os.link(written, name, src_dir_fd=directory, dst_dir_fd=directory)\n",
                )
            ],
            "was to take the name",
        ),
        (
            "write",
            [
                (
                    RENAME,
                    "        if file_size(directory, name) >= 0:\n    "
                    + RENAME
                    + "        else:\n            os.link(written, name, src_dir_fd=directory, dst_dir_fd=directory)\n",
                )
            ],
            "this is left beside it",
        ),
        (
            "write",  # removes another file
            [(RENAME, "        if os.path.exists(name):\n            os.remove(name)\n" + RENAME)],
            "content of the current directory was .*another.*, and after it {}",
        ),
        (
            "write",
            [(RENAME, "        os.stat(name, dir_fd=directory)\n" + RENAME)],
            "The old file may be missing",
        ),
        (
            "write",
            [("os.replace(written,", "os.replace(self.uploads.partial_name(name),")],
            "commit raised FileNotFoundError.*partial-upload",
        ),
        ("write", [("(written, name,", "(written, name.strip(),")], "was to take the name 'A b.BIN '"),
        ("write", [("(written, name,", "(written, name.lower(),")], "was to take the name 'A b.BIN '"),
        (
            "write",
            [(RENAME, "        try:\n    " + RENAME + "        except OSError:\n            pass\n")],
            "become a directory. Expected an OSError, saw none",
        ),
        (
            "write",
            [(RENAME, "        try:\n    " + RENAME + "        except FileNotFoundError:\n            pass\n")],
            "The partial has been deleted. Expected an OSError, saw none",
        ),
        (
            "write",
            [
                (
                    RENAME,
                    "        try:\n    " + RENAME + "        except IsADirectoryError:\n"
                    "            os.unlink(written, dir_fd=directory)\n            raise\n",
                )
            ],
            "Expected that both stay",
        ),
        (
            "write",
            [
                (
                    RENAME,
                    "        try:\n    "
                    + RENAME
                    + "        except OSError as error:\n            raise CommandError(550, str(error)) from None\n",
                )
            ],
            "Expected that the OSError comes through",
        ),
        (
            "write",
            [(RENAME, "        try:\n    " + RENAME + "        except OSError:\n            self.reply(550, 'No.')\n")],
            "unsent replies, control.write_buffer, was",
        ),
        (
            "write",
            [(RENAME, RENAME + '        self.reply(226, "Stored.")\n')],
            "unsent replies, control.write_buffer, was(.|\n)*226 Stored",
        ),
        ("write", [(RENAME, RENAME + "        os.close(directory)\n")], "descriptor"),
        ("write", [(RENAME, RENAME + "        self.server.uploads_in_progress.clear()\n")], "uploads_in_progress was"),
        (
            "write",
            [(RENAME, RENAME + "        self.restart_offset = 1\n")],
            "self.restart_offset was 7777777, and after it 1",
        ),
    ],
    "breaks_off_and_goes_on": [
        (
            "rest",  # the given method, written again: the offset stays
            [(REPLY, REPLY + "\n    def consume_restart_offset(self):\n        return self.restart_offset\n")],
            "tried to resume it by SIZE and APPE|tried to .*fetch|tried to",
        ),
        (
            "source",  # what SIZE has said is asked in the wrong session
            [
                (
                    "self.uploads.has_told(directory, name)",
                    "self.__dict__.get('asked') or self.uploads.has_told(directory, name)",
                ),
                ("        return source, kept", "        self.asked = True\n        return source, kept"),
            ],
            "Expected 554, and it was stored",
        ),
        (
            "write",  # a method of the package's is overridden
            [(RENAME, RENAME + "\n    def on_data_ready(self, mask):\n        pass\n")],
            "nothing came in time|SIZE does not say",
        ),
    ],
}

RIGHT = [
    (
        "replies 501 instead of raising",
        "rest",
        DO_REST
        + f"        if not ({DIGITS}) or int(argument) >= (1 if self.ascii_mode else 1 << 63):\n"
        + '            self.reply(501, "REST takes a number of bytes, and TYPE I.")\n            return\n'
        + KEEP
        + REPLY,
    ),
    (
        "int in try, after a comparison of its letters",
        "rest",
        DO_REST
        + """        if not argument or set(argument) - set("0123456789"):
            raise CommandError(501, "Digits alone.")
        number = int(argument)
        if number.bit_length() > 63:
            raise CommandError(501, "No file has so many bytes.")
        if number and self.ascii_mode:
            raise CommandError(501, "The type must be I.")
        self.restart_offset = number
        self.reply(350, "Restarting at", f"byte {number}")
""",
    ),
    (
        "a regular expression, and a reply without a number",
        "rest",
        DO_REST
        + """        match = re.fullmatch(r"[0-9]+", argument)
        limit = 1 if self.ascii_mode else 2**63
        if match is None or int(match[0]) not in range(limit):
            raise CommandError(501, "REST takes a number of bytes.")
        self.restart_offset = int(match.group())
        self.reply(350, "Go on.")
""",
    ),
    (
        "one case for each type",
        "rest",
        DO_REST
        + """        if self.ascii_mode:
            if argument.strip("0"):
                raise CommandError(501, "TYPE I comes first.")
            self.restart_offset = 0
        else:
            if not (argument.isascii() and argument.isdecimal() and int(argument) < 1 << 63):
                raise CommandError(501, "A number of bytes, please.")
            self.restart_offset = int(argument)
        self.control.reply(350, "Go on.")
""",
    ),
    (
        "the digits added up",
        "rest",
        DO_REST
        + """        number = 0
        for letter in argument:
            if letter not in "0123456789":
                raise CommandError(501, "That is no digit.")
            number = 10 * number + "0123456789".index(letter)
        if number > 0x7FFFFFFFFFFFFFFF or number > 0 and self.ascii_mode:
            raise CommandError(code=501, text="Too large, or a text.")
        self.reply(350, f"Restarting at {number}.")
        self.restart_offset = number
""",
    ),
    (
        "a set of the safe offsets",
        "source",
        CHOOSE_SOURCE
        + GIVEN
        + """        if size == -1:
            source, size, known = name, file_size(directory, name), True
            size = 0 if size == -1 else size
        else:
            known = self.uploads.has_told(directory=directory, name=name)
        safe = range(size + 1) if known else {0, size}
        if offset is None:
            return [source, size]
        if offset not in safe:
            raise CommandError(554, "Not there.")
        return [source, offset]
""",
    ),
    (
        "each row of the table returns at once",
        "source",
        CHOOSE_SOURCE
        + GIVEN
        + """        partial = size >= 0
        if not partial:
            try:
                size = os.stat(name, dir_fd=directory, follow_symlinks=False).st_size
            except FileNotFoundError:
                size = 0
            source = name
        if offset is None:
            return source, size
        if offset == 0:
            return name, 0
        if offset == size:
            return source, offset
        if offset < size and not partial:
            return name, offset
        if offset < size and self.uploads.has_told(directory, name):
            return source, offset
        raise CommandError(554, "Begin again with REST 0.")
""",
    ),
    (
        "match, and a generator",
        "source",
        CHOOSE_SOURCE
        + GIVEN
        + """        sizes = ((source, size), (name, file_size(directory, name)), (name, 0))
        source, size = next(pair for pair in sizes if pair[1] >= 0)
        match offset:
            case None:
                return source, size
            case _ if offset > size:
                raise CommandError(554, "Too short.")
            case _ if 0 < offset < size and source != name and not self.uploads.has_told(directory, name):
                raise CommandError(554, "Ask for SIZE first.")
        return source, offset
""",
    ),
    (
        "a file object, and SEEK_END",
        "write",
        WRITE
        + """        with open(file, "wb", buffering=0, closefd=False) as stream:
            size = stream.seek(0, os.SEEK_END)
            if size < offset:
                raise CommandError(554, "Too short.")
            if size != offset:
                stream.truncate(offset)
            stream.seek(offset)
"""
        + COMMIT,
    ),
    (
        "truncate by the descriptor, fstat later, os.rename",
        "write",
        WRITE
        + """        os.lseek(file, 0, os.SEEK_END)
        here = os.lseek(file, 0, os.SEEK_CUR)
        if here < offset:
            raise CommandError(554, "Too short.")
        if here > offset:
            os.truncate(file, offset)
        os.lseek(file, 0, os.SEEK_END)

    def commit(self, directory, written, name):
        os.rename(src=written, dst=name, src_dir_fd=directory, dst_dir_fd=directory)
        os.fsync(directory)
""",
    ),
    (
        "all three in other words",
        {
            "rest": [("int(argument) >= 1 << 63", "int(argument) > 2**63 - 1")],
            "source": [("kept in (0, size)", "kept == 0 or kept == size")],
            "write": [("offset > size:", "size - offset < 0:"), ("offset < size:", "size - offset > 0:")],
        },
    ),
]

CHECK_WORDS = {
    "keeps_what_rest_says": "REST",
    "keeps_the_bytes_that_have_arrived": "partial",
    "mixes_no_two_uploads": "mixture",
    "writes_from_the_right_place": "next byte",
    "leaves_no_hole": "zeros",
    "takes_its_name_in_one_step": "one step",
    "breaks_off_and_goes_on": "SIZE",
}
