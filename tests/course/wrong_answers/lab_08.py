"""Lab 08: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

REGISTER = """        key = super().register(fileobj, events, data)
        try:
            self.kernel.register(key.fd, to_mask(events))
        except OSError:
            super().unregister(fileobj)
            raise
        return key
"""
UNREGISTER = """        key = super().unregister(fileobj)
        with suppress(OSError):  # closed before: the kernel has removed it
            self.kernel.unregister(key.fd)
        return key
"""
MODIFY = """    key = selector.get_key(fileobj)
    if events != key.events:
        try:
            selector.kernel.modify(key.fd, to_mask(events))
        except OSError:
            del selector.keys[key.fd]
            raise
    selector.keys[key.fd] = key._replace(events=events, data=data)
    return selector.keys[key.fd]
"""
MILLISECONDS = "-1 if timeout is None else math.ceil(max(timeout, 0) * 1000)"
WAIT = """    try:
        reported = kernel_wait(selector.kernel, milliseconds, max(len(selector.keys), 1))
    except InterruptedError:
        return []
"""
ENTRIES = """    entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in reported]
    return [(key, events & key.events) for key, events in entries if key]
"""


def register(body: str) -> list[tuple[str, str]]:
    return [(REGISTER, body)]


def unregister(body: str) -> list[tuple[str, str]]:
    return [(UNREGISTER, body)]


def modify(body: str) -> list[tuple[str, str]]:
    return [(MODIFY, body)]


CHECK_WORDS = {
    "translates_there": "mask",
    "translates_back": "bit",
    "counts_hang_up_and_error": "HUP",
    "registers_in_both_lists": "interest list",
    "unregisters_in_both_lists": "interest list",
    "modifies_both_lists": "modify",
    "forgets_what_the_kernel_refuses": "interest list",
    "finds_what_is_ready": "each ready",
    "leaves_out_what_it_does_not_know": "duplicate",
    "looks_and_comes_back": "0 or less",
    "waits_as_long_as_it_should": "milliseconds",
    "waits_without_a_limit": "None",
    "comes_back_when_interrupted": "InterruptedError",
    "passes_the_tests_of_cpython": "selectors",
}

ANSWERS = {
    "translates_there": [
        ("to-mask", "def to_mask(events):\n    return events", "not the kernel's"),  # EVENT_WRITE is EPOLLPRI's bit
        (
            "to-mask",  # one or the other
            "def to_mask(events):\n    return IN if events & EVENT_READ else OUT",
            "two events are two bits|Two events are two bits",
        ),
        (
            "to-mask",
            [("    return mask\n", "    mask\n")],
            r"to_mask\(EVENT_READ\) to return an int, saw None. Is a return",
        ),
        ("to-mask", [("mask |= OUT", "mask = OUT")], "Two events are two bits"),
        (
            "to-mask",
            [("mask |= OUT", "mask |= OUT | IN")],
            r"mask 4 \(OUT\), saw 5 \(IN \| OUT\).\nEach event has a bit of its own",
        ),
        ("to-mask", [("mask |= IN", "mask |= IN | HUP")], r"saw 17 \(IN \| HUP\).\nA program never asks for HUP"),
        (
            "to-mask",
            [("    mask = 0", "    mask = select.EPOLLET")],
            r"saw 2147483649 \(IN \| other bits\)",
        ),
        ("to-mask", "def to_mask(events):\n    return [IN, OUT]", "to return an int, saw a list"),
    ],
    "translates_back": [
        (
            "to-events",  # EVENT_WRITE is never reported
            "def to_events(mask):\n    return EVENT_READ if mask else 0",
            r"mask OUT \(4\) expected 2, saw 1",
        ),
        (
            "to-events",
            """def to_events(mask):
    if mask & (IN | HUP | ERR):
        return EVENT_READ
    elif mask & (OUT | HUP | ERR):
        return EVENT_WRITE
    return 0""",
            "may have both bits",
        ),
        (
            "to-events",  # compared, not masked
            "def to_events(mask):\n    return {IN: EVENT_READ, OUT: EVENT_WRITE}.get(mask, 0)",
            "test each bit by itself",
        ),
        ("to-events", "def to_events(mask):\n    return mask", r"mask OUT \(4\) expected 2, saw 4"),
        ("to-events", [("    return events\n", "    return None\n")], "to return an int, saw None"),
        ("to-events", [("    events = 0", "    events = EVENT_READ")], r"OUT \(4\) expected 2, saw 3"),
        (
            "to-events",  # a set of events
            "def to_events(mask):\n    return {EVENT_READ} if mask & IN else {EVENT_WRITE}",
            "to return an int, saw a set",
        ),
    ],
    "counts_hang_up_and_error": [
        (
            "to-events",  # what the suite of CPython lets pass
            """def to_events(mask):
    return (EVENT_READ if mask & IN else 0) | (EVENT_WRITE if mask & OUT else 0)""",
            "waits for the end of the data never wakes up",
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
            r"saw 1.\nHUP and ERR each mean both events, alone and",
        ),
        ("to-events", [("mask & (IN | HUP | ERR)", "mask & (IN | HUP)")], "For ERR expected both events"),
        (
            "to-events",  # nothing for ERR
            """def to_events(mask):
    if mask & ERR:
        return None
    return (EVENT_READ if mask & (IN | HUP) else 0) | (EVENT_WRITE if mask & (OUT | HUP) else 0)""",
            r"Expected to_events\(8 \(ERR\)\) to return an int, saw None",
        ),
        (
            "to-events",  # HUP, ERR only alone
            """def to_events(mask):
    if mask in (HUP, ERR):
        return EVENT_READ | EVENT_WRITE
    return (EVENT_READ if mask & IN else 0) | (EVENT_WRITE if mask & OUT else 0)""",
            r"For IN and HUP expected both events \(3\), saw 1.\nHUP and ERR .* beside another bit",
        ),
    ],
    "registers_in_both_lists": [
        (
            "own-selector",
            register("        return super().register(fileobj, events, data)\n"),
            r"expected the kernel to report \[\(\d+, 4\)\], saw \[\]",
        ),
        (
            "own-selector",  # the mask is not translated
            [("self.kernel.register(key.fd, to_mask(events))", "self.kernel.register(key.fd, events)")],
            r"For EVENT_WRITE expected the kernel to report .*saw \[\][\s\S]*the mask that to_mask returns",
        ),
        (
            "own-selector",  # poll and epoll then watch all
            [("self.kernel.register(key.fd, to_mask(events))", "self.kernel.register(key.fd)")],
            "a descriptor, and the mask",
        ),
        (
            "own-selector",  # the kernel is given all events, not those asked for
            [("self.kernel.register(key.fd, to_mask(events))", "self.kernel.register(key.fd, IN | OUT)")],
            "a descriptor, and the mask",
        ),
        ("own-selector", register(REGISTER.replace("        return key\n", "")), "SelectorKey, saw None. Is a return"),
        (
            "own-selector",
            register(REGISTER.replace("return key", "return key.fd")),
            "to return a SelectorKey, saw an int",
        ),
        ("own-selector", register(REGISTER.replace("events, data)", "events)", 1)), "return the key that super"),
        (
            "own-selector",  # the kernel first
            register("""        self.kernel.register(fileobj, to_mask(events))
        return super().register(fileobj, events, data)
