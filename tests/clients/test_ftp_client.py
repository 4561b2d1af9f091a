"""An FTP session by hand shows the protocol step by step, and the sockets of the server meanwhile."""

import selectors
from math import isnan
from types import SimpleNamespace

import pytest

from readiness.base.background import BackgroundServer, wait_until
from readiness.base.messages import UserError
from readiness.clients import ftp_client
from readiness.clients.ftp_client import ManualFtpClient
from readiness.experiments.meter import SelectorMeter
from readiness.servers.ftp import FtpServer, inspection
from readiness.widgets import FtpClientPanel, FtpServerMonitor, ftp_monitor
from tests.widgets.helpers import cells, control, html, press, press_enter, shows

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
def client(server):
    client = ManualFtpClient()
    client.connect(server.address)
    yield client
    client.close()


def codes(client):
    return [text[:3] for who, text in client.transcript if who == "<"]


def receives(client, *expected):
    """Return whether the replies are these, now or soon."""
    return wait_until(lambda: client.refresh() or codes(client) == list(expected), 5)


def has_sockets(server, client, summary):
    return wait_until(lambda: inspection.summary(inspection.list_sockets(server, client.local_port)) == summary, 5)


def log_in(client):
    for line in ("USER anonymous", "PASS me", "TYPE I"):
        client.send_command(line)
    assert receives(client, "220", "331", "230", "200")
    client.transcript.clear()


@pytest.mark.parametrize(("passive", "reply"), [("PASV", "227"), ("EPSV", "229")])
def test_a_download_step_by_step(server, client, passive, reply):
    log_in(client)
    assert has_sockets(server, client, "control READ")
    client.send_command(passive)
    assert wait_until(lambda: client.refresh() or client.data_state == "passive", 5), (
        list(client.transcript),
        inspection.list_sockets(server),
    )
    assert has_sockets(server, client, "control READ · passive READ")
    client.connect_data()
    assert has_sockets(server, client, "control READ · data -")
    client.send_command("RETR large.bin")
    assert has_sockets(server, client, "control READ · data WRITE")
    client.send_command("NOOP")
    assert receives(client, reply, "150")  # nothing more, as long as the client does not read
    assert wait_until(lambda: inspection.list_sockets(server, client.local_port)[-1].bytes > 0, 5)
    while client.data_state == "open":
        client.read()
    assert client.bytes_received == LARGE
    assert receives(client, reply, "150", "226", "200")
    assert has_sockets(server, client, "control READ")


def test_abor_ends_a_transfer_at_once(server, client):
    log_in(client)
    client.send_command("PASV")
    assert wait_until(lambda: client.refresh() or client.data_state == "passive", 5), (
        list(client.transcript),
        inspection.list_sockets(server),
    )
    client.connect_data()
    client.send_command("RETR large.bin")
    assert has_sockets(server, client, "control READ · data WRITE")
    client.send_command("ABOR")
    assert receives(client, "227", "150", "426", "226")
    assert has_sockets(server, client, "control READ")


@pytest.mark.parametrize("passive", ["PASV", "EPSV"])
def test_what_was_read_is_shown_if_it_is_a_text_that_is_short(server, client, passive):
    log_in(client)
    for command in ("LIST", "RETR letter.txt"):
        client.send_command(passive)
        assert wait_until(lambda: client.refresh() or client.data_state == "passive", 5)
        client.connect_data()
        client.send_command(command)
        while client.data_state == "open":
            client.read()
    data = [text for who, text in client.transcript if who == "="]
    assert data[0].endswith(" large.bin")
    assert data[1].endswith(" letter.txt")
    assert data[2:] == ["who is ready?"]
    for head in (b"\0" * 100, b"the beginning of a long text\n"):
        client._preview(head, 2000)
        assert client.transcript[-1] == ("=", "2,000 bytes")


def test_a_port_is_taken_from_the_last_pasv_and_the_line_may_come_in_pieces(client):
    client._on_reply(b"229 Entering Extended Passive Mode (|||2000|)\r\n227 Entering Passive Mode (127,0,0,1,1")
    assert (client.data_state, client.passive_port) == ("passive", 2000)
    client._on_reply(b"0,4).\r\n")
    assert (client.data_state, client.passive_port) == ("passive", 10 * 256 + 4)


