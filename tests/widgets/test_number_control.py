"""A number is set by the slider and by the box, and both agree. A sentence says which number is used instead."""

import pytest

from readiness.widgets.number_control import NumberControl


@pytest.fixture
def seen():
    """The numbers with which the control has called back."""
    return []


@pytest.fixture
def control(seen):
    return NumberControl("Idle clients", (0, 10, 100, 1000), 10, seen.append, "The limit allows no more.")


def box_and_slider(control):
    return control.widget.children[:2]


def test_a_number_control_is_set_by_slider_and_by_box(control, seen):
    box, slider = box_and_slider(control)
    slider.value = 100
    assert (control.value, box.value, seen) == (100, "100", [100])
    box.value = "250"
    assert (slider.value, control.value, seen) == (100, 250, [100, 250])
    control.value = 0
    assert (slider.value, box.value, seen) == (0, "0", [100, 250, 0])
    assert control.note.text == ""


def test_a_number_out_of_range_becomes_the_nearest_and_a_sentence_says_so(control, seen):
    box, slider = box_and_slider(control)
    for _time in range(2):  # also if it is the greatest already
        box.value = "99999"
        assert (box.value, slider.value, control.value, seen) == ("1000", 1000, 1000, [1000])
        assert control.note.text == (
            "Idle clients takes 0 to 1,000. Instead of 99999, 1,000 is used. The limit allows no more."
        )
        assert 'role="alert"' in control.note.widget.value
    box.value = "500"
    assert (control.value, seen, control.note.text) == (500, [1000, 500], "")
    box.value = "-50"
    assert (box.value, control.value, seen) == ("0", 0, [1000, 500, 0])
    assert control.note.text == "Idle clients takes 0 to 1,000. Instead of -50, 0 is used."


@pytest.mark.parametrize(("typed", "used"), [("12.7", 13), ("12,4", 12), ("999.9 clients", 1000)])
def test_a_number_that_is_not_whole_becomes_the_nearest_and_a_sentence_says_so(control, seen, typed, used):
    box, _slider = box_and_slider(control)
    box.value = typed
    assert (box.value, control.value, seen) == (str(used), used, [used])
    assert control.note.text == (
        f"Idle clients takes whole numbers from 0 to 1,000. Instead of {typed}, {used:,} is used."
    )


@pytest.mark.parametrize("typed", ["9" * 30, "1e999"])
def test_a_number_without_end_is_too_great(control, typed):
    box, _slider = box_and_slider(control)
    box.value = typed
    assert (control.value, box.value) == (1000, "1000")
    assert "The limit allows no more." in control.note.text


@pytest.mark.parametrize("typed", ["many", "", "²", "1/2", "12-15"])
def test_what_is_no_number_changes_nothing_and_a_sentence_says_so(control, seen, typed):
    box, slider = box_and_slider(control)
    for _time in range(2):
        box.value = typed
        assert (box.value, slider.value, control.value, seen) == ("10", 10, 10, [])
        assert control.note.text == (f"“{typed}” is no number. Idle clients takes 0 to 1,000, and stays at 10.")
    box.value = "20"
    assert (control.value, control.note.text) == (20, "")


@pytest.mark.parametrize("typed", ["900", " 900 ", "+900", "0900", "900 clients", "9e2", "900,0"])
def test_a_whole_number_may_be_written_in_several_ways(control, typed):
    box, _slider = box_and_slider(control)
    box.value = typed
    assert (control.value, box.value, control.note.text) == (900, "900", "")


@pytest.mark.parametrize("typed", ["18,000", "18 000", "18_000", "18000"])
def test_thousands_may_be_grouped(typed):
    control = NumberControl("Idle clients", (0, 18000), 0, print)
    control.widget.children[0].value = typed
    assert control.value == 18000
