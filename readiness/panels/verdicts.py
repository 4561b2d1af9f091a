"""Verdicts: what a learner expects of a state (readable, writable, exceptional), locked once the kernel's is shown.

It asks the kernel nothing: it is given the answers, and keeps them back.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness import states
from readiness.panels import live
from readiness.words import _

KINDS = ("readable", "writable", "exceptional")


def in_words(kinds: Iterable[str]) -> str:
    """The kinds, joined in their order; for none of them, in words."""
    names = {"readable": _("readable"), "writable": _("writable"), "exceptional": _("exceptional")}
    return ", ".join(names[kind] for kind in KINDS if kind in kinds) or _("none of the three")


class Verdicts:
    """A table that fills by a state at a time. `answers`: for each state, a bool under each of `KINDS`, and what
    "poll" and "epoll" said."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self.answers = answers
        self.given: dict[str, set[str]] = {}
        self._lock = threading.RLock()
        self._state = widgets.Dropdown(
            options=[(states.in_words(state), state) for state in answers],
            description=_("State"),
            layout={"width": "520px", "max_width": "100%"},
        )
        self._boxes = {
            kind: widgets.Checkbox(description=in_words([kind]), indent=False, layout={"width": "max-content"})
            for kind in KINDS
        }
        self._said, self._table = live.Line(calm=0), widgets.HTML()
        self._state.observe(lambda _change: self._look(), "value")
        buttons = [self._button(_("Show the kernel's answer"), self.show), self._button(_("Next state"), self.go_on)]
        flow = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "0 20px"}
        row = widgets.HBox([*self._boxes.values(), *buttons], layout=flow)
        self.widget = widgets.VBox([self._state, row, self._said.widget, self._table])
        self._look()

    def _button(self, name: str, deed: Callable[[], None]) -> widgets.Button:
        def pressed(_button: widgets.Button) -> None:
            try:
                with self._lock:
                    deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self._said.say(live.in_words(error))

        button = widgets.Button(description=name, layout={"width": "max-content"})
        button.on_click(pressed)
        return button

    def choose(self, state: str, *expected: str) -> None:
        """As by hand: the state, and the kinds that are ticked; a state that was shown keeps its verdict."""
        self._state.value = state
        if state not in self.given:
            for kind, box in self._boxes.items():
                box.value = kind in expected

    def show(self) -> None:
        """Lock the verdict on the chosen state, and show the kernel's beside it."""
        self.given.setdefault(self._state.value, {kind for kind, box in self._boxes.items() if box.value})
        self._look()
        self._draw()

    def go_on(self) -> None:
        """Choose the next state whose answer was not shown yet."""
        names = list(self.answers)
        at = names.index(self._state.value) + 1
        left = [state for state in names[at:] + names[:at] if state not in self.given]
        if left:
            self._state.value = left[0]
        else:
            self._said.say(_("That was the last one: {score}.").format(score=self._score()))

    def _look(self) -> None:
        """The boxes and the line for the chosen state: free, or locked."""
        state = self._state.value
        shown = state in self.given
        for kind, box in self._boxes.items():
            box.disabled = shown
            box.value = shown and kind in self.given[state]
        if shown:
            said, answer = in_words(self.given[state]), in_words(self._kernels(state))
            line = _("You said: {said}. The kernel says: {answer}. So far, {score}.")
            self._said.say(line.format(said=said, answer=answer, score=self._score()))
        else:
            line = _("What do you expect of {state}? Tick none, one or more, and press Show.")
            self._said.say(line.format(state=states.in_words(state)))

    def _kernels(self, state: str) -> set[str]:
        return {kind for kind in KINDS if self.answers[state][kind]}

    def _score(self) -> str:
        right = sum(said == self._kernels(state) for state, said in self.given.items())
        return _("{right} of {n} are as you said").format(right=right, n=len(self.given))

    def _draw(self) -> None:
        left = 'style="text-align: left"'  # JupyterLab would set them flush right
        rows = []
        for state, said in self.given.items():
            answer = self.answers[state]
            words = [in_words(said), in_words(self._kernels(state)), answer["poll"], answer["epoll"]]
            cells = "".join(f"<td {left}>{escape(text)}</td>" for text in words)
            rows.append(f'<tr><th scope="row" {left}>{escape(states.in_words(state))}</th>{cells}</tr>')
        heads = (_("state"), _("you said"), "select", "poll", "epoll")
        columns = "".join(f'<th scope="col" {left}>{head}</th>' for head in heads)
        self._table.value = f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return live.bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        heads = [_("Which of these are readable, which writable, which exceptional?")]
        return "\n".join([*heads, *(f"  [ ] [ ] [ ]  {states.in_words(state)}" for state in self.answers)])