"""),
            "FileExistsError.*\n.*call it first",
        ),
        (
            "own-selector",  # a mistake of the caller removes the first key
            register("""        try:
            key = super().register(fileobj, events, data)
            self.kernel.register(key.fd, to_mask(events))
        except (OSError, KeyError):
            self.keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno(), None)
            raise
        return key
"""),
            "the key of the first one is no longer in your list",
        ),
        (
            "own-selector",  # registered twice: the old one is replaced in silence
            register(
                """        with suppress(KeyError):
            self.unregister(fileobj)
"""
                + REGISTER
            ),
            "expected KeyError, saw None",
        ),
        (
            "own-selector",  # not in its own list
            register("""        key = SelectorKey(fileobj, self._map.number(fileobj), events, data)
        self.kernel.register(key.fd, to_mask(events))
        return key
"""),
            "the key is not in your list",
        ),
        (
            "own-selector",  # an __init__ of its own, without that of the base
            [("(KernelSelector):\n", "(KernelSelector):\n    def __init__(self):\n        self.keys = {}\n\n")],
            r"has no self.kernel.\nThe __init__ of KernelSelector",
        ),
        ("own-selector", [("def register(", "def regsiter(")], "OwnSelector has: regsiter, unregister.*misspelt"),
        (
            "own-selector",  # what was refused stays
            register("""        key = super().register(fileobj, events, data)
        self.kernel.register(key.fd, to_mask(events))
        return key
