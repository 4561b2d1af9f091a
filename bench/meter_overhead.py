"""Measure how much CPU time the meter adds to one wait of a selector.

The same loop over one ready socket runs in turn with a plain selector and with a metered one.
"""

import selectors
import socket
from collections.abc import Iterator
from statistics import median
from time import thread_time

from bench import report
from readiness.experiments.meter import SelectorMeter

WAITS, ROUNDS = 20_000, 9
GOAL = 2.0  # microseconds a wait


def _microseconds(selector: selectors.BaseSelector) -> float:
    """Return the CPU time of one wait, and of the loop over its events, in microseconds."""
    begun = thread_time()
    for _wait in range(WAITS):
        for _key, _mask in selector.select(0):
            pass
    return (thread_time() - begun) / WAITS * 1e6


def run() -> Iterator[str]:
    """Yield the table and the target as Markdown."""
    bare, metered = selectors.DefaultSelector(), SelectorMeter().wrap(selectors.DefaultSelector())
    reader, writer = socket.socketpair()
    writer.send(b"x")
    with reader, writer, bare, metered:
        bare.register(reader, selectors.EVENT_READ)
        metered.register(reader, selectors.EVENT_READ)
        rounds = [(_microseconds(bare), _microseconds(metered)) for _round in range(ROUNDS)]
    without, with_ = (median(column) for column in zip(*rounds, strict=True))
    added = median(b - a for a, b in rounds)
    yield report.markdown_table(
        ["µs a wait", "bare", "metered", "added"], [["", *map(report.format_number, (without, with_, added))]]
    )
    yield report.targets([("added to a wait", f"≤ {GOAL:g} µs", f"{added:.2f} µs", added <= GOAL)])
