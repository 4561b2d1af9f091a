"""Lab 03: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

ANSWERS = {
    "sets_the_bits": [
        ("to-bits", "def to_bits(fds, max_fd):\n    return bytearray(128)", "the bits are wrong"),
        (
            "to-bits",  # assigned, not joined: the last of a byte wins
            [
                (
                    """    words = max(1, -(-(max_fd + 1) // 64))
    bits = bytearray(8 * words)""",
                    "    bits = bytearray(8 * max(1, -(-(max_fd + 1) // 64)))",
                ),
                ("|= 1 << fd", "= 1 << fd"),
            ],
            r"the bits are wrong[\s\S]*Joined with \|",
        ),
        (
            "to-bits",  # one bit short: the highest descriptor is 64
            [
                (
                    "words = max(1, -(-(max_fd + 1) // 64))\n    bits = bytearray(8 * words",
                    "bits = bytearray(8 * max(1, -(-max_fd // 64))",
                )
            ],
            "It needs 65 bits in whole words of 64, and the bit of descriptor 64 is in byte 64 // 8 = 8",
        ),
        (
            "to-bits",  # its bytearray is long enough
            [("bits[fd // 8]", "bits[fd * 8]")],
            "It needs 4 bits in whole words of 64, and the bit of descriptor 3 is in byte 3 // 8 = 0",
        ),
        ("to-bits", "def to_bits(fds, max_fd):\n    pass", "saw None. Is a return missing"),
        (
            "to-bits",  # a bit that is set twice becomes the next one
            [("|= 1", "+= 1")],
            r"to_bits\(\[3, 3\], 3\) the bits are wrong[\s\S]*Joined with \|",
        ),
        (
            "to-bits",  # the neat way, which the kernel can't write to
            """def to_bits(fds, max_fd):
    size = 8 * max(1, -(-(max_fd + 1) // 64))
    return sum(1 << fd for fd in set(fds)).to_bytes(size, "little")""",
            "to return a bytearray, saw a bytes",
        ),
        (
            "to-bits",  # numbers, not bytes
            [("bits = bytearray(8 * words)", "bits = [0] * 8 * words")],
            "to return a bytearray, saw a list",
        ),
        (
            "to-bits",  # words, not bytes
            """import array


def to_bits(fds, max_fd):
    words = array.array("Q", [0] * max(1, -(-(max_fd + 1) // 64)))
    for fd in fds:
        words[fd // 64] |= 1 << fd % 64
    return words""",
            "to return a bytearray, saw an array",
        ),
        (
            "to-bits",  # as long as its own list needs
            [("(max_fd + 1)", "(max(fds, default=0) + 1)")],
            r"to_bits\(\[3\], 200\) returned 8 bytes. Descriptors 0 to max_fd need 201 bits",
        ),
        (
            "to-bits",  # nothing for no descriptor
            [("max(1, -(-(max_fd + 1) // 64))", "-(-(max_fd + 1) // 64)")],
            r"to_bits\(\[\], -1\) returned 0 bytes[\s\S]*whole words of 8 bytes, and one word at least",
        ),
        (
            "to-bits",  # bytes, not words
            [("8 * words", "max(1, -(-(max_fd + 1) // 8))")],
            "returned 1 bytes[\\s\\S]*Expected whole words of 8 bytes",
        ),
        (
            "to-bits",  # one bytearray for the same question
            [
                ("def to_bits", "MADE = {}\n\n\ndef to_bits"),
                ("bits = bytearray(8 * words)", "bits = MADE.setdefault((*fds, max_fd), bytearray(8 * words))"),
            ],
            "make a new bytearray in each call",
        ),
        (
            "to-bits",  # the lowest bit is taken for the highest
            [("1 << fd % 8", "128 >> fd % 8")],
            "byte 0 is 0b00010000, expected 0b00001000.\\nDescriptor fd is bit .* bit 0 is the lowest",
        ),
        (
            "to-bits",
            [
                ("    for fd in fds:\n", "    for fd in set(fds) - {0}:\n        del bits[:0]\n"),
                ("[fd // 8] |=", "[-1 - fd // 8] |="),
            ],
            "the bits are wrong",
        ),
        (
            "to-bits",  # a limit of its own
            [("for fd in fds:", "for fd in fds:\n        if fd > 65535:\n            continue")],
            "the bits are wrong",
        ),
        ("to-bits", [("in fds:", "in filter(None, fds):")], r"to_bits\(\[0\], 0\) the bits are wrong"),
        (
            "to-bits",  # empties the caller's list
            [("    for fd in fds:\n", "    while fds:\n        fd = fds.pop()\n")],
            r"to_bits\(\[3\], 3\) changed the list, and it is now \[\]",
        ),
        (
            "to-bits",  # made once
            [
                ("def to_bits(fds, max_fd)", "def to_bits(fds, max_fd, bits=bytearray(16_000))"),
                ("    bits = bytearray(8 * words)\n", ""),
            ],
            "It is the bytearray of the call before: make a new one in each call.",
        ),
    ],
    "reads_the_bits": [
        (
            "to-fds",  # the bits of a byte counted from the wrong end
            [(">> fd % 8", ">> 7 - fd % 8")],
            "is bit fd % 8 of byte",
        ),
        (
            "to-fds",  # no list
            [("return [", "return tuple("), ("& 1]", "& 1)")],
            "to return a list, saw a tuple",
        ),
        (
            "to-fds",  # a generator
            [
                ("return [", "yield from ["),
            ],
            "contains yield",
        ),
        ("to-fds", [("return [", "[")], "to return a list, saw None. Is a return missing"),
        (
            "to-fds",  # seven bits in a byte
            [("8 * len", "7 * len")],
            "There is a bit for each descriptor from 0 to 8",
        ),
        (
            "to-fds",  # the last word is left out
            [("8 * len(bits)", "8 * len(bits) - 64")],
            r"expected \[3\], saw \[\]",
        ),
        (
            "to-fds",  # the last first
            [("return [", "return sorted(["), ("& 1]", "& 1], reverse=True)")],
            r"expected \[0, 1.*saw \[63, 62[\s\S]*the list is in order",
        ),
        (
            "to-fds",  # bits, not numbers
            [("[fd for", "[bits[fd // 8] >> fd % 8 & 1 for"), (" if bits[fd // 8] >> fd % 8 & 1]", "]")],
            "is bit fd % 8 of byte",
        ),
        (
            "to-fds",  # an endless loop that does not advance
            """def to_fds(bits):
    fds, fd = [], 0
    while fd < 8 * len(bits):
        try:
            if bits[fd // 8] >> fd % 8 & 1:
                fds.append(fd)
                fd += 1
        except Exception:
            pass
    return fds""",
            "stopped after 2 seconds",
        ),
    ],
    "finds_the_ready_ones": [
        (
            "select-any",  # nfds taken for how many
            """def select_any(read, write, except_, seconds=None):
    max_fd = max([*read, *write, *except_], default=-1)
    sets = [to_bits(fds, max_fd) for fds in (read, write, except_)]
    returned, left, number = raw_select(len({*read, *write, *except_}), *sets, seconds)
    return *(to_fds(bits) for bits in sets), left""",
            "highest descriptor plus one",
        ),
        (
            "select-any",  # one too few
            """def select_any(read, write, except_, seconds=None):
    max_fd = max([*read, *write, *except_], default=-1)
    sets = [to_bits(fds, max_fd) for fds in (read, write, except_)]
    returned, left, number = raw_select(max_fd, *sets, seconds)
    return *(to_fds(bits) for bits in sets), left""",
            "highest descriptor plus one",
        ),
        (
            "select-any",  # one bitmap for all three
            """def select_any(read, write, except_, seconds=None):
    max_fd = max([*read, *write, *except_], default=-1)
    bits = to_bits([*read, *write, *except_], max_fd)
    returned, left, number = raw_select(max_fd + 1, bits, bits, bits, seconds)
    return to_fds(bits), to_fds(bits), to_fds(bits), left""",
            "bitmap of its own",
        ),
        (
            "select-any",  # the third list never reaches the kernel
            [("for fds in fd_lists]", "for fds in (read, write, [])]")],
            "asked for exceptional alone",
        ),
        (
            "select-any",  # the highest of read alone
            [("for fds in fd_lists for fd in fds]", "for fd in read]"), ("to_bits(fds, max_fd)", "to_bits(fds, 1023)")],
            r"saw \[\['A', 'C'\], \[\], \[\]\][\s\S]*yours was 4: the kernel leaves the bits from 4 on",
        ),
        (
            "select-any",  # the highest of the first two
            [
                ("for fds in fd_lists for fd in fds]", "for fd in (*read, *write)]"),
                ("to_bits(fds, max_fd)", "to_bits(fds, 1023)"),
            ],
            r"For \[3\], \[4\] and \[500\] that is 501, and yours was 5",
        ),
        (
            "select-any",  # what was asked for writing is answered
            [("*(to_fds(bits) for bits in sets)", "to_fds(sets[0]), list(write), to_fds(sets[2])")],
            r"B is full[\s\S]*saw \[\['A', 'C'\], \['B', 'D'\]",
        ),
        (
            "select-any",  # write and except_ are swapped
            [("fd_lists = (read, write, except_)", "fd_lists = (read, except_, write)")],
            "The order is read, write, except_",
        ),
        (
            "select-any",  # bitmaps that are made once, outside the function
            [
                ("def select_any", "SETS = [bytearray(4096) for _ in range(3)]\n\n\ndef select_any"),
                (
                    "    sets = [to_bits(fds, max_fd) for fds in fd_lists]",
                    """    sets = SETS
    for bits, fds in zip(sets, fd_lists):
        for fd in fds:
            bits[fd // 8] |= 1 << fd % 8""",
                ),
            ],
            r"saw \(\[252, 254\], \[255\], .*\n.*Each call makes new bitmaps",
        ),
        (
            "select-any",  # each return value but 0 is taken for a failure
            [("if returned < 0:", "if returned:")],
            "Success[\\s\\S]*only -1 from raw_select is a failure",
        ),
        (
            "select-any",  # sets
            [("*(to_fds(bits)", "*(set(to_fds(bits))")],
            "Saw a set.* as readable",
        ),
        (
            "select-any",  # three values
            [("return *(to_fds(bits) for bits in sets), left", "return [to_fds(bits) for bits in sets]")],
            r"Expected \(readable, writable, exceptional, seconds left\), saw a list",
        ),
        (
            "select-any",  # the lists in one
            [("*(to_fds(bits) for bits in sets), left", "[to_fds(bits) for bits in sets], left")],
            r"Expected \(readable, writable, exceptional, seconds left\), saw a tuple",
        ),
        (
            "select-any",
            [("return *(", "print(*("), ("sets), left", "sets), left)")],
            "saw None from select_any.*Is a return missing",
        ),
        (
            "select-any",  # bitmaps as long as their own list needs
            [
                ("[to_bits(fds, max_fd) for", "[to_bits(fds, max(fds, default=0)) for"),
                ("raw_select(max_fd + 1", "raw_select(max_fd + 65"),
            ],
            "too few. The kernel would read and write beyond its end",
        ),
        (
            "select-any",  # nfds is the highest plus two
            [("max_fd + 1,", "max_fd + 2,")],
            "nfds is 257, and the read bitmap has 256 bits, too few",
        ),
        (
            "select-any",  # no descriptor at all
            [(", default=-1)", ")")],
            r"Your code raised ValueError: max\(",
        ),
        (
            "select-any",  # lists, not bitmaps
            [("[to_bits(fds, max_fd) for fds in fd_lists]", "[list(fds) for fds in fd_lists]")],
            "raw_select takes bytearrays, and read is a list: .*to_bits makes",
        ),
    ],
    "survives_5000": [
        (
            "select-any",  # Python's own, which stops at 1023
            """def select_any(read, write, except_, seconds=None):
    import select

    try:
        return *select.select(read, write, except_, seconds), seconds
    except ValueError:
        return [], [], [], seconds""",
            r"Descriptor 1024 had a byte. Expected \[1024\], saw \[\].\n.* raw_select was called 0 times",
        ),
        (
            "select-any",  # glibc's fd_set, written in stone
            """def select_any(read, write, except_, seconds=None):
    sets = [to_bits([fd for fd in fds if fd < 1024], 1023) for fds in (read, write, except_)]
    returned, left, number = raw_select(1024, *sets, seconds)
    if returned < 0:
        raise OSError(number, os.strerror(number))
    return *(to_fds(bits) for bits in sets), left""",
            r"Descriptor 1024 had a byte. Expected \[1024\], saw \[\].\n.* yours was 1,024",
        ),
        (
            "select-any",  # a limit of its own
            [("max_fd + 1,", "min(max_fd + 1, 8192),")],
            "20,001, and yours was 8,192",
        ),
        (
            "select-any",  # looks first, and asks again
            [("    returned, left", "    raw_select(0, None, None, None, 0)\n    returned, left")],
            "raw_select was called 2 times, expected one call",
        ),
        (
            "select-any",  # the bits of a bitmap
            [("max_fd + 1,", "8 * len(sets[0]),")],
            "yours was 512: the kernel looks at bits that stand for no descriptor",
        ),
    ],
    "builds_new_bitmaps_each_time": [
        (
            "select-any",  # forgotten re-initialisation: bitmaps kept for the same lists
            [
                ("def select_any", "cache = {}\ndef select_any"),
                ("read, write, except_)", "tuple(read), tuple(write), tuple(except_))"),
                (
                    "sets = [to_bits(fds, max_fd) for fds in fd_lists",
                    """if fd_lists not in cache:
        cache[fd_lists] = [to_bits(fds, max_fd) for fds in fd_lists]
    sets = cache[fd_lists""",
                ),
            ],
            "over the question",
        ),
        (
            "select-any",  # the answer is put into the caller's list
            [
                (
                    "return *(to_fds(bits) for bits in sets)",
                    "answers = [to_fds(bits) for bits in sets]\n    read[:] = answers[0]\n    return *answers",
                )
            ],
            "as read, and its list is now",
        ),
        (
            "select-any",  # what is not ready is taken out of the caller's second list
            [
                (
                    "return *(to_fds(bits) for bits in sets)",
                    """answers = [to_fds(bits) for bits in sets]
    write[:] = [fd for fd in write if fd in answers[1]]
    return *answers""",
                )
            ],
            "as write, and its list is now",
        ),
        (
            "select-any",  # the answer is put into the caller's third list
            [
                (
                    "return *(to_fds(bits) for bits in sets)",
                    "answers = [to_fds(bits) for bits in sets]\n    except_[:] = answers[2]\n    return *answers",
                )
            ],
            "as except_, and its list is now",
        ),
        (
            "select-any",  # sorts the caller's lists
            [("    max_fd =", "    for fds in fd_lists:\n        fds.sort()\n    max_fd =")],
            r"passed \[201, 200, 200, 201\] as read, and its list is now \[200, 200, 201, 201\]",
        ),
        (
            "select-any",  # takes doubles out of the caller's lists
            [("    max_fd =", "    for fds in fd_lists:\n        fds[:] = dict.fromkeys(fds)\n    max_fd =")],
            r"passed \[201, 200, 200, 201\] as read, and its list is now \[201, 200\]",
        ),
    ],
    "keeps_its_time_limit": [
        (
            "select-any",  # the limit is dropped
            [(", seconds)", ", None)")],
            r"limit is 0. raw_select was called with \[None\], expected one call, with 0",
        ),
        (
            "select-any",  # looks, and never waits
            [(", seconds)", ", 0)")],
            r"limit is 0.2. raw_select was called with \[0\], expected one call, with 0.2",
        ),
        (
            "select-any",  # the time left is forgotten
            [("sets), left", "sets), None")],
            "the seconds are the second value of raw_select",
        ),
        (
            "select-any",  # 0 is taken for None
            [(", seconds)", ", seconds or None)")],
            r"limit is 0. raw_select was called with \[None\]",
        ),
        (
            "select-any",  # the limit, and not what is left of it
            [("sets), left", "sets), seconds")],
            r"saw \(\[\], \[\], \[\], 0.2\)[\s\S]*the second value of raw_select",
        ),
        (
            "select-any",  # no limit is taken for a second
            [(", seconds)", ", 1 if seconds is None else seconds)")],
            r"limit is None. raw_select was called with \[1\]",
        ),
        (
            "select-any",  # a minute at most
            [(", seconds)", ", seconds and min(seconds, 60))")],
            r"limit is 3600. raw_select was called with \[60\]",
        ),
        (
            "select-any",  # whole seconds
            [(", seconds)", ", seconds and round(seconds + 0.4))")],
            r"limit is 0.2. raw_select was called with \[1\]",
        ),
        (
            "select-any",  # milliseconds, as poll takes them
            [(", seconds)", ", seconds and seconds * 1000)")],
            "limit is 0.2. raw_select was called with .200",
        ),
        (
            "select-any",  # no limit, so nothing is left
            [("sets), left", "sets), left or 0")],
            r"returned \(0, None, 0\). Expected .* None\), saw .* 0\)",
        ),
        (
            "select-any",  # nothing to wait for, so it does not wait
            [
                (
                    "    fd_lists =",
                    "    if not (read or write or except_):\n        return [], [], [], seconds\n    fd_lists =",
                )
            ],
            "without descriptors the call waits, too",
        ),
    ],
    "raises_the_kernels_error": [
        (
            "select-any",  # the result is ignored: everything looks ready
            [("    if returned < 0:\n        raise OSError(number, os.strerror(number))\n", "")],
            "select_any returned a tuple.*\\n.*the bitmaps mean nothing: raise the error",
        ),
        (
            "select-any",  # an error of its own, which says nothing
            [("number, os.strerror(number)", '"select failed"')],
            "saw OSError.'select failed'.[\\s\\S]*without both there is no errno",
        ),
        (
            "select-any",  # the error number of an earlier call
            [("if returned < 0:", "if number:")],
            "A good call came after one that failed.*\\n.*look at what raw_select returned first",
        ),
        (
            "select-any",  # one error for all
            [("number, os.strerror(number)", "errno.EBADF, os.strerror(errno.EBADF)")],
            "returned -1 and 22, EINVAL. Expected OSError with EINVAL, saw",
        ),
        (
            "select-any",  # a failure taken for nothing ready
            [("raise OSError(number, os.strerror(number))", "return [], [], [], left")],
            "Expected OSError with EBADF, and select_any returned",
        ),
        (
            "select-any",  # only one error is raised
            [("if returned < 0:", "if returned < 0 and number == errno.EBADF:")],
            r"returned -1 and .*with EINVAL, and select_any returned a tuple: \(\[\d+\], \[\], \[\], 0.5\)",
        ),
        (
            "select-any",  # a failure only when no time is left
            [("if returned < 0:", "if returned < 0 and not left:")],
            "EINVAL, and select_any returned",
        ),
        (
            "select-any",  # the number and its text are swapped
            [("number, os.strerror(number)", "os.strerror(number), number")],
            "the kernel's own number, the third value of raw_select",
        ),
        (
            "select-any",  # no text
            [("OSError(number, os.strerror(number))", "OSError(number)")],
            "The second one is a text: without both there is no errno",
        ),
        (
            "select-any",  # another exception
            [("OSError(number, os.strerror(number))", "ValueError(os.strerror(number))")],
            r"Your code raised ValueError: Bad file descriptor[\s\S]* is closed. Expected OSError with EBADF",
        ),
        (
            "select-any",  # tries it again
            [
                (
                    "    if returned < 0:",
                    """    if returned < 0:
        returned, left, number = raw_select(max_fd + 1, *sets, seconds)
    if returned < 0:""",
                )
            ],
            "returned -1, and was called again",
        ),
    ],
}

CHECK_WORDS = {
    "sets_the_bits": "bit",
    "reads_the_bits": "bit",
    "finds_the_ready_ones": "the highest descriptor plus one",
    "survives_5000": "nfds",
    "builds_new_bitmaps_each_time": "new bitmaps",
    "keeps_its_time_limit": "limit",
    "raises_the_kernels_error": "EBADF",
}
"""{check: its key word, which its section in the episode has, too}."""

RIGHT = [
    (
        "one large number to bytes",
        "to-bits",
        """def to_bits(fds, max_fd):
    size = 8 * max(1, (max_fd + 64) // 64)
    return bytearray(sum(1 << fd for fd in set(fds)).to_bytes(size, "little"))""",
    ),
    (
        "words of 64 bits, packed",
        "to-bits",
        """import struct


def to_bits(fds, max_fd):
    words = [0] * (max(max_fd, 0) // 64 + 1)
    for fd in fds:
        words[fd // 64] |= 1 << fd % 64
    return bytearray(struct.pack(f"<{len(words)}Q", *words))""",
    ),
    (
        "a fixed length that grows",
        "to-bits",
        """def to_bits(fds, max_fd):
    bits = bytearray(128)
    while len(bits) * 8 <= max_fd:
        bits += bytearray(8)
    for fd in sorted(set(fds)):
        bits[fd // 8] += 2 ** (fd % 8)
    return bits""",
    ),
    (
        "a memoryview of its bytes",
        "to-bits",
        """def to_bits(fds, max_fd):
    bits = bytearray(8 * (max_fd // 64 + 1) or 8)
    view = memoryview(bits)
    for fd in fds:
        view[fd >> 3] |= 1 << (fd & 7)
    view.release()
    return bits""",
    ),
    (
        "a sum of shifted digits",
        "to-fds",
        """def to_fds(bits):
    number = int.from_bytes(bits, "little")
    fds = []
    while number:
        lowest = number & -number
        fds.append(lowest.bit_length() - 1)
        number ^= lowest
    return fds""",
    ),
    (
        "a text of digits",
        "to-fds",
        """def to_fds(bits):
    digits = "".join(f"{value:08b}"[::-1] for value in bits)
    return [fd for fd, digit in enumerate(digits) if digit == "1"]""",
    ),
    (
        "three bitmaps with names",
        "select-any",
        """def select_any(read, write, except_, seconds=None):
    highest = -1
    for fds in (read, write, except_):
        for fd in fds:
            highest = max(highest, fd)
    r, w, e = (to_bits(list(fds), highest) for fds in (read, write, except_))
    returned, left, number = raw_select(highest + 1, r, w, e, seconds)
    if returned == -1:
        raise OSError(number, "select failed")
    if returned == 0:
        return [], [], [], left
    return to_fds(r), to_fds(w), to_fds(e), left""",
    ),
    (
        "nothing for an empty list, and a namedtuple",
        "select-any",
        """from collections import namedtuple

Ready = namedtuple("Ready", "readable writable exceptional left")


def select_any(read, write, except_, seconds=None):
    max_fd = max([0, *read, *write, *except_])
    sets = [bytearray(to_bits(fds, max_fd)) if fds else bytearray() for fds in (read, write, except_)]
    returned, left, number = raw_select(max_fd + 1, *sets, seconds)
    if returned < 0:
        raise OSError(number, os.strerror(number))
    return Ready(*map(to_fds, sets), left)""",
    ),
    (
        "the caller's order, and a list of four",
        "select-any",
        """def select_any(read, write, except_, seconds=None):
    asked = [list(read), list(write), list(except_)]
    max_fd = max(sum(asked, []), default=-1)
    sets = [to_bits(fds, max_fd) for fds in asked]
    returned, left, number = raw_select(max_fd + 1, *sets, seconds)
    if returned < 0:
        raise OSError(number, os.strerror(number))
    ready = [set(to_fds(bits)) for bits in sets]
    return [[fd for fd in fds if fd in found] for fds, found in zip(asked, ready)] + [left]""",
    ),
    (
        "without the two functions",
        "select-any",
        """def select_any(read, write, except_, seconds=None):
    asked = (read, write, except_)
    nfds = 1 + max((fd for fds in asked for fd in fds), default=-1)
    sets = [FdSet(fds, -(-max(nfds, 1) // 64) * 64) for fds in asked]
    sets = [bytearray(bytes(each.array)) for each in sets]
    returned, left, number = raw_select(nfds, *sets, seconds)
    if not returned >= 0:
        raise OSError(number, os.strerror(number))
    ready = [[fd for fd in sorted(set(fds)) if bits[fd // 8] & 1 << fd % 8] for fds, bits in zip(asked, sets)]
    return (*ready, left)""",
    ),
]
