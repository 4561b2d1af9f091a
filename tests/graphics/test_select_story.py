"""The story of one select call keeps to what the kernel can do, names functions that it has, and draws what it says."""

import re
import sys
from itertools import pairwise

import pytest

from readiness.graphics.stories.select_story import draw, eight_steps, scenes
from readiness.system import limits

IN_WORDS = re.compile(r"\b(?:\w+_\w+|__pollwait|pollwake)\b")
NO_SYMBOLS = {"_qproc", "poll_wait"}  # a field, and an inline function (include/linux/poll.h)


def test_one_step_follows_from_the_other():
    story = scenes()
    assert len(story) == len(eight_steps()) == 8
    for before, after in pairwise(story):
        if set(after.hung) - set(before.hung):
            assert before.hook == "__pollwait"
        assert set(after.result) <= set(after.copy) & set(after.byte)
    for scene in story:
        if scene.woken:
            assert set(scene.byte) <= set(scene.hung)
        if "asleep" in scene.process:
            assert set(scene.hung) == set(scene.copy)
        assert {name for name, reply in scene.answers.items() if reply == "yes"} == set(scene.result) & set(scene.asked)
    assert story[-1].user == story[-1].result == "B"
    assert not story[0].hung
    assert not story[-1].hung


def test_each_picture_shows_its_scene():
    for scene in scenes():
        shown = re.findall(r">([^<>]+)</text>", draw(scene).svg)
        assert shown.count("pollwake") == len(scene.hung)
        assert shown.count("1") == len(scene.user) + len(scene.copy) + len(scene.result)
        assert shown.count("1 byte") == len(scene.byte)
        assert sum(text.startswith("ready?") for text in shown) == len(scene.asked)


def test_every_picture_says_something_else():
    said = [step.draw().alt for step in eight_steps()]
    assert len(set(said)) == 8
    assert "asleep" in said[4]
    assert "wait queue of: A, B, C" in said[4]


@pytest.mark.skipif(sys.platform != "linux", reason="the names are Linux's")
def test_this_kernel_has_the_functions_that_the_story_names():
    symbols = limits.read_proc("/proc/kallsyms")
    if not symbols:
        pytest.skip("this system hides its symbols")
    there = set(re.findall(r"^\S+ \w (\w+)", symbols, flags=re.MULTILINE))
    named = {name for step in eight_steps() for name in IN_WORDS.findall(step.words)} - NO_SYMBOLS
    assert {"core_sys_select", "__pollwait", "pollwake", "tcp_poll"} <= named
    assert named <= there
