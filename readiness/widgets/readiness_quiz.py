"""A quiz on readiness: a learner says which events a descriptor has in a state, and then sees the kernel's answer.

This module makes no system call. It gets the kernel's answers as an argument, and hides them until they are asked for.
"""

from collections.abc import Iterable, Mapping

import ipywidgets as widgets

from readiness.base.html_table import html_table
from readiness.base.messages import _
from readiness.system import socket_states
from readiness.widgets.panel import Panel, row
from readiness.widgets.saved_text import SavedText
from readiness.widgets.tree import close_widgets

KINDS = ("readable", "writable", "exceptional")


def describe_kinds(kinds: Iterable[str] | None) -> str:
    """Return the kinds of events as text, in the order of `KINDS`.

    An empty set gives “none of the three”. None, for no verdict, gives “nothing”.
    """
    if kinds is None:
        return _("nothing")
    names = {"readable": _("readable"), "writable": _("writable"), "exceptional": _("exceptional")}
    return ", ".join(names[kind] for kind in KINDS if kind in kinds) or _("none of the three")


class ReadinessQuiz(Panel):
    """A panel that asks about one state of a descriptor after the other, with a table of the kernel's answers.

    The learner ticks the expected events: this is the verdict on a state. Buttons select the state, because JupyterLab
    takes the arrow keys away from a drop-down list. A cell that is run again keeps its verdicts until `reveal` was
    called.

    Args:
        answers: for the name of each state, a dict: a bool for each of `KINDS`, and under "poll" and "epoll" what these
            two return, as text.

    Attributes:
        answers_given: for each state that is locked, the set of expected kinds; None if there was no verdict.
    """

    def __init__(self, answers: Mapping[str, Mapping[str, bool | str]]) -> None:
        super().__init__()
        self.answers = answers
        self.answers_given: dict[str, set[str] | None] = {}  # None: shown before a verdict was given
        self._index, self._revealed = 0, False
        self._boxes = {
            kind: widgets.Checkbox(description=describe_kinds([kind]), indent=False, layout={"width": "max-content"})
            for kind in KINDS
        }
        controls = row(
            *self._boxes.values(),
            self._button(_("Show the kernel's answer"), self.show),
            self._button(_("Previous state"), lambda: self.go_to(self._index - 1)),
            self._button(_("Next state"), lambda: self.go_to(self._index + 1)),
        )
        controls.layout.grid_gap = "0 16px"
        self._saved = SavedText()
        self.widget = widgets.VBox([self._status.widget, self._alert.widget, controls, self._view, self._saved.widget])
        before = self._predecessor(tuple(answers))
        if before and not before._revealed and before.answers_given:
            self.answers_given, self._index = before.answers_given, before._index
        if before:
            close_widgets(before.own_widgets())
        self.refresh()

    @property
    def state(self) -> str:
        """The name of the state that is shown."""
        return list(self.answers)[self._index]

    def go_to(self, index: int) -> None:
        """Show the state with this index; the first state has the index 0.

        After the last state comes the first one again, and before the first the last.
        """
        self._index = index % len(self.answers)
        self.set_choice()
        self.refresh()

    def set_choice(self, *expected: str) -> None:
        """Tick the boxes of the kinds in `expected`, and no others. If the current state is locked, do nothing."""
        if self.state not in self.answers_given:
            for kind, box in self._boxes.items():
                box.value = kind in expected

    def show(self) -> None:
        """Lock the verdict on the current state, and show the kernel's answer."""
        self.answers_given.setdefault(self.state, {kind for kind, box in self._boxes.items() if box.value})
        self.refresh()

    def reveal(self) -> None:
        """Print how many verdicts were right. If there is one, lock all states and show the kernel's answers.

        Without a verdict nothing is locked: this may be a part of Run All.
        """
        with self._lock:
            self._revealed = bool(self.answers_given)
            if self._revealed:
                self.answers_given |= {state: None for state in self.answers if state not in self.answers_given}
            self.refresh()
        print(self._score_text())

    def _show(self) -> None:
        state = self.state
        shown = state in self.answers_given
        for kind, box in self._boxes.items():
            box.disabled = shown
            if shown:
                box.value = kind in (self.answers_given[state] or ())
        head = _("State {n} of {all}, {state}").format(n=self._index + 1, all=len(self.answers), state=state)
        if shown:
            line = _("Your verdict: {verdict}; the kernel: {answer}. {why} {score}").format(
                verdict=self._judged(state),
                answer=describe_kinds(self._kernel_answer(state)),
                why=socket_states.explain_state(state),
                score=self._score_text(),
            )
        else:
            line = _("What do you expect? Tick none, one or more.")
        self._status.update(f"{head}: {socket_states.describe_state(state)}. {line}")
        self._view.value = self._table() if self.answers_given else ""
        self._saved.update(repr(self))

    def _kernel_answer(self, state: str) -> set[str]:
        return {kind for kind in KINDS if self.answers[state][kind]}

    def _is_right(self, state: str) -> bool:
        return self.answers_given[state] == self._kernel_answer(state)

    def _is_partly_right(self, state: str) -> bool:
        """Return whether the verdict on a state has a right kind, and is not right as a whole."""
        return not self._is_right(state) and bool((self.answers_given[state] or set()) & self._kernel_answer(state))

    def _judged(self, state: str) -> str:
        """Return the verdict on a state as text, with how right it is."""
        verdict = describe_kinds(self.answers_given[state])
        if self.answers_given[state] is None:
            return verdict
        partly = _("partly right") if self._is_partly_right(state) else _("wrong")
        return f"{verdict} ({_('right') if self._is_right(state) else partly})"

    def _score_text(self) -> str:
        given = [state for state, verdict in self.answers_given.items() if verdict is not None]
        if not given:
            return _("No verdict was given.")
        text = _("{right} of {n} verdicts are right.")
        if partly := sum(map(self._is_partly_right, given)):
            text = _("{right} of {n} verdicts are right, and {partly} partly.")
        return text.format(right=sum(map(self._is_right, given)), n=len(given), partly=partly)

    def _table(self) -> str:
        rows = []
        for state in self.answers_given:
            kernel, answer = describe_kinds(self._kernel_answer(state)), self.answers[state]
            rows.append((state, self._judged(state), kernel, answer["poll"], answer["epoll"]))
        return html_table("", (_("state"), _("your verdict"), "select", "poll", "epoll"), rows)

    def __repr__(self) -> str:
        question = _("Which of these are readable, which writable, which exceptional?")
        score = [self._score_text()] if self.answers_given else []
        return "\n".join([question, *map(self._saved_line, self.answers), *score])

    def _saved_line(self, state: str) -> str:
        """Return a state as a line of the saved text: the verdict on it, and the kernel's answer if it was shown."""
        verdict = self.answers_given.get(state) or ()
        boxes = " ".join("[x]" if kind in verdict else "[ ]" for kind in KINDS)
        line = f"  {boxes}  {state}: {socket_states.describe_state(state)}"
        if state not in self.answers_given:
            return line
        text = (
            _("the kernel: {answer}")
            if self.answers_given[state] is not None
            else _("no verdict; the kernel: {answer}")
        )
        return f"{line}; {text.format(answer=describe_kinds(self._kernel_answer(state)))}"