"""),
            r"In register the kernel refuses[\s\S]*already registered",
        ),
        (
            "own-selector",  # the error is swallowed
            [(REGISTER, REGISTER.replace("            raise\n", ""))],
            "In register .*got no error: raise it again",
        ),
        (
            "own-selector",  # one error of many
            [(REGISTER, REGISTER.replace("OSError", "PermissionError"))],
            "refuses a descriptor with OSError.*\\n.*after any OSError",
        ),
        ("own-selector", [(REGISTER, REGISTER.replace("raise", "raise KeyError"))], "the caller got KeyError"),
        ("own-selector", [(REGISTER, REGISTER.replace("raise", "raise OSError"))], "the caller got OSError"),
        (
            "own-selector",  # the key is looked for in the wrong way
            [(REGISTER, REGISTER.replace("super().unregister(fileobj)", "self.keys.pop(fileobj)"))],
            r"got TypeError\('keys is {.*, not the kernel's error.\nThe error came from your line:\n  at: ",
        ),
        (
            "own-selector",  # the event is reported once
            [("to_mask(events))", "to_mask(events) | select.EPOLLET)")],
            r"Your calls of self.kernel until now: \[call.register\(\d+, 2147483652\)",
        ),
        (
            "own-selector",  # all are removed
            [(REGISTER, REGISTER.replace("super().unregister(fileobj)", "self.keys.clear()"))],
            "the key of another socket has left your list",
        ),
        (
            "own-selector",  # EEXIST: modify instead
            register("""        key = super().register(fileobj, events, data)
        try:
            self.kernel.register(key.fd, to_mask(events))
        except FileExistsError:
            pass
        except OSError:
            super().unregister(fileobj)
            raise
        return key
"""),
            "FileExistsError.*got no error",
        ),
        ("own-selector", register(REGISTER.replace("register(key.fd,", "register(fileobj.fileno(),")), "fileno"),
    ],
    "unregisters_in_both_lists": [
        (
            "own-selector",
            unregister("        return super().unregister(fileobj)\n"),
            "removes this one alone",
        ),
        (
            "own-selector",  # closed before: the refusal comes through
            [(UNREGISTER, UNREGISTER.replace("with suppress(OSError):", "if True:"))],
            "removed it from its interest list already",
        ),
        (
            "own-selector",  # asks the socket, which is closed, for its number
            [(UNREGISTER, UNREGISTER.replace("unregister(key.fd)", "unregister(fileobj)"))],
            "number that a closed socket no longer knows",
        ),
        (
            "own-selector",  # the kernel first, and its own list not at all when the kernel refuses
            unregister("""        key = self.get_key(fileobj)
        try:
            self.kernel.unregister(key.fd)
            super().unregister(fileobj)
        except OSError:
            pass
        return key
"""),
            "Its key stays in your list",
        ),
        (
            "own-selector",  # knows one of the kernel's reasons: EBADF, and not ENOENT when the number is used again
            unregister("""        key = super().unregister(fileobj)
        try:
            self.kernel.unregister(key.fd)
        except OSError as error:
            if error.errno != 9:
                raise
        return key
