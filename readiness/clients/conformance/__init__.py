"""The conformance tests: what every echo server of the course, and a learner's server, must do.

A test is a function that takes a `ServerUnderTest`. If the server fails, the test raises AssertionError. The error's
text says what was sent, expected and received, and ends with a hint for the learner. Every test ends, even if the
server hangs. A test knows what an echo server must do (`readiness.servers`), but not how a server is built.
"""

from collections.abc import Callable, Sequence
from typing import TypedDict

from readiness.clients.conformance import backpressure, capacity, disconnects, framing
from readiness.clients.conformance.capacity import stop_and_start
from readiness.clients.conformance.server_under_test import LaunchedServer, ServerUnderTest, server_command

__all__ = [
    "REQUIREMENTS",
    "TESTS",
    "LaunchedServer",
    "ServerUnderTest",
    "launch_for_test",
    "server_command",
    "stop_and_start",
]

TESTS: dict[str, Callable[[ServerUnderTest], None]] = {
    test.__name__: test
    for test in (
        framing.byte_by_byte,
        framing.two_lines_at_once,
        framing.split_characters,
        framing.random_cuts,
        framing.long_line,
        framing.unfinished_line,
        framing.line_too_long,
        capacity.idle_clients,
        backpressure.slow_reader,
        backpressure.half_close_with_unsent_data,
        backpressure.idle_with_unsent_data,
        backpressure.firehose,
        disconnects.reset_in_four_states,
        disconnects.urgent_byte,
        capacity.simultaneous_connects,
        disconnects.connection_churn,
        disconnects.idle_timeout,
        capacity.out_of_descriptors,
    )
}
"""The tests by name, in the order in which they are best run."""


class Requirement(TypedDict, total=False):
    """How a server must be started for one test.

    Attributes:
        idle: its idle timeout, in seconds.
        nofile: its limit of open descriptors.
    """

    idle: float  # its idle timeout, seconds
    nofile: int  # its limit of open descriptors


REQUIREMENTS: dict[str, Requirement] = {
    "idle_timeout": {"idle": disconnects.SHORT_IDLE_TIMEOUT},
    "out_of_descriptors": {"nofile": capacity.SERVER_FD_LIMIT},
}
"""By the name of the test; the other tests require nothing."""


def launch_for_test(command: Sequence[object], test: str) -> LaunchedServer:
    """Return a server, not yet started, with the options and limits that a test requires. A `with` statement starts it.

    Args:
        command: the program and its arguments. The program must accept ``--idle SECONDS``.
        test: the name of the test, a key of `TESTS`.
    """
    required = REQUIREMENTS.get(test, {})
    options = ["--idle", required["idle"]] if "idle" in required else []
    return LaunchedServer([*command, *options], nofile=required.get("nofile"))
