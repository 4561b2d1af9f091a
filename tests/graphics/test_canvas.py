"""A canvas measures in inches from the upper left corner, and a box has the look of its meaning."""

import pytest
from matplotlib.figure import Figure

from readiness.graphics import styles
from readiness.graphics.canvas import box, canvas


def test_a_unit_is_an_inch_from_the_upper_left_corner():
    figure = Figure(figsize=(7.2, 1.6), dpi=100, layout="constrained")
    ax = canvas(figure)
    figure.draw_without_rendering()
    assert ax.transData.transform((0, 0)).round().tolist() == [0, 160]  # pixels from the lower left corner
    assert ax.transData.transform((7.2, 1.6)).round().tolist() == [720, 0]
    assert not ax.axison


def test_a_title_takes_its_place_above_the_canvas():
    figure = Figure(figsize=(7.2, 1.6 + styles.TITLE_HEIGHT), dpi=100, layout="constrained")
    styles.draw_title(figure, "It climbs")
    ax = canvas(figure)
    figure.draw_without_rendering()
    assert ax.transData.transform((0, 0)).round().tolist() == [0, 160]


def test_each_meaning_has_its_own_look_also_without_colour():
    looks = [styles.PLAIN, styles.CHANGED, styles.READY, styles.FOLLOWED, styles.CASE]
    assert len({(look.tint, look.opacity, look.dash, look.linewidth) for look in looks}) == len(looks)
    assert [look.weight for look in looks] == ["normal", *["bold"] * 4]
    grey = [look for look in looks if look.tint == styles.FOREGROUND and look.opacity]
    assert grey == [styles.CHANGED]


@pytest.mark.parametrize("look", [styles.PLAIN, styles.CHANGED, styles.READY])
def test_a_box_has_the_tint_and_the_frame_of_its_look(look):
    ax = canvas(Figure())
    box(ax, (1, 0.5), 2, 0.25, look)
    [patch] = ax.patches
    assert patch.get_bbox().bounds == (1, 0.5, 2, 0.25)
    assert patch.get_linewidth() == look.linewidth
    assert patch.get_facecolor()[3] == look.opacity
