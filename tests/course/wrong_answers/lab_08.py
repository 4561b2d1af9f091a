"""Lab 08: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

OWN = """class OwnSelector(Bookkeeping):
    def __init__(self):
        super().__init__()
        self.kernel = KERNEL()

    def register(self, fileobj, events, data=None):
        key = super().register(fileobj, events, data)
        try:
            self.kernel.register(key.fd, to_mask(events))
        except BaseException:
            super().unregister(fileobj)
            raise
        return key

    def unregister(self, fileobj):
        key = super().unregister(fileobj)
        try:
            self.kernel.unregister(key.fd)
        except OSError:
            pass
        return key

    def modify(self, fileobj, events, data=None):
        key = self.get_key(fileobj)
        if events != key.events:
            try:
                self.kernel.modify(key.fd, to_mask(events))
            except BaseException:
                super().unregister(fileobj)
                raise
        self.keys[key.fd] = key._replace(events=events, data=data)
        return self.keys[key.fd]

    def select(self, timeout=None):
        return wait(self, timeout)

    def close(self):
        if EPOLL:
            self.kernel.close()
        super().close()
"""

WAIT = """def wait(selector, timeout=None):
    milliseconds = -1 if timeout is None else math.ceil(max(timeout, 0) * 1000)
    try:
        reported = kernel_wait(selector.kernel, milliseconds, max(len(selector.keys), 1))
    except InterruptedError:
        return []
    entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in reported]
    return [(key, events & key.events) for key, events in entries if key]
"""


def replace(whole: str, right: str, wrong: str) -> str:
    """Return the right answer with one part replaced."""
    assert whole.count(right) == 1
    return whole.replace(right, wrong)


def register(body: str) -> str:
    begin = OWN.index("        key = super().register")
    end = OWN.index("    def unregister")
    return f"{OWN[:begin]}{body}\n{OWN[end:]}"


def unregister(body: str) -> str:
    begin = OWN.index("        key = super().unregister")
    end = OWN.index("    def modify")
    return f"{OWN[:begin]}{body}\n{OWN[end:]}"


def modify(body: str) -> str:
    begin = OWN.index("        key = self.get_key")
    end = OWN.index("    def select")
    return f"{OWN[:begin]}{body}\n{OWN[end:]}"


ANSWERS = {
    "translates_there_and_back": [
        ("to-mask", "def to_mask(events):\n    return events", "not the kernel's"),  # EVENT_WRITE is EPOLLPRI's bit
        (
            "to-mask",  # one or the other
            "def to_mask(events):\n    return IN if events & EVENT_READ else OUT",
            "two events are two bits",
        ),
        (
            "to-events",  # EVENT_WRITE is never reported
            "def to_events(mask):\n    return EVENT_READ if mask else 0",
            r"expected EVENT_WRITE \(2\), saw 1",
        ),
        (
            "to-events",
            """def to_events(mask):
    if mask & (IN | HUP | ERR):
        return EVENT_READ
    elif mask & (OUT | HUP | ERR):
        return EVENT_WRITE""",
            "may come together",
        ),
        (
            "to-events",  # compared, not masked
            "def to_events(mask):\n    return {IN: EVENT_READ, OUT: EVENT_WRITE}.get(mask, 0)",
            "look at each bit",
        ),
    ],
    "counts_hang_up_and_error": [
        (
            "to-events",  # what the suite of CPython lets pass
            """def to_events(mask):
    return (EVENT_READ if mask & IN else 0) | (EVENT_WRITE if mask & OUT else 0)""",
            "waits for the end of the data never wakes",
        ),
        (
            "to-events",  # a writer to a full pipe gets no event
            """def to_events(mask):
    return (EVENT_READ if mask & (IN | HUP | ERR) else 0) | (EVENT_WRITE if mask & OUT else 0)""",
            "never sees the error",
        ),
        (
            "to-events",  # each to one side
            """def to_events(mask):
    return (EVENT_READ if mask & (IN | HUP) else 0) | (EVENT_WRITE if mask & (OUT | ERR) else 0)""",
            "count for either side",
        ),
    ],
    "registers_in_both_books": [
        (
            "own-selector",
            register("        return super().register(fileobj, events, data)\n"),
            r"IN alone; saw \[\]",
        ),
        (
            "own-selector",  # the kernel is given all events, not those asked for
            register("""        key = super().register(fileobj, events, data)
        self.kernel.register(key.fd, to_mask(EVENT_READ | EVENT_WRITE))
        return key
