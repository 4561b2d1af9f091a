"""A number is set by the slider and by the box, and both agree. A text says why a number was bounded."""

from readiness.widgets.number_control import NumberControl


def test_a_number_control_is_set_by_slider_and_by_box():
    seen = []
    control = NumberControl("Idle clients", (0, 10, 100, 1000), 10, seen.append)
    box, slider = control.widget.children
    slider.value = 100
    assert (control.value, seen) == (100, [100])
    box.value = 250
    assert (slider.value, control.value, seen) == (100, 250, [100, 250])
    box.value = 5000
    assert (slider.value, control.value, seen) == (1000, 1000, [100, 250, 1000])
    control.value = 0
    assert slider.value == 0


def test_a_number_that_is_too_great_becomes_the_greatest_and_a_text_says_why():
    seen = []
    control = NumberControl("Idle clients", (0, 10, 900), 10, seen.append, "At most 900 connect here.")
    box, slider = control.widget.children
    for _time in range(2):  # also if it is the greatest already
        box.value = 99999
        assert (box.value, slider.value, control.value, seen) == (900, 900, 900, [900])
        assert "At most 900 connect here." in control.note.widget.value
        assert 'role="status"' in control.note.widget.value
    box.value = 500
    assert (control.value, seen, control.note.text) == (500, [900, 500], "")
    box.value = -3
    assert (box.value, control.value, seen, control.note.text) == (0, 0, [900, 500, 0], "")