def test_out_of_turn_is_refused_in_words(server):
    idle = ManualFtpClient()
    too_early = (
        (lambda: idle.send_command("NOOP"), "Connect"),
        (idle.connect_data, "PASV"),
        (idle.read, "Connect data"),
    )
    for action, message in too_early:
        with pytest.raises(UserError, match=message):
            action()
    assert not idle.connected
    assert inspection.summary(inspection.list_sockets(server)) == "no client is connected"


def test_a_server_that_is_gone_is_said_in_words(server, client):
    server.listener.close()
    with pytest.raises(UserError, match="run the cell that starts it"):
        client.connect(server.address)


def test_only_the_last_lines_are_kept(client):
    for _line in range(2 * ftp_client.TRANSCRIPT_LINES):
        client.send_command("NOOP")
    assert len(client.transcript) == ftp_client.TRANSCRIPT_LINES


def test_each_client_has_its_own_rows(server, client):
    other = ManualFtpClient()
    other.connect(server.address)
    assert wait_until(lambda: len(inspection.list_sockets(server)) == 3, 5)
    assert [row.role for row in inspection.list_sockets(server)] == ["listener", "control", "control"]
    assert [row.client for row in inspection.list_sockets(server, other.local_port)] == [other.local_port]
    other.close()
    assert wait_until(lambda: len(inspection.list_sockets(server)) == 2, 5)


@pytest.fixture
def panel(server):
    shown = FtpClientPanel(server, files=("letter.txt", "large.bin"))
    yield shown
    shown.close()


def test_the_buttons_lead_through_a_download(panel):
    press(panel, "Connect", "USER anonymous", "PASS me", "TYPE I", "PASV")
    assert shows(panel, "The server listens for a data connection at port")
    assert shows(panel, "waits for READ there")
    press(panel, "Connect data", "RETR large.bin")
    assert shows(panel, "The server waits for WRITE")
    assert wait_until(lambda: "150 " in html(panel), 5)
    press(panel, "Read", "Read")
    assert shows(panel, f"has ended after {LARGE:,} bytes")
    assert wait_until(lambda: "226 " in html(panel), 5)
    assert wait_until(lambda: f"ended after {LARGE:,} bytes" in html(panel), 5)  # the picture, by its label


def test_a_connection_that_the_server_has_not_accepted_is_not_called_closed(panel, monkeypatch):
    press(panel, "Connect", "USER anonymous", "PASS me", "TYPE I", "PASV", "Connect data")
    monkeypatch.setattr(panel, "server_interest", lambda: {"control": "READ", "passive": "READ"})
    panel.refresh()
    assert shows(panel, "The server has not accepted it yet.")
    monkeypatch.setattr(panel, "server_interest", lambda: {"control": "READ"})
    panel.refresh()
    assert shows(panel, "The server has closed its end.")


def test_the_state_after_a_press_is_shown_at_once_and_the_drawing_after_it(panel, monkeypatch):
    panel.stop_refreshing()  # what is shown then comes from the press
    seen, picture = [], panel.picture
    monkeypatch.setattr(panel, "picture", lambda: seen.append(panel.status_text) or picture())
    for label, text in (
        ("Connect", "the server waits for READ on it. There is no data"),
        ("PASV", "waits for READ there"),
        ("Connect data", "The server waits for nothing"),
    ):
        if label == "PASV":
            press(panel, "USER anonymous", "PASS me", "TYPE I")
        seen.clear()
        press(panel, label)
        assert [text in status for status in seen] == [True], label
    monkeypatch.undo()


def test_a_settled_panel_shows_a_download_that_nobody_reads(panel):
    panel.settle()
    assert wait_until(lambda: panel.server_interest().get("data") == "WRITE", 5)
    assert 0 < panel.server_bytes() < LARGE
    assert panel.client.bytes_received == 0
    assert shows(panel, "You have read 0 bytes")
    assert panel.picture().alt.startswith("You do not read, so the server waits. ")
    assert panel.alert_text == ""


def test_the_picture_is_drawn_when_something_has_changed_and_not_else(panel, monkeypatch):
    drawn = []
    picture = panel.picture
    monkeypatch.setattr(panel, "picture", lambda: drawn.append(1) or picture())
    panel.call_safely(lambda: None)
    panel.call_safely(lambda: None)
    assert drawn == []
    press(panel, "Connect")
    assert wait_until(lambda: drawn, 5)


