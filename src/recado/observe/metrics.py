"""Numbers for Prometheus, kept by listening to signals."""

from collections.abc import Iterable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector

from recado.observe.signals import Name, Signal

SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 600.0)


OUTCOMES = {
    Name.TRIGGER_WEBHOOK: "accepted",
    Name.IDEMPOTENT_REPLAY: "duplicate",
    Name.TRIGGER_FILTERED: "filtered",
    Name.TRIGGER_REJECTED: "rejected",
}
"""What became of a delivery, by the signal that tells it."""


class Deliveries(Collector):
    """Deliveries by what became of them.

    Counted as plain numbers: on the way of every event the library's own counters,
    with their lock, would cost five times as much.
    """

    def __init__(self) -> None:
        self.counted = dict.fromkeys((*OUTCOMES.values(), "unavailable"), 0)

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Return the numbers as the library wants them."""
        family = CounterMetricFamily(
            "recado_deliveries",
            "Deliveries by what became of them.",
            labels=["outcome"],
        )
        for outcome, times in self.counted.items():
            family.add_metric([outcome], times)
        yield family


class Metrics:
    """The numbers of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._deliveries = Deliveries()
        self._registry.register(self._deliveries)
        self._attempts = Counter(
            "recado_attempts",
            "Attempts by the status they led to and the category of failure.",
            ["status", "category"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "recado_attempt_seconds",
            "How long attempts took.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._signals = Counter(
            "recado_signals",
            "What else happened, by the name that stands in the log.",
            ["name"],
            registry=self._registry,
        )
        self._dead_letters = Gauge(
            "recado_dead_letters",
            "Dead letters that wait for an operator.",
            registry=self._registry,
        )
        self._brokers = Gauge(
            "recado_broker_connected",
            "Whether a broker is connected: 1 or 0.",
            ["broker"],
            registry=self._registry,
        )
        # Looked up once: finding a counter by its labels costs more than counting.
        self._attempt = cache(self._attempts.labels)
        self._by_name = {name: self._signals.labels(name) for name in Name}

    def count(self, signal: Signal) -> None:
        """Count one signal. A listener."""
        outcome = OUTCOMES.get(signal.name)
        if outcome is not None:
            self._deliveries.counted[outcome] += 1
            return
        self._by_name[signal.name].inc()
        if signal.name is Name.STORE_UNAVAILABLE and "trigger_id" in signal.facts:
            self._deliveries.counted["unavailable"] += 1
        if signal.name in (Name.BROKER_CONNECTED, Name.BROKER_AWAY):
            is_connected = signal.name is Name.BROKER_CONNECTED
            self._brokers.labels(signal.facts["broker"]).set(is_connected)
        if signal.name is Name.TRIGGER_EXECUTE:
            facts = signal.facts
            self._attempt(facts["status"], facts.get("error_category") or "").inc()
            self._seconds.observe(facts["duration_seconds"])

    def render(self, *, dead_letters: int) -> bytes:
        """Return all numbers in Prometheus' text form."""
        self._dead_letters.set(dead_letters)
        return generate_latest(self._registry)
