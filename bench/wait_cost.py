"""Measure how much CPU time one wait costs, in a Python loop and in the same loop in C.

This is done for every chart of chapter 07 that shows the cost of a wait. Python and C take turns in each round (see
`rounds`).
"""

import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace

from bench.c_programs import build_program
from bench.figures import Figure, Goal, figure, ratio
from bench.report import Finding, format_number, markdown_table, targets
from bench.rounds import Rounds, noise_line, take_turns
from readiness.experiments import wait_cost, wait_cost_cases
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import BenchmarkCase

ROUNDS = 5
PYTHON, C = "Python", "C"
Pairs = list[tuple[Point, Point]]  # the same case in Python and in C
Value = Callable[[Point], object]  # the first cell of a point's row


class CProgram:
    """Context manager: the C program, in a process of its own. It is compiled first if it is older than its source."""

    def __enter__(self) -> "CProgram":
        self._process = subprocess.Popen(
            [build_program("wait_cost")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def seconds(self, case: BenchmarkCase) -> float:
        """Measure one case in C, and return the seconds of one call."""
        churned = round(case.churn * case.n)
        print(
            case.method,
            case.n,
            case.ready,
            case.ready_position,
            int(case.blocking),
            churned,
            file=self._process.stdin,
            flush=True,
        )
        return float(self._process.stdout.readline())

    def points(self, cases: Iterable[BenchmarkCase]) -> list[Point]:
        """Measure the cases in C, and return a point for each."""
        return [
            Point(**asdict(case), seconds=self.seconds(case), spread=0, batches=1, calls=1, elapsed=0) for case in cases
        ]

    def __exit__(self, *exc: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Comparison:
    """The rounds of some cases, in Python and in C.

    Args:
        rounds: the points of all cases, in the order of the cases, for each of PYTHON and C.
    """

    def __init__(self, rounds: Rounds[str, list[Point]]) -> None:
        self.rounds = rounds

    def of(self, side: str) -> list[list[Point]]:
        """Return the points of PYTHON or C: for each round, a point for each case."""
        return self.rounds.of(side)

    def pairs(self) -> Pairs:
        """Return a pair for each case: a point for Python and a point for C. The times are medians of the rounds."""
        return list(zip(*(map(median_point, zip(*self.of(side), strict=True)) for side in (PYTHON, C)), strict=True))

    def noise(self) -> str:
        """Return the sentence that says how noisy the ratios are."""
        sides = [zip(*self.of(side), strict=True) for side in (PYTHON, C)]
        ratios = [ratio(*([p.seconds for p in points] for points in both)) for both in zip(*sides, strict=True)]
        return noise_line(ratios, [self.rounds])


def median_point(points: Sequence[Point]) -> Point:
    """Return the first point of a case with the median of its times in all rounds."""
    return replace(points[0], seconds=statistics.median(point.seconds for point in points))


def compare(c_program: CProgram, cases: Iterable[BenchmarkCase], rounds: int = ROUNDS) -> Comparison:
    """Measure each case in Python and in C, `rounds` times."""
    cases = list(cases)
    programs = {PYTHON: lambda: list(wait_cost.sweep(cases)), C: lambda: c_program.points(cases)}
    return Comparison(take_turns(list(programs), lambda side: programs[side](), rounds))


def cells(pair: tuple[Point, Point], scale: float = 1e6) -> list[str]:
    """Return three table cells for a pair: Python's time, C's time, and Python's divided by C's.

    Args:
        pair: the points of one case in Python and in C.
        scale: the factor for the times; 1e6 gives microseconds.
    """
    python, c = pair
    return [
        format_number(python.seconds * scale),
        format_number(c.seconds * scale),
        f"{python.seconds / c.seconds:.2f}",
    ]


def method_table(pairs: Pairs, first: str, value: Value, scale: float = 1e6) -> str:
    """Return a Markdown table with three columns for each method: Python's time, C's time, and their ratio.

    Args:
        pairs: the measured cases, in Python and in C.
        first: the heading of the first column.
        value: a function that takes a point, and returns the first cell of its row.
        scale: the factor for the times; 1e6 gives microseconds.
    """
    methods = list(dict.fromkeys(p.method for p, _c in pairs))
    headers = [first] + [head for m in methods for head in (f"{m}, Python", "C", "ratio")]
    rows = {}
    for pair in pairs:
        rows.setdefault(value(pair[0]), {})[pair[0].method] = cells(pair, scale)
    return markdown_table(
        headers, [[x, *(cell for m in methods for cell in row.get(m, ["", "", ""]))] for x, row in rows.items()]
    )


def case_table(pairs: Pairs, first: str, value: Value) -> str:
    """Return a Markdown table with one row for each case, in microseconds.

    Args:
        pairs: the measured cases, in Python and in C.
        first: the heading of the first column.
        value: a function that takes a point, and returns the first cell of its row.
    """
    return markdown_table([first, "Python", "C", "ratio"], [[value(pair[0]), *cells(pair)] for pair in pairs])


def of_methods(pairs: Pairs, *methods: str) -> Pairs:
    """Return the pairs of these methods."""
    return [pair for pair in pairs if pair[0].method in methods]


def percent(share: float | None) -> str:
    """Return a share as text, such as "12.5%"; "none" for None."""
    return "none" if share is None else f"{share:.1%}"


def crossovers(pairs: Pairs, method: str, x: Callable[[Point], float]) -> tuple[str, str]:
    """Return the share from which `method` is slower than poll, as text: first in Python, then in C.

    Args:
        pairs: the measured cases of `method` and of poll. If poll has only one case, it is compared with all others.
        method: the name of the method.
        x: a function that takes a point, and returns its share.
    """
    found = []
    for side in (0, 1):
        points = [pair[side] for pair in pairs]
        curve, polls = wait_cost.select_points(points, method=method), wait_cost.select_points(points, method="poll")
        baseline = [p.seconds for p in polls] * (1 if len(polls) > 1 else len(curve))
        found.append(percent(wait_cost.crossover([x(p) for p in curve], baseline, [p.seconds for p in curve])))
    return tuple(found)


def first_point_and_total() -> tuple[float, float]:
    """Run the standard sweep, and return two times in seconds.

    Returns:
        The time from the start of the worker's program to the first point. The time of the whole sweep, with the start
        of the worker's process.
    """
    start = time.perf_counter()
    points = list(wait_cost.sweep(wait_cost_cases.scaling_cases()))
    return points[0].elapsed, time.perf_counter() - start


def run() -> Iterator[str]:
    """Yield each table as Markdown when it is complete."""
    startup = take_turns(["sweep"], lambda _name: first_point_and_total(), ROUNDS)
    with CProgram() as c_program:
        yield "### One ready of N, timeout 0, µs a call\n"
        standard = compare(c_program, wait_cost_cases.scaling_cases())
        yield method_table(standard.pairs(), "N", lambda p: f"{p.n:,}")
        yield standard.noise()
        yield "### One random ready of N, blocking, seconds for 100,000 waits (table 63-9)\n"
        blocking = compare(c_program, wait_cost_cases.table_63_9_cases())
        yield method_table(blocking.pairs(), "N", lambda p: f"{p.n:,}", 1e5)
        yield tlpi_table(blocking.pairs())
        yield blocking.noise()
        yield from breakdown_tables(c_program)
        yield from epoll_loss_tables(c_program)
        yield "### One write, by the number of epoll sets that watch, µs\n"
        yield from small_table(c_program, wait_cost_cases.watcher_count_cases(), "sets", lambda p: f"{p.n:,}")
    yield "### Targets\n"
    yield targets([*startup_findings(startup), *wait_findings(standard, blocking)])


def small_table(c_program: CProgram, cases: Iterable[BenchmarkCase], first: str, value: Value) -> Iterator[str]:
    """Measure the cases. Yield a table with one row for each case, then how noisy it is."""
    comparison = compare(c_program, cases)
    yield case_table(comparison.pairs(), first, value)
    yield comparison.noise()


def tlpi_table(blocking: Pairs) -> str:
    """Return a Markdown table that compares the ratio poll/epoll with that of The Linux Programming Interface."""
    sides = [p for p, _c in blocking], [c for _p, c in blocking]
    rows = [
        [
            f"{n:,}",
            *(format_number(wait_cost.ratio(side, "poll", "epoll", n)) for side in sides),
            format_number(times["poll"] / times["epoll"]),
        ]
        for n, times in wait_cost_cases.TLPI_TABLE_63_9.items()
    ]
    return markdown_table(["N", "poll/epoll, Python", "C", "The Linux Programming Interface"], rows)


def breakdown_tables(c_program: CProgram) -> Iterator[str]:
    """Yield the tables that show what one wait is made of, and what the place of the ready descriptor costs."""
    yield "### What one wait is made of, µs\n"
    names = {("poll-empty", False): "poll, every descriptor -1", ("select-empty", False): "select, empty bitmap"}
    names |= {("poll", False): "poll, timeout 0", ("poll", True): "poll, blocking, ready one last"}
    for n in (1_000, 10_000):
        cases = wait_cost_cases.cost_breakdown_cases(n)
        yield from small_table(c_program, cases, f"N = {n:,}", lambda p: names[p.method, p.blocking])
    yield "### The place of the ready one: a blocking poll of 5,000, µs\n"
    yield from small_table(c_program, wait_cost_cases.ready_position_cases(), "where", lambda p: p.ready_position)


def epoll_loss_tables(c_program: CProgram) -> Iterator[str]:
    """Yield the tables in which epoll loses: when many descriptors are ready, or are registered again."""
    yield "### A growing share ready, 1,000 eventfds, µs\n"
    shares = compare(c_program, wait_cost_cases.ready_share_cases())
    yield method_table(shares.pairs(), "ready", lambda p: f"{p.ready / p.n:.1%}")
    yield crossover_line(shares.pairs(), "epoll", lambda p: p.ready / p.n)
    yield shares.noise()
    yield "### Registered again before each wait, of 1,000, µs\n"
    churn = compare(c_program, wait_cost_cases.churn_cases())
    yield case_table(of_methods(churn.pairs(), "poll", "epoll"), "not registered again", lambda p: p.method)
    for method in wait_cost_cases.CHURN_SHARES:
        yield case_table(of_methods(churn.pairs(), method), method, lambda p: f"{p.churn:.2%}")
        yield crossover_line(churn.pairs(), method, lambda p: p.churn)
    yield churn.noise()


def crossover_line(pairs: Pairs, method: str, x: Callable[[Point], float]) -> str:
    """Return a sentence that says from which share on `method` is slower than poll. See `crossovers`."""
    in_python, in_c = crossovers(pairs, method, x)
    return f"{method} is slower than poll from this share on: {in_python} in Python, {in_c} in C.\n"


def startup_findings(startup: Rounds[str, tuple[float, float]]) -> Iterator[Finding]:
    """Yield what was found for the goals of the standard sweep's speed."""
    first_points, totals = (figure(column) for column in zip(*startup.of("sweep"), strict=True))
    yield Finding(Goal("first point after the worker's start", high=0.1, unit="s"), first_points, startup.quiet)
    yield Finding(Goal("whole standard sweep", high=2.5, unit="s"), totals, startup.quiet)


def wait_findings(standard: Comparison, blocking: Comparison) -> Iterator[Finding]:
    """Yield what was found for the goals of the waits: how the cost grows with N, and poll against epoll."""
    quiet = standard.rounds.quiet
    for method, slope, margin in (("select", 1, 0.05), ("poll", 1, 0.05), ("epoll", 0, 0.02)):
        python, c, below = slopes(standard, method)
        what = f"slope of {method}, N ≥ 100 (C {c.median:.3f}; up to 5,000: {below.median:.3f})"
        yield Finding(Goal(what, slope - margin, slope + margin), python, quiet)
    times = figure(wait_cost.ratio(points, "poll", "epoll", 10_000) for points in blocking.of(PYTHON))
    yield Finding(Goal("blocking poll over epoll, N = 10,000", low=1_000, unit="×"), times, blocking.rounds.quiet)


def slopes(standard: Comparison, method: str) -> tuple[Figure, Figure, Figure]:
    """Return the slope of a method in Python, in C, and in Python up to 5,000 descriptors."""
    python, c = standard.of(PYTHON), standard.of(C)
    return (
        figure(wait_cost.growth_exponent(points, method) for points in python),
        figure(wait_cost.growth_exponent(points, method) for points in c),
        figure(wait_cost.growth_exponent(points, method, n_max=5_000) for points in python),
    )