"""),
            "its number was used by another, and then unregistered. The caller got FileNotFoundError",
        ),
        (
            "own-selector",  # two of three reasons
            unregister("""        key = super().unregister(fileobj)
        try:
            self.kernel.unregister(key.fd)
        except OSError as error:
            if error.errno not in (errno.EBADF, errno.ENOENT):
                raise
        return key
"""),
            "used by a file, and then unregistered. The caller got PermissionError",
        ),
        (
            "own-selector",  # returns within the block that ends early
            [(UNREGISTER, UNREGISTER.replace("        return key", "            return key"))],
            "to return a SelectorKey, saw None",
        ),
        (
            "own-selector",  # the caller's mistake is swallowed
            [(UNREGISTER, f"        if fileobj not in self.get_map():\n            return None\n{UNREGISTER}")],
            "unregistered twice: expected KeyError, saw None",
        ),
        (
            "own-selector",  # still in the interest list, with no event
            [("self.kernel.unregister(key.fd)", "self.kernel.modify(key.fd, 0)")],
            "Expected the kernel to report the other three",
        ),
        (
            "own-selector",
            unregister(UNREGISTER.replace("return key", "self.keys.clear()\n        return key")),
            "Keys of other sockets have left",
        ),
        (
            "own-selector",  # another number of an open socket
            [
                ("self.kernel.unregister(key.fd)", "self.kernel.unregister(key.events)"),
                ("suppress(OSError)", "suppress()"),
            ],
            r"It is open, and the interest list has it: it is number \d+, key.fd",
        ),
        (
            "own-selector",  # hides every mistake
            [("suppress(OSError)", "suppress(Exception)")],
            "a mistake in a program.*expected this error, saw None",
        ),
        ("own-selector", unregister(UNREGISTER.replace("return key", "return key.fd")), "SelectorKey, saw an int"),
        ("own-selector", [("def unregister(", "def unregsiter(")], "no method unregister of its own"),
        (
            "own-selector",
            unregister(
                UNREGISTER.replace(
                    "        with suppress(OSError):  # closed before: the kernel has removed it\n",
                    "        if not isinstance(fileobj, int) and fileobj.fileno() != -1:\n",
                )
            ),
            r"Number \d+ was unregistered. Expected the kernel to report the other three",
        ),
    ],
    "modifies_both_lists": [
        (
            "modify",  # the data is lost
            modify("""    key = selector.get_key(fileobj)
    if events != key.events:
        selector.unregister(fileobj)
        key = selector.register(fileobj, events)
    return key
"""),
            "new events and the new data",
        ),
        (
            "modify",  # data alone is no change
            [("    if events != key.events:", "    if events == key.events:\n        return key\n    else:")],
            "new events and the new data",
        ),
        (
            "modify",  # the kernel is not called
            [("if events != key.events:", "if False:")],
            r"report 4, saw 0. Your calls of selector.kernel: \[\]",
        ),
        ("modify", [("return selector.keys[key.fd]", "return key")], "replaces the old one"),
        (
            "modify",  # not in the list any more
            [("    return selector.keys[key.fd]", "    return selector.keys.pop(key.fd)")],
            "and your list has None",
        ),
        ("modify", [("events != key.events", "events & ~key.events")], r"saw \[\].\nThe events have changed"),
        ("modify", [("    return selector.keys[key.fd]\n", "")], "to return a SelectorKey, saw None"),
        (
            "modify",
            [("modify(key.fd, to_mask(events))", "modify(key.fd, events)")],
            r"Your calls of selector.kernel: \[call.modify\(\d+, 2\)\]",
        ),
        (
            "modify",  # out and in again
            modify("""    selector.unregister(fileobj)
    return selector.register(fileobj, events, data)
