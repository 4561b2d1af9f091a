"""The look of the pictures, in one place: what each colour, tint, frame, hatch and text size means.

One meaning has one look, in every picture. Grey means *changed*, and nothing else. Each look also differs without its
colour: by its frame, its hatch or its weight.
"""

from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

FOREGROUND = "#010203"
"""The colour that `svg` replaces with the text colour of the page. No figure uses this colour for anything else."""


@dataclass(frozen=True)
class Style:
    """The look of one line in every chart: its colour, marker and dash. Each method (such as epoll) has its own."""

    color: str = FOREGROUND
    marker: str = "."
    dash: str | tuple[int, tuple[int, ...]] = "solid"


# Okabe and Ito's colours, which colour-blind readers can distinguish; each has 3:1 against white and against #111.
METHOD_STYLES = {
    "select": Style("#d55e00", "s", (0, (6, 2))),
    "poll": Style("#0072b2", "^", (0, (6, 2, 1, 2))),
    "epoll": Style("#009e73", "o"),
    "kqueue": Style("#b05a92", "D", (0, (2, 1))),
}
REFERENCE = Style(marker="", dash=(0, (1, 2)))
"""A line that was not measured, such as "in proportion". It has no marks, because a mark is a measured point."""


@dataclass(frozen=True)
class Look:
    """The look of a box: its tint (a colour, and its opacity), its frame (width in points, dash) and its text."""

    tint: str = FOREGROUND
    opacity: float = 0.0
    linewidth: float = 0.8
    dash: Literal["solid"] | tuple[int, tuple[int, ...]] = "solid"
    bold: bool = False

    @property
    def weight(self) -> str:
        """The font weight of the text, as matplotlib takes it."""
        return "bold" if self.bold else "normal"


PLAIN = Look()
CHANGED = Look(opacity=0.16, linewidth=2.2, bold=True)
"""What a call or a step has just written or done: grey."""
READY = Look("#f0e442", 0.45, 2.2, bold=True)
"""What is ready, and an event: yellow, which is olive on a dark page."""
FOLLOWED = Look(linewidth=2.2, dash=(0, (2, 1)), bold=True)
"""One thing that appears in many rows, for the eye to follow: a dashed frame."""
CASE = Look(linewidth=2.6, bold=True)
"""The case that the title is about: a thick frame without a tint."""

PART_STYLES = {
    "copy": (0.85, ""),
    "call": (0.85, ""),
    "scan": (0.0, "////"),
    "first scan": (0.0, "////"),
    "second scan": (0.0, "\\\\\\\\"),
    "queues": (0.0, "..."),
    "sleep": (0.0, ""),
}
"""For each part of a wait the opacity and the hatch of its bar."""
BLOCKED_HATCH = "//////"
"""The hatch of the time in which a thread is blocked."""

SMALLEST_SIZE = 9.0
"""The size of the smallest letters of a picture, in points."""
MIN_LETTER = 10.0
"""The size of the smallest letters on a page, in pixels. A page that has no space for that scrolls sideways."""

TITLE_HEIGHT = 0.36  # inches: a title takes this from the top of its figure
TITLE_SIZE = 13.0  # points
TITLE_LEFT = 0.06  # inches


def draw_title(figure: Figure, title: str) -> None:
    """Draw the title of a picture: the claim of the picture, as a sentence of at most nine words, at the upper left."""
    figure.suptitle(title, x=TITLE_LEFT / figure.get_figwidth(), ha="left", size=TITLE_SIZE, weight="bold")
