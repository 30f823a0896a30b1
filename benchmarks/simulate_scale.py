"""How many processes a load needs: a simulation with measured service times.

    python benchmarks/simulate_scale.py

Events arrive over a day whose busiest hour has some times the average, in small bursts,
as a message is followed by its receipts. Each is taken by a web node, which waits for
the database, and then run by a worker, which waits for it as well. All stations are
first come, first served. The smallest number of each is looked for that keeps the 99th
percentile of waiting short in the busiest hour. The same numbers give the same table.
"""

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

# Seconds of one core for each event: benchmarks/README.md, and footprint.py's CPU.
# The web node's and the worker's are the reciprocals of their rates when alone, so they
# hold what they waited for the database too, and are rather too long. A worker makes
# one call of the gateway for each event.
DOOR = 1 / 10_095
SEND = 90e-6
WORKER = 1 / 10_144 + SEND
DATABASE = 102e-6
SERVICES = (DOOR, DATABASE, WORKER)

ACTION_LASTS = 0.3
"""Seconds from a call of the gateway to its answer; an assumption."""

DAY = 86_400
BURST = 4
"""Events that come together, on average."""

FULLEST = 0.7
"""The share of its time that a station may be busy in the busiest hour."""
LONGEST_WAIT = 0.05
"""Seconds that 99 of 100 may wait at most, all stations together."""
SAMPLE = 30_000
SEED = 6
LOADS = (
    (1_000_000, 3.0),
    (10_000_000, 3.0),
    (100_000_000, 3.0),
    (100_000_000, 10.0),
    (300_000_000, 3.0),
)
"""Events a day, and how many times the average the busiest hour has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """How many there are of each: processes, and the database's cores."""

    doors: int
    cores: int
    workers: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an hour was like: seconds waited, and the share of time that was busy."""

    median: float
    p99: float
    doors: float
    cores: float
    workers: float


def hourly(per_day: float, peak: float) -> list[float]:
    """Return the events per second of each hour, lowest at 4, highest at 16.

    Between them it goes like a cosine to the power that gives the peak.
    """
    shape = [(1 + math.cos((hour - 16) / 12 * math.pi)) / 2 for hour in range(24)]
    low, high = 0.0, 100.0
    for _ in range(60):
        power = (low + high) / 2
        sharp = max(shape) ** power / (sum(one**power for one in shape) / 24)
        low, high = (power, high) if sharp < peak else (low, power)
    raised = [one**low for one in shape]
    return [per_day / DAY * one / (sum(raised) / 24) for one in raised]


def arrivals(rate: float, draw: random.Random) -> Iterator[float]:
    """Give SAMPLE moments at a rate per second, in bursts."""
    now, left = 0.0, 0
    for _ in range(SAMPLE):
        if not left:
            now += draw.expovariate(rate / BURST)
            left = draw.randint(1, 2 * BURST - 1)
        left -= 1
        yield now


def simulate(rate: float, stations: Stations) -> Outcome:
    """Send SAMPLE events through all stations at a rate per second.

    What a step takes varies as an exponential does. Half of the database's work is to
    store an event, half to lend and to settle it; it has the same cores for both.
    """
    draw = random.Random(SEED)
    doors, cores, workers = ([0.0] * n for n in _counts(stations))
    path = (
        (doors, DOOR),
        (cores, DATABASE / 2),
        (workers, WORKER),
        (cores, DATABASE / 2),
    )
    # a moment, an event's number, its next step, and what it has waited so far
    coming = [(at, n, 0, 0.0) for n, at in enumerate(arrivals(rate, draw))]
    waits = []
    while coming:
        at, number, step, waited = heapq.heappop(coming)
        if step == len(path):
            waits.append(waited)
            continue
        free, takes = path[step]
        begun = max(at, heapq.heappop(free))
        ended = begun + draw.expovariate(1 / takes)
        heapq.heappush(free, ended)
        heapq.heappush(coming, (ended, number, step + 1, waited + begun - at))
    waits.sort()
    busy = (rate * one / n for one, n in zip(SERVICES, _counts(stations)))
    return Outcome(waits[len(waits) // 2], waits[len(waits) * 99 // 100], *busy)


def _counts(stations: Stations) -> tuple[int, int, int]:
    return stations.doors, stations.cores, stations.workers


def needed(rate: float) -> Stations:
    """Return the fewest stations that keep both bounds at a rate per second."""
    counts = [math.ceil(rate * service / FULLEST) for service in SERVICES]
    while True:
        doors, cores, workers = counts
        stations = Stations(doors=doors, cores=cores, workers=workers)
        found = simulate(rate, stations)
        if found.p99 <= LONGEST_WAIT:
            return stations
        shares = (found.doors, found.cores, found.workers)
        counts[shares.index(max(shares))] += 1


def behind(rate: float, stations: Stations) -> float:
    """Return the minutes to catch up when workers stood still for ten."""
    spare = min(stations.workers / WORKER, stations.cores / DATABASE) - rate
    return 10 * rate / spare


HEAD = (
    "events a day",
    "average/s",
    "busiest hour/s",
    "web nodes",
    "database cores",
    "workers",
    "busy at the peak",
    "waits p50",
    "waits p99",
    "in flight",
    "10 minutes behind",
)


def row(per_day: int, times: float) -> tuple[str, ...]:
    """Return what the table says of one load."""
    peak = max(hourly(per_day, times))
    stations = needed(peak)
    found = simulate(peak, stations)
    return (
        f"{per_day / 1e6:,.0f} M",
        f"{per_day / DAY:,.0f}",
        f"{peak:,.0f}",
        f"{stations.doors}",
        f"{stations.cores}",
        f"{stations.workers}",
        " / ".join(f"{one:.0%}" for one in (found.doors, found.cores, found.workers)),
        f"{found.median * 1e3:.1f} ms",
        f"{found.p99 * 1e3:.1f} ms",
        f"{peak * ACTION_LASTS:,.0f}",
        f"{behind(peak, stations):.1f} min",
    )


def as_markdown() -> str:
    """Return the table, which docs/explanation/scaling.md shows."""
    lines = [HEAD, ("---",) * len(HEAD), *(row(*load) for load in LOADS)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(as_markdown())
