"""Lab 07: for each check, (the cell that is answered wrongly, the answer, words of the message)."""

BISECT = """def crossover(measure, low, high, tolerance):
    if cheaper(measure, low) == "poll" or cheaper(measure, high) == "epoll":
        return None
    while high - low > tolerance:
        middle = (low + high) // 2
        if cheaper(measure, middle) == "poll":
            high = middle
        else:
            low = middle
    return 100 * high / N"""

HERE = """def measure_here(ready):
    poll, epoll = sweep([BenchmarkCase("poll", N, ready=ready), BenchmarkCase("epoll", N, ready=ready)])
    return poll.microseconds, epoll.microseconds"""


def changed(source: str, old: str, new: str) -> str:
    """The right answer, spoilt in one place."""
    assert old in source
    return source.replace(old, new)


ANSWERS = {
    "says_which_is_cheaper": [
        (
            "cheaper",  # the wrong way round
            [(', strict=True))\n    return "poll" if poll <', '))\n    return "poll" if poll >')],
            "the one with the smaller time",
        ),
        (
            "cheaper",  # the two taken for the other two
            """def cheaper(measure, ready):
    epoll, poll = (median(column) for column in zip(*[measure(ready) for _ in range(3)]))
    return min([("poll", poll), ("epoll", epoll)], key=lambda pair: pair[1])[0]""",
            "measure returns poll's first",
        ),
        ("cheaper", "def cheaper(measure, ready):\n    return min(measure(ready))", "expected 'epoll', saw"),
    ],
    "outlives_a_bad_moment": [
        (
            "cheaper",  # trusts one measurement
            """def cheaper(measure, ready):
    poll, epoll = measure(ready)
    return "poll" if poll < epoll else "epoll\"""",
            r"after 1 measurement.*the median of three is not",
        ),
        (
            "cheaper",  # the mean of three
            [("median(column) for column in zip(*times, strict=True", "sum(column) / 3 for column in zip(*times")],
            "and so is a mean",
        ),
        (
            "cheaper",  # until two measurements are equal, which they never are
            """def cheaper(measure, ready):
    before, now = None, measure(ready)
    while now != before:
        before, now = now, measure(ready)
    return "poll" if now[0] < now[1] else "epoll\"""",
            "takes nine at most",
        ),
        (
            "cheaper",  # the more the better
            """def cheaper(measure, ready):
    times = [measure(ready) for _ in range(31)]
    poll, epoll = (median(column) for column in zip(*times))
    return "poll" if poll < epoll else "epoll\"""",
            "Took 31 measurements for one answer",
        ),
    ],
    "finds_the_crossing": [
        (
            "crossover",  # keeps the wrong half
            [('= "poll":', '= "epoll":')],
            "low moves up to the middle",
        ),
        ("crossover", [("100 * high", "high")], "That is a share"),
        ("crossover", [("100 * high / N", "high")], "That is a number of descriptors"),
        ("crossover", [("high) // 2", "high) / 2")], "expected a whole number"),
        (
            "crossover",  # never ends at two neighbours
            [("high - low > tolerance", "low < high")],
            "the middle of two neighbours",
        ),
        (
            "crossover",  # the same, and it keeps what it has measured: it hangs in silence
            """def crossover(measure, low, high, tolerance):
    known = {}
    if cheaper(measure, low) == "poll" or cheaper(measure, high) == "epoll":
        return None
    while low < high:
        middle = (low + high) // 2
        if middle not in known:
            known[middle] = cheaper(measure, middle)
        low, high = (low, middle) if known[middle] == "poll" else (middle, high)
    return 100 * high / N""",
            "stopped after 2 seconds",
        ),
    ],
    "measures_at_few_places": [
        (
            "crossover",  # a walk
            """def crossover(measure, low, high, tolerance):
    if cheaper(measure, low) == "poll":
        return None
    for ready in range(low, high + 1, tolerance):
        if cheaper(measure, ready) == "poll":
            return 100 * ready / N""",
            r"Don't walk from low to high",
        ),
        (
            "crossover",  # as exact as can be, whatever was asked
            [("tolerance:", "1:")],
            "Tolerance 8: .*no more than the tolerance",
        ),
        (
            "crossover",  # asks at both ends again and again
            [
                (
                    "        middle = (low + high) // 2",
                    "        [cheaper(measure, end) for end in (low, high) * 2]\n        middle = (low + high) // 2",
                )
            ],
            "need not be asked again",
        ),
    ],
    "says_when_there_is_none": [
        (
            "crossover",  # takes it for granted that they cross
            "\n".join(line for i, line in enumerate(BISECT.split("\n")) if i not in (1, 2)),
            "ask at both ends",
        ),
        (
            "crossover",
            [('low) == "poll" or cheaper(measure, high', "high")],
            "poll is the cheaper one at low already",
        ),
        ("crossover", [('" or cheaper(measure, high) == "epoll":', '":')], "still the cheaper one at high"),
        ("crossover", [("return None", "return 0")], "expected None, saw 0"),
    ],
    "holds_on_a_noisy_machine": [
        (
            "crossover",  # one measurement a place
            """def crossover(measure, low, high, tolerance):
    def wins(ready):
        poll, epoll = measure(ready)
        return poll < epoll

    if wins(low) or not wins(high):
        return None
    while high - low > tolerance:
        middle = (low + high) // 2
        low, high = (low, middle) if wins(middle) else (middle, high)
    return 100 * high / N""",
            "rather than measure once|One measurement may be",
        ),
        (
            "crossover",  # careful in the middle, careless at the ends
            """def crossover(measure, low, high, tolerance):
    ends = measure(low), measure(high)
    if ends[0][0] < ends[0][1] or ends[1][0] > ends[1][1]:
        return None
    while high - low > tolerance:
        middle = (low + high) // 2
        low, high = (low, middle) if cheaper(measure, middle) == "poll" else (middle, high)
    return 100 * high / N""",
            "saw None: .*One measurement may be a bad moment",
        ),
        (
            "crossover",  # calls itself, and so asks at the ends again each time: next to the crossing, they waver
            """def crossover(measure, low, high, tolerance):
    if cheaper(measure, low) == "poll" or cheaper(measure, high) == "epoll":
        return None
    if high - low <= tolerance:
        return 100 * high / N
    middle = (low + high) // 2
    if cheaper(measure, middle) == "poll":
        return crossover(measure, low, middle, tolerance)
    return crossover(measure, middle, high, tolerance)""",
            "a second answer may differ from the first",
        ),
    ],
    "measures_this_machine": [
        ("measure-here", changed(HERE, ", ready=ready", ""), "Is ready passed on to both cases"),
        (
            "measure-here",
            changed(HERE, "poll.microseconds, epoll.microseconds", "epoll.microseconds, poll.microseconds"),
            "poll's comes first",
        ),
        ("measure-here", changed(HERE, ".microseconds", ".seconds"), "each in microseconds"),
        ("measure-here", changed(HERE, "    return poll.microseconds, epoll.microseconds", ""), "Expected two numbers"),
    ],
    "agrees_with_a_full_sweep": [
        (
            "measure-here",  # ready taken for tenths of a percent, and made percent
            changed(HERE, "ready=ready", "ready=max(1, ready // 10)"),
            "You found no crossing, .*not of percent",
        ),
    ],
}
