"""A status line changes rarely, and shows its text escaped."""

from readiness.widgets.status_line import StatusLine


def test_a_status_line_changes_rarely_and_always_shows_a_final_text():
    line = StatusLine(min_interval=3600)
    line.update("one")
    line.update("two")
    assert line.text == "one"
    assert line.widget.value == '<div role="status">one</div>'
    line.update("three & <more>", final=True)
    assert line.text == "three & <more>"
    assert "three &amp; &lt;more&gt;" in line.widget.value


def test_an_alert_line_without_a_text_has_no_role():
    line = StatusLine("alert")
    line.update("wrong")
    assert line.widget.value == '<div role="alert">wrong</div>'
    line.update("")
    assert (line.text, line.widget.value) == ("", "")
