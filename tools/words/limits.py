"""Judge prose by its sentences and its words: neither is too long or unknown. See "Words" in CONTRIBUTING.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.words import known, prose

MAX_WORDS = 25  # of a sentence
MAX_EXCEPTIONS = 20
EXCEPTIONS = Path(__file__).with_name("long_sentences.txt")


class Exempt(NamedTuple):
    """A long sentence that stays: the name of its file, its first words, and the reason."""

    file: str
    start: str
    reason: str


def exceptions(path: Path = EXCEPTIONS) -> list[Exempt]:
    """Read the long sentences that stay.

    Raises:
        ValueError: A line has no reason, or there are more than `MAX_EXCEPTIONS` lines.
    """
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    found = []
    for line in lines:
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{path.name}: this is not “file | first words | reason”: {line}")
        found.append(Exempt(*parts))
    if len(found) > MAX_EXCEPTIONS:
        raise ValueError(f"{path.name}: {len(found)} long sentences stay, more than {MAX_EXCEPTIONS}")
    return found


def long_sentences(text: str, file: str, exempt: list[Exempt]) -> Iterator[str]:
    """Yield a sentence about each sentence of a Markdown text that is too long.

    Args:
        text: the text.
        file: the name of its file, as `exempt` has it.
        exempt: the long sentences that stay.
    """
    starts = [entry.start for entry in exempt if entry.file == file]
    for sentence in prose.sentences(text):
        count = prose.count_words(sentence)
        if count > MAX_WORDS and not any(sentence.startswith(start) for start in starts):
            yield f"a sentence of {count} words, more than {MAX_WORDS}: {sentence[:60]}…"


def unknown_words(text: str) -> Iterator[str]:
    """Yield a sentence about each word of a Markdown text that a reader may not know, once for each word."""
    for word in dict.fromkeys(prose.words(text)):
        if not known.is_known(word):
            yield (
                f"“{word}” is no common word, no term of CONTRIBUTING.md (“Words”) and no name of {known.NAMES.name}; "
                "a name of code stands in backticks"
            )
