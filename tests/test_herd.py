"""The herd is woken whole without a flag, and one of it with EPOLLEXCLUSIVE; no process is left."""

import select
import sys

import pytest

from readiness import herd
from readiness.words import Refusal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")


def test_all_are_woken_or_one():
    every = herd.count("", workers=6, connects=30)
    one = herd.count("EPOLLEXCLUSIVE", workers=6, connects=30)
    assert 3 < every["woken"] < 9
    assert one["woken"] < 2 < every["woken"]
    assert every["idle"] < every["woken"]


def test_a_flag_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.delattr(select, "EPOLLEXCLUSIVE")
    with pytest.raises(Refusal, match="no EPOLLEXCLUSIVE"):
        herd.count("EPOLLEXCLUSIVE")