"""),
            "one selector.kernel.modify is enough",
        ),
        ("modify", [("if events != key.events:", "if True:")], "the kernel does not know your data"),
        ("modify", [("if events != key.events:", "if (events, data) != key[2:]:")], "Only the data has changed"),
        (
            "modify",  # registers what is not registered
            modify(
                "    if fileobj not in selector.get_map():\n        return selector.register(fileobj, events)\n"
                + MODIFY
            ),
            "expected KeyError, saw None",
        ),
        (
            "modify",  # a file object is no descriptor, and it is shown as it was then
            [("selector.get_key(fileobj)", "selector.keys[fileobj]")],
            r"TypeError: keys is {descriptor: key}. .* saw <socket.socket fd=\d+, .*get_key\(fileobj\) returns the key",
        ),
        (
            "modify",
            [("selector.keys[key.fd] = key", "selector.keys[fileobj] = key")],
            r"Expected a number such as key.fd, saw <socket.socket fd=",
        ),
        (
            "modify",
            [("events=events, data=data", "events=events, data=data or key.data")],
            "replaces the old one",
        ),
        (
            "modify",  # the method of selectors.BaseSelector
            [(MODIFY, "    return selectors.BaseSelector.modify(selector, fileobj, events, data)\n")],
            "one selector.kernel.modify is enough",
        ),
        ("modify", modify(MODIFY.replace("modify(key.fd,", "modify(fileobj.fileno(),")), "fileno"),
    ],
    "forgets_what_the_kernel_refuses": [
        (
            "modify",  # refused, and kept
            [("            del selector.keys[key.fd]\n", "")],
            r"In modify the kernel refuses[\s\S]*Remove the key after any OSError",
        ),
        (
            "modify",  # refused, and no error raised
            [("            raise\n", "            return key\n")],
            "In modify .*got no error",
        ),
        (
            "modify",  # registers again what the kernel does not have, without an error
            [("except OSError:", "except FileNotFoundError:")],
            "In modify the kernel refuses",
        ),
        (
            "modify",  # a closed socket is refused by Python, and its key stays
            [("modify(key.fd", "modify(fileobj")],
            r"refuses a closed socket \(its number is key.fd\).*the caller got ValueError",
        ),
        (
            "modify",  # a key is found by its number alone
            [("selector.get_key(fileobj)", "selector.keys[fileobj if isinstance(fileobj, int) else fileobj.fileno()]")],
            "refuses a closed socket.*the caller got KeyError",
        ),
    ],
    "finds_what_is_ready": [
        ("wait", [("max(len(selector.keys), 1)", "len(selector.keys)")], "milliseconds, and 0 as max_events"),
        ("wait", [("max(len(selector.keys), 1)", "1")], r"max_events is the size of your list, 5\."),
        ("wait", [("max(len(selector.keys), 1)", "max(len(selector.keys) - 1, 1)")], r"saw 23 pairs.\nIs max_events"),
        ("wait", [("max(len(selector.keys), 1)", "4")], r"saw 4 pairs.\nIs max_events .* 24\?"),
        (
            "wait",
            [("max(len(selector.keys), 1)", "len(selector.keys) or None")],
            "milliseconds, and None as max_events",
        ),
        ("wait", [("events & key.events)", "events)")], "what the key asks for"),
        ("wait", [("(key, events & key.events)", "(key, key.events)")], "what the key asks for"),
        ("wait", [("kernel_wait(selector.kernel,", "kernel_wait(selector,")], "Expected selector.kernel"),
        ("wait", [("(key, events & key.events)", "(key.fd, events & key.events)")], "pairs of key and events"),
        ("wait", [("(key, events & key.events)", "(key.fileobj, events)")], "The key is the SelectorKey"),
        ("wait", [("(key, events & key.events)", "[key, events & key.events]")], "a tuple, saw a list"),
        ("wait", [("(key, events & key.events)", "key")], r"Expected pairs \(key, events\)|pairs of key and events"),
        (
            "wait",
            [("return [(key, events & key.events) for key, events in entries if key]", "entries")],
            "saw None. Is a return",
        ),
        (
            "wait",
            [("return [(key, events & key.events) for key, events in entries if key]", "return dict(entries)")],
            "to return a list, saw a dict",
        ),
        (
            "wait",
            [("    return [(key, events & key.events)", "    yield from [(key, events & key.events)")],
            "saw a generator",
        ),
        ("wait", [(ENTRIES, ENTRIES.replace("= [(", "= {(").replace("reported]", "reported}"))], "unhashable"),
        (
            "wait",
            [
                (
                    "    return [(key, events & key.events) for key, events in entries if key]",
                    """    both = EVENT_READ, EVENT_WRITE
    return [(key, each) for key, events in entries if key for each in both if events & key.events & each]""",
                )
            ],
            "One name is there twice: make one pair for each key, with all its events.",
        ),
        (
            "wait",  # what earlier calls have found stays
            [
                ("timeout=None):", "timeout=None, ready=[]):"),
                (
                    "    return [(key, events & key.events) for key, events in entries if key]",
                    "    ready += [(key, events & key.events) for key, events in entries if key]\n    return ready",
                ),
            ],
            r"The list that the call before select\(1\) returned had 0 pairs, and now it has 4.\n.*make a new list",
        ),
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
        (
            "wait",
            [
                (
                    ENTRIES,
                    """    entries = [(selector.keys.get(fd), mask) for fd, mask in reported]
    return [
        (key, events) for key, mask in entries if key and (events := to_events(mask & to_mask(key.events)))
    ]
