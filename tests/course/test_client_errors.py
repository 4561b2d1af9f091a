"""The sentence on what a client met."""

import ftplib

import pytest

from readiness.course.client_errors import describe


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError("timed out"), "The client waited for the server, and nothing came in time."),
        (EOFError(), "The server closed the connection."),
        (AssertionError("Expected 554, saw 226."), "Expected 554, saw 226."),
        (ftplib.error_perm("550 No such file."), "The server replied “550 No such file.”."),
        (ConnectionResetError(104, "reset"), "The client met ConnectionResetError: [Errno 104] reset."),
    ],
)
def test_a_clients_error_is_a_sentence(error, expected):
    assert describe(error) == expected
