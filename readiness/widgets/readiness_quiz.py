"""A quiz on readiness: which events a learner expects of a state, locked when the kernel's answer is shown.

It makes no system call: it is given the answers, and hides them until then.
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


def describe_kinds(kinds: Iterable[str] | None) -> str:
    """List the kinds in their order; an empty set and no verdict (None) have their own texts."""
    if kinds is None:
        return _("nothing")
    names = {"readable": _("readable"), "writable": _("writable"), "exceptional": _("exceptional")}
    return ", ".join(names[kind] for kind in KINDS if kind in kinds) or _("none of the three")


_latest: dict[tuple[str, ...], "ReadinessQuiz"] = {}  # the latest for the same states


class ReadinessQuiz:
    """Ask for one state after the other, and fill a table with the answers.

    Buttons select the state: JupyterLab takes the arrow keys away from a drop-down list.
    A cell that is run again keeps its verdicts until all are revealed.

    Args:
        answers: for each state, a bool under each of `KINDS`, and the results of "poll" and "epoll".
    """

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self.answers = answers
        self.answers_given: dict[str, set[str] | None] = {}  # None: shown before a verdict was given
        self._index, self._revealed = 0, False
        self._lock = threading.RLock()
        self._boxes = {
            kind: widgets.Checkbox(description=describe_kinds([kind]), indent=False, layout={"width": "max-content"})
            for kind in KINDS
        }
        buttons = [
            self._button(_("Show the kernel's answer"), self.show),
            self._button(_("Previous state"), lambda: self.go_to(self._index - 1)),
            self._button(_("Next state"), lambda: self.go_to(self._index + 1)),
        ]
        flow = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "0 16px"}
        row = widgets.HBox([*self._boxes.values(), *buttons], layout=flow)
        self._status, self._table = base.StatusLine(min_interval=0), widgets.HTML()
        self.widget = widgets.VBox([self._status.widget, row, self._table])
        before = _latest.get(tuple(answers))
        if before and not before._revealed and before.answers_given:
            self.answers_given, self._index = before.answers_given, before._index
            self._draw_table()
        _latest[tuple(answers)] = self
        self._update_choices()

    def _button(self, label: str, callback: Callable[[], None]) -> widgets.Button:
        return base.button(label, lambda: self.call_safely(callback))

    def call_safely(self, callback: Callable[[], None]) -> None:
        """Call `callback`; an error is shown in the panel."""
        try:
            with self._lock:
                callback()
        except Exception as error:  # an error in a callback would not be shown
            self._status.update(base.format_error(error))

    @property
    def state(self) -> str:
        """The state that is shown."""
        return list(self.answers)[self._index]

    def go_to(self, index: int) -> None:
        """Show the state of that index, from 0 on; beyond either end it begins at the other."""
        self._index = index % len(self.answers)
        self._update_choices()

    def set_choice(self, *expected: str) -> None:
        """Tick the boxes as by hand; a state whose answer was shown keeps its verdict."""
        if self.state not in self.answers_given:
            for kind, box in self._boxes.items():
                box.value = kind in expected

    def show(self) -> None:
        """Lock the verdict on this state, and show the kernel's answer."""
        self.answers_given.setdefault(self.state, {kind for kind, box in self._boxes.items() if box.value})
        self._update_choices()
        self._draw_table()

    def reveal(self) -> None:
        """Lock all states, show their answers, and print how many verdicts were right."""
        with self._lock:
            self._revealed = True
            self.answers_given |= {state: None for state in self.answers if state not in self.answers_given}
            self._update_choices()
            self._draw_table()
        print(self._score_text())

    def _update_choices(self) -> None:
        """Show the state's boxes, enabled or locked, and its line."""
        state = self.state
        shown = state in self.answers_given
        for kind, box in self._boxes.items():
            box.disabled = shown
            box.value = kind in (self.answers_given.get(state) or ())
        head = _("State {n} of {all}, {state}").format(n=self._index + 1, all=len(self.answers), state=state)
        if shown:
            verdict, answer = describe_kinds(self.answers_given[state]), describe_kinds(self._kernel_answer(state))
            line = _("your verdict: {verdict}; the kernel: {answer}. {score}")
            line = line.format(verdict=verdict, answer=answer, score=self._score_text())
        else:
            line = _("{what}. What do you expect? Tick none, one or more.").format(
                what=socket_states.describe_state(state)
            )
        self._status.update(f"{head}: {line}")

    def _kernel_answer(self, state: str) -> set[str]:
        return {kind for kind in KINDS if self.answers[state][kind]}

    def _score_text(self) -> str:
        given = {state: verdict for state, verdict in self.answers_given.items() if verdict is not None}
        right = [verdict == self._kernel_answer(state) for state, verdict in given.items()]
        if not right:
            return _("No verdict was given.")
        return _("{right} of {n} verdicts are right.").format(right=sum(right), n=len(right))

    def _draw_table(self) -> None:
        left = 'style="text-align: left; padding-right: 16px"'  # JupyterLab would set them flush right
        rows = []
        for state, verdict in self.answers_given.items():
            answer = self.answers[state]
            kernel = describe_kinds(self._kernel_answer(state))
            texts = [describe_kinds(verdict), kernel, answer["poll"], answer["epoll"]]
            cells = "".join(f"<td {left}>{escape(text)}</td>" for text in texts)
            rows.append(f'<tr><th scope="row" {left}>{escape(state)}</th>{cells}</tr>')
        headings = (_("state"), _("your verdict"), "select", "poll", "epoll")
        columns = "".join(f'<th scope="col" {left}>{heading}</th>' for heading in headings)
        self._table.value = f"<table><thead><tr>{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.mimebundle(self.widget, repr(self))

    def __repr__(self) -> str:
        question = _("Which of these are readable, which writable, which exceptional?")
        return "\n".join(
            [question, *(f"  [ ] [ ] [ ]  {state}: {socket_states.describe_state(state)}" for state in self.answers)]
        )
