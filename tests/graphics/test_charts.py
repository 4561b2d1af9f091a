"""Pictures: readable in both themes, unique in their ids, with text for those who can't see them."""

import io
import re
from unittest.mock import patch
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from PIL import Image

from readiness.graphics import charts
from readiness.graphics.charts import Scale, StaticFigure
from readiness.graphics.ftp_session import session_picture
from readiness.graphics.live_bars import bars_svg
from readiness.graphics.live_chart import LiveChart, Plot, Series
from readiness.graphics.stories import select_story, wait_path_story
from readiness.graphics.styles import FOREGROUND, METHOD_STYLES, TITLE_HEIGHT


def scales():
    return Scale("descriptors", 10, 1000, log=True), Scale("µs", 0.1, 100, log=True)


def picture():
    return charts.line_chart(
        {"poll": ([10, 100], [1, 10]), "poll, 2008": ([10, 100], [6, 60])}, *scales(), alt="It climbs"
    )


def luminance(color):
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("value", "label"), [(0, "0"), (0.05, "0.05"), (1, "1"), (1.5, "1.5"), (50, "50"), (10_000, "10,000"), (-2, "−2")]
)
def test_a_tick_has_the_label_of_its_own_value(value, label):
    assert charts.plain_number(value) == label


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
@pytest.mark.parametrize("method", METHOD_STYLES)
def test_each_method_has_contrast_on_both_themes(method, page):
    light, dark = sorted([luminance(METHOD_STYLES[method].color), luminance(page)], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 2.2, 1.4.11


def test_each_method_can_be_told_apart_without_colour():
    assert len({style.marker for style in METHOD_STYLES.values()}) == len(METHOD_STYLES)
    assert len({style.dash for style in METHOD_STYLES.values()}) == len(METHOD_STYLES)


def test_the_foreground_is_the_pages_and_the_background_transparent():
    svg = picture().svg
    assert FOREGROUND not in svg
    assert "currentColor" in svg
    assert not re.search(r"fill: #(fff|ffffff)\b", svg)
    assert METHOD_STYLES["poll"].color in svg


def test_it_has_a_text_alternative():
    it = picture()
    assert 'role="img"' in it.svg
    assert 'aria-label="It climbs"' in it.svg
    bundle, metadata = it._repr_mimebundle_()
    assert metadata == {"image/png": {"alt": it.alt}}
    assert bundle["text/plain"] == repr(it) == "It climbs"
    assert bundle["text/html"] == it.svg
    assert Image.open(io.BytesIO(bundle["image/png"])).size == (720, 360)


PICTURES = {
    "chart": lambda: picture().svg,
    "live chart": LiveChart("It climbs", *scales()[:1], [Plot(scales()[1], [Series("poll")])]).frame,
    "live bars": lambda: bars_svg([], 10, "descriptors", 3, "none"),
    "select": lambda: select_story.draw(select_story.scenes()[4], "Ask").svg,
    "wait path": lambda: wait_path_story.draw(8, "Leave").svg,
    "FTP session": lambda: session_picture("on_data_connect_failed").svg,
}


@pytest.mark.parametrize("name", PICTURES)
def test_on_a_narrow_page_letters_stay_large_enough_to_be_read(name):
    root = ElementTree.fromstring(PICTURES[name]())
    least = float(re.search(r"min-width: (\d+)px", root.get("style"))[1])
    sizes = [re.search(r"font[^;]*?([\d.]+)px", text.get("style")) for text in root.iter(f"{charts.SVG}text")]
    sizes += [re.search(r"font[^;]*?([\d.]+)px", root.get("style"))]
    smallest = min(float(size[1]) for size in sizes if size) * least / float(root.get("viewBox").split()[2])
    assert 9.9 < smallest < 10.1  # pixels: below that, the page is scrolled


def test_markup_in_a_label_is_text():
    svg = StaticFigure(lambda figure: figure.subplots().set_xlabel("a < b & c"), 'say "<b>"').svg
    assert "a &lt; b &amp; c" in svg
    assert 'aria-label="say &quot;&lt;b&gt;&quot;"' in svg


def test_two_pictures_share_no_id():
    first, second = (set(re.findall(r'\bid="([^"]+)"', picture().svg)) for _ in range(2))
    assert first
    assert not first & second


def test_every_reference_is_there():
    svg = picture().svg
    assert set(re.findall(r"(?:url\(|href=\")#([\w-]+)", svg)) <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_a_title_stands_above_the_picture_and_begins_the_alternative_text():
    plain, titled = (
        charts.line_chart({"poll": ([1, 2], [1, 2])}, *scales(), "Two points", title=t) for t in ("", "Up")
    )
    assert (plain.alt, titled.alt) == ("Two points", "Up. Two points")
    assert ">Up<" in titled.svg
    heights = [Image.open(io.BytesIO(picture.png)).size[1] for picture in (plain, titled)]
    assert heights == [360, 360 + 100 * TITLE_HEIGHT]


@given(st.lists(st.floats(1e-6, 1e9), min_size=1), st.booleans(), st.floats(1, 2))
def test_a_scale_expanded_to_values_contains_them(values, log, headroom):
    scale = Scale("x", 1, 10, log)
    scale.expand_to(np.array(values), headroom)
    assert max(values) <= scale.high
    assert not log or min(values) >= scale.low * (1 - 1e-9)
    assert not scale.expand_to(np.array(values), headroom)


@pytest.mark.parametrize("log", [False, True])
def test_a_scale_ignores_what_has_no_place_on_it(log):
    scale = Scale("x", 1, 10, log)
    assert not scale.expand_to(np.array([np.nan, np.inf, 0.0, 5.0]))
    assert not scale.expand_to(np.array([]))
    assert (scale.low, scale.high) == (1, 10)


def test_each_line_has_its_name_at_its_end_and_a_point_has_it_below():
    series = {"select": ([1, 9], [1, 5]), "poll": ([1, 9], [1, 5.01]), "TCP: 69 %": ([5], [2])}
    svg = charts.line_chart(series, Scale("n", 0, 10), Scale("µs", 0, 10), "They climb").svg
    texts = re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    places = {text: (float(x), float(y)) for x, y, text in texts}
    assert abs(places["select"][1] - places["poll"][1]) >= 12  # the labels do not overlap
    assert places["select"][0] == places["poll"][0] > places["TCP: 69 %"][0]
    assert "legend" not in svg


def test_only_further_series_of_a_method_have_hollow_marks():
    names = ("select: one descriptor", "select: all numbers", "poll", "poll, TCP", "memory", "slow disk")
    with patch.object(Axes, "plot") as plot:
        charts.line_chart({name: ([1, 2], [1, 2]) for name in names}, *scales())
    hollow = [call.kwargs["markerfacecolor"] == "none" for call in plot.call_args_list]
    assert hollow == [False, True, False, True, False, True]


def test_one_line_needs_no_name():
    assert ">poll<" not in charts.line_chart({"poll": ([1, 2], [1, 2])}, Scale("n", 0, 2), Scale("µs", 0, 2), "x").svg
