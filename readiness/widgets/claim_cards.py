"""Cards: one claim at a time; the learner gives a verdict, chooses an experiment, runs it, and sees the ruling."""

import threading
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.experiments import claims
from readiness.experiments.claims.claim import VERDICTS, Claim
from readiness.widgets import base


class Card:
    """One claim: a verdict, locked once the ruling is shown; experiments, which may be run as often as you like."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.ruled = False
        self.verdict = self._toggle([(shown, verdict) for verdict, shown in VERDICTS.items()], _("Your verdict"))
        self.trial = self._toggle([(trial.label, trial) for trial in claim.experiments], _("An experiment"))
        self.said = widgets.HTML()
        heads = [widgets.HTML(f"<b>{escape(text)}</b>") for text in (_("Your verdict"), _("Choose an experiment"))]
        self.choices = widgets.VBox([heads[0], self.verdict, heads[1], self.trial])

    def _toggle(self, options: list[tuple[str, Any]], name: str) -> widgets.ToggleButtons:
        # From a group of radio buttons, JupyterLab takes the arrow keys for its cells.
        return widgets.ToggleButtons(options=options, value=None, tooltip=name, style={"button_width": "max-content"})

    @property
    def right(self) -> bool:
        """Whether the ruling is shown, and is the verdict that was given."""
        return self.ruled and self.verdict.value == self.claim.ruling

    def run(self) -> None:
        """Run the chosen experiment, and say what it brought; show the ruling if it decides the case."""
        if self.verdict.value is None or self.trial.value is None:
            self._say(_("Give your verdict and choose an experiment; then run it."))
            return
        self._say(_("The experiment is running."))
        found = claims.run_experiment(self.trial.value)
        lines, ruling = [_("Evidence: {words}").format(words=found.summary), found.origin], ""
        if not self.trial.value.is_conclusive:
            lines += [_("That can't decide the case. {why}").format(why=self.trial.value.inconclusive_because)]
            if self.ruled:
                ruling = self._rule()
                lines += [ruling, self.claim.explanation]
            else:
                lines += [_("Choose another experiment; you may change your verdict.")]
        else:
            if not found.supports_ruling:
                known = claims.load_recorded(self.trial.value)
                lines += [_("Here and now it came out otherwise. The ruling rests on this:")]
                lines += [known.summary, known.origin]
            ruling = self._rule()
            lines += [ruling, self.claim.explanation]
        self._say(*lines, strong=ruling)

    def _rule(self) -> str:
        self.ruled = self.verdict.disabled = True
        held = _("Your verdict held.") if self.right else _("Your verdict did not hold.")
        ruling = VERDICTS[self.claim.ruling]
        return _("Ruling: {ruling}. {held}").format(ruling=ruling, held=held)

    def fail(self, error: BaseException) -> None:
        """Say what went wrong; the verdict, the choice and the ruling stay."""
        self._say(_("The experiment failed: {error}").format(error=base.in_words(error)), role="alert")

    def _say(self, *lines: str, strong: str = "", role: str = "status") -> None:
        bold = {strong: ' style="font-weight: bold"'}
        text = "".join(f"<div{bold.get(line, '')}>{escape(line)}</div>" for line in lines if line)
        self.said.value = f'<div role="{role}" style="line-height: 1.5">{text}</div>'


_kept: dict[str, "Cards"] = {}  # the last ones of each name


class Cards:
    """Leafs through `claims`, a card for each, and keeps the score. The buttons keep the keyboard's focus.

    What stays of it in a saved notebook: the claims, without the rulings. A cell that is run again keeps its cards,
    until every case is closed.
    """

    def __init__(self, claims: Sequence[Claim] = claims.CLAIMS, name: str = "cards") -> None:
        before = _kept.get(name)
        kept = before and [card.claim for card in before.cards] == list(claims) and not before.closed
        self.cards = before.cards if kept else [Card(claim) for claim in claims]
        self._at = 0
        self._lock = threading.RLock()  # a callback may run in a thread beside a cell
        self._head, self._score = widgets.HTML(), base.Line(calm=0)
        self._place = widgets.VBox()
        leaf = [self._button(_("Previous"), lambda: self.go(self._at - 1))]
        leaf += [self._button(_("Next"), lambda: self.go(self._at + 1))]
        run = self._button(_("Run the experiment"), self._run)
        run.layout.margin = "12px 0 0 0"  # it is no choice, but what acts on one
        bar = widgets.HBox([*leaf, self._score.widget], layout={"flex_flow": "row wrap", "align_items": "center"})
        self._said = widgets.VBox()
        self.widget = widgets.VBox([bar, self._head, self._place, run, self._said])
        self.go(before._at if kept else 0)
        _kept[name] = self

    def _button(self, name: str, deed: Any) -> widgets.Button:
        return base.button(name, lambda: self._do(deed))

    def _do(self, deed: Any) -> None:
        with self._lock:
            try:
                deed()
            except Exception as error:  # in a callback it would be seen by nobody
                self.card.fail(error)

    @property
    def card(self) -> Card:
        """The card that is shown."""
        return self.cards[self._at]

    def go(self, number: int) -> None:
        """Show that card, from 0 on; beyond either end it stays at the end."""
        self._at = min(max(number, 0), len(self.cards) - 1)
        claim = self.card.claim
        head = _("Claim {n} of {all}").format(n=self._at + 1, all=len(self.cards))
        source = _("From {source}.").format(source=claim.source)
        self._head.value = (
            f'<div role="status" style="line-height: 1.5">{escape(head)}: '
            f'<div style="font-size: 115%; font-weight: bold">{escape(claim.text)}</div>{escape(source)}</div>'
        )
        self._place.children, self._said.children = [self.card.choices], [self.card.said]
        self._count()

    def _run(self) -> None:
        self.card.run()
        self._count()

    def _count(self) -> None:
        self._score.say(self.score(), last=True)

    def score(self) -> str:
        """How many cases are closed, and how many verdicts held, in words."""
        closed, right = (sum(getattr(card, name) for card in self.cards) for name in ("ruled", "right"))
        if not closed:
            return _("No case is closed yet.")
        told = _("{closed} of {all} cases closed; your verdict held in {right}.")
        return told.format(closed=closed, all=len(self.cards), right=right)

    @property
    def closed(self) -> bool:
        """Whether every case is."""
        return all(card.ruled for card in self.cards)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self))

    def __repr__(self) -> str:
        claims = (f"{n:2}. {card.claim.text}" for n, card in enumerate(self.cards, 1))
        return "\n".join([_("True, false, or half true?"), *claims])
