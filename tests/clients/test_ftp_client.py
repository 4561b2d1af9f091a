"""An FTP session by hand shows the protocol step by step; what the server holds meanwhile is told as it is."""

import re
import selectors

import ipywidgets as widgets
import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.clients import ftp_client
from readiness.clients.ftp_client import FtpHand
from readiness.experiments.meter import SelectorMeter
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets import FtpServerMonitor, FtpClientPanel

LARGE = 16 << 20  # bytes: more than the sockets' buffers hold


@pytest.fixture
def meter():
    return SelectorMeter()


@pytest.fixture
def server(tmp_path, meter):
    (tmp_path / "letter.txt").write_text("who is ready?\n")
    with open(tmp_path / "large.bin", "wb") as file:
        file.truncate(LARGE)
    with BackgroundServer(FtpServer(tmp_path, selector=meter.wrap(selectors.DefaultSelector()))) as running:
        yield running.server


@pytest.fixture
def hand(server):
    client = FtpHand()
    client.connect(server.address)
    yield client
    client.close()


def codes(hand):
    return [text[:3] for who, text in hand.said if who == "<"]


def heard(hand, *wanted):
    """Whether the replies are these, now or soon."""
    return wait_until(lambda: hand.refresh() or codes(hand) == list(wanted), 5)


def held(server, hand, words):
    return wait_until(lambda: inspection.words(inspection.sockets(server, hand.here)) == words, 5)


def log_in(hand):
    for line in ("USER anonymous", "PASS me", "TYPE I"):
        hand.say(line)
    assert heard(hand, "220", "331", "230", "200")
    hand.said.clear()


@pytest.mark.parametrize(("passive", "reply"), [("PASV", "227"), ("EPSV", "229")])
def test_a_download_step_by_step(server, hand, passive, reply):
    log_in(hand)
    assert held(server, hand, "control READ")
    hand.say(passive)
    assert wait_until(lambda: hand.refresh() or hand.data == "passive", 5), (
        list(hand.said),
        inspection.sockets(server),
    )
    assert held(server, hand, "control READ · passive READ")
    hand.dial()
    assert held(server, hand, "control READ · data -")
    hand.say("RETR large.bin")
    assert held(server, hand, "control READ · data WRITE")
    hand.say("NOOP")
    assert heard(hand, reply, "150")  # nothing more, as long as nobody reads
    assert wait_until(lambda: inspection.sockets(server, hand.here)[-1].bytes > 0, 5)
    while hand.data == "open":
        hand.read()
    assert hand.got == LARGE
    assert heard(hand, reply, "150", "226", "200")
    assert held(server, hand, "control READ")


def test_abor_ends_a_transfer_at_once(server, hand):
    log_in(hand)
    hand.say("PASV")
    assert wait_until(lambda: hand.refresh() or hand.data == "passive", 5), (
        list(hand.said),
        inspection.sockets(server),
    )
    hand.dial()
    hand.say("RETR large.bin")
    assert held(server, hand, "control READ · data WRITE")
    hand.say("ABOR")
    assert heard(hand, "227", "150", "426", "226")
    assert held(server, hand, "control READ")


@pytest.mark.parametrize("passive", ["PASV", "EPSV"])
def test_what_was_read_is_shown_if_it_is_a_text_that_is_short(server, hand, passive):
    log_in(hand)
    for command in ("LIST", "RETR letter.txt"):
        hand.say(passive)
        assert wait_until(lambda: hand.refresh() or hand.data == "passive", 5)
        hand.dial()
        hand.say(command)
        while hand.data == "open":
            hand.read()
    data = [text for who, text in hand.said if who == "="]
    assert data[0].endswith(" large.bin")
    assert data[1].endswith(" letter.txt")
    assert data[2:] == ["who is ready?"]
    for head in (b"\0" * 100, b"the beginning of a long text\n"):
        hand._show(head, 2000)
        assert hand.said[-1] == ("=", "2,000 bytes")


def test_a_port_is_taken_from_the_last_pasv_and_the_line_may_come_in_pieces(hand):
    hand._hear(b"229 Entering Extended Passive Mode (|||2000|)\r\n227 Entering Passive Mode (127,0,0,1,1")
    assert (hand.data, hand.port) == ("passive", 2000)
    hand._hear(b"0,4).\r\n")
    assert (hand.data, hand.port) == ("passive", 10 * 256 + 4)


def test_out_of_turn_is_refused_in_words(server):
    idle = FtpHand()
    for deed, words in ((lambda: idle.say("NOOP"), "Connect"), (idle.dial, "PASV"), (idle.read, "Dial")):
        with pytest.raises(UserError, match=words):
            deed()
    assert not idle.connected
    assert inspection.words(inspection.sockets(server)) == "nobody is connected"


