"""A number is set by the slider and by the box, and both agree."""

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