""",
                )
            ],
            "The kernel's mask is HUP alone",
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
            "Expected pairs of key and events|nothing is registered",
        ),
        (
            "wait",  # one that is unknown hides the others
            [
                (
                    "    return [(key",
                    "    if any(key is None for key, _events in entries):\n        return []\n    return [(key",
                )
            ],
            "Is the unknown one alone left out",
        ),
        (
            "wait",  # a place in the list is kept for it
            [(" for key, events in entries if key]", " if key else None for key, events in entries]")],
            r"Expected pairs \(key, events\) from select\(1\), saw \[None\]",
        ),
    ],
    "looks_and_comes_back": [
        ("wait", [("max(timeout, 0)", "timeout")], r"kernel_wait got -1000 milliseconds"),
        ("wait", [("timeout is None", "not timeout")], "never ends|waited"),  # 0 is taken for None
        (
            "wait",
            [("milliseconds, max(len(selector.keys), 1))", "max(len(selector.keys), 1), milliseconds)")],
            "kernel_wait got 1 as milliseconds, and 0 as max_events.",
        ),
        (
            "wait",
            [(WAIT, "    reported = selector.kernel.poll(timeout)\n")],
            "never ends.\nselector.kernel.poll was not called by kernel_wait",
        ),
        ("wait", [("timeout is None", "timeout is None or timeout < 0")], "never ends|waited"),
        ("wait", [("max(timeout, 0)", "abs(timeout)")], r"select\(-1\) waited 1000 ms, expected 0"),
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000)", "int(max(timeout, 0) * 1000) + 1")],
            r"select\(0\) waited 1 ms",
        ),
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000)", "max(1, math.ceil(timeout * 1000))")],
            r"select\(0\) waited 1 ms",
        ),
        (
            "wait",  # nothing to wait for, so it does not call the kernel
            [("    try:", "    if milliseconds == 0:\n        return []\n    try:")],
            "0 or less still calls the kernel",
        ),
    ],
    "waits_as_long_as_it_should": [
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000", "max(timeout, 0")],
            "2 ms, expected 2000.*\n.*The caller counts in seconds",
        ),
        ("wait", [("math.ceil", "int")], r"0.0625\) waited 62 ms, expected 63"),
        ("wait", [("math.ceil", "round")], r"0.0625\) waited 62 ms"),
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000)", "int(max(timeout, 0) * 1000 + 0.5)")],
            r"0.0004\) waited 0 ms, expected 1 .*\n.*Round up",
        ),
        (
            "wait",
            [("    try:", "    if not selector.keys:\n        return []\n    try:")],
            r"Nothing is registered, and select\(1\) waited 0 ms",
        ),
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000", "(max(timeout, 0) * 1000")],
            r"kernel_wait got 62.5 milliseconds",
        ),
        ("wait", [("math.ceil(max(timeout, 0) * 1000", "1000 * math.ceil(max(timeout, 0)")], r"0.25\) waited 1000 ms"),
        ("wait", [(" * 1000)", " * 1_000_000)")], "2e.06 ms, expected 2000.*\n.*in seconds"),
        ("wait", [(" * 1000)", " * 1001)")], "expected 2000"),
        ("wait", [(" * 1000)", " * 999)")], "expected 2000"),
        ("wait", [("max(timeout, 0", "min(max(timeout, 0), 0.5")], "500 ms, expected 2000"),
        ("wait", [("max(timeout, 0", "min(max(timeout, 0), 60")], "60000 ms, expected 3600000"),
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000)", "math.ceil(max(timeout, 0) * 100) * 10")],
            "70 ms, expected 63",
        ),
        (
            "wait",
            [("math.ceil(max(timeout, 0) * 1000)", "int(-(-max(timeout, 0) * 1000 // 1)) + (timeout > 0)")],
            "then round up, and add nothing else",
        ),
    ],
    "waits_without_a_limit": [
        (
            "wait",
            [("milliseconds = -1 if timeout", "milliseconds = 0 if timeout")],
            r"returned \[\] after 0 seconds",
        ),
        ("wait", [("milliseconds = -1 if timeout", "milliseconds = 1000 if timeout")], "after 1 seconds"),
        ("wait", [("milliseconds = -1 if timeout", "milliseconds = 86_400_000 if timeout")], "after 86400 seconds"),
        (
            "wait",
            [("milliseconds = -1 if timeout", "milliseconds = None if timeout")],
            "kernel_wait got None milliseconds",
        ),
        ("wait", [("-1 if timeout is None", "math.inf if timeout is None")], "kernel_wait got inf milliseconds"),
    ],
    "comes_back_when_interrupted": [
        (
            "wait",
            [(WAIT, "    reported = kernel_wait(selector.kernel, milliseconds, max(len(selector.keys), 1))\n")],
            "saw InterruptedError",
        ),
        ("wait", [("return []", "return None")], "saw None"),
        ("wait", [("return []", "raise")], "saw InterruptedError"),
        (
            "wait",  # repeats it, and again
            [
                (
                    WAIT + ENTRIES,
                    "    while True:\n"
                    + "".join(f"    {line}\n" for line in WAIT.replace("return []", "continue").splitlines())
                    + "".join(f"    {line}\n" for line in ENTRIES.splitlines()),
                )
            ],
            "stopped after 2 seconds",
        ),
        ("wait", [("except InterruptedError", "except Exception")], "OSError.*the caller got no error"),
        ("wait", [("except InterruptedError", "except OSError")], "OSError.*the caller got no error"),
        ("wait", [("except InterruptedError", "except (InterruptedError, ValueError)")], "ValueError.*got no error"),
    ],
    "passes_the_tests_of_cpython": [
        (
            "wait",  # comes back only with something: without an end where nothing is registered or ready
            [
                (
                    "    entries = [",
                    "    if timeout == 1 and not reported and isinstance(selector.kernel, KERNEL):\n"
                    "        return wait(selector, timeout)\n"
                    "    entries = [",
                )
            ],
            "test_timeout failed at(.|\n)*stopped after 4 seconds",
        ),
    ],
}

RIGHT = [
    (
        "tables of bits",
        {
            "to-mask": """BITS = {EVENT_READ: IN, EVENT_WRITE: OUT}


