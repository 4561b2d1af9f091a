"""A stepper: a panel that shows a story step by step, as pictures and texts. Buttons go forward, go back, or play."""

from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from readiness.base.messages import _
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.widgets.panel import Panel, row
from readiness.widgets.threads import PeriodicThread

STEP_SECONDS = 9.0  # how long a step is shown while the story plays
AT_END = "readiness-at-end"  # the class of a button that has no step to go to; the page makes it pale


class Stepper(Panel):
    """A panel that shows a story, one step at a time.

    At the first step Previous is pale, and at the last step Next. Both stay enabled: if a button were disabled, the
    keyboard's focus would leave it. A screen reader reads out the text when it
    changes. A saved notebook holds the texts of all steps, and the picture of one step.

    Args:
        story: the steps. Each has a title, a text and a picture.
        name: the panel's name. An open panel with this name is closed first.
        saved_step: the number of the step whose picture a saved notebook holds. The first step has the number 1.
    """

    def __init__(self, story: Sequence[Step], name: str, saved_step: int = 1) -> None:
        super().__init__(name)
        self.story = list(story)
        self._saved_step = saved_step
        self._pictures: dict[int, StaticFigure] = {}
        self._index = 0
        self._play_thread: PeriodicThread | None = None
        self._text = widgets.HTML()
        # The longest step's text, unseen: it makes all texts equally high, and the picture below keeps its place.
        longest = max((f"{step.title} {step.text}" for step in self.story), key=len, default="")
        hidden = "grid-area: 1 / 1; visibility: hidden"
        self._space = f'<div aria-hidden="true" style="{hidden}">{_("Step")} 0 0 0: {escape(longest)}</div>'
        self._play = self._button(_("Play"), self._toggle_play)
        self._play.add_class("readiness-play")  # the page hides it from readers who want little motion
        self._previous = self._button(_("Previous"), lambda: self._step(-1))
        self._next = self._button(_("Next"), lambda: self._step(1))
        bar = row(self._previous, self._next, self._play)
        bar.add_class("readiness-steps")
        shown = widgets.VBox([self._alert.widget, self._text, self._view])
        shown.add_class("readiness-result")  # the page brings it into sight after a press
        self.widget = widgets.VBox([bar, shown])
        self.go_to(0)

    @property
    def index(self) -> int:
        """The index of the step that is shown. The first step has the index 0."""
        return self._index

    @property
    def playing(self) -> bool:
        """True while the story plays."""
        return self._play_thread is not None

    def go_to(self, step: int) -> None:
        """Show the step with the index `step`. The first step has the index 0.

        If the index is too small or too large, show the first or the last step.
        """
        self._index = min(max(step, 0), len(self.story) - 1)
        shown = self.story[self._index]
        head = _("Step {n} of {all}: {title}").format(n=self._index + 1, all=len(self.story), title=shown.title)
        picture = self._picture(self._index)  # drawn before the text is changed, so that both change together
        text = f'<div role="status" style="grid-area: 1 / 1"><b>{escape(head)}.</b> {escape(shown.text)}</div>'
        self._text.value = f'<div style="display: grid; line-height: 1.5; max-width: 52em">{self._space}{text}</div>'
        self._view.value = picture.svg
        for button, at_end in ((self._previous, self._index == 0), (self._next, self._index == len(self.story) - 1)):
            (button.add_class if at_end else button.remove_class)(AT_END)

    def _picture(self, step: int) -> StaticFigure:
        if step not in self._pictures:
            self._pictures[step] = self.story[step].draw()
        return self._pictures[step]

    def _step(self, delta: int) -> None:
        self._pause()
        self.go_to(self._index + delta)

    def _toggle_play(self) -> None:
        if self.playing:
            self._pause()
            return
        if self._index == len(self.story) - 1:
            self._index = -1
        self._play.description = _("Pause")
        # Without the panel's lock: `_pause` holds the lock while it waits for the end of the thread.
        self._play_thread = PeriodicThread(self._advance, self._show_error, rate=1 / STEP_SECONDS)

    def _advance(self) -> None:
        self.go_to(self._index + 1)
        if self._index == len(self.story) - 1:
            self._pause()

    def _pause(self) -> None:
        thread, self._play_thread = self._play_thread, None
        if thread is not None:
            thread.stop()
            self._play.description = _("Play")

    def stop_refreshing(self) -> None:
        """Pause the story, if it plays. A second call does nothing."""
        self._pause()

    def picture(self) -> StaticFigure:
        """Return the picture of the step with the number `saved_step`."""
        return self._picture(self._saved_step - 1)

    def __repr__(self) -> str:
        steps = (f"{n}. {step.title}. {step.text}" for n, step in enumerate(self.story, 1))
        return "\n".join(steps)
