"""The picture of an FTP session shows methods that exist, marks those that are asked for, and fits the page."""

import re

import pytest

from readiness.base.messages import UserError
from readiness.graphics.ftp_session import ARROWS, BOXES, METHODS, in_two_lines, session_picture
from readiness.servers.ftp import FtpServer, Session
from readiness.servers.ftp.control import ControlConnection
from readiness.servers.ftp.data import DataConnection
from tests.course.test_ftp_labs import SOLUTIONS, overridden


def test_each_method_is_one_of_the_package():
    kinds = (Session, ControlConnection, DataConnection, FtpServer)
    assert [name for name in METHODS if not any(hasattr(kind, name) for kind in kinds)] == ["do_x"]


def test_each_lab_can_mark_its_methods():
    for path in SOLUTIONS:
        picture = session_picture(*overridden(path))
        assert picture.alt.endswith(f"Marked: {', '.join(overridden(path))}.")


def test_each_box_has_its_text_and_every_arrow_its_boxes():
    plain, marked = session_picture(), session_picture("feed")
    shown = re.findall(r">([^<>]+)</(?:text|tspan)>", plain.svg)
    assert {part for name in BOXES for part in in_two_lines(name).split("\n")} <= set(shown)
    assert {name for _sides, chain in ARROWS for name in chain.split()} == set(BOXES)
    bold = [
        len(re.findall(r"font: (?:700|bold)|font-weight: (?:700|bold)|700 ", shown.svg)) for shown in (plain, marked)
    ]
    assert bold[1] == bold[0] + 1
    assert plain.png
    positions = [float(x) for x in re.findall(r'<text [^>]* x="([-\d.]+)"', plain.svg)]
    assert min(positions) > 0
    assert max(positions) < 7.2 * 72


def test_a_name_that_is_no_method_is_refused():
    with pytest.raises(UserError, match=r"no method obey\. It has: accept, "):
        session_picture("feed", "obey")
