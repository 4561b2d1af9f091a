"""The story of one select call keeps to what the kernel can do, names functions that it has, and draws what it says."""

import re
import sys
from itertools import pairwise

import pytest

from readiness.graphics.stories.select_story import draw, scenes, select_story
from readiness.system import limits

FUNCTION_NAME = re.compile(r"\b(?:\w+_\w+|__pollwait|pollwake)\b")
NO_SYMBOLS = {"_qproc", "poll_wait"}  # a field, and an inline function (include/linux/poll.h)


def test_one_step_follows_from_the_other():
    story = scenes()
    assert len(story) == len(select_story()) == 8
    for before, after in pairwise(story):
        if set(after.queued) - set(before.queued):
            assert before.qproc == "__pollwait"
        assert set(after.result) <= set(after.copy) & set(after.with_data)
    for scene in story:
        if scene.woken:
            assert set(scene.with_data) <= set(scene.queued)
        if "asleep" in scene.process:
            assert set(scene.queued) == set(scene.copy)
        assert {name for name, reply in scene.answers.items() if reply == "yes"} == set(scene.result) & set(
            scene.polled
        )
    assert story[-1].user == story[-1].result == "B"
    assert not story[0].queued
    assert not story[-1].queued


def test_each_picture_shows_its_scene():
    for scene in scenes():
        shown = re.findall(r">([^<>]+)</text>", draw(scene, "A claim").svg)
        assert shown.count("pollwake") == len(scene.queued)
        assert shown.count("1") == len(scene.user) + len(scene.copy) + len(scene.result)
        assert shown.count("1 byte") == len(scene.with_data)
        assert sum(text.startswith("ready?") for text in shown) == len(scene.polled)


def test_every_picture_says_something_else():
    descriptions = [step.draw().alt for step in select_story()]
    assert len(set(descriptions)) == 8
    assert "asleep" in descriptions[4]
    assert "wait queue of: A, B, C" in descriptions[4]


@pytest.mark.skipif(sys.platform != "linux", reason="the names are Linux's")
def test_this_kernel_has_the_functions_that_the_story_names():
    symbols = limits.read_proc("/proc/kallsyms")
    if not symbols:
        pytest.skip("this system hides its symbols")
    present = set(re.findall(r"^\S+ \w (\w+)", symbols, flags=re.MULTILINE))
    named = {name for step in select_story() for name in FUNCTION_NAME.findall(step.text)} - NO_SYMBOLS
    assert {"core_sys_select", "__pollwait", "pollwake", "tcp_poll"} <= named
    assert named <= present