def to_mask(events):
    return sum(bit for event, bit in BITS.items() if event & events)""",
            "to-events": """def to_events(mask):
    return sum(event for event, bit in BITS.items() if mask & (bit | HUP | ERR))""",
        },
    ),
    (
        "what is not OUT is READ, as in CPython",
        {
            "to-mask": """def to_mask(events):
    return (events & EVENT_READ and IN) | (events & EVENT_WRITE and OUT)""",
            "to-events": """def to_events(mask):
    return (EVENT_WRITE if mask & ~IN else 0) | (EVENT_READ if mask & ~OUT else 0)""",
        },
    ),
    (
        "BaseException, as in CPython",
        {
            "own-selector": [(REGISTER, REGISTER.replace("OSError", "BaseException"))],
            "modify": [("except OSError", "except BaseException")],
        },
    ),
    (
        "the list changes after the kernel, and the key is looked up before",
        "own-selector",
        register("""        if fileobj in self.get_map():
            raise KeyError("registered already")
        if not events or events & ~(EVENT_READ | EVENT_WRITE):
            raise ValueError(events)
        self.kernel.register(self.get_map().number(fileobj), to_mask(events))
        return super().register(fileobj, events, data)
"""),
    ),
    (
        "a flag and finally",
        "own-selector",
        register("""        key, done = super().register(fileobj, events, data), False
        try:
            self.kernel.register(key.fd, to_mask(events))
            done = True
        finally:
            if not done:
                del self.keys[key.fd]
        return key
