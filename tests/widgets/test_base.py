"""A status line changes rarely, and shows its text escaped."""

from readiness.widgets.base import StatusLine


def test_a_status_line_changes_rarely_and_always_shows_a_final_text():
    line = StatusLine(min_interval=3600)
    line.update("one")
    line.update("two")
    assert "one" in line.widget.value
    line.update("three & <more>", final=True)
    assert "three &amp; &lt;more&gt;" in line.widget.value
