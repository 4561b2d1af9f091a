"""Measure how much CPU time the meter adds to one wait of a selector.

The same loop over one ready socket runs in turn with a plain selector and with a metered one.
"""

import selectors
import socket
from collections.abc import Iterator
from time import thread_time

from bench.figures import Goal, figure
from bench.report import Finding, format_number, markdown_table, targets
from bench.rounds import noise_line, take_turns
from readiness.experiments.meter import SelectorMeter

WAITS, ROUNDS = 100_000, 9
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
    selector_by_name = {"bare": bare, "metered": metered}
    with reader, writer, bare, metered:
        for selector in selector_by_name.values():
            selector.register(reader, selectors.EVENT_READ)
        rounds = take_turns(list(selector_by_name), lambda name: _microseconds(selector_by_name[name]), ROUNDS)
    without, with_ = (figure(rounds.of(name)) for name in selector_by_name)
    added = figure(b - a for a, b in zip(rounds.of("bare"), rounds.of("metered"), strict=True))
    cells = [format_number(one.median) for one in (without, with_, added)]
    yield markdown_table(["µs a wait", *selector_by_name, "added"], [["", *cells]])
    yield noise_line([without, with_, added], [rounds])
    yield targets([Finding(Goal("added to a wait", high=GOAL, unit="µs"), added, rounds.quiet)])
