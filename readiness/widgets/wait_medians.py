"""The median cost of a server's next waits, while the clients of a swarm are connected."""

from collections.abc import Callable
from statistics import median

from readiness.base.background import wait_until
from readiness.base.bounds import require_count
from readiness.base.messages import UserError, _
from readiness.clients.swarm import Swarm
from readiness.experiments.meter import Sample, SelectorMeter


def median_cpu_us(
    meter: SelectorMeter, swarm: Swarm, count: int, timeout: float, raise_if_ended: Callable[[], None]
) -> float:
    """Return the median CPU time inside the next `count` waits, in microseconds.

    Only a wait in which the server sleeps counts, and only if all clients of the swarm are registered.

    Args:
        meter: the meter of the server's waits.
        swarm: the clients of the server.
        count: the number of waits.
        timeout: how long to collect them, in seconds.
        raise_if_ended: raises an error if the server has ended. It is called again and again.

    Raises:
        UserError: The process of the swarm has ended, or the server made too few such waits in this time. Or `count`
            is no count.
    """
    require_count(1, 1_000_000, count=count)
    clients = swarm.status.idle + swarm.status.active
    cursor = meter.waits

    def samples() -> list[Sample]:
        return [s for s in meter.samples_since(cursor)[0] if s.registered > clients and s.slept]

    def enough() -> bool:
        raise_if_ended()
        if swarm.status.ended:  # then its clients are gone, and the server waits for nothing
            raise UserError(swarm.status.message)
        return len(samples()) >= count

    if not wait_until(enough, timeout):
        raise UserError(
            _(
                "Too few waits in {seconds:.0f} s with all {n:,} clients served: "
                "let at least one talk, or pass a longer timeout."
            ).format(seconds=timeout, n=clients)
        )
    return median(s.cpu_in_select for s in samples()) * 1e6
