"""Compare a measurement with table 63-9 of The Linux Programming Interface.

This module measures nothing and draws nothing. The table is in `wait_cost_cases`.
"""

from collections.abc import Iterable

from readiness.base.messages import _
from readiness.experiments import wait_cost
from readiness.experiments.wait_cost import Point
from readiness.experiments.wait_cost_cases import TLPI_TABLE_63_9

METHODS = ("poll", "select", "epoll")


def comparison(points: Iterable[Point]) -> str:
    """Return a table in plain text: for each method the book's time, and beside it that of the points.

    All values are microseconds for one wait. The book has CPU time, and a point has elapsed time. A row of the book
    without points is left out.

    Args:
        points: the points of the list of cases "table_63_9".
    """
    points = list(points)
    head = (_("descriptors"), *(_("{method}, µs: book, here").format(method=method) for method in METHODS))
    lines = ["{:>11}{:>24}{:>24}{:>24}".format(*head)]
    for n, book in TLPI_TABLE_63_9.items():
        ours = {p.method: p.microseconds for p in wait_cost.select_points(points, n=n)}
        if ours:
            columns = (f"{10 * book[method]:15,.1f}{ours[method]:9,.1f}" for method in METHODS)
            lines.append(f"{n:11,}" + "".join(columns))
    return "\n".join(lines)
