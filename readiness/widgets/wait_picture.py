"""The picture of a server's waits: a sentence, bars of what a wait scanned and found, and a chart of what it costs.

It draws what a `WaitHistory` holds, live in widgets, or as a picture that does not change.
"""

import time
from collections.abc import Iterable, Sequence
from html import escape

import ipywidgets as widgets
from matplotlib.figure import Figure

from readiness.base.messages import _
from readiness.experiments.meter import Sample
from readiness.graphics.charts import Scale, StaticFigure
from readiness.graphics.live_bars import BarPair, bars_svg, draw_bars, round_up
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.graphics.marks import Marks
from readiness.graphics.styles import METHOD_STYLES, TITLE_LEFT
from readiness.widgets.wait_history import SCANNING, WaitHistory

CALM_SECONDS = 0.5  # between two drawings, if nothing but the noise of the measurement has changed
CALMER_SECONDS = 2.0  # the same, if that has been so for `CALMER_AFTER` seconds
CALMER_AFTER = 10.0
MIN_RATIO = 1.5  # costs that differ less are about the same
NEAR = 1.15  # two numbers of descriptors are compared if the greater one is at most this many times the smaller one

BARS_TITLE = _("What one wait scanned and found")
BARS_UNIT = _("descriptors (linear scale)")
COST_TITLE = _("What one wait costs: medians")
PALE = _(", and single waits (pale)")  # the end of that title
PICTURE_SIZE = (9.2, 4.2)  # inches: of the picture that does not change, without its title
REDUCED_MOTION = "<style>@media (prefers-reduced-motion: reduce) { .single-waits { display: none } }</style>"


def sentence(backend: str, wait: Sample) -> str:
    """Return what one wait has done, as a sentence without its full stop."""
    text = (
        _("{backend} scanned {registered:,} descriptors to find {ready:,} ready")
        if backend in SCANNING
        else _("{backend} returned {ready:,} of {registered:,} descriptors")
    )
    return text.format(backend=backend, registered=wait.registered, ready=wait.ready)


def sentences(history: WaitHistory, running: str) -> list[str]:
    """Return the sentence of the running backend, and then those of the others that have run."""
    first = history.latest.get(running)
    text = sentence(running, first) if first else _("{backend}: its clients connect").format(backend=running)
    return [text, *(sentence(name, history.latest[name]) for name in history.backends if name != running)]


def state_of(history: WaitHistory, running: str) -> tuple[str, int]:
    """Return what is no noise: the running backend, and the number of descriptors in its last wait, or 0."""
    latest = history.latest.get(running)
    return running, latest.registered if latest else 0


def status_text(history: WaitHistory, running: str) -> str:
    """Return how many descriptors the running backend waits for, or why that is not known, as a sentence.

    The cost of a wait stands at the end of the backend's line in the chart. One wait alone may cost twice as much.
    """
    latest = history.latest.get(running)
    if latest is None:
        return _("{backend}: no wait has ended yet. Connect a client and let it talk.").format(backend=running)
    text = _("{backend}: {registered:,} descriptors registered.")
    return text.format(backend=running, registered=latest.registered)


def comparison(history: WaitHistory, running: str) -> str:
    """Return a sentence that compares the running backend's cost with that of another kind of backend, or "".

    Both are for the number of descriptors that the running backend waits for now.
    """
    if running not in history.latest:
        return ""
    n = history.latest[running].registered
    others = [name for name in history.backends if (name in SCANNING) != (running in SCANNING)]
    costs = {name: cost for name in (running, *others) if (cost := _cost_near(history, name, n))}
    others = sorted((name for name in others if name in costs), key=lambda name: name != "poll")
    if running not in costs or not others:
        return ""
    less, more = sorted((running, others[0]), key=lambda name: costs[name])
    ratio = costs[more] / costs[less]
    if ratio < MIN_RATIO:
        text = _("With {n:,} descriptors, a wait with {more} costs about as much as with {less}.")
        return text.format(n=n, more=more, less=less)
    text = _("With {n:,} descriptors, a wait with {more} costs {ratio} times as much as with {less}.")
    return text.format(n=n, more=more, ratio=f"{ratio:.0f}" if ratio >= 9.5 else f"{ratio:.1f}", less=less)


