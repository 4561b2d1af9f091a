"""The picture says what the waits found and cost, draws what has changed, and is true where there is no epoll."""

import re
from xml.etree import ElementTree

import pytest

from readiness.experiments.meter import Sample
from readiness.graphics.charts import SVG
from readiness.widgets import wait_history, wait_picture
from readiness.widgets.wait_history import MIN_RUN, WaitHistory
from readiness.widgets.wait_picture import WaitPicture
from tests.widgets.helpers import html

COST = {"select": 1.2, "poll": 1.1, "epoll": 0.01, "kqueue": 0.01}  # µs for each descriptor


def wait(backend, registered, ready=5):
    return Sample(0.0, registered, ready, (50 + COST[backend] * registered) * 1e-6, 0.05, ready, 1e-4)


def add(history, backend, registered, ready=5):
    history.add(backend, [wait(backend, registered, ready)] * MIN_RUN)


@pytest.fixture
def history():
    history = WaitHistory()
    for backend in ("poll", "epoll"):
        for registered in (15, 107, 907, 2009):
            add(history, backend, registered)
    return history


@pytest.fixture
def clock(monkeypatch):
    """The time of the picture, which a test sets."""
    now = [100.0]
    monkeypatch.setattr(wait_picture.time, "monotonic", lambda: now[0])
    return now


def picture_of(history, running="poll", backends=("select", "poll", "epoll")):
    picture = WaitPicture(backends)
    picture.draw(history, running)
    return picture


def lines(picture):
    """The lines of text above the charts, the running backend's first."""
    return re.findall(r"<div[^>]*>([^<]+)</div>", picture._top.value)


def test_the_running_backend_is_large_and_the_others_stay_beside_it(history):
    add(history, "select", 907, 3)
    large, others, compared = lines(picture_of(history))
    assert large == "poll scanned 2,009 descriptors to find 5 ready"
    assert others == "select scanned 907 descriptors to find 3 ready · epoll returned 5 of 2,009 descriptors"
    assert compared == "With 2,009 descriptors, a wait with poll costs 32 times as much as with epoll."
    assert re.findall("bold[^>]*>([^<]*)<", picture_of(history)._top.value) == [large]


def test_it_is_no_live_region(history):
    assert not re.search("role=.(status|alert)|aria-live", html(picture_of(history)))


def test_a_backend_that_has_not_waited_yet_says_so(history):
    assert lines(picture_of(history, "select"))[0] == "select: its clients connect"
    assert lines(picture_of(WaitHistory(), "epoll"))[0] == "epoll: its clients connect"


def test_bars_are_a_pair_for_each_backend_that_has_run(history):
    bars = picture_of(history)._bars.value
    assert re.findall(">([^<]* (?:scanned|ready))<", bars) == ["2,009 scanned", "5 ready", "5 scanned", "5 ready"]
    assert re.findall('bold">([^<]*)<', bars) == ["poll", "2,009 scanned", "5 ready"], "the running backend's are bold"
    assert "By construction: select and poll scan every registered descriptor; epoll returns its ready list." in bars


def test_a_line_of_medians_has_its_name_and_its_cost_at_its_end(history):
    texts = re.findall("<text[^>]*>([^<]+)</text>", picture_of(history)._data.value)
    assert texts == ["poll 2,260 µs", "epoll 70 µs"]


def test_the_alternative_text_follows_the_picture(history):
    picture = picture_of(history)
    expected = (
        "poll from 66 µs with 15 descriptors to 2,260 µs with 2,009; epoll from 50 µs with 15 descriptors to 70 µs"
    )
    assert f'aria-label="Cost of a wait: {expected}' in picture._data.value
    assert 'aria-label="Bars on a linear scale: poll scanned 2,009 descriptors to find 5 ready' in picture._bars.value
    assert picture.picture(history, "epoll").alt.startswith("epoll returned 5 of 2,009 descriptors. poll scanned 2,009")


def test_every_part_is_well_formed(history):
    picture = picture_of(history)
    for part in (picture._bars, picture._background, picture._data):
        root = ElementTree.fromstring(f"<p>{part.value}</p>")
        assert len(list(root.iter(f"{SVG}svg"))) == 1
    assert "prefers-reduced-motion" in picture._heading.value
    assert 'class="single-waits"' in picture._data.value


