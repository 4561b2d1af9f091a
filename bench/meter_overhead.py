"""What the meter adds to one wait: the same loop over one ready socket, bare and metered, turn by turn."""

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
    """CPU microseconds for one wait and the loop over what it brings."""
    begun = thread_time()
    for _wait in range(WAITS):
        for _key, _mask in selector.select(0):
            pass
    return (thread_time() - begun) / WAITS * 1e6


def run() -> Iterator[str]:
    bare, metered = selectors.DefaultSelector(), SelectorMeter().wrap(selectors.DefaultSelector())
    ours, theirs = socket.socketpair()
    theirs.send(b"x")
    with ours, theirs, bare, metered:
        bare.register(ours, selectors.EVENT_READ)
        metered.register(ours, selectors.EVENT_READ)
        rounds = [(_microseconds(bare), _microseconds(metered)) for _round in range(ROUNDS)]
    without, with_ = (median(column) for column in zip(*rounds, strict=True))
    added = median(b - a for a, b in rounds)
    yield report.table(["µs a wait", "bare", "metered", "added"], [["", *map(report.figure, (without, with_, added))]])
    yield report.targets([("added to a wait", f"≤ {GOAL:g} µs", f"{added:.2f} µs", added <= GOAL)])