def _cost_near(history: WaitHistory, name: str, n: int) -> float | None:
    """Return the median cost of a backend with about `n` descriptors, in microseconds; None if there is none."""
    near = [(max(n, m) / min(n, m), cost) for m, cost in zip(*history.medians(name), strict=True) if min(n, m)]
    apart, cost = min(near, default=(NEAR + 1, 0.0))
    return cost if apart <= NEAR else None


def bar_pairs(history: WaitHistory, running: str) -> tuple[list[BarPair], float]:
    """Return a pair of bars for each backend that has run, and the end of their scale.

    What a wait scans is not measured. By construction select and poll visit every registered descriptor (`do_select`
    and `do_poll` in fs/select.c), and epoll_wait those on the ready list (`ep_send_events` in fs/eventpoll.c).
    """
    pairs = []
    for name in history.backends:
        wait = history.latest[name]
        scanned = wait.registered if name in SCANNING else wait.ready
        labels = (_("{n:,} scanned").format(n=scanned), _("{n:,} ready").format(n=wait.ready))
        pairs.append(BarPair(name, METHOD_STYLES[name], (scanned, wait.ready), labels, name == running))
    return pairs, round_up(max([wait.registered for wait in history.latest.values()], default=1))


def caption(backends: Sequence[str]) -> str:
    """Return a sentence that says why the bars are as long as they are."""
    parts = [_("{name} scans every registered descriptor").format(name=name) for name in backends if name in SCANNING]
    if len(parts) > 1:
        parts = [_("select and poll scan every registered descriptor")]
    parts += [_("{name} returns its ready list").format(name=name) for name in backends if name not in SCANNING]
    return _("By construction: {parts}.").format(parts="; ".join(parts))


def cost_chart(backends: Iterable[str]) -> LiveChart:
    """Return an empty chart of the cost of a wait, with a line of medians and a cloud of single waits for each backend.

    The series of the single waits of epoll is called "epoll-waits".
    """
    names = list(backends)
    single = [Series(f"{n}-waits", METHOD_STYLES[n], line=False, marks=Marks(4, 0.45, "single-waits")) for n in names]
    lines = [Series(name, METHOD_STYLES[name], marks=Marks(7), width=3) for name in names]
    return LiveChart(
        "",
        Scale(_("descriptors registered"), 10, 1000, log=True),
        [Plot(Scale(_("µs of CPU for one wait"), 10, 1000, log=True), [*single, *lines])],
        size=(5.0, 2.7),
        longest_label=_("{backend} {us:,.0f} µs").format(backend="select", us=1000),
    )


def cost_alt(history: WaitHistory) -> str:
    """Return what the chart of the costs shows, as text."""
    parts = []
    for name in history.backends:
        numbers, costs = history.medians(name)
        text = _("{name} from {first:,.0f} µs with {fewest:,.0f} descriptors to {last:,.0f} µs with {most:,.0f}")
        parts.append(text.format(name=name, first=costs[0], fewest=numbers[0], last=costs[-1], most=numbers[-1]))
    return _("Cost of a wait: {parts}.").format(parts="; ".join(parts) or _("no wait has slept yet"))


