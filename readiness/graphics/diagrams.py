"""Drawings: the structures that the calls take and give, as cells with what stands in them.

They show what they are handed, before and after a call, and know nothing of the calls.
"""

from collections.abc import Collection, Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.graphics.charts import INK, Picture

WIDTH = 7.2  # inches: as wide as the charts


def grid(
    rows: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    alt: str,
    marked: Collection[tuple[str, int]] = (),
    corner: str = "",
) -> Picture:
    """A table of cells: a bit, a field of a structure. `rows`: the text of each cell, under the name of its row.

    `marked`: (row, place) of the cells that stand out, by a tint and a thick frame. `corner`: what the columns are.
    """
    count = len(columns)
    margin = max([len(name) for name in rows] + [len(corner)]) * 0.085 + 0.15  # inches, for the names of the rows
    side = min(0.42, (WIDTH - margin) / count) if all(len(t) <= 2 for texts in rows.values() for t in texts) else None
    wide = side or (WIDTH - margin) / count
    high = 0.36
    size = (WIDTH, high * (len(rows) + 1) + 0.1)

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("none")  # each cell has its place in inches
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, size[0])
        ax.set_ylim(size[1], 0)
        for text, x, y in [(corner, margin - 0.12, 0.5)]:
            ax.text(x, y * high, text, ha="right", va="center", fontsize=9)
        for place, name in enumerate(columns):
            ax.text(margin + (place + 0.5) * wide, 0.5 * high, name, ha="center", va="center", fontsize=9)
        for line, (name, texts) in enumerate(rows.items(), 1):
            ax.text(margin - 0.12, (line + 0.5) * high, name, ha="right", va="center")
            for place, text in enumerate(texts):
                strong = (name, place) in marked
                look = {"facecolor": (INK, 0.16 if strong else 0), "linewidth": 2.2 if strong else 0.7}
                corner_at = (margin + place * wide + 0.02, line * high + 0.03)
                ax.add_patch(Rectangle(corner_at, wide - 0.04, high - 0.06, edgecolor=INK, **look))
                look = {"fontweight": "bold" if strong else "normal", "fontsize": 10.0}
                if text:  # long words get smaller letters: a capital is 0.7 of their size wide, a bold one 0.78
                    look["fontsize"] = min(10.0, (wide - 0.16) * 72 / ((0.78 if strong else 0.7) * len(text)))
                middle = (margin + (place + 0.5) * wide, (line + 0.5) * high)
                ax.text(*middle, text, ha="center", va="center", **look)

    return Picture(draw, alt, size)


def exchange(
    lanes: Sequence[str], steps: Sequence[tuple[str, str, str]], alt: str, asleep: Sequence[tuple[str, int, int]] = ()
) -> Picture:
    """Who calls whom, one step below another: each lane is a line from top to bottom, with its name above.

    `steps`: (from lane, to lane, words); a step from a lane to itself is what it does alone.
    `asleep`: (lane, from which step, to which step), a hatched bar on the lane; steps count from 0.
    """
    high = 0.4
    size = (WIDTH, high * (len(steps) + 1.6))
    places = {lane: (n + 0.5) * WIDTH / len(lanes) for n, lane in enumerate(lanes)}

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("none")
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, size[0])
        ax.set_ylim(size[1], 0)
        for lane, x in places.items():
            ax.text(x, 0.5 * high, lane, ha="center", va="center", fontweight="bold")
            from_y = high
            for _lane, first, last in sorted(nap for nap in asleep if nap[0] == lane):
                top, bottom = (first + 1.6) * high, (last + 1.6) * high
                look = {"facecolor": "none", "edgecolor": INK, "hatch": "//////", "linewidth": 0.8}
                ax.add_patch(Rectangle((x - 0.1, top), 0.2, bottom - top, **look))
                ax.plot([x, x], [from_y, top], color=INK, linewidth=0.8)
                from_y = bottom
            ax.plot([x, x], [from_y, size[1]], color=INK, linewidth=0.8)
        for line, (start, end, words) in enumerate(steps):
            y = (line + 1.6) * high
            if start == end:
                ax.plot([places[start]], [y], marker="o", color=INK)
                ax.text(places[start] + 0.15, y, words, va="center", fontsize=9)
                continue
            toward = 1 if places[end] > places[start] else -1
            from_x, to_x = (
                places[lane] + side * 0.1 * any(nap == lane and first <= line <= last for nap, first, last in asleep)
                for lane, side in ((start, toward), (end, -toward))
            )
            look = {"arrowstyle": "->", "color": INK, "linewidth": 1.4}
            ax.annotate("", (to_x, y), (from_x, y), arrowprops=look)
            ax.text((places[start] + places[end]) / 2, y - 0.05, words, ha="center", va="bottom", fontsize=9)

    return Picture(draw, alt, size)
