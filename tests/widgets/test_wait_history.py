"""The history of waits is bounded."""

from readiness.experiments.meter import Sample
from readiness.widgets.wait_history import WaitHistory


def test_a_wait_history_is_bounded():
    history = WaitHistory()
    for n in range(20_000):
        history.add("poll", [Sample(0, 1 + n % 9000, 1, 1e-6, 0, 1, 0)])
    assert len(history.cost_points("poll")[0]) < 500
    assert len(history.timeline) < 100
