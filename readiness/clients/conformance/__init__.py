"""The client suite: trials that every echo server of the course must pass, and a learner's too.

A trial is a function that takes a `Subject`, raises AssertionError in sentences (what was sent, expected, seen, and
which idea is at fault), and ends by itself. It knows the service (`readiness.servers`), and no server.
"""

from collections.abc import Callable, Sequence
from typing import Any

from readiness.clients.conformance import backpressure, capacity, disconnects, framing
from readiness.clients.conformance.capacity import stop_and_start
from readiness.clients.conformance.server_under_test import Launched, Subject, command

__all__ = ["NEEDS", "TRIALS", "Launched", "Subject", "command", "launched", "stop_and_start"]

TRIALS: dict[str, Callable[[Subject], None]] = {
    trial.__name__: trial
    for trial in (
        framing.dribble,
        framing.two_lines_at_once,
        framing.split_characters,
        framing.random_cuts,
        framing.long_line,
        framing.unfinished_line,
        framing.line_too_long,
        capacity.silent_crowd,
        backpressure.slow_reader,
        backpressure.half_close_while_owed,
        backpressure.owed_and_idle,
        backpressure.firehose,
        disconnects.reset_in_four_states,
        disconnects.urgent_byte,
        capacity.at_once,
        disconnects.come_and_go,
        disconnects.idle_timeout,
        capacity.out_of_descriptors,
    )
}
"""By name, in the order in which they are best tried."""

NEEDS: dict[str, dict[str, float]] = {
    "idle_timeout": {"idle": disconnects.IDLE},
    "out_of_descriptors": {"nofile": capacity.DESCRIPTORS},
}
"""What a server must be started with for a trial: its idle timeout in seconds, its limit of open descriptors."""


def launched(line: Sequence[Any], trial: str) -> Launched:
    """The server of this command line, to be started as the trial needs it."""
    needs = NEEDS.get(trial, {})
    options = ["--idle", needs["idle"]] if "idle" in needs else []
    return Launched([*line, *options], nofile=needs.get("nofile"))
