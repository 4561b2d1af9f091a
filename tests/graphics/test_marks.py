"""Labels at the ends of lines do not overlap, and stay as close to their lines as they can."""

import pytest

from readiness.graphics.end_labels import spread
from readiness.graphics.marks import dash_array

POSITIONS = {
    (): [],
    (50.0,): [50.0],
    (50.0, 100.0): [50.0, 100.0],
    (50.0, 54.0): [47.0, 57.0],
    (54.0, 50.0): [57.0, 47.0],
    (50.0, 50.0, 50.0): [40.0, 50.0, 60.0],
    (50.0, 54.0, 60.0): [44.666667, 54.666667, 64.666667],
    (50.0, 54.0, 200.0): [47.0, 57.0, 200.0],
}


@pytest.mark.parametrize(("positions", "expected"), POSITIONS.items())
def test_positions_are_moved_apart(positions, expected):
    assert spread(positions, 10.0) == pytest.approx(expected)


def test_a_dash_is_in_widths_of_its_line():
    assert dash_array((0, (6, 2)), 3) == "; stroke-dasharray: 18 6"
    assert dash_array("solid", 3) == ""
