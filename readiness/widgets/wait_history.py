"""The history of a server's waits: what the last ones found, and what they cost.

A wait is one call of a selector's `select`.
"""

import selectors
from collections import defaultdict, deque
from math import log10
from statistics import median
from typing import NamedTuple

from readiness.experiments.meter import Sample

KINDS = {
    "select": "SelectSelector",
    "poll": "PollSelector",
    "epoll": "EpollSelector",
    "kqueue": "KqueueSelector",
}
BACKENDS = {name: getattr(selectors, kind) for name, kind in KINDS.items() if hasattr(selectors, kind)}
SCANNING = ("select", "poll")  # these look at each registered descriptor; the others return a list of the ready ones
MIN_RUN = 5  # waits that slept, with the same number of descriptors: then that number is settled
BINS_PER_DECADE = 12  # two numbers of descriptors in one bin differ by a fifth at most
KEPT = 8  # waits in each bin
SIMILAR = 1.3  # two numbers of descriptors share a median if the greater one is at most this many times the smaller one


class _Summary(NamedTuple):
    """What `points` and `medians` return for one backend, until it has another settled wait."""

    points: tuple[list[int], list[float]]
    medians: tuple[list[float], list[float]]


class WaitHistory:
    """The settled waits of a server, for each backend that it has used. Only a limited number of waits is kept.

    A wait is settled if the server slept in it, and if the number of registered descriptors has not changed for
    `MIN_RUN` such waits. While clients connect, no wait is settled. A wait that finds something ready at once costs
    less, because the thread neither joins nor leaves the wait queues. It is another experiment and not kept.

    Waits with another number of talking clients are another experiment, too: only those with `talking` clients are
    returned. The others are kept.

    Attributes:
        talking: the number of clients that sent again and again during the last settled wait.
    """

    def __init__(self) -> None:
        self.talking = 0
        self._latest: dict[int, dict[str, Sample]] = defaultdict(dict)
        self._bins: dict[tuple[int, str, int], deque[Sample]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._summaries: dict[tuple[int, str], _Summary] = {}
        self._run: list[Sample] = []  # waits that slept, with the same backend and the same numbers
        self._connecting = False  # whether clients connected at the last call of `add`
        self._run_of = ("", 0, 0)  # that backend, and the numbers of talking clients and of descriptors

    @property
    def latest(self) -> dict[str, Sample]:
        """The last settled wait of each backend that has had one."""
        return self._latest[self.talking]

    @property
    def backends(self) -> list[str]:
        """The names of the backends that have had a settled wait, in the order of `BACKENDS`."""
        return [name for name in BACKENDS if name in self.latest]

    def add(self, backend: str, samples: list[Sample], talking: int | None = 0) -> None:
        """Add `samples`: one for each wait that the server has made with `backend` since the last call.

        Args:
            backend: the name of the backend.
            samples: the waits.
            talking: the number of clients that sent again and again meanwhile; None while clients connect.
        """
        if self._connecting and samples:  # the first of these waits were made with other clients
            samples = [sample for sample in samples if sample.registered == samples[-1].registered]
        self._connecting = talking is None
        if talking is None:
            return
        for sample in samples:
            if self._run_of != (backend, talking, sample.registered):
                self._run_of, self._run = (backend, talking, sample.registered), []
            if sample.slept and sample.ready:  # not a timer's wait, which finds nothing
                self._run.append(sample)
                if len(self._run) == MIN_RUN:
                    self._keep(backend, self._run, talking)
                elif len(self._run) > MIN_RUN:
                    self._keep(backend, [sample], talking)
                    self._run.pop()

    def _keep(self, backend: str, samples: list[Sample], talking: int) -> None:
        bin_number = round(BINS_PER_DECADE * log10(max(1, samples[-1].registered)))
        self._bins[talking, backend, bin_number].extend(samples)
        self.talking = talking
        self.latest[backend] = samples[-1]
        self._summaries.pop((talking, backend), None)

    def _groups(self, backend: str) -> list[list[Sample]]:
        """Return the kept waits of one backend, with similar numbers of descriptors together, in growing order."""
        groups: list[list[Sample]] = []
        of = (self.talking, backend)
        for _key, samples in sorted((key, list(kept)) for key, kept in list(self._bins.items()) if key[:2] == of):
            if groups and samples[0].registered <= SIMILAR * groups[-1][0].registered:
                groups[-1] += samples
            else:
                groups.append(samples)
        return groups

    def points(self, backend: str) -> tuple[list[int], list[float]]:
        """Return the kept waits of one backend: the numbers of registered descriptors, and the CPU times in µs."""
        return self._summary(backend).points

    def medians(self, backend: str) -> tuple[list[float], list[float]]:
        """Return the medians of one backend, with an item for each group of similar numbers of descriptors.

        Returns:
            The numbers of registered descriptors, in growing order, and the CPU times inside a wait in microseconds.
        """
        return self._summary(backend).medians

    def _summary(self, backend: str) -> _Summary:
        key = (self.talking, backend)
        if key not in self._summaries:
            groups = self._groups(backend)
            kept = [sample for samples in groups for sample in samples]
            self._summaries[key] = _Summary(
                ([s.registered for s in kept], [s.cpu_in_select * 1e6 for s in kept]),
                (
                    [median(s.registered for s in samples) for samples in groups],
                    [median(s.cpu_in_select for s in samples) * 1e6 for samples in groups],
                ),
            )
        return self._summaries[key]
