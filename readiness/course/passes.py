"""Which answers of a lab have passed their checks, by the text of their cells: also in a kernel before this one."""

import hashlib
import linecache
from collections.abc import Mapping, Sequence
from typing import Any

from readiness.course import answers, progress_store


class Passes:
    """The answers of one lab that have passed.

    A pass belongs to the text of the answer's cell. When the cell has another text, the answer has not passed yet.

    Attributes:
        known: the names of the answers that the checks which have run know.
    """

    def __init__(self, lab: str) -> None:
        self.lab, self.known = lab, set[str]()
        self._failed: set[tuple[str, str]] = set()  # (answer, check) that failed last, in this kernel
        self._without_text: set[tuple[str, str]] = set()  # those that passed, and whose cell's text is not known

    def note(self, names: Mapping[str, Any], judged: Sequence[str], check: str, passed: bool) -> dict[str, str]:
        """Note the result of a check. The failure of a check of several answers takes no pass from any of them.

        Args:
            names: the names that the cells have defined.
            judged: the answers that the check judges.
            check: the name of the check's function.
            passed: whether it passed.

        Returns:
            What `progress_store.record_result` saves of it.
        """
        saved = {}
        for answer in judged:
            self._failed.discard((answer, check))
            self._without_text.discard((answer, check))
            if not passed and len(judged) == 1:  # of several answers, any may be the cause: none of them is blamed
                self._failed.add((answer, check))
            if text := text_of(names, answer):
                saved[f"{answer} {check}"] = text if passed else ""
            elif passed:
                self._without_text.add((answer, check))
        return saved

    def has_passed(self, names: Mapping[str, Any], answer: str) -> bool:
        """Return whether the answer, as it is now, has passed a check, and no check of it failed last."""
        if any(name == answer for name, _check in self._failed):
            return False
        if not (text := text_of(names, answer)):
            return any(name == answer for name, _check in self._without_text)
        saved = progress_store.texts_passed(self.lab)
        return text in (passed for key, passed in saved.items() if key.partition(" ")[0] == answer)


def text_of(names: Mapping[str, Any], answer: str) -> str:
    """Return a short text that stands for the text of the cells of an answer, or "" if that text is not known."""
    files = sorted(answers.files(names, [answer]))
    text = "\n".join("".join(linecache.getlines(file)) for file in files)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16] if text.strip() else ""
