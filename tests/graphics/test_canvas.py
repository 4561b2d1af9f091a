"""A canvas measures in inches from the upper left corner, and a highlighted box stands out."""

from matplotlib.figure import Figure

from readiness.graphics.canvas import box, canvas, font_weight


def test_a_unit_is_an_inch_from_the_upper_left_corner():
    figure = Figure(figsize=(7.2, 1.6), dpi=100, layout="constrained")
    ax = canvas(figure)
    figure.draw_without_rendering()
    assert ax.transData.transform((0, 0)).round().tolist() == [0, 160]  # pixels from the lower left corner
    assert ax.transData.transform((7.2, 1.6)).round().tolist() == [720, 0]
    assert not ax.axison


def test_a_highlighted_box_has_a_tint_and_a_thick_line():
    ax = canvas(Figure())
    for highlighted in (False, True):
        box(ax, (1, 0.5), 2, 0.25, highlighted=highlighted, linewidth=0.7)
    plain, bold = ax.patches
    assert plain.get_bbox().bounds == bold.get_bbox().bounds == (1, 0.5, 2, 0.25)
    assert (plain.get_linewidth(), bold.get_linewidth()) == (0.7, 2.2)
    assert plain.get_facecolor()[3] == 0 < bold.get_facecolor()[3]
    assert [font_weight(highlighted) for highlighted in (False, True)] == ["normal", "bold"]
