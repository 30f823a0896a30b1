"""The simulation behind docs/explanation/scaling.md."""

from random import Random

import pytest

from benchmarks.simulate_scale import (
    DATABASE,
    DOOR,
    LONGEST_WAIT,
    WORKER,
    Stations,
    arrivals,
    behind,
    hourly,
    needed,
    simulate,
)

ONE_OF_EACH = Stations(doors=1, cores=1, workers=1)


@pytest.mark.parametrize("peak", [1.5, 3.0, 10.0])
def test_a_day_has_its_events_and_its_peak(peak: float) -> None:
    rates = hourly(86_400_000, peak)

    assert sum(rates) / 24 == pytest.approx(1_000)
    assert max(rates) == pytest.approx(1_000 * peak)
    assert rates.index(max(rates)) == 16


def test_events_come_at_their_rate() -> None:
    moments = list(arrivals(500.0, Random(1)))

    assert moments == sorted(moments)
    assert len(moments) / moments[-1] == pytest.approx(500, rel=0.05)


def test_what_is_busier_waits_longer() -> None:
    full = 1 / WORKER
    waits = [simulate(full * share, ONE_OF_EACH).p99 for share in (0.1, 0.5, 0.8, 1.2)]

    assert waits == sorted(waits)
    assert waits[0] < 0.01
    assert waits[-1] > 0.5


def test_the_share_of_its_time_that_each_is_busy() -> None:
    found = simulate(1_000, Stations(doors=1, cores=2, workers=4))

    assert found.doors == pytest.approx(1_000 * DOOR)
    assert found.cores == pytest.approx(1_000 * DATABASE / 2)
    assert found.workers == pytest.approx(1_000 * WORKER / 4)


def test_what_is_needed_keeps_both_bounds_and_is_the_fewest() -> None:
    stations = needed(12_000)
    fewer = Stations(
        doors=stations.doors, cores=stations.cores, workers=stations.workers - 1
    )

    found = simulate(12_000, stations)

    assert found.p99 <= LONGEST_WAIT
    assert max(found.doors, found.cores, found.workers) <= 0.7
    assert simulate(12_000, fewer).workers > 0.7


def test_catching_up_takes_what_is_spare() -> None:
    half = 0.5 / WORKER

    assert behind(half, ONE_OF_EACH) == pytest.approx(10)