def test_what_did_not_change_is_not_sent(history, clock):
    picture = picture_of(history)
    sent = []
    for part in (picture._top, picture._bars, picture._background, picture._data):
        part.observe(lambda change: sent.append(change["owner"]), "value")
    for _time in range(5):
        clock[0] += 3
        picture.draw(history, "poll")
    assert sent == []
    clock[0] += 3
    add(history, "poll", 2009, ready=4)
    picture.draw(history, "poll")
    assert picture._background not in sent
    assert picture._top in sent


def test_noise_is_drawn_less_often_than_a_change(history, clock):
    picture, drawn = picture_of(history), []
    picture.chart.data = lambda: drawn.append(clock[0]) or ""
    for _refresh in range(80):  # ten seconds of refreshes
        clock[0] += 0.125
        picture.draw(history, "poll")
    assert len(drawn) == 19
    for _refresh in range(80):
        clock[0] += 0.125
        picture.draw(history, "poll")
    assert len(drawn) == 24, "a number of descriptors that stays the same for long is drawn every two seconds"
    picture.draw(history, "epoll")
    assert len(drawn) == 25, "a switch is drawn immediately"
    add(history, "epoll", 107)
    picture.draw(history, "epoll")
    assert len(drawn) == 26, "another number of descriptors, too"


def test_costs_that_hardly_differ_are_about_the_same_and_each_number_is_compared_with_itself():
    history = WaitHistory()
    for backend in ("poll", "epoll"):
        add(history, backend, 15)
    assert wait_picture.comparison(history, "poll") == (
        "With 15 descriptors, a wait with poll costs about as much as with epoll."
    )
    add(history, "poll", 907)
    add(history, "epoll", 500)
    assert wait_picture.comparison(history, "poll") == "", "not with another number of descriptors"
    add(history, "epoll", 907)
    assert wait_picture.comparison(history, "poll").startswith("With 907 descriptors, a wait with poll costs 18 times")
    add(history, "poll", 107)
    assert wait_picture.comparison(history, "poll") == "", "what runs now, and not the greatest number"
    add(history, "epoll", 107)
    text = "With 107 descriptors, a wait with poll costs 3.3 times as much as with epoll."
    assert wait_picture.comparison(history, "epoll") == text


def test_the_dearer_call_is_named_first():
    history = WaitHistory()
    for backend, us in (("select", 30), ("poll", 40), ("epoll", 80)):
        history.add(backend, [Sample(0.0, 62, 40, us * 1e-6, 0.05, 40, 1e-4)] * MIN_RUN, 50)
    text = "With 62 descriptors, a wait with epoll costs 2.0 times as much as with poll."
    assert wait_picture.comparison(history, "epoll") == text


@pytest.mark.parametrize(
    ("backends", "caption", "sentence"),
    [
        (
            ("select", "poll", "kqueue"),
            "By construction: select and poll scan every registered descriptor; kqueue returns its ready list.",
            "kqueue returned 5 of 907 descriptors",
        ),
        (
            ("select",),
            "By construction: select scans every registered descriptor.",
            "select scanned 907 descriptors to find 5 ready",
        ),
        (
            ("poll", "epoll"),
            "By construction: poll scans every registered descriptor; epoll returns its ready list.",
            "epoll returned 5 of 907 descriptors",
        ),
    ],
)
def test_it_is_true_on_other_systems(backends, caption, sentence, monkeypatch):
    monkeypatch.setattr(wait_history, "BACKENDS", dict.fromkeys(backends))
    history = WaitHistory()
    for backend in backends:
        add(history, backend, 907)
    picture = picture_of(history, backends[-1], backends)
    assert caption in picture._bars.value
    assert lines(picture)[0] == sentence
    assert picture._bars.value.count("<rect") == 2 * len(backends)
    if backends[-1] == "kqueue":
        assert "a wait with poll costs 18 times as much as with kqueue" in lines(picture)[2]
    assert not re.search("epoll", html(picture)) or "epoll" in backends


def test_its_saved_picture_is_drawn_also_before_the_first_wait(history):
    for shown in (history, WaitHistory()):
        assert picture_of(shown).picture(shown, "poll").png.startswith(b"\x89PNG")