def test_a_server_that_is_gone_is_said_in_words(server, hand):
    server.listener.close()
    with pytest.raises(UserError, match="run the cell that starts it"):
        hand.connect(server.address)


def test_only_the_last_lines_are_kept(hand):
    for _line in range(2 * ftp_client.KEPT):
        hand.say("NOOP")
    assert len(hand.said) == ftp_client.KEPT


def test_each_client_has_its_own_rows(server, hand):
    other = FtpHand()
    other.connect(server.address)
    assert wait_until(lambda: len(inspection.sockets(server)) == 3, 5)
    assert [row.what for row in inspection.sockets(server)] == ["listener", "control", "control"]
    assert [row.client for row in inspection.sockets(server, other.here)] == [other.here]
    other.close()
    assert wait_until(lambda: len(inspection.sockets(server)) == 2, 5)


@pytest.fixture
def panel(server):
    shown = FtpClientPanel(server, files=("letter.txt", "large.bin"))
    yield shown
    shown.close()


def buttons(widget):
    if isinstance(widget, widgets.Button):
        return {widget.description: widget}
    found = {}
    for child in getattr(widget, "children", ()):
        found |= buttons(child)
    return found


def press(panel, *names):
    for name in names:
        buttons(panel.widget)[name].click()


def says(line, words):
    return wait_until(lambda: words in line.widget.value, 5)


def test_the_buttons_lead_through_a_download(panel):
    press(panel, "Connect", "USER anonymous", "PASS me", "TYPE I", "PASV")
    assert says(panel._status, "the server listens at port")
    assert says(panel._status, "waits for READ there")
    press(panel, "Dial", "RETR large.bin")
    assert says(panel._status, "the server: waits for WRITE")
    assert wait_until(lambda: "150 " in panel._transcript.value, 5)
    press(panel, "Read", "Read")
    assert says(panel._status, f"has ended, after {LARGE:,} bytes")
    assert wait_until(lambda: "226 " in panel._transcript.value, 5)
    assert wait_until(lambda: f"after {LARGE:,} bytes" in panel._view.value, 5)  # the picture, by its label


def test_the_picture_is_drawn_when_something_has_changed_and_not_else(panel, monkeypatch):
    drawn = []
    picture = panel.picture
    monkeypatch.setattr(panel, "picture", lambda: drawn.append(1) or picture())
    panel.call_safely(lambda: None)
    panel.call_safely(lambda: None)
    assert drawn == []
    press(panel, "Connect")
    assert wait_until(lambda: drawn, 5)


def test_what_goes_wrong_is_said_in_the_panel(panel):
    press(panel, "Dial")
    assert "send PASV or EPSV first" in panel._alert.widget.value
    press(panel, "Connect")
    assert panel._alert.widget.value == ""


def test_a_typed_line_is_sent_by_enter_and_its_answer_is_text(panel):
    press(panel, "Connect")
    box = panel._command_input.widget
    box._handle_msg({"content": {"data": {"method": "custom", "content": {"event": "submit"}}}, "buffers": []})
    box.value = "<b>"
    assert wait_until(lambda: "&gt; &lt;b&gt;" in panel._transcript.value and "500 " in panel._transcript.value, 5)
    box.value = "left, not entered"
    box._handle_msg({"content": {"data": {"method": "custom", "content": {"event": "submit"}}}, "buffers": []})
    assert wait_until(lambda: panel._transcript.value.count("left, not entered") == 1, 5)


def test_the_board_follows_the_server(server, meter, hand):
    board = FtpServerMonitor(server, meter)
    try:
        assert says(board._status, "Sessions: 1. Sockets: 2.")
        log_in(hand)
        hand.say("PASV")
        row = ["<td[^>]*>passive</td>", "<td[^>]*>READ</td>"]
        assert wait_until(lambda: re.search("".join(row), board._table.value), 5)
        before = meter.waits
        hand.say("NOOP")
        assert wait_until(lambda: meter.waits > before, 5)
        assert wait_until(lambda: f"Waits so far: {meter.waits:,}." in board.status_text, 5)
        assert "<svg" in board._view.value
        hand.close()
        assert wait_until(lambda: "Sessions: 0. Sockets: 1." in board.status_text, 5)
    finally:
        board.close()


def test_the_board_says_when_the_server_is_gone(tmp_path):
    meter = SelectorMeter()
    server = FtpServer(tmp_path, selector=meter.wrap(selectors.DefaultSelector()))
    server.close()
    board = FtpServerMonitor(server, meter)
    assert "has been stopped" in board.status_text
    board.close()
