"""Timers and watched folders as descriptors."""

import math
import os
import select
import sys

import pytest

from readiness.base.messages import UserError
from readiness.system import special_descriptors

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs timerfd and inotify")


def ready(descriptor, seconds):
    return select.select([descriptor], [], [], seconds)[0] == [descriptor]


@linux
def test_a_timer_is_readable_when_its_time_has_come():
    soon, late = special_descriptors.timer(0.01), special_descriptors.timer(1000.5)
    try:
        assert ready(soon, 10)
        assert not ready(late, 0)
        assert int.from_bytes(os.read(soon, 8), sys.byteorder) == 1  # it has expired once
    finally:
        os.close(soon)
        os.close(late)


@linux
def test_a_watched_folder_is_readable_after_a_new_file(tmp_path):
    watch = special_descriptors.folder_watch(str(tmp_path))
    try:
        assert not ready(watch, 0)
        (tmp_path / "new").touch()
        assert ready(watch, 10)
    finally:
        os.close(watch)


@linux
def test_a_folder_that_is_missing_is_an_error_and_leaves_no_descriptor(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        special_descriptors.folder_watch(str(tmp_path / "missing"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_other_systems_get_a_sentence(monkeypatch):
    monkeypatch.setattr(special_descriptors.sys, "platform", "darwin")
    with pytest.raises(UserError, match="Only Linux"):
        special_descriptors.timer(1)


@linux
@pytest.mark.parametrize("seconds", [math.inf, math.nan, 1e30, -1, 0])
def test_a_time_that_no_timer_can_have_is_refused_and_leaves_no_descriptor(seconds):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(UserError, match="choose a number above 0, and at most 2,147,483,648"):
        special_descriptors.timer(seconds)
    assert len(os.listdir("/proc/self/fd")) == before


@linux
def test_a_time_below_a_nanosecond_is_not_taken_for_never():
    soon = special_descriptors.timer(1e-12)
    try:
        assert ready(soon, 10)
    finally:
        os.close(soon)
