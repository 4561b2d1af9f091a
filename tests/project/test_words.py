"""The project keeps to its words: tools/check_words.py finds nothing, and it finds what it should on samples."""

import pytest

from tools import check_words


def test_the_project_keeps_to_its_words():
    found = list(check_words.violations())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["Refusal", "deed"])
@pytest.mark.parametrize(
    "source",
    [
        "class {name}:\n    pass",
        "def f({name}):\n    pass",
        "def {name}():\n    pass",
        "x.{name}",
        "f({name}=1)",
        "from readiness.base import {name}",
        "import a as {name}",
        "{name} = 1",
    ],
)
def test_a_name_that_was_given_up_is_found(name, source):
    assert name in check_words.IDENTIFIERS
    found = list(check_words.code_violations(source.format(name=name)))
    assert [line for line, sentence in found if sentence.startswith(name)] == [1]


@pytest.mark.parametrize(
    "text",
    [
        "It is dearer.",
        "The deed is done.",
        "What is owed.",
        "Begin anew.",
        "Wait for ever.",
        "Whoever asks.",
        "In the place of that.",
        "in place of that",
        "Set beside poll.",
        "So many clients wait.",
        "Sorry; so much is read.",
        "the panel’s business",
        "Nobody reads.",
        "It stops everybody.",
    ],
)
@pytest.mark.parametrize(
    "frame", ['"""{text}"""', "x = 1\n'''{text}'''", "# {text}", "_('''{text}''')", "f(_('''{text}'''))"]
)
def test_a_phrase_to_avoid_is_found_in_docstrings_comments_and_messages(text, frame):
    assert list(check_words.code_violations(frame.format(text=text)))


@pytest.mark.parametrize(
    "source",
    [
        '"""A file that is indeed long, not so much as the other; `deed` and “nobody” are quoted."""',
        "nobody = 1  # a name is no phrase: names have a list of their own",
        "'[Chat](labs/04-nobody.ipynb)'",
        'x = "a plain string is data: nobody"',
        "# See [A chat room that nobody can hold up](labs/04-poll-chat.ipynb).",
    ],
)
def test_what_is_allowed_passes(source):
    assert list(check_words.code_violations(source)) == []


def test_a_name_in_backticks_that_was_given_up_is_found():
    assert list(check_words.quoted_names("see `panels.EchoPanel` and `widgets`")) == [
        "`panels.EchoPanel`: panels is called widgets now"
    ]
