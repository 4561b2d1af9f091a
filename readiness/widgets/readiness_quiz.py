"""Verdicts: what a learner expects of a state (readable, writable, exceptional), locked once the kernel's is shown.

It asks the kernel nothing: it is given the answers, and keeps them back.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.system import socket_states
from readiness.widgets import base

KINDS = ("readable", "writable", "exceptional")


def in_words(kinds: Iterable[str] | None) -> str:
    """The kinds, joined in their order; for none of them, and for no verdict, in words."""
    if kinds is None:
        return _("nothing")
    names = {"readable": _("readable"), "writable": _("writable"), "exceptional": _("exceptional")}
    return ", ".join(names[kind] for kind in KINDS if kind in kinds) or _("none of the three")


_kept: dict[tuple[str, ...], "Verdicts"] = {}  # the last one for the same states


class Verdicts:
    """A table that fills by a state at a time. `answers`: for each state, a bool under each of `KINDS`, and what
    "poll" and "epoll" said.

    The states are gone through with buttons: JupyterLab takes the arrow keys away from a drop-down list.
    A cell that is run again keeps its verdicts until all is revealed.
    """

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self.answers = answers
        self.given: dict[str, set[str] | None] = {}  # None: shown before there was a verdict
        self._at, self._revealed = 0, False
        self._lock = threading.RLock()
        self._boxes = {
            kind: widgets.Checkbox(description=in_words([kind]), indent=False, layout={"width": "max-content"})
            for kind in KINDS
        }
        buttons = [
            self._button(_("Show the kernel's answer"), self.show),
            self._button(_("Previous state"), lambda: self.go(self._at - 1)),
            self._button(_("Next state"), lambda: self.go(self._at + 1)),
        ]
        flow = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "0 16px"}
        row = widgets.HBox([*self._boxes.values(), *buttons], layout=flow)
        self._said, self._table = base.Line(calm=0), widgets.HTML()
        self.widget = widgets.VBox([self._said.widget, row, self._table])
        before = _kept.get(tuple(answers))
        if before and not before._revealed and before.given:
            self.given, self._at = before.given, before._at
            self._draw()
        _kept[tuple(answers)] = self
        self._look()

    def _button(self, name: str, deed: Callable[[], None]) -> widgets.Button:
        def pressed() -> None:
            try:
                with self._lock:
                    deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self._said.say(base.in_words(error))

        return base.button(name, pressed)

    @property
    def state(self) -> str:
        """The state whose turn it is."""
        return list(self.answers)[self._at]

    def go(self, place: int) -> None:
        """To the state at that place, from 0 on; beyond either end, round to the other."""
        self._at = place % len(self.answers)
        self._look()

    def tick(self, *expected: str) -> None:
        """As by hand; a state that was shown keeps its verdict."""
        if self.state not in self.given:
            for kind, box in self._boxes.items():
                box.value = kind in expected

    def show(self) -> None:
        """Lock the verdict on this state, and show the kernel's beside it."""
        self.given.setdefault(self.state, {kind for kind, box in self._boxes.items() if box.value})
        self._look()
        self._draw()

    def reveal(self) -> None:
        """Lock and show all that is left, and print how many verdicts were right: the answers are to be seen now."""
        with self._lock:
            self._revealed = True
            self.given |= {state: None for state in self.answers if state not in self.given}
            self._look()
            self._draw()
        print(self._score())

    def _look(self) -> None:
        """The boxes and the line of the state: free, or locked."""
        state = self.state
        shown = state in self.given
        for kind, box in self._boxes.items():
            box.disabled = shown
            box.value = kind in (self.given.get(state) or ())
        head = _("State {n} of {all}, {state}").format(n=self._at + 1, all=len(self.answers), state=state)
        if shown:
            said, answer = in_words(self.given[state]), in_words(self._kernels(state))
            line = _("you said: {said}; the kernel says: {answer}. {score}")
            line = line.format(said=said, answer=answer, score=self._score())
        else:
            line = _("{what}. What do you expect? Tick none, one or more.").format(what=socket_states.describe_state(state))
        self._said.say(f"{head}: {line}")

    def _kernels(self, state: str) -> set[str]:
        return {kind for kind in KINDS if self.answers[state][kind]}

    def _score(self) -> str:
        right = [said == self._kernels(state) for state, said in self.given.items() if said is not None]
        if not right:
            return _("No verdict was given.")
        return _("{right} of {n} verdicts are right.").format(right=sum(right), n=len(right))

    def _draw(self) -> None:
        left = 'style="text-align: left; padding-right: 16px"'  # JupyterLab would set them flush right
        rows = []
        for state, said in self.given.items():
            answer = self.answers[state]
            words = [in_words(said), in_words(self._kernels(state)), answer["poll"], answer["epoll"]]
            cells = "".join(f"<td {left}>{escape(text)}</td>" for text in words)
            rows.append(f'<tr><th scope="row" {left}>{escape(state)}</th>{cells}</tr>')
        heads = (_("state"), _("you said"), "select", "poll", "epoll")
        columns = "".join(f'<th scope="col" {left}>{head}</th>' for head in heads)
        self._table.value = f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        heads = [_("Which of these are readable, which writable, which exceptional?")]
        return "\n".join(
            [*heads, *(f"  [ ] [ ] [ ]  {state}: {socket_states.describe_state(state)}" for state in self.answers)]
        )
