"""Take a Markdown text apart: into its sentences, and into the words that a reader must know.

Code is no prose: blocks of code, names in backticks, the targets of links, and tags are left out. So are alternative
texts of pictures, which may be lists. This module judges nothing.
"""

import re
from collections.abc import Iterator

CODE = "⟨code⟩"  # stands for a name in backticks, which is one word of its sentence
_BLOCK_START = re.compile(r"^\s*(?:#+ |[-*] |\d+\. |\||$)")
_SENTENCE_END = re.compile(r"""(?<=[.?])["”')*_]*\s+(?=["“'(*_]*[A-Z0-9⟨])""")


def blocks(text: str) -> Iterator[str]:
    """Yield each paragraph, heading, list item and table cell of a Markdown text, without markup and code."""
    text = re.sub(r"^```.*?^```|<!--.*?-->", "", text, flags=re.S | re.M)
    text = re.sub(r"</?(?:summary|details|br|p|div|td|th|tr|li)\b[^>]*>", "\n\n", text)
    text = re.sub(r"<[^>\n]+>", "", text)
    text = re.sub(r"!\[[^]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`+[^`]+`+", CODE, text)
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if _BLOCK_START.match(line):
            yield from _cells(" ".join(block))
            block = []
        block.append(re.sub(r"^\s*(?:#+ |[-*] |\d+\. )", "", line).strip())
    yield from _cells(" ".join(block))


def _cells(block: str) -> Iterator[str]:
    """Yield the cells of a line of a table, or the block itself. Empty ones are left out."""
    for cell in block.split("|") if block.startswith("|") else [block]:
        plain = re.sub(r"\*+|(?<!\w)_+|_+(?!\w)", "", cell).strip()
        if re.search(r"\w", plain):
            yield plain


def sentences(text: str) -> Iterator[str]:
    """Yield each sentence of a Markdown text."""
    for block in blocks(text):
        yield from filter(None, map(str.strip, _SENTENCE_END.split(block)))


def count_words(sentence: str) -> int:
    """Return the number of words of a sentence. A name in backticks counts as one word."""
    return len(re.findall(r"\w[\w'’.,-]*", sentence))


def words(text: str) -> Iterator[str]:
    """Yield each word of a Markdown text that a reader must know, in lower case and without a final 's.

    A word with a digit or an underscore, a path, the name of a manual page and a word in capitals are names of code,
    and are left out. A word with a hyphen gives its parts.
    """
    for block in blocks(text):
        for chunk in block.split():
            if re.search(r"[\w)]/\w|/\w+/|_|\w\(\d\w?\)|\d|://", chunk):
                continue
            for match in re.finditer(r"[^\W_][\w'’]*", chunk):
                word = re.sub(r"['’]s?$", "", match[0]).replace("’", "'")
                if word and not (word.isupper() and len(word) > 1):
                    yield word.lower()