class WaitPicture:
    """The sentence, the bars and the chart, as widgets.

    Args:
        backends: the names of the backends that can run.

    Attributes:
        widget: the box that is displayed.
    """

    def __init__(self, backends: Sequence[str]) -> None:
        self.backends = list(backends)
        self.chart = cost_chart(self.backends)
        self._state = ("", 0)  # the running backend, and the number of descriptors in its last wait
        self._drawn_at = self._changed_at = 0.0  # seconds, by time.monotonic
        self._top, self._bars, self._heading, self._background, self._data = (widgets.HTML() for _number in range(5))
        self._background.layout.grid_area = self._data.layout.grid_area = "1 / 1"  # one on the other
        overlay = widgets.GridBox([self._background, self._data], layout={"grid_template_columns": "minmax(0, 1fr)"})
        costs = widgets.VBox(
            [self._heading, overlay], layout={"flex": "1 1 440px", "min_width": "0", "max_width": "485px"}
        )
        self._bars.layout.flex = "1 1 300px"
        self._bars.layout.max_width = "350px"
        self._heading.value = REDUCED_MOTION + _title_html(COST_TITLE, PALE)
        charts = widgets.HBox([self._bars, costs], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([self._top, charts])

    def draw(self, history: WaitHistory, running: str) -> None:
        """Draw the history, unless it was drawn a moment ago and nothing but noise has changed.

        Args:
            history: the waits.
            running: the name of the current backend.
        """
        state, now = state_of(history, running), time.monotonic()
        if state != self._state:
            self._state, self._changed_at = state, now
        elif now - self._drawn_at < (CALM_SECONDS if now - self._changed_at < CALMER_AFTER else CALMER_SECONDS):
            return
        self._drawn_at = now
        self._set_data(history)
        pairs, end = bar_pairs(history, running)
        alt = _("Bars on a linear scale: {texts}.").format(texts="; ".join(sentences(history, running)))
        bars = bars_svg(pairs, end, BARS_UNIT, len(self.backends), alt)
        note = f'<div style="line-height: 1.4">{escape(caption(self.backends))}</div>'
        self._top.value = _top_html(history, running)
        self._bars.value = f"{_title_html(BARS_TITLE)}{bars}{note}"
        self._background.value = self.chart.background()  # not sent to the browser if it is equal to the one before
        self._data.value = self.chart.data()

    def _set_data(self, history: WaitHistory) -> None:
        for name in self.backends:
            self.chart.set(f"{name}-waits", *history.points(name))
            numbers, costs = history.medians(name)
            label = _("{backend} {us:,.0f} µs").format(backend=name, us=costs[-1]) if costs else ""
            self.chart.set(name, numbers, costs, label)
        self.chart.label = cost_alt(history)

    def picture(self, history: WaitHistory, running: str) -> StaticFigure:
        """Return the history as a picture that does not change."""
        self._set_data(history)
        first, *others = sentences(history, running)
        pairs, end = bar_pairs(history, running)

        def draw(figure: Figure) -> None:
            grid = figure.add_gridspec(2, 2, height_ratios=[0.16, 0.84], width_ratios=[0.42, 0.58])
            top, left, right = (figure.add_subfigure(part) for part in (grid[0, :], grid[1, 0], grid[1, 1]))
            for line, y in ((" · ".join(others), 0.95), (comparison(history, running), 0.5)):
                top.text(TITLE_LEFT / PICTURE_SIZE[0], y, line, size=10.5, va="top")
            draw_bars(left, pairs, end, BARS_UNIT)
            left.axes[0].set_title(BARS_TITLE)
            self.chart.draw(right)
            right.axes[0].set_title(COST_TITLE + PALE)

        alt = " ".join([*(f"{text}." for text in others), comparison(history, running)]).strip()
        return StaticFigure(draw, alt, PICTURE_SIZE, first)


def _top_html(history: WaitHistory, running: str) -> str:
    """Return the sentences as HTML: the first one large, all others below it. They always take the same height."""
    first, *others = sentences(history, running)
    lines = [
        f'<div style="font-size: 1.6em; font-weight: bold">{escape(first)}</div>',
        f'<div style="font-size: 1.15em">{escape(" · ".join(others)) or "&nbsp;"}</div>',
        f"<div>{escape(comparison(history, running)) or '&nbsp;'}</div>",
    ]
    return f'<div style="line-height: 1.4">{"".join(lines)}</div>'


def _title_html(title: str, end: str = "") -> str:
    """Return a title as HTML. Its end is hidden with the single waits, where a reader wants no motion."""
    end = f'<span class="single-waits">{escape(end)}</span>'
    return f'<div style="font-weight: bold; line-height: 1.4; margin: 4px 0">{escape(title)}{end}</div>'
