"""Lab 03: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

ANSWERS = {
    "sets_the_bits": [
        ("to-bits", "def to_bits(fds, max_fd):\n    return bytearray(128)", "wrong bits are set"),
        (
            "to-bits",  # assigned, not joined: the last of a byte wins
            """def to_bits(fds, max_fd):
    bits = bytearray(8 * max(1, -(-(max_fd + 1) // 64)))
    for fd in fds:
        bits[fd // 8] = 1 << fd % 8
    return bits""",
            "joined with |",
        ),
        (
            "to-bits",  # one bit short: the highest descriptor is 64
            [
                (
                    "words = max(1, -(-(max_fd + 1) // 64))\n    bits = bytearray(8 * words",
                    "bits = bytearray(8 * max(1, -(-max_fd // 64))",
                )
            ],
            r"n \+ 1 bits",
        ),
        ("to-bits", "def to_bits(fds, max_fd):\n    pass", "saw 0 bytes"),
    ],
    "reads_the_bits": [
        (
            "to-fds",  # the bits of a byte counted from the wrong end
            [("i + b for i", "i + 7 - b for i")],
            "8 times the byte's place",
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
            "Expected descriptor",
        ),
        (
            "select-any",  # glibc's fd_set, written in stone
            """def select_any(read, write, except_, seconds=None):
    sets = [to_bits([fd for fd in fds if fd < 1024], 1023) for fds in (read, write, except_)]
    returned, left, number = raw_select(1024, *sets, seconds)
    if returned < 0:
        raise OSError(number, os.strerror(number))
    return *(to_fds(bits) for bits in sets), left""",
            "Expected descriptor",
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
            "written over the question",
        ),
        (
            "select-any",  # the answer is put into the caller's list
            [
                (
                    "return *(to_fds(bits) for bits in sets)",
                    "answers = [to_fds(bits) for bits in sets]\n    read[:] = answers[0]\n    return *answers",
                )
            ],
            "wrong one|list was changed",
        ),
    ],
    "keeps_its_time_limit": [
        (
            "select-any",  # the limit is dropped
            [(", seconds)", ", None)")],
            "wait too long for something",
        ),
        (
            "select-any",  # looks, and never waits
            [(", seconds)", ", 0)")],
            "came back too soon",
        ),
        (
            "select-any",  # the time left is forgotten
            [("sets), left", "sets), None")],
            "seconds that are left",
        ),
        (
            "select-any",  # 0 is taken for None
            [(", seconds)", ", seconds or None)")],
            "wait too long for something",
        ),
        (
            "select-any",  # the limit, and not what is left of it
            [("sets), left", "sets), seconds")],
            "and not your limit",
        ),
    ],
    "raises_the_kernels_error": [
        (
            "select-any",  # the result is ignored: everything looks ready
            [("    if returned < 0:\n        raise OSError(number, os.strerror(number))\n", "")],
            "as they went in",
        ),
        (
            "select-any",  # an error of its own, which says nothing
            [("number, os.strerror(number)", '"select failed"')],
            "the kernel's own number",
        ),
    ],
}
