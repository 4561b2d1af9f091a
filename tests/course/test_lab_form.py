"""Each lab has the form of a lab: checks are collapsed and announced, and lead to a section that has their key word.

The rules are in tools/labs/rules.py. That each rule catches its violation is tested in tests/project/test_lab_tools.py.
"""

import importlib
from functools import cache

import pytest

from readiness.course import labs
from tools.labs import rules
from tools.lessons import episode

SOLUTIONS = sorted(episode.SOLUTIONS.glob("[0-9]*.ipynb"))


@cache
def lesson(name: str):
    return episode.read(episode.NOTEBOOKS / name)


def key_words(nb, name: str):
    module = f"tests.course.wrong_answers.lab_{labs.number_of(name).replace('-', '_')}"
    return rules.key_words(nb, getattr(importlib.import_module(module), "CHECK_WORDS", {}), lesson)


RULES = {
    "collapsed checks": lambda nb, name: rules.collapsed_checks(nb),
    "helpers": lambda nb, name: rules.helpers(nb),
    "announced": lambda nb, name: rules.announced(nb),
    "key words": key_words,
    "links": rules.links,
    "breaks": rules.breaks,
}


def test_there_are_labs():
    assert SOLUTIONS


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: labs.number_of(path.name))
def test_a_lab_keeps_the_rule(path, rule):
    found = [": ".join(filter(None, violation)) for violation in RULES[rule](episode.read(path), path.name)]
    assert not found, "\n".join(found)
