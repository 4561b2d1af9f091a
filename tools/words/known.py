"""Tell which words a reader knows: common English, the terms of the glossary, and names."""

import functools
import re
from pathlib import Path

import wordfreq

from tools import COURSE

NAMES = Path(__file__).with_name("names.txt")
MIN_ZIPF = 3.0  # the decimal logarithm of how often a word occurs in a billion words, as wordfreq counts them


@functools.cache
def terms() -> frozenset[str]:
    """Return each word of the glossary: of the English columns of the table of terms in CONTRIBUTING.md."""
    text = (COURSE / "CONTRIBUTING.md").read_text("utf-8")
    table = re.search(r"^\| term \|.*?\n\n", text, flags=re.S | re.M)
    cells = [line.split("|") for line in (table[0] if table else "").splitlines()[2:]]
    english = " ".join(cell for row in cells for cell in row[1::2])
    return frozenset(re.findall(r"[a-z]+", english.lower()))


@functools.cache
def names() -> frozenset[str]:
    """Return the names of people, programs, files and units that the course mentions, in lower case."""
    lines = NAMES.read_text("utf-8").splitlines()
    return frozenset(word.lower() for line in lines if not line.startswith("#") for word in line.split())


@functools.cache
def is_known(word: str) -> bool:
    """Return whether a reader knows a word, or an ending or the prefix "un" makes it of a word that the reader knows.

    Args:
        word: the word in lower case.
    """
    return any(map(_is_listed, _forms(word)))


def _forms(word: str) -> list[str]:
    """Return the word, and the words that it may be made of."""
    found = [word, word.removeprefix("un")]
    for form in tuple(found):
        for ending, start in (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e")):
            if form.endswith(ending) and len(form) > len(ending) + 2:
                found.append(form.removesuffix(ending) + start)
    return found


def _is_listed(word: str) -> bool:
    if word in terms() or word in names():
        return True
    return wordfreq.zipf_frequency(word, "en", wordlist="small") >= MIN_ZIPF
