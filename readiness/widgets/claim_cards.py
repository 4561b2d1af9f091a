"""Claim cards: a learner judges one claim after the other by experiment.

For each claim, the learner gives a verdict (true, false or half true) and presses an experiment, which runs at once.
Then the card shows the ruling, which is the right verdict.
"""

from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.experiments import claims
from readiness.experiments.claims.claim import VERDICTS, Claim, Experiment
from readiness.widgets.panel import Panel, button, row
from readiness.widgets.saved_text import SavedText
from readiness.widgets.status_line import format_error, message_html
from readiness.widgets.tree import close_widgets, widget_tree


class ClaimCard:
    """The card of one claim, with buttons for the verdict and for the experiments.

    The card is decided when the ruling is shown. Then the verdict is locked, but the experiments can be run again.

    Attributes:
        claim: the claim.
        decided: True after the ruling was shown.
        verdict: the buttons for the verdict.
        experiments: a button for each experiment of the claim.
        output: the place for the evidence and the ruling.
        choices: the box that holds both groups of buttons.
        call_safely: calls a function and shows its error. The panel that shows the card sets it.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.decided = False
        self.call_safely: Callable[[Callable[[], object]], object] = lambda callback: callback()
        self.verdict = self._toggle([(shown, verdict) for verdict, shown in VERDICTS.items()], _("Your verdict"))
        self.experiments = [self._experiment_button(experiment) for experiment in claim.experiments]
        self.verdict.observe(lambda _change: self.call_safely(lambda: None), "value")  # the panel refreshes
        self.output = widgets.HTML()
        self.output.add_class("readiness-result")  # the page brings it into sight after a press
        headings = [widgets.HTML(f"<b>{escape(text)}</b>") for text in (_("Your verdict"), _("Run an experiment"))]
        self.choices = widgets.VBox([headings[0], self.verdict, headings[1], *self.experiments])

    def _experiment_button(self, experiment: Experiment) -> widgets.Button:
        return button(experiment.label, lambda: self.call_safely(lambda: self.run(experiment)))

    def _toggle(self, options: Sequence[tuple[str, str]], label: str) -> widgets.ToggleButtons:
        # From a group of radio buttons, JupyterLab takes the arrow keys for its cells.
        return widgets.ToggleButtons(options=options, value=None, tooltip=label, style={"button_width": "max-content"})

    @property
    def correct(self) -> bool:
        """True if the ruling is shown and the learner's verdict is equal to it."""
        return self.decided and self.verdict.value == self.claim.ruling

    def run(self, experiment: Experiment) -> None:
        """Run an experiment of the claim, and show its evidence. If it can decide the claim, also show the ruling.

        If no verdict is given yet, ask for it instead.
        """
        if self.verdict.value is None:
            self._show(_("Give your verdict first. Then press an experiment."), role="alert")
            return
        for made, other in zip(self.experiments, self.claim.experiments, strict=True):
            made.icon = "check" if other is experiment else ""
        self._show(_("The experiment is running."))
        result = claims.run_experiment(experiment)
        lines, ruling = [_("Evidence: {text}").format(text=result.summary), result.origin], ""
        if not experiment.is_conclusive:
            lines += [_("This can't decide the claim. {why}").format(why=experiment.inconclusive_because)]
            if self.decided:
                ruling = _("Another experiment has decided it. {ruling}").format(ruling=self._ruling())
                lines += [ruling, self.claim.explanation]
            else:
                lines += [_("Press another experiment. You may change your verdict first.")]
        else:
            if not result.supports_ruling:
                recorded = claims.load_recorded(experiment)
                lines += [_("On this machine the result is different. The ruling rests on this:")]
                lines += [recorded.summary, recorded.origin]
            ruling = self._decide()
            lines += [ruling, self.claim.explanation]
        self._show(*lines, emphasized=ruling)

    def _decide(self) -> str:
        self.decided = self.verdict.disabled = True
        return self._ruling()

    def _ruling(self) -> str:
        verdict = _("Your verdict is right.") if self.correct else _("Your verdict is not right.")
        ruling = VERDICTS[self.claim.ruling]
        return _("Ruling: {ruling}. {verdict}").format(ruling=ruling, verdict=verdict)

    def saved_text(self) -> str:
        """Return the learner's verdict and the ruling, as far as they are there, as text; "" without a verdict."""
        if self.verdict.value is None:
            return ""
        text = _("Your verdict: {verdict}.").format(verdict=VERDICTS[self.verdict.value])
        return f"{text} {self._ruling()}" if self.decided else text

    def show_error(self, error: BaseException) -> None:
        """Show an error on the card. The verdict and the decision stay as they are."""
        self._show(_("The experiment failed: {error}").format(error=format_error(error)), role="alert")

    def _show(self, *lines: str, emphasized: str = "", role: str = "status") -> None:
        styles = {emphasized: ' style="font-weight: bold"'}
        text = "<br>".join(f"<span{styles.get(line, '')}>{escape(line)}</span>" for line in lines if line)
        self.output.value = message_html(text, role, is_html=True)


