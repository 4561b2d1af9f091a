"""poll and epoll report the same events of a socket as text, and epoll refuses a regular file."""

import errno
import select
import tempfile

import pytest

from readiness.system import masks
from readiness.system.socket_states import open_state

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="this system has no epoll")


@pytest.mark.parametrize(
    ("state", "mask"), [("quiet", "OUT"), ("byte", "IN|OUT"), ("full", "0"), ("pipe ended", "HUP")]
)
def test_both_report_the_events_of_a_state(state, mask):
    with open_state(state) as it:
        assert masks.poll_mask(it) == masks.epoll_mask(it.fd) == mask


def test_a_regular_file_is_ready_for_poll_and_refused_by_epoll():
    with tempfile.TemporaryFile() as file:
        assert masks.poll_mask(file) == "IN|OUT"
        with pytest.raises(PermissionError) as refused:
            masks.epoll_mask(file)
    assert refused.value.errno == errno.EPERM
