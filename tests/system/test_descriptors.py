"""Descriptors: N are open, exactly the requested ones are ready, and none is left when the block has ended."""

import contextlib
import os
import re
import select
import sys

import pytest

from readiness.base.messages import UserError
from readiness.system import descriptors, limits
from readiness.system.descriptors import KINDS, open_descriptors, socket_pairs

POSIX = pytest.mark.skipif(os.name != "posix", reason="this system has no RLIMIT_NOFILE")


def readable(fds: list[int]) -> set[int]:
    """Return the indexes of the readable descriptors."""
    if not hasattr(select, "poll"):
        return {fds.index(fd) for fd in select.select(fds, [], [], 0)[0]}
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return {fds.index(fd) for fd, _events in poll.poll(0)}


@contextlib.contextmanager
def soft_limit(soft: int):
    """Allow no descriptor numbered ``soft`` or above."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def refusal(*args, **kwargs) -> str:
    with pytest.raises(UserError) as caught, open_descriptors(*args, **kwargs):
        pass
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_requested_number_is_ready(kind):
    with open_descriptors(20, kind, ready=5, seed=7) as items:
        assert len(items) == len(set(items.fds)) == 20
        assert items.fds == sorted(items.fds)
        assert len(items.ready) == 5
        assert readable(items.fds) == items.ready
        one = min(items.ready)
        items.drain(one)
        assert one not in items.ready
        assert readable(items.fds) == items.ready
        items.make_ready(one)
        items.make_ready(one)  # twice ready is ready
        assert readable(items.fds) == items.ready >= {one}
        items.drain(one)
        items.drain(one)  # and drained is drained, without waiting
        assert readable(items.fds) == items.ready
        items.set_ready(3, "last")
        assert readable(items.fds) == items.ready == {17, 18, 19}


def test_the_position_of_the_ready_ones():
    for position, expected in (("first", {0, 1}), ("middle", {4, 5}), ("last", {8, 9})):
        with open_descriptors(10, ready=2, position=position) as items:
            assert items.ready == expected
    choices = []
    for seed in (1, 1, 2, 3, 4):
        with open_descriptors(100, ready=3, seed=seed) as items:
            choices.append(frozenset(items.ready))
    assert choices[0] == choices[1]
    assert len(set(choices)) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_all_are_closed_when_the_block_ends_in_an_error(kind):
    with pytest.raises(ZeroDivisionError), open_descriptors(10, kind, ready=10) as items:
        raise ZeroDivisionError
    assert items.ready == set()
    if os.name == "posix":
        assert not any(map(is_open, items.fds))


@POSIX
@pytest.mark.parametrize("kind", KINDS)
def test_the_maximum_opens_and_one_more_is_refused_with_advice(kind):
    with soft_limit(150):
        n = descriptors.max_openable(kind)
        assert n > 20
        with open_descriptors(n, kind, ready=n):
            extra = [os.dup(1) for _ in range(descriptors.RESERVED_FDS)]  # a learner's own still fit
            for fd in extra:
                os.close(fd)
        sentence = refusal(n + 1, kind)
        for part in (f"{n + 1} of kind {kind}", "150", f"at most {n},", "limits.raise_fd_limit() raises"):
            assert part in sentence
        assert descriptors.max_openable(kind) == n


@POSIX
@pytest.mark.parametrize("kind", KINDS)
def test_running_out_halfway_is_the_same_refusal_and_leaks_nothing(kind, monkeypatch):
    with soft_limit(100):
        real = descriptors.max_openable
        fits = real(kind)
        answers = iter([10**6])
        monkeypatch.setattr(descriptors, "max_openable", lambda kind: next(answers, None) or real(kind))
        sentence = refusal(500, kind)
        assert f"at most {fits}," in sentence
        assert real(kind) == fits


@POSIX
def test_descriptors_are_counted_without_a_list_of_them(monkeypatch):
    with soft_limit(200):
        listed = descriptors.in_use(200)

        def hidden(path):
            raise FileNotFoundError(path)

        monkeypatch.setattr(os, "listdir", hidden)
        assert descriptors.in_use(200) == listed
        extra = os.dup(1)
        assert descriptors.in_use(200) == listed + 1
        os.close(extra)


def test_without_a_limit_the_maximum_is_still_a_number(monkeypatch):
    for none in (None, limits.UNLIMITED):
        monkeypatch.setattr(limits, "fd_limits", lambda none=none: (none, none))
        assert descriptors.max_openable("tcp") > 1000


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"n": 0}, "at least one"),
        ({"n": -3}, "at least one"),
        ({"n": 5, "kind": "file"}, "choose one of"),
        ({"n": 5, "ready": 6}, "from 0 to 5"),
        ({"n": 5, "ready": -1}, "from 0 to 5"),
        ({"n": 5, "position": "left"}, "'first', 'middle', 'last' or 'random'"),
    ],
)
def test_invalid_arguments_are_refused_in_one_sentence(arguments, part):
    sentence = refusal(**arguments)
    assert part in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc/net/tcp")
def test_tcp_leaves_no_connection_in_time_wait():
    with open_descriptors(5, "tcp", ready=2) as items:
        address = f"0100007F:{items._listener.getsockname()[1]:04X}"  # 127.0.0.1, as proc_pid_net(5) writes it
        made = {pair for pair, state in connections().items() if address in pair and state == "01"}  # established
    assert len(made) >= 10
    assert not made & connections().keys()


def connections() -> dict[tuple[str, str], str]:
    """{(local end, remote end): state} of every TCP socket of the machine."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    return {(row[1], row[2]): row[3] for row in rows}


