"""The project keeps to its words: tools/check_words.py finds nothing, and it finds what it should on samples."""

import nbformat
import pytest

from tests.course.sample_lesson import NAME, cell, good_lesson
from tools import check_words
from tools.words import known, limits, prose


def test_the_project_keeps_to_its_words():
    found = [*check_words.violations(), *check_words.prose_violations()]
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


# Sentences and words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "One ends. Another begins? `code` begins the third.",
            ["One ends.", "Another begins?", "⟨code⟩ begins the third."],
        ),
        ("One goes\non. “Two” is quoted.", ["One goes on.", "“Two” is quoted."]),
        ("# Title\n\n- an item\n- a second\n\n1. a third", ["Title", "an item", "a second", "a third"]),
        ("| a b | c |\n|---|---|\n| d. E | f |", ["a b", "c", "d.", "E", "f"]),
        ("Text\n```\ncode. Code.\n```\n<!-- a comment -->", ["Text"]),
        ("**Bold** and [a link](x.md), `a.b(c)`.", ["Bold and a link, ⟨code⟩."]),
        ("<details><summary>Why?</summary>\n\nSo.\n\n</details>", ["Why?", "So."]),
        ("It takes 2.5 seconds, in poll(2). *So* it is.", ["It takes 2.5 seconds, in poll(2).", "So it is."]),
    ],
)
def test_a_text_is_taken_apart_into_sentences(text, expected):
    assert list(prose.sentences(text)) == expected


def test_a_sentence_is_too_long_from_26_words_on():
    fits, too_long = (" ".join(["word"] * count) + "." for count in (25, 26))
    assert list(limits.long_sentences(f"{fits} A `name of code` more.", "a.md", [])) == []
    assert list(limits.long_sentences(f"Yes. {too_long.capitalize()}", "a.md", [])) == [
        f"a sentence of 26 words, more than 25: {too_long.capitalize()[:60]}…"
    ]


def test_a_long_sentence_stays_if_it_is_listed_with_its_file(tmp_path):
    sentence = "Listed " + "word " * 30
    listed = [limits.Exempt("a.md", "Listed word", "a quotation")]
    assert list(limits.long_sentences(sentence, "a.md", listed)) == []
    assert list(limits.long_sentences(sentence, "b.md", listed))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.md | Words of it", "is not “file"),
        ("a.md | Words of it | ", "is not “file"),
        ("a.md | Words | why\n" * 21, "21 long sentences stay, more than 20"),
    ],
)
def test_the_list_of_long_sentences_has_reasons_and_an_end(text, message, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        limits.exceptions(path)


def test_each_listed_sentence_is_there_and_long():
    for file, start, _reason in limits.exceptions():
        folder = check_words.ROOT / ("notebooks" if file.endswith(".ipynb") else "")
        text = (folder / file).read_text("utf-8")
        if file.endswith(".ipynb"):
            text = "\n\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
        found = [sentence for sentence in prose.sentences(text) if sentence.startswith(start)]
        assert [prose.count_words(sentence) > limits.MAX_WORDS for sentence in found] == [True], (file, start)


@pytest.mark.parametrize(
    "text",
    [
        "Clients wait; a server answers.",
        "an unread message, repeated",  # endings, and un-
        "An edge-triggered epoll’s descriptors.",  # of the glossary
        "Kerrisk says",  # a name
        "`quux` and POLLQUUX and sock_quux and quux(2) and /quux/x and quux2 and https://quux.example",  # code
        "it isn't",
    ],
)
def test_what_a_reader_knows_passes(text):
    assert list(limits.unknown_words(text)) == []


@pytest.mark.parametrize("text", ["The quux waits.", "Quuxes", "unquuxed", "a wait-quux", "**quux**", "[quux](x.md)"])
def test_an_unknown_word_is_named(text):
    [sentence] = limits.unknown_words(text)
    assert "quux" in sentence
    assert "“Words”" in sentence


def test_a_term_of_the_glossary_is_known_by_its_line_in_contributing():
    assert {"multiplexing", "edge", "triggered", "backlog"} <= known.terms()
    assert known.is_known("multiplexing")
    assert not known._is_listed("quux")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("before-add", "Ask nobody.", "before-add: “nobody”"),
        ("before-add", "word " * 26, "before-add: a sentence of 26 words"),
        ("before-add", "A quux.", "before-add: “quux” is no common word"),
        ("add", "# Ask nobody.\n2", "add: “nobody”"),
        ("add", "Prediction('Does nobody wait?')", "add: “nobody”"),
    ],
)
def test_an_episode_that_is_hard_to_read_is_named(name, text, message, tmp_path):
    path = tmp_path / NAME
    nb = good_lesson()
    nbformat.write(nb, path)
    assert list(check_words.prose_violations([path])) == []
    cell(nb, name).source = text
    nbformat.write(nb, path)
    found = list(check_words.prose_violations([path]))
    assert [sentence for sentence in found if f"{NAME}: cell {message}" in sentence], found
