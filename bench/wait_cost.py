"""Measure how much CPU time one wait costs, in a Python loop and in the same loop in C.

This is done for every chart of lesson 07 that shows the cost of a wait.

Python and C take turns, three times for each group of cases, so that both run under the same conditions.
"""

import statistics
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import groupby

from bench.c_programs import build_program
from bench.report import format_number, markdown_table, targets
from readiness.experiments import wait_cost, wait_cost_cases
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import BenchmarkCase

ROUNDS = 3
Pairs = list[tuple[Point, Point]]  # the same case in Python and in C


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

    def __exit__(self, *exc: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def compare(c_program: CProgram, cases: Iterable[BenchmarkCase]) -> Pairs:
    """Measure each case in Python and in C, `ROUNDS` times.

    Returns:
        A pair for each case: a point for Python and a point for C. The times are medians of the rounds.
    """
    pairs = []
    for _key, neighbours in groupby(
        cases, lambda case: (case.n, case.ready, case.ready_position, case.churn, case.method == "write")
    ):
        group = list(neighbours)
        python: dict[BenchmarkCase, list[Point]] = {case: [] for case in group}
        in_c: dict[BenchmarkCase, list[float]] = {case: [] for case in group}
        for _round in range(ROUNDS):
            for point in wait_cost.sweep(group):
                fields = asdict(point)
                python[BenchmarkCase(**{name: fields[name] for name in BenchmarkCase.__dataclass_fields__})].append(
                    point
                )
            for case in group:
                in_c[case].append(c_program.seconds(case))
        for case in group:
            point = sorted(python[case], key=lambda p: p.seconds)[ROUNDS // 2]
            pairs.append((point, replace(point, seconds=statistics.median(in_c[case]))))
    return pairs


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


def method_table(pairs: Pairs, first: str, value, scale: float = 1e6) -> str:
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


def case_table(pairs: Pairs, first: str, value) -> str:
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


def crossovers(pairs: Pairs, method: str, x) -> tuple[str, str]:
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
    first_points, totals = zip(*(first_point_and_total() for _round in range(ROUNDS)), strict=True)
    with CProgram() as c_program:
        standard = compare(c_program, wait_cost_cases.scaling_cases())
        yield "### One ready of N, timeout 0, µs a call\n"
        yield method_table(standard, "N", lambda p: f"{p.n:,}")

        blocking = compare(c_program, wait_cost_cases.table_63_9_cases())
        yield "### One random ready of N, blocking, seconds for 100,000 waits (table 63-9)\n"
        yield method_table(blocking, "N", lambda p: f"{p.n:,}", 1e5)
        python, c = [p for p, _c in blocking], [c for _p, c in blocking]
        yield markdown_table(
            ["N", "poll/epoll, Python", "C", "The Linux Programming Interface"],
            [
                [
                    f"{n:,}",
                    *(format_number(wait_cost.ratio(side, "poll", "epoll", n)) for side in (python, c)),
                    format_number(t["poll"] / t["epoll"]),
                ]
                for n, t in wait_cost_cases.TLPI_TABLE_63_9.items()
            ],
        )

        yield "### What one wait is made of, µs\n"
        names = {("poll-empty", False): "poll, every descriptor -1", ("select-empty", False): "select, empty bitmap"}
        names |= {("poll", False): "poll, timeout 0", ("poll", True): "poll, blocking, ready one last"}
        for n in (1_000, 10_000):
            yield case_table(
                compare(c_program, wait_cost_cases.cost_breakdown_cases(n)),
                f"N = {n:,}",
                lambda p: names[p.method, p.blocking],
            )

        yield "### The place of the ready one: a blocking poll of 5,000, µs\n"
        yield case_table(
            compare(c_program, wait_cost_cases.ready_position_cases()), "where", lambda p: p.ready_position
        )

        yield "### A growing share ready, 1,000 eventfds, µs\n"
        shares = compare(c_program, wait_cost_cases.ready_share_cases())
        yield method_table(shares, "ready", lambda p: f"{p.ready / p.n:.1%}")
        yield "epoll is slower than poll from this share on: {} in Python, {} in C.\n".format(
            *crossovers(shares, "epoll", lambda p: p.ready / p.n)
        )

        yield "### Registered again before each wait, of 1,000, µs\n"
        churn = compare(c_program, wait_cost_cases.churn_cases())
        yield case_table(of_methods(churn, "poll", "epoll"), "not registered again", lambda p: p.method)
        for method in wait_cost_cases.CHURN_SHARES:
            yield case_table(of_methods(churn, method), method, lambda p: f"{p.churn:.2%}")
            found = crossovers(churn, method, lambda p: p.churn)
            yield "{} is slower than poll from this share on: {} in Python, {} in C.\n".format(method, *found)

        yield "### One write, by the number of epoll sets that watch, µs\n"
        yield case_table(compare(c_program, wait_cost_cases.watcher_count_cases()), "sets", lambda p: f"{p.n:,}")
    yield "### Targets\n"
    yield targets(_targets(standard, blocking, statistics.median(first_points), statistics.median(totals)))


def _targets(
    standard: Pairs, blocking: Pairs, first_point: float, total: float
) -> Iterator[tuple[str, str, str, bool]]:
    yield "first point after the worker's start", "≤ 0.1 s", f"{first_point:.3f} s", first_point <= 0.1
    yield "whole standard sweep", "≤ 2.5 s", f"{total:.2f} s", total <= 2.5
    for method, goal, margin in (("select", 1, 0.05), ("poll", 1, 0.05), ("epoll", 0, 0.02)):
        python, c = (wait_cost.growth_exponent([pair[side] for pair in standard], method) for side in (0, 1))
        within = wait_cost.growth_exponent([p for p, _c in standard], method, n_max=5_000)
        found = f"{python:.3f} (C {c:.3f}; up to 5,000: {within:.3f})"
        yield f"slope of {method}, N ≥ 100", f"{goal:.2f} ± {margin}", found, abs(python - goal) <= margin
    times = wait_cost.ratio([p for p, _c in blocking], "poll", "epoll", 10_000)
    yield "blocking poll over epoll, N = 10,000", "≥ 1,000 times", f"{times:,.0f} times", times >= 1000
