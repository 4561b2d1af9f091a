"""Each lab has the form of a lab: checks are collapsed and announced, and lead to a section that has their key word.

The rules are in tools/labs/rules.py. That each rule catches its violation is tested in tests/project/test_lab_tools.py.
"""

import importlib
from functools import cache

import nbformat
import pytest

from readiness.course import labs
from tools import minutes
from tools.labs import rules
from tools.lessons import episode

SOLUTIONS = sorted(episode.SOLUTIONS.glob("[0-9]*.ipynb"))


MAX_SHARE = 0.25
"""The part of all sections that may have a key word. A word that more of them have is met by chance."""


@cache
def lesson(name: str):
    return episode.read(episode.NOTEBOOKS / name)


@cache
def sections() -> list[str]:
    """The prose of all sections of the episodes that a check may lead to."""
    lessons = [lesson(path.name) for path in episode.episode_paths()]
    heads = [(nb, head) for nb in lessons for head, _parts in minutes.sections(nb) if head not in episode.CLOSING_PARTS]
    return [rules.section_text(nb, head.replace(" ", "-")) or "" for nb, head in heads if head]


def check_words(name: str) -> dict[str, str]:
    module = f"tests.course.wrong_answers.lab_{labs.number_of(name).replace('-', '_')}"
    return importlib.import_module(module).CHECK_WORDS


def key_words(nb, name: str):
    return rules.key_words(nb, check_words(name), lesson)


RULES = {
    "collapsed checks": lambda nb, name: rules.collapsed_checks(nb),
    "helpers": lambda nb, name: rules.helpers(nb),
    "announced": lambda nb, name: rules.announced(nb),
    "key words": key_words,
    "links": rules.links,
    "breaks": rules.breaks,
    "widths": lambda nb, name: rules.widths(nbformat.from_dict(labs.derive(nb, name))),
}


def test_there_are_labs():
    assert SOLUTIONS


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: labs.number_of(path.name))
def test_a_lab_keeps_the_rule(path, rule):
    found = [": ".join(filter(None, violation)) for violation in RULES[rule](episode.read(path), path.name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: labs.number_of(path.name))
def test_no_key_word_is_met_by_chance(path):
    for check, word in check_words(path.name).items():
        share = sum(word.lower() in " ".join(text.split()).lower() for text in sections()) / len(sections())
        assert share <= MAX_SHARE, f"{check}: {share:.0%} of all sections have “{word}”"