def test_what_ends_a_transfer_is_the_headline_and_the_status_changes_with_it(panel):
    panel.settle()
    assert wait_until(lambda: panel.server_interest().get("data") == "WRITE", 5)
    panel.stop_refreshing()  # the next press alone changes the panel
    press(panel, "ABOR")
    assert wait_until(lambda: "data" not in panel.server_interest(), 5)
    press(panel, "NOOP")
    assert panel.picture().alt.startswith("The server has closed the data connection. ")
    assert panel.status_text.endswith("The server has closed its end.")


def test_a_command_that_waits_for_the_end_of_a_transfer_is_named(panel):
    panel.settle()
    press(panel, "QUIT")
    assert shows(panel, "Without a final reply: RETR large.bin, QUIT.")
    press(panel, "Read", "Read")
    assert shows(panel, "Control connection: closed by the server. Press Connect.")
    assert panel.picture().alt.startswith("There is no control connection. ")
    press(panel, "Connect")
    assert wait_until(lambda: "220 " in html(panel), 5)
    assert "Without a final reply" not in panel.status_text


def test_only_a_final_reply_answers_a_command():
    client = ManualFtpClient()
    client.unanswered.extend(["FEAT", "RETR f", "NOOP"])
    for line, left in ((b"211-Features", 3), (b" SIZE", 3), (b"211 End", 2), (b"150 Data", 2), (b"226 Done", 1)):
        client._on_reply(line + b"\r\n")
        assert len(client.unanswered) == left, line


def test_what_goes_wrong_is_said_in_the_panel(panel):
    press(panel, "Connect data")
    assert "send PASV or EPSV first" in panel.alert_text
    press(panel, "Connect")
    assert panel.alert_text == ""


def test_a_typed_line_is_sent_by_enter_and_its_answer_is_text(panel):
    press(panel, "Connect")
    box = control(panel, "Command")
    press_enter(box)
    box.value = "<b>"
    assert wait_until(lambda: "&gt; &lt;b&gt;" in html(panel) and "500 " in html(panel), 5)
    box.value = "left, not entered"
    press_enter(box)
    assert wait_until(lambda: html(panel).count("left, not entered") == 1, 5)


def test_the_board_follows_the_server(server, meter, client):
    board = FtpServerMonitor(server, meter)
    try:
        assert shows(board, "Sessions: 1. Sockets: 2.")
        log_in(client)
        client.send_command("PASV")
        assert wait_until(lambda: any(row[1:3] == ["passive", "READ"] for row in cells(board)), 5)
        before = meter.waits
        client.send_command("NOOP")
        assert wait_until(lambda: meter.waits > before, 5)
        assert wait_until(lambda: f"Waits so far: {meter.waits:,}." in board.status_text, 5)
        assert "<svg" in html(board)
        client.close()
        assert wait_until(lambda: "Sessions: 0. Sockets: 1." in board.status_text, 5)
    finally:
        board.close()


def test_a_board_on_hold_keeps_its_chart_and_its_table(server, meter, client):
    board = FtpServerMonitor(server, meter)
    try:
        press(board, "Hold the charts, or let them go on")
        held = html(board).replace(board.status_text, "")
        log_in(client)
        assert shows(board, "Sessions: 1. Sockets: 2.")
        assert html(board).replace(board.status_text, "") == held
        press(board, "Hold the charts, or let them go on")
        assert wait_until(lambda: "control" in html(board), 5)
    finally:
        board.close()


def test_a_pause_of_the_whole_machine_is_a_gap_in_the_chart(server, meter, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(ftp_monitor, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(FtpServerMonitor, "start_refreshing", lambda board: None)
    board = FtpServerMonitor(server, meter)
    for seconds in (0.2, 0.2, 10, 0.2):
        now[0] += seconds
        board.refresh()
    board.close()
    assert [isnan(state.sockets) for state in board._timeline] == [False, False, False, True, False, False]
    assert all(isnan(state.sockets) or state.waits_per_second < 1000 for state in board._timeline)


def test_the_board_says_when_the_server_is_gone(tmp_path):
    meter = SelectorMeter()
    server = FtpServer(tmp_path, selector=meter.wrap(selectors.DefaultSelector()))
    server.close()
    board = FtpServerMonitor(server, meter)
    assert "has been stopped" in board.status_text
    board.close()