@POSIX
@pytest.mark.parametrize("min_fd", [0, 150])
def test_socket_pairs_are_connected_and_numbered_in_order(min_fd):
    with socket_pairs(3, min_fd) as (socks, peers):
        numbers = [sock.fileno() for sock in socks]
        assert numbers == sorted(numbers)
        assert numbers[0] >= min_fd
        for n, peer in enumerate(peers):
            peer.send(bytes([n]))
        assert [sock.recv(8) for sock in socks] == [b"\0", b"\1", b"\2"]
        assert not any(os.get_inheritable(sock.fileno()) for sock in socks)
        socks[0].close()
        peers[0].settimeout(2)
        assert peers[0].recv(8) == b""  # under its first number, too


@POSIX
def test_a_number_beyond_the_limit_is_refused_and_nothing_stays_open():
    beyond = 2**31 - 1
    with pytest.raises(UserError, match=rf"Descriptor {beyond} lies beyond the soft limit"), socket_pairs(1, beyond):
        pass
    with pytest.raises(UserError, match="choose one up to 2,147,483,647"), socket_pairs(1, 2**32 + 5):  # C: 5
        pass


@POSIX
def test_a_number_that_is_too_low_is_told_from_one_below_which_all_are_open():
    soft = int(limits.fd_limits()[0])
    with socket_pairs(1, soft - 1), pytest.raises(UserError, match=rf"All descriptors from {soft - 1} up to .* open"):
        with socket_pairs(1, soft - 1):
            pass


@POSIX
def test_no_advice_to_raise_the_soft_limit_where_the_hard_limit_is_the_same(monkeypatch):
    soft = limits.fd_limits()[0]
    assert soft != limits.UNLIMITED
    for hard, advice in ((soft, "only an administrator"), (soft + 1, "raise_fd_limit() raises")):
        monkeypatch.setattr(limits, "fd_limits", lambda hard=hard: (soft, hard))
        with pytest.raises(UserError, match=re.escape(advice)), socket_pairs(1, 2**31 - 1):
            pass
        assert advice in refusal(int(soft) + 1)


def test_where_numbers_cannot_be_chosen_the_error_says_so(monkeypatch):
    monkeypatch.setattr(descriptors, "fcntl", None)
    with pytest.raises(UserError, match="can't choose a descriptor's number"), socket_pairs(1, 150):
        pass
    with socket_pairs(1) as ([sock], [peer]):
        peer.send(b"x")
        assert sock.recv(8) == b"x"