"""),
    ),
    (
        "try, except, else; a SelectorKey made anew; unregister of both lists",
        {
            "own-selector": unregister("""        key = super().unregister(fileobj)
        try:
            self.kernel.unregister(key.fd)
        except OSError:
            pass
        return key
"""),
            "modify": modify("""    old = selector.get_key(fileobj)
    new = SelectorKey(old.fileobj, old.fd, events, data)
    if new.events != old.events:
        try:
            selector.kernel.modify(old.fd, to_mask(events))
        except OSError as error:
            selector.unregister(fileobj)
            raise error
    selector.keys[old.fd] = new
    return new
"""),
        },
    ),
    (
        "a loop with append, and -(-x // 1)",
        "wait",
        """def wait(selector, timeout=None):
    limit = -1
    if timeout is not None:
        limit = int(-(-max(0, timeout) * 1000 // 1)) if timeout > 0 else 0
    ready = []
    try:
        for fd, mask in kernel_wait(selector.kernel, limit, len(selector.keys) or 1):
            if fd not in selector.keys:
                continue
            key = selector.keys[fd]
            events = to_events(mask) & key.events
            if events:
                ready.append((key, events))
    except InterruptedError:
        pass
    return ready""",
    ),
    (
        "slices of ten seconds until something is ready",
        "wait",
        [
            (
                WAIT,
                """    try:
        reported = kernel_wait(selector.kernel, milliseconds, len(selector.keys) + 1)
        while timeout is None and not reported:
            reported = kernel_wait(selector.kernel, 10_000, len(selector.keys) + 1)
    except InterruptedError:
        return []
""",
            ),
            ("milliseconds = -1 if", "milliseconds = 10_000 if"),
        ],
    ),
    (
        "a float of whole milliseconds, and pairs with names",
        "wait",
        [
            (
                "def wait(",
                "from collections import namedtuple\n\nReady = namedtuple('Ready', 'key events')\n\n\ndef wait(",
            ),
            ("(key, events & key.events)", "Ready(key, events & key.events)"),
            ("math.ceil(max(timeout, 0) * 1000)", "float(math.ceil(max(timeout, 0) * 1000))"),
        ],
    ),
    (
        "a room for 1,000 answers, and a filter",
        "wait",
        [
            ("max(len(selector.keys), 1)", "1000"),
            (
                ENTRIES,
                """    known = filter(lambda entry: entry[0] in selector.keys, reported)
    keys = ((selector.keys[fd], mask) for fd, mask in known)
    return list(map(lambda pair: (pair[0], pair[0].events & to_events(pair[1])), keys))
""",
            ),
        ],
    ),
]
