"""Arguments of the command lines: a number that is too large or no number at all is refused in a sentence."""

import argparse

import pytest

from readiness.base import argtypes


def test_numbers_within_the_limits_are_taken():
    assert [argtypes.port_number(text) for text in ("0", "0080", "65535")] == [0, 80, 65535]
    assert [argtypes.positive_seconds(text) for text in ("0.5", "1e3", "86400")] == [0.5, 1000.0, 86400.0]


@pytest.mark.parametrize("text", ["65536", "-1", "", "8 0", "１", "9" * 5000])
def test_a_port_that_can_not_be_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no port: choose a number from 0 to 65535"):
        argtypes.port_number(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon", "", "86401", "2592000", "1e10", "9" * 5000])
def test_a_time_that_no_server_can_wait_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"is no time: choose seconds above 0, at most 86400"):
        argtypes.positive_seconds(text)
