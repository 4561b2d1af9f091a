"""The conformance tests: what every echo server of the course must pass, and a learner's too.

A test is a function that takes a `ServerUnderTest`, raises AssertionError in sentences (what was sent, expected and
received, and which idea is at fault), and ends by itself. It knows the service (`readiness.servers`), and no server.
"""

from collections.abc import Callable, Sequence
from typing import Any

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
"""By name, in the order in which they are best run."""

REQUIREMENTS: dict[str, dict[str, float]] = {
    "idle_timeout": {"idle": disconnects.SHORT_IDLE_TIMEOUT},
    "out_of_descriptors": {"nofile": capacity.SERVER_FD_LIMIT},
}
"""What a server must be started with for a test: its idle timeout in seconds, its limit of open descriptors."""


def launch_for_test(command: Sequence[Any], test: str) -> LaunchedServer:
    """Return the server of this command line, to be started as the test requires it."""
    required = REQUIREMENTS.get(test, {})
    options = ["--idle", required["idle"]] if "idle" in required else []
    return LaunchedServer([*command, *options], nofile=required.get("nofile"))