"""),
            "a descriptor and a mask",
        ),
        (
            "own-selector",  # what was refused stays
            register("""        key = super().register(fileobj, events, data)
        self.kernel.register(key.fd, to_mask(events))
        return key
"""),
            "already registered",
        ),
        (
            "own-selector",  # the error is swallowed
            [
                ("except BaseException:\n            super", "except OSError:\n            super"),
                ("            raise\n        return key", "        return key"),
                ("with suppress(OSError):  # closed since: the kernel has removed it", "try:"),
                ("unregister(key.fd)", "unregister(key.fd)\n        except OSError:\n            pass"),
            ],
            "the caller got no error",
        ),
        (
            "own-selector",
            register("""        key = super().register(fileobj, events, data)
        self.kernel.register(key.fd, to_mask(events))
"""),
            "saw None: return the key",
        ),
        (
            "own-selector",  # the kernel first
            register("""        self.kernel.register(fileobj, to_mask(events))
        return super().register(fileobj, events, data)
"""),
            "Your book comes first",
        ),
    ],
    "unregisters_in_both_books": [
        (
            "own-selector",
            unregister("        return super().unregister(fileobj)\n"),
            "unregister it from self.kernel too",
        ),
        (
            "own-selector",  # closed before: the refusal comes through
            [("with suppress(OSError):  # closed since: the kernel has removed it\n            self", "self")],
            "forgotten it already",
        ),
        (
            "own-selector",  # asks the socket, which is closed, for its number
            [
                (
                    """with suppress(OSError):  # closed since: the kernel has removed it
            self.kernel.unregister(key.fd)""",
                    """try:
            self.kernel.unregister(fileobj)
        except OSError:
            pass""",
                )
            ],
            "number that a closed socket no longer knows",
        ),
        (
            "own-selector",  # the kernel first, and the book not at all when it refuses
            unregister("""        key = self.get_key(fileobj)
        try:
            self.kernel.unregister(key.fd)
            super().unregister(fileobj)
        except OSError:
            pass
        return key
"""),
            "closed socket stays in your book",
        ),
    ],
    "modifies_both_books": [
        (
            "own-selector",  # the data is lost
            modify("""        key = self.get_key(fileobj)
        if events != key.events:
            self.unregister(fileobj)
            key = self.register(fileobj, events)
        return key
"""),
            "new events and the new data",
        ),
        (
            "own-selector",  # data alone is no change
            modify("""        key = self.get_key(fileobj)
        if events == key.events:
            return key
        self.unregister(fileobj)
        return self.register(fileobj, events, data)
"""),
            "new events and the new data",
        ),
        (
            "own-selector",  # the kernel is not called
            modify("""        key = self.get_key(fileobj)
        self.keys[key.fd] = key._replace(events=events, data=data)
        return self.keys[key.fd]
"""),
            "self.kernel.modify changes it",
        ),
        (
            "own-selector",  # the old key is returned
            replace(OWN, "return self.keys[key.fd]", "return key"),
            "replaces the old one",
        ),
        (
            "own-selector",  # refused, and kept
            modify("""        key = self.get_key(fileobj)
        if events != key.events:
            self.kernel.modify(key.fd, to_mask(events))
        self.keys[key.fd] = key._replace(events=events, data=data)
        return self.keys[key.fd]
"""),
            "refused the change",
        ),
        (
            "own-selector",  # refused, and no error raised
            [
                ("with suppress(OSError):  # closed since: the kernel has removed it", "try:"),
                ("unregister(key.fd)", "unregister(key.fd)\n        except OSError:\n            pass"),
                ("            except BaseException:", "            except OSError:"),
                ("                raise", "                return key"),
            ],
            "caller got no error: raise the error again",
        ),
        (
            "own-selector",  # out and in again
            modify("""        self.unregister(fileobj)
        return self.register(fileobj, events, data)
