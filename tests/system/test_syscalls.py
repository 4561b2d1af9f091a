"""System calls: the arguments of the three calls before and after, as the kernel leaves them; the interest list."""

import builtins
import errno
import math
import os
import platform
import select
import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.base.messages import UserError
from readiness.system import interest_list, syscalls
from readiness.system.descriptors import open_descriptors
from readiness.system.fdset import FdSet

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs the C library of a POSIX system")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
FDS = st.sets(st.integers(0, 3000))


def fails(number: int, function, *args, **kwargs) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011  the number below is the match
        function(*args, **kwargs)
    assert caught.value.errno == number


# The bitmap


@given(FDS, FDS, st.integers(0, 3100))
def test_a_bitmap_is_a_set_of_numbers(first, others, fd_to_test):
    bitmap = FdSet(first, size=3001)
    model = set(first)
    for fd in others:
        bitmap.add(fd) if fd % 2 else bitmap.discard(fd)
        model.add(fd) if fd % 2 else model.discard(fd)
    assert bitmap.fds() == sorted(model)
    assert (fd_to_test in bitmap) == (fd_to_test in model)
    assert bitmap == FdSet(model, size=3001) == bitmap.copy()


@given(FDS)
def test_machine_words_and_bits_are_the_same(fds):
    bitmap = FdSet(fds)
    size = len(bitmap) // len(bitmap.machine_words())
    assert sum(word << size * i for i, word in enumerate(bitmap.machine_words())) == sum(1 << fd for fd in fds)
    bits = bitmap.bits().replace(" ", "")
    assert {fd for fd, bit in enumerate(bits) if bit == "1"} == fds
    assert all(len(group) == 8 for group in bitmap.bits().split(" "))
    assert len(bits) == len(bitmap) == size * max(1, -(-(max(fds, default=0) + 1) // size))


def test_a_bitmap_is_drawn():
    bitmap = FdSet([3, 4, 70], size=128)
    assert bitmap.bits(0, 12) == "00011000 0000"
    assert [line.split()[:2] for line in str(bitmap).splitlines()] == [["0", "00011000"], ["64", "00000010"]]
    assert repr(bitmap) == "FdSet([3, 4, 70], size=128)"


def test_a_copy_is_its_own():
    bitmap = FdSet([3])
    duplicate = bitmap.copy()
    duplicate.add(4)
    assert bitmap.fds() == [3]
    assert duplicate != bitmap


def test_a_descriptor_that_does_not_fit_is_refused():
    with pytest.raises(UserError, match=r"5000 .* 1024 bits: make it longer, FdSet\(size=5001\)"):
        FdSet(size=1024).add(5000)
    with pytest.raises(UserError, match="from 0 on, not -1"):
        FdSet([-1])
    assert 5000 not in FdSet(size=1024)
    assert -1 not in FdSet(size=1024)


# select


@POSIX
def test_select_overwrites_the_bitmap_that_it_is_given():
    with open_descriptors(6, "socketpair", ready=0) as items:
        bitmap, nfds = FdSet(items.fds, size=1024), max(items.fds) + 1
        items.make_ready(2)
        first = syscalls.select(nfds, bitmap, timeout=0)
        assert first.returned == 1
        assert first.before.read.fds() == items.fds
        assert first.after.read.fds() == bitmap.fds() == [items.fds[2]]
        items.make_ready(4)
        assert syscalls.select(nfds, bitmap, timeout=0).returned == 1  # 4 is no longer requested
        assert syscalls.select(nfds, items.fds, timeout=0).after.read.fds() == [items.fds[2], items.fds[4]]


@POSIX
def test_select_fills_three_bitmaps():
    with open_descriptors(2, "socketpair", ready=1, position="first") as items:
        call = syscalls.select(max(items.fds) + 1, items.fds, items.fds, items.fds, timeout=0)
    assert call.returned == 3
    assert [s.fds() for s in call.after] == [items.fds[:1], items.fds, []]


@POSIX
def test_select_finds_a_descriptor_beyond_1024_where_pythons_refuses():
    with open_descriptors(1100, ready=1, position="last") as items:
        fd = items.fds[-1]
        assert fd > 1024
        with pytest.raises(ValueError, match="out of range"):
            select.select([fd], [], [], 0)
        assert syscalls.select(fd + 1, items.fds, timeout=0).after.read.fds() == [fd]


@LINUX
def test_linux_writes_the_time_left_into_the_timeval():
    with open_descriptors(1, ready=1) as items:
        call = syscalls.select(items.fds[0] + 1, items.fds, timeout=60)
        assert 0 < call.remaining <= call.timeout == 60
    assert syscalls.select(0, timeout=0.001).remaining == 0
    assert syscalls.select(1, timeout=0).before == (None, None, None)


@POSIX
def test_select_fails_as_the_kernel_says():
    closed = os.dup(1)
    os.close(closed)
    fails(errno.EBADF, syscalls.select, closed + 1, [closed], timeout=0)
    fails(errno.EINVAL, syscalls.select, 1, timeout=-1)
    with pytest.raises(UserError, match=r"reads 5001 bits, and this bitmap has 1024"):
        syscalls.select(5001, FdSet(size=1024), timeout=0)


# poll


@POSIX
def test_poll_writes_revents_and_leaves_the_rest():
    with open_descriptors(2, "socketpair", ready=1, position="last") as items:
        closed = os.dup(1)
        os.close(closed)
        entries = [(items.fds[0], select.POLLIN), (items.fds[1], select.POLLIN | select.POLLOUT), (-1, select.POLLIN)]
        call = syscalls.poll([*entries, (closed, 0)], 0)
    assert call.returned == 2
    assert [entry[:2] for entry in call.after] == [entry[:2] for entry in call.before] == [*entries, (closed, 0)]
    assert {entry.revents for entry in call.before} == {0}
    names = [entry.describe()[2] for entry in call.after]
    assert names == ["0", "POLLIN|POLLOUT", "0", "POLLNVAL"]


@POSIX
def test_poll_returns_a_hangup_that_was_not_requested():
    sock, peer = socket.socketpair()
    peer.close()
    (entry,) = syscalls.poll([(sock.fileno(), 0)], 0).after
    sock.close()
    assert "POLLHUP" in entry.describe()[2]


@LINUX
def test_poll_takes_no_more_entries_than_the_limit_of_descriptors():
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert syscalls.poll([(-1, 0)] * 256, 0).returned == 0
        fails(errno.EINVAL, syscalls.poll, [(-1, 0)] * 257, 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# epoll


@pytest.fixture
def epfd():
    number = syscalls.epoll_create1()
    yield number
    os.close(number)


@LINUX
def test_epoll_writes_events_to_the_front_of_the_array(epfd):
    with open_descriptors(4, ready=2, position="last") as items:
        for i, fd in enumerate(items.fds):
            syscalls.epoll_ctl(epfd, "ADD", fd, select.EPOLLIN, data=2**40 + i)
        call = syscalls.epoll_wait(epfd, 3, 0)
        assert call.returned == 2
        assert call.before == [(0, 0)] * 3
        assert call.after == [(select.EPOLLIN, 2**40 + 2), (select.EPOLLIN, 2**40 + 3), (0, 0)]
        assert call.after[0].describe() == ("EPOLLIN", 2**40 + 2)
        syscalls.epoll_ctl(epfd, "DEL", items.fds[2])
        syscalls.epoll_ctl(epfd, "MOD", items.fds[3], select.EPOLLIN)
        assert [event.data for event in syscalls.epoll_wait(epfd, 3, 0).after] == [items.fds[3], 0, 0]


@LINUX
def test_epoll_fails_as_the_kernel_says(epfd, tmp_path):
    with open_descriptors(1) as items, open(tmp_path / "file", "w", encoding="utf-8") as file:
        fails(errno.ENOENT, syscalls.epoll_ctl, epfd, "MOD", items.fds[0], select.EPOLLIN)
        syscalls.epoll_ctl(epfd, "ADD", items.fds[0], select.EPOLLIN)
        fails(errno.EEXIST, syscalls.epoll_ctl, epfd, "ADD", items.fds[0], select.EPOLLIN)
        fails(errno.EPERM, syscalls.epoll_ctl, epfd, "ADD", file.fileno(), select.EPOLLIN)
        fails(errno.EINVAL, syscalls.epoll_wait, epfd, 0, 0)
        fails(errno.EINVAL, syscalls.epoll_wait, items.fds[0], 1, 0)
    fails(errno.EBADF, syscalls.epoll_wait, 10**6, 1, 0)
    with pytest.raises(UserError, match="'ADD', 'MOD' or 'DEL'"):
        syscalls.epoll_ctl(epfd, "REMOVE", 0)


@LINUX
def test_an_epoll_event_is_packed_on_x86_64_alone():
    expected = 12 if platform.machine() == "x86_64" else 16
    assert expected == syscalls.EPOLL_EVENT_BYTES


# The interest list


@LINUX
def test_the_interest_list_is_what_was_registered(epfd):
    with open_descriptors(3, "pipe", ready=0) as items:
        masks = [select.EPOLLIN, select.EPOLLIN | select.EPOLLET, select.EPOLLOUT | select.EPOLLONESHOT]
        for fd, mask in zip(items.fds, masks, strict=True):
            syscalls.epoll_ctl(epfd, "ADD", fd, mask, data=fd + 100)
        rows = {row.tfd: row for row in interest_list.read(epfd)}
        assert sorted(rows) == items.fds
        always = select.EPOLLERR | select.EPOLLHUP  # the kernel adds them to every registration
        assert [rows[fd].events for fd in items.fds] == [mask | always for mask in masks]
        assert [rows[fd].data for fd in items.fds] == [fd + 100 for fd in items.fds]
        assert [rows[fd].ino for fd in items.fds] == [os.fstat(fd).st_ino for fd in items.fds]
        assert rows[items.fds[1]].describe() == "EPOLLIN|EPOLLERR|EPOLLHUP|EPOLLET"


@LINUX
def test_what_has_no_interest_list_is_refused(epfd, monkeypatch):
    assert interest_list.read(epfd) == []
    fails(errno.EBADF, interest_list.read, 10**6)
    with open_descriptors(1) as items, pytest.raises(UserError, match="is not an epoll"):
        interest_list.read(items.fds[0])

    def closed_proc(path, *args, **kwargs):
        raise PermissionError(path)

    monkeypatch.setattr(builtins, "open", closed_proc)
    with pytest.raises(UserError, match=r"recordings\.load\('fdinfo'\)"):
        interest_list.read(epfd)


INTEREST = st.builds(
    interest_list.InterestEntry,
    tfd=st.integers(0, 2**31 - 1),
    events=st.integers(0, 2**32 - 1),
    data=st.integers(0, 2**64 - 1),
    pos=st.integers(0, 2**63 - 1),
    ino=st.integers(0, 2**64 - 1),
    sdev=st.integers(0, 2**32 - 1),
)


@given(st.lists(INTEREST))
def test_fdinfo_is_read_as_the_kernel_prints_it(rows):
    head = "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1038\n"
    # The format of ep_show_fdinfo, fs/eventpoll.c
    lines = [
        f"tfd: {r.tfd:8d} events: {r.events:8x} data: {r.data:16x}  pos:{r.pos} ino:{r.ino:x} sdev:{r.sdev:x}\n"
        for r in rows
    ]
    assert interest_list.parse(head + "".join(lines)) == rows


def test_an_old_kernels_fdinfo_has_three_columns():
    (row,) = interest_list.parse("tfd:        5 events: 80000019 data: ffffffffffffffff\n")
    assert row == interest_list.InterestEntry(5, 0x80000019, 2**64 - 1)


# Names of events


@LINUX
@given(st.integers(0, 2**32 - 1))
def test_no_bit_of_a_mask_is_lost_in_its_names(mask):
    unknown_to_python = {"EPOLLWAKEUP": 1 << 29, "EPOLLNVAL": 1 << 5}  # include/uapi/linux/eventpoll.h

    def value(name: str) -> int:
        if name.startswith("0"):
            return int(name, 16)
        return getattr(select, name, None) or unknown_to_python[name]

    assert sum(map(value, syscalls.event_names(mask, "epoll").split("|"))) == mask
    assert sum(map(value, syscalls.event_names(mask & 0xFFFF).split("|"))) == mask & 0xFFFF


@POSIX
def test_masks_are_named():
    assert syscalls.event_names(0) == "0"
    assert syscalls.event_names(select.POLLIN | select.POLLHUP) == "POLLIN|POLLHUP"
    assert syscalls.event_names(0x80000001, "epoll") == "EPOLLIN|EPOLLET"
    assert syscalls.event_names(0x00800000, "epoll") == "0x800000"


# Numbers that C can't hold


@LINUX
@pytest.mark.parametrize(
    "call",
    [
        lambda: syscalls.poll([], timeout_ms=1 << 32),  # ctypes alone would make it 0
        lambda: syscalls.epoll_wait(3, 1, timeout_ms=1 << 31),  # and this a wait without an end
        lambda: syscalls.epoll_wait(3, 1 << 21, timeout_ms=0),
        lambda: syscalls.epoll_wait((1 << 32) + 3, 1, timeout_ms=0),
        lambda: syscalls.epoll_ctl(3, "DEL", 1 << 32),
        lambda: syscalls.select((1 << 31) - 1, [], timeout=0),
        lambda: FdSet(size=1 << 40),
        lambda: FdSet([1 << 40]),
        lambda: syscalls.pollfds([((1 << 32) + 3, select.POLLIN)]),  # this one descriptor 3
        lambda: syscalls.poll([(3, 1 << 16 | select.POLLIN)], timeout_ms=0),  # and this mask POLLIN
        lambda: syscalls.poll([(-(1 << 31) - 1, 0)], timeout_ms=0),
        lambda: syscalls.epoll_ctl(3, "ADD", 4, 1 << 32 | select.EPOLLIN),
        lambda: syscalls.epoll_ctl(3, "ADD", 4, select.EPOLLIN, 1 << 64),
        lambda: syscalls.event_array(1 << 40),
        lambda: syscalls.event_array(-1),
    ],
)
def test_a_number_that_c_can_not_hold_is_refused(call):
    with pytest.raises(UserError, match=r"choose one (up|from [-\d,]+) to [\d,]+\.$"):
        call()


@LINUX
def test_the_greatest_numbers_that_fit_are_taken(epfd):
    [entry] = syscalls.pollfds([(-1, 0xFFFF)])
    assert (entry.fd, entry.events & 0xFFFF) == (-1, 0xFFFF)
    with socket.socket() as sock:
        syscalls.epoll_ctl(epfd, "ADD", sock.fileno(), 0xFFFFFFFF & ~select.EPOLLEXCLUSIVE, (1 << 64) - 1)


def test_nan_is_no_timeout_of_select():
    with pytest.raises(UserError, match="NaN"):
        syscalls.Timeval.from_seconds(math.nan)


@POSIX
@pytest.mark.parametrize("seconds", [1e10, 1e30, float("inf")])
def test_a_very_long_timeout_of_select_is_68_years(seconds):
    assert syscalls.Timeval.from_seconds(seconds).seconds == 1 << 31


# Where a call is missing


def test_a_call_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    assert not syscalls.is_available("epoll_wait")
    for call in (syscalls.epoll_create1, lambda: syscalls.epoll_wait(3), lambda: syscalls.epoll_ctl(3, "ADD", 4)):
        with pytest.raises(UserError, match="can't be called on this system"):
            call()
    monkeypatch.setattr(syscalls, "_LIBC", None)  # as on Windows
    for name in ("select", "poll"):
        assert not syscalls.is_available(name)
    with pytest.raises(UserError, match="select can't be called"):
        syscalls.select(1, timeout=0)