class ClaimCards(Panel):
    """A panel with one card for each of `claims`. It shows one card at a time, and the score.

    A saved notebook holds the text of the claims, the learner's verdicts, and the rulings that were shown. A cell that
    is run again keeps its cards, until all claims are decided.

    Args:
        claims: the claims, in the order of their cards.
        name: the panel takes over the cards of the last panel of this name.
        first: the number of the first claim.
    """

    def __init__(self, claims: Sequence[Claim] = claims.CLAIMS, name: str = "cards", first: int = 1) -> None:
        super().__init__()
        self._first = first
        self.cards: list[ClaimCard] = []
        self._index = 0
        before = self._predecessor(name)
        if before and [card.claim for card in before.cards] == list(claims) and not before.all_decided:
            self.cards, self._index = before.cards, before._index
        else:
            self.cards = [ClaimCard(claim) for claim in claims]
        for card in self.cards:
            card.call_safely = self.call_safely
        if before:
            kept = [part for card in self.cards for part in (*widget_tree(card.choices), *widget_tree(card.output))]
            old = [part for card in before.cards for part in (card.choices, card.output)]
            close_widgets([*before.own_widgets(), *old], keep=kept)
        self._heading, self._choices_box, self._output_box = widgets.HTML(), widgets.VBox(), widgets.VBox()
        bar = row(
            self._button(_("Previous"), lambda: self.go_to(self._index - 1)),
            self._button(_("Next"), lambda: self.go_to(self._index + 1)),
            self._status.widget,
        )
        self._saved = SavedText()
        self.widget = widgets.VBox([bar, self._heading, self._choices_box, self._output_box, self._saved.widget])
        self.refresh()

    def _show_error(self, error: BaseException) -> None:
        self.card.show_error(error)

    @property
    def card(self) -> ClaimCard:
        """The card that is shown."""
        return self.cards[self._index]

    def go_to(self, index: int) -> None:
        """Show the card with this index; the first card has the index 0.

        If the index is too small or too large, show the first or the last card.
        """
        self._index = min(max(index, 0), len(self.cards) - 1)
        self.refresh()

    def _show(self) -> None:
        claim = self.card.claim
        heading = _("Claim {n} of {all}").format(n=self._first + self._index, all=self._first + len(self.cards) - 1)
        source = _("From {source}.").format(source=claim.source)
        self._heading.value = (
            f'<div role="status" style="line-height: 1.5">{escape(heading)}: '
            f'<div style="font-size: 115%; font-weight: bold">{escape(claim.text)}</div>{escape(source)}</div>'
        )
        self._choices_box.children, self._output_box.children = [self.card.choices], [self.card.output]
        self._status.update(self.score())
        self._saved.update(repr(self))

    def score(self) -> str:
        """Return as a sentence how many claims are decided, and how many verdicts were right."""
        decided, correct = sum(card.decided for card in self.cards), sum(card.correct for card in self.cards)
        if not decided:
            return _("No claim is decided yet.")
        text = _("{closed} of {all} claims are decided; your verdict is right in {right}.")
        if self.all_decided:
            text = _("All {all} claims are decided; your verdict is right in {right}. Go on below the cards.")
        return text.format(closed=decided, all=len(self.cards), right=correct)

    @property
    def all_decided(self) -> bool:
        """True if all claims are decided."""
        return all(card.decided for card in self.cards)

    def __repr__(self) -> str:
        lines = [_("True, false, or half true?")]
        for n, card in enumerate(self.cards, self._first):
            lines += [f"{n:2}. {card.claim.text}", *filter(None, [card.saved_text() and f"    {card.saved_text()}"])]
        return "\n".join(lines)