"""),
            "yours is one self.kernel.modify",
        ),
    ],
    "finds_what_is_ready": [
        ("wait", [("max(len(selector.keys), 1", "len(selector.keys")], "are 1 at least"),
        ("wait", [("max(len(selector.keys), 1)", "1")], "as many as are registered"),
        ("wait", [("events & key.events)", "events)")], "mask with key.events"),
        ("wait", [(", events & key.events", ".fd, events")], "pairs of key and events"),
        (
            "wait",  # waits for all of them
            """def wait(selector, timeout=None):
    found = {}
    while len(found) < len(selector.keys):
        for fd, mask in kernel_wait(selector.kernel, 0, max(len(selector.keys), 1)):
            found[fd] = (selector.keys[fd], to_events(mask) & selector.keys[fd].events)
    return list(found.values())""",
            "stopped after 2 seconds",
        ),
    ],
    "leaves_out_what_it_does_not_know": [
        ("wait", [("keys.get(", "get_key(")], "look the key up with get"),
        ("wait", [(".get(fd),", "[fd],")], "look the key up with get"),
        (
            "wait",
            [
                (
                    "events & key.events) for key, events in entries if key",
                    "key and events & key.events) for key, events in entries",
                )
            ],
            "nothing is registered any more",
        ),
    ],
    "looks_and_comes_back": [
        ("wait", [("max(timeout, 0)", "timeout")], "stopped after 2 seconds"),  # -1000 is no limit
        ("wait", [("timeout is None", "not timeout")], "stopped after 2 seconds"),  # 0 is taken for None
        (
            "wait",  # nothing to wait for, so it does not call the kernel
            [("    try:", "    if milliseconds == 0:\n        return []\n    try:")],
            "it should look once",
        ),
    ],
    "waits_as_long_as_it_should": [
        ("wait", [("math.ceil(max(timeout, 0) * 1000", "max(timeout, 0")], "the caller counts in seconds"),
        ("wait", [("math.ceil", "int")], "Round up"),
        ("wait", [("math.ceil", "round")], "Round up"),
        ("wait", [("math.ceil(max(timeout, 0) * 1000", "1000 * round(max(timeout, 0)")], "in seconds"),
        ("wait", [("milliseconds = -1 if timeout", "milliseconds = 0 if timeout")], "takes a whole processor"),
        (
            "wait",  # for poll as if it were microseconds
            [(") * 1000)", ") * 1_000_000)")],
            "stopped after 2 seconds",
        ),
    ],
    "comes_back_when_interrupted": [
        (
            "wait",
            replace(
                replace(WAIT, "    try:\n        reported", "    reported"),
                "    except InterruptedError:\n        return []\n",
                "",
            ),
            "saw InterruptedError",
        ),
        ("wait", [("return []", "return None")], "saw None"),
        (
            "wait",  # takes it up again, and again
            """def wait(selector, timeout=None):
    milliseconds = -1 if timeout is None else math.ceil(max(timeout, 0) * 1000)
    while True:
        try:
            reported = kernel_wait(selector.kernel, milliseconds, max(len(selector.keys), 1))
        except InterruptedError:
            continue
        entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in reported]
        return [(key, events & key.events) for key, events in entries if key]""",
            "stopped after 2 seconds",
        ),
    ],
    "passes_the_tests_of_cpython": [
        (
            "own-selector",  # knows one of the kernel's reasons: EBADF, and not ENOENT when the number is used again
            replace(
                OWN,
                "        except OSError:\n            pass",
                "        except OSError as error:\n            if error.errno != 9:\n                raise",
            ),
            r"test_unregister_after_fd_close_and_reuse failed at(.|\n)*s\.unregister\(r\)\n +FileNotFoundError",
        ),
        (
            "wait",  # looks up twice a second
            [("max(timeout, 0", "min(max(timeout, 0), 0.5")],
            "test_timeout failed at",
        ),
        (
            "wait",  # comes back only with something: without an end where nothing is registered or ready
            [
                (
                    "    entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in reported]",
                    """    if timeout == 1 and not reported:
        return wait(selector, timeout)
    entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in reported]""",
                )
            ],
            "test_timeout failed at(.|\n)*stopped after 4 seconds",
        ),
    ],
}
