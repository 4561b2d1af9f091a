"""A status line changes rarely, and shows its text escaped."""

from readiness.widgets.status_line import StatusLine, message_html


def test_a_status_line_changes_rarely_and_always_shows_a_final_text():
    line = StatusLine(min_interval=3600)
    line.update("one")
    line.update("two")
    assert line.text == "one"
    assert line.widget.value == message_html("one", "status")
    line.update("three & <more>", final=True)
    assert line.text == "three & <more>"
    assert "three &amp; &lt;more&gt;" in line.widget.value


def test_a_status_line_may_be_allowed_one_change_before_its_time():
    line = StatusLine(min_interval=3600)
    line.update("one")
    line.allow_update()
    line.update("two")
    line.update("three")
    assert line.text == "two"


def test_an_alert_line_without_a_text_has_no_role():
    line = StatusLine("alert")
    line.update("wrong")
    assert line.widget.value == message_html("wrong", "alert")
    line.update("")
    assert (line.text, line.widget.value) == ("", "")


def test_an_alert_differs_from_a_status_by_more_than_its_colour():
    assert "border" not in message_html("<fine>", "status")
    alert = message_html("<wrong>", "alert")
    for expected in ("⚠", "border", "bold", "&lt;wrong&gt;"):
        assert expected in alert
