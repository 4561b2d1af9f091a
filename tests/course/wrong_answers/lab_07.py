"""Lab 07: for each check, (the cell that is answered wrongly, the answer, words of the message).

An answer is a whole text only where its method has little in common with the solution's lines.
"""

ENDS = """    if cheaper(measure, low) == "poll" or cheaper(measure, high) == "epoll":
        return None
"""
POLL, EPOLL = "median(time[0] for time in times)", "median(time[1] for time in times)"

CHECK_WORDS = {
    "says_which_is_cheaper": "climbs with each ready descriptor",
    "outlives_a_bad_moment": "median",
    "finds_the_crossing": "cross",
    "measures_at_few_places": "halves",
    "says_when_there_is_none": "there is none",
    "holds_on_a_noisy_machine": "median",
    "measures_this_machine": "one wait",
    "agrees_with_a_full_sweep": "cross",
}

ANSWERS = {
    "says_which_is_cheaper": [
        (
            "cheaper",  # the wrong way round
            [("poll < epoll", "poll > epoll")],
            "the one with the smaller time",
        ),
        (
            "cheaper",  # the two taken for the other two
            """def cheaper(measure, ready):
    epoll, poll = (median(column) for column in zip(*[measure(ready) for _ in range(3)]))
    return min([("poll", poll), ("epoll", epoll)], key=lambda pair: pair[1])[0]""",
            "measure returns poll's first",
        ),
        ("cheaper", "def cheaper(measure, ready):\n    return min(measure(ready))", "to return a str, saw a float"),
        ("cheaper", [('    return "poll"', '    "poll"')], "to return a str, saw None. Is a return missing"),
        ("cheaper", [('return "poll" if', 'return "Poll" if')], 'Expected "poll" or "epoll" from .*saw \'Poll\''),
        (
            "cheaper",
            [('return "poll" if poll < epoll else "epoll"', "return poll < epoll")],
            "to return a str, saw a bool",
        ),
        (
            "cheaper",  # a fixed mark that someone measured
            'def cheaper(measure, ready):\n    measure(ready)\n    return "poll" if ready > 461 else "epoll"',
            "With 31 ready, .*expected 'poll'",
        ),
        (
            "cheaper",  # measures elsewhere, too
            [("measure(ready) for _ in range(3)", "measure(ready + n) for n in range(3)")],
            r"measured with \[1, 2, 3\] ready: expected measure\(1\)",
        ),
    ],
    "outlives_a_bad_moment": [
        (
            "cheaper",  # equal times count once, so that a bad moment is half of what is left
            [("[measure(ready) for _ in range(3)]", "{measure(ready) for _ in range(3)}")],
            r"\(20.0, 7.05\), \(20.0, 7.05\)\].\n.*The median of three is not",
        ),
        (
            "cheaper",  # the largest of three
            [(POLL, POLL.replace("median", "max")), (EPOLL, EPOLL.replace("median", "max"))],
            "The median of three is not",
        ),
        ("cheaper", [("range(3)", "range(2)")], "after 2 measurement.*The median of three|The median of three is not"),
        (
            "cheaper",  # trusts one measurement
            """def cheaper(measure, ready):
    poll, epoll = measure(ready)
    return "poll" if poll < epoll else "epoll\"""",
            r"after 1 measurement[\s\S]*The median of three is not",
        ),
        (
            "cheaper",  # the mean of three
            [(POLL, POLL.replace("median", "sum")), (EPOLL, EPOLL.replace("median", "sum"))],
            "and so is a mean",
        ),
        (
            "cheaper",  # until two measurements are equal, which they never are
            """def cheaper(measure, ready):
    before, now = None, measure(ready)
    while now != before:
        before, now = now, measure(ready)
    return "poll" if now[0] < now[1] else "epoll\"""",
            "nine measurements at most",
        ),
        (
            "cheaper",  # the more the better
            """def cheaper(measure, ready):
    times = [measure(ready) for _ in range(31)]
    poll, epoll = (median(column) for column in zip(*times))
    return "poll" if poll < epoll else "epoll\"""",
            "31 measurements for one answer",
        ),
        (
            "cheaper",  # the pair in the middle: it is sorted by the times of poll
            """def cheaper(measure, ready):
    poll, epoll = sorted(measure(ready) for _ in range(3))[1]
    return "poll" if poll < epoll else "epoll\"""",
            "The median of three is not: one median of poll's times, and one of epoll's",
        ),
    ],
    "finds_the_crossing": [
        (
            "crossover",  # keeps the wrong half
            [('= "poll":', '= "epoll":')],
            "low moves up to the middle",
        ),
        ("crossover", [("100 * high", "high")], "That is a share"),
        ("crossover", [("/ N", "* N")], "The search found that they cross from 461 to 462 ready, of 1000"),
        (
            "crossover",
            [("return 100 * high / N", "return str(100 * high / N)")],
            "to return a float or an int or None, saw a str",
        ),
        ("crossover", [("return 100 * high / N", "return low, high")], "saw a tuple"),
        ("crossover", [("cheaper(measure, low)", "cheaper(measure, 1)")], r"measured at \[1\], outside of low to high"),
        ("crossover", [("    return 100 * high / N", "    return f'{high} %'")], "saw a str"),
        (
            "crossover",
            [("    return 100 * high / N", "    100 * high / N")],
            r"they do cross. It did measure at \[.*461, 462.*Is a return missing",
        ),
        (
            "crossover",
            [("> tolerance", "> tolerance + 1")],
            "these are 2 descriptors apart. The tolerance is 1 ",
        ),
        ("crossover", [("> tolerance", "> 2 * tolerance")], r"descriptors apart. The tolerance is \d+ "),
        ("crossover", [("> tolerance", "> tolerance * N / 100")], "descriptors, not percent"),
        ("crossover", [("> tolerance", "> 0.1 * high")], "descriptors apart. The tolerance is"),
        (
            "crossover",
            [('high) == "epoll":', 'N) == "epoll":'), ("middle = (low", "middle = (1 * low")],
            "outside of low to high",
        ),
        ("crossover", [("    while", "    low = 1\n    while")], "outside of low to high|descriptors apart. The"),
        ("crossover", [("100 * high / N", "high")], "That is a number of descriptors"),
        ("crossover", [("high) // 2", "high) / 2")], "expected a whole number"),
        (
            "crossover",  # never ends at two neighbours
            [("high - low > tolerance", "low < high")],
            "The search does not end: the middle of two neighbours",
        ),
        (
            "crossover",  # never ends, far from two neighbours
            [("            high = middle", "            pass")],
            "500 ready descriptors were measured for the 51st time.*\\n.*low or high moves in each round",
        ),
        (
            "crossover",  # the same, and it keeps what it has measured: it hangs in silence
            [
                ("    while high - low > tolerance:", "    known = {}\n    while low < high:"),
                (
                    '        if cheaper(measure, middle) == "poll":',
                    """        if middle not in known:
            known[middle] = cheaper(measure, middle)
        if known[middle] == "poll":""",
                ),
            ],
            "stopped after 2 seconds",
        ),
        (
            "crossover",
            [("100 * high / N", "100 * high // N")],
            r"expected 45.8 % or close to it, saw 45\..*\n.*from 457 to 458 ready",
        ),
        (
            "crossover",
            [("100 * high / N", "round(100 * high / N)")],
            r"expected 45.8 % or close to it, saw 46\..*\n.*and not rounded",
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
            "does not walk from low to high",
        ),
        (
            "crossover",  # as exact as can be, whatever was asked
            [("tolerance:", "1:")],
            r"Tolerance 8: [\s\S]*no more than the tolerance",
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
            [(ENDS, "")],
            "Ask at low and at high before",
        ),
        (
            "crossover",  # asks at high alone
            [('low) == "poll" or cheaper(measure, high', "high")],
            "poll is the cheaper one at low already",
        ),
        ("crossover", [('" or cheaper(measure, high) == "epoll":', '":')], "still the cheaper one at high"),
        (
            "crossover",
            [("return None", "return 0")],
            r"Expected None, .*saw 0.\nIt asked at 1000. After that answer return None",
        ),
        ("crossover", [("return None", "return 100 * low / N")], "Expected None, .*saw"),
    ],
    "holds_on_a_noisy_machine": [
        (
            "crossover",  # its own comparison
            [('cheaper(measure, middle) == "poll"', "measure(middle)[0] < measure(middle)[1]")],
            "14 of these were not measured by cheaper, and one measurement may be a bad moment",
        ),
        (
            "crossover",  # careful in the middle, careless at the ends
            [
                (
                    ENDS,
                    """    ends = measure(low), measure(high)
    if ends[0][0] < ends[0][1] or ends[1][0] > ends[1][1]:
        return None
""",
                )
            ],
            r"saw None. Measured .*: \{1: 1, 1000: 1\}.\n2 of these .*one measurement may be a bad moment",
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
        (
            "measure-here",  # ready taken for tenths of a percent, and made percent
            [("ready=ready", "ready=max(1, ready // 10)")],
            r"\('poll', 1000, 90\).*\n.*as it was asked for",
        ),
        (
            "measure-here",
            [(", ready=ready", "")],
            r"\('epoll', 1000, 1\): 6}.\nExpected each call to measure poll and epoll once, with n=1000",
        ),
        (
            "measure-here",
            [("poll.microseconds, epoll.microseconds", "epoll.microseconds, poll.microseconds")],
            "The second number is about that: poll's comes first",
        ),
        (
            "measure-here",
            [("poll.microseconds, epoll.microseconds", "poll.seconds, epoll.seconds")],
            "Each number is a point's .microseconds",
        ),
        (
            "measure-here",
            [("    return poll.microseconds, epoll.microseconds\n", "")],
            "Expected two numbers.*saw None",
        ),
        (
            "measure-here",
            [("poll.microseconds, epoll.microseconds", "poll.microseconds")],
            "two numbers, .*saw a float",
        ),
        (
            "measure-here",
            [("poll.microseconds, epoll.microseconds", "poll, epoll")],
            "Expected two numbers.*saw .*Point",
        ),
        (
            "measure-here",  # one measurement is kept for all
            [("def measure_here", "import functools\n\n\n@functools.cache\ndef measure_here")],
            r"\('poll', 1000, 1\): 1,.*\nExpected each call to measure poll and epoll once",
        ),
        (
            "measure-here",  # measured before it is called
            """poll, epoll = sweep([BenchmarkCase("poll", N, ready=7), BenchmarkCase("epoll", N, ready=7)])


def measure_here(ready):
    return poll.microseconds, epoll.microseconds""",
            r"measure_here\(1\) returned the same times three times.*\nMeasure again in each call",
        ),
        (
            "measure-here",  # does the work of cheaper
            """def measure_here(ready):
    cases = [BenchmarkCase(method, N, ready=ready) for method in ("poll", "epoll")]
    times = [[point.microseconds for point in sweep(cases)] for _ in range(3)]
    return tuple(map(median, zip(*times)))""",
            r"called three times each. .*\('poll', 1000, 1\): 9,",
        ),
        (
            "measure-here",
            [(", ready=ready)", ")"), ('method="epoll")', 'method="epoll", ready=ready)')],
            "as it was asked for",
        ),
        (
            "measure-here",
            [('method="epoll")', 'method="epoll", ready=1)')],
            r"\('epoll', 1000, 1\): 6.*\n.*as it was asked for",
        ),
        (
            "measure-here",
            [("epoll.microseconds", "poll.microseconds")],
            "expected far more with 900.*\\nBoth are poll's",
        ),
        (
            "measure-here",
            [("N, ready=ready", "ready, ready=ready")],
            "Expected each call to measure poll and epoll once, with n=1000",
        ),
        (
            "measure-here",
            [("N, ready=ready", "2 * N, ready=ready")],
            "Expected each call to measure poll and epoll once, with n=1000",
        ),
        (
            "measure-here",  # numbers of the recorded machine
            [("sweep(", "map(recorded_point, ")],
            "Measure again|Expected about",
        ),
    ],
    "agrees_with_a_full_sweep": [
        (
            "measure-here",  # ready taken for percent between the ends
            [("ready=ready", "ready=ready if ready in (1, 900) else max(1, ready // 10)")],
            "You found (no crossing|9. %), .*[\\s\\S]*not of percent",
        ),
    ],
}

RIGHT = [
    (
        "the minimum of three",
        "cheaper",
        [(POLL, POLL.replace("median", "min")), (EPOLL, EPOLL.replace("median", "min"))],
    ),
    (
        "votes",
        "cheaper",
        """def cheaper(measure, ready):
    votes = Counter()
    for _ in range(3):
        poll, epoll = measure(ready)
        votes["poll" if poll < epoll else "epoll"] += 1
    return votes.most_common(1)[0][0]""",
    ),
    (
        "the median of five, by sorting",
        "cheaper",
        """def cheaper(measure, ready):
    times = [measure(ready) for _ in range(5)]
    poll = sorted(time[0] for time in times)[2]
    epoll = sorted(time[1] for time in times)[2]
    return min((poll, "poll"), (epoll, "epoll"))[1]""",
    ),
    (
        "bisect from the library, with steps of the tolerance",
        "crossover",
        """import bisect


def crossover(measure, low, high, tolerance):
    if cheaper(measure, low) == "poll" or cheaper(measure, high) == "epoll":
        return None
    places = [*range(low, high, tolerance), high]
    index = bisect.bisect(places, 0, 1, len(places) - 1, key=lambda ready: cheaper(measure, ready) == "poll")
    return places[index] * 100 / N""",
    ),
    (
        "low moves to the right of the middle",
        "crossover",
        [("low = middle", "low = middle + 1")],
    ),
    (
        "the middle of what is left",
        "crossover",
        [("return 100 * high / N", "return 50 * (low + high) / N")],
    ),
    (
        "low, which is no more than the tolerance away",
        "crossover",
        [("return 100 * high / N", "return low / N * 100")],
    ),
    (
        "recursion with the ends asked once, and answers kept",
        "crossover",
        """def crossover(measure, low, high, tolerance):
    known = {}

    def wins(ready):
        if ready not in known:
            known[ready] = cheaper(measure, ready) == "poll"
        return known[ready]

    def between(left, right):
        if right - left <= tolerance:
            return right
        middle = left + (right - left) // 2
        return between(left, middle) if wins(middle) else between(middle, right)

    return 100 * between(low, high) / N if wins(high) and not wins(low) else None""",
    ),
    (
        "one sweep for each call, epoll first",
        "measure-here",
        """def measure_here(ready):
    [epoll] = sweep([BenchmarkCase("epoll", n=N, ready=ready)])
    [poll] = sweep([BenchmarkCase("poll", n=N, ready=ready)])
    return [poll.seconds * 1e6, epoll.seconds * 1e6]""",
    ),
    (
        "the course's own sweep",
        "measure-here",
        """def measure_here(ready):
    points = {}
    for method in ("poll", "epoll"):
        points[method] = list(wait_cost.sweep([BenchmarkCase(method, N, ready)]))[0]
    return points["poll"].microseconds, points["epoll"].microseconds""",
    ),
]
