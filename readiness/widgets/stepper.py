"""A stepper: one step of a story at a time, with its picture and its words; forward, back, or played."""

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.widgets import base

PACE = 9.0  # seconds a step is shown while the story plays


class Stepper:
    """Leafs through `story`. The buttons keep the keyboard's focus at either end; the words are a live region.

    What stays of it in a saved notebook: the picture of the step `saved` (from 1 on), and all the words.
    """

    def __init__(self, story: Sequence[Step], name: str, saved: int = 1) -> None:
        base.replace(name, None)
        self.story = list(story)
        self._saved = saved
        self._pictures: dict[int, StaticFigure] = {}
        self._at = 0
        self._ticker: base.Ticker | None = None
        self._view, self._words = widgets.HTML(), widgets.HTML()
        self._play = base.button(_("Play"), self._toggle)
        bar = widgets.HBox(
            [
                base.button(_("Previous"), lambda: self._by_hand(-1)),
                base.button(_("Next"), lambda: self._by_hand(1)),
                self._play,
            ],
            layout={"flex_flow": "row wrap"},
        )
        self.widget = widgets.VBox([bar, self._words, self._view])
        self.go(0)
        base.replace(name, self)

    @property
    def at(self) -> int:
        """The step that is shown, from 0 on."""
        return self._at

    def go(self, step: int) -> None:
        """Show that step, from 0 on; beyond either end it stays at the end."""
        self._at = min(max(step, 0), len(self.story) - 1)
        shown = self.story[self._at]
        head = _("Step {n} of {all}: {title}").format(n=self._at + 1, all=len(self.story), title=shown.title)
        picture = self._picture(self._at)  # drawn before the words are changed: both come together
        words = f"<b>{escape(head)}.</b> {escape(shown.text)}"
        # As high as the longest story's words, so that the picture below keeps its place.
        place = "line-height: 1.5; min-height: 6.5em; max-width: 52em"
        self._words.value = f'<div role="status" style="{place}">{words}</div>'
        self._view.value = picture.svg

    def _picture(self, step: int) -> StaticFigure:
        if step not in self._pictures:
            self._pictures[step] = self.story[step].draw()
        return self._pictures[step]

    def _by_hand(self, by: int) -> None:
        self._pause()
        self.go(self._at + by)

    def _toggle(self) -> None:
        if self._ticker is not None:
            self._pause()
            return
        if self._at == len(self.story) - 1:
            self._at = -1
        self._play.description = _("Pause")
        self._ticker = base.Ticker(self._tick, self._fault, rate=1 / PACE)

    def _tick(self) -> None:
        self.go(self._at + 1)
        if self._at == len(self.story) - 1:
            self._pause()

    def _pause(self) -> None:
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.stop()
            self._play.description = _("Play")

    def _fault(self, error: BaseException) -> None:
        self._words.value = f'<div role="alert">{escape(base.in_words(error))}</div>'

    def close(self) -> None:
        self._pause()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return base.bundle(self.widget, repr(self), self._picture(self._saved - 1))

    def __repr__(self) -> str:
        steps = (f"{n}. {step.title}. {step.text}" for n, step in enumerate(self.story, 1))
        return "\n".join(steps)
