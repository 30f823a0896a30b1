"""How many wrong passwords are too many. Kept in memory, within bounds."""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta

from recado.errors import TooManyTriesError

WINDOW = timedelta(minutes=15)
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 30
PER_NAME = 100
KEPT = 10_000


class Throttle:
    """Counts tries by name and address, by address, and by name.

    The limit by name alone is high: it stops a guess from many addresses, and a
    stranger should not be able to lock somebody out with a few. ``kept`` is how many
    of each are remembered; those that were quiet the longest are forgotten first.
    """

    def __init__(self, *, kept: int = KEPT) -> None:
        self._pairs = _Counter(PER_NAME_AND_ADDRESS, kept)
        self._addresses = _Counter(PER_ADDRESS, kept)
        self._names = _Counter(PER_NAME, kept)

    def admit(self, name: str, address: str, now: datetime) -> None:
        """Count a try, before the password is looked at: also tries at once count.

        Raises:
            TooManyTriesError: There were too many in the last 15 minutes.
        """
        network = _network(address)
        counters = (
            (self._pairs, f"{network} {name}"),
            (self._addresses, network),
            (self._names, name),
        )
        wait = max(counter.wait(key, now) for counter, key in counters)
        if wait > timedelta():
            raise TooManyTriesError(max(1, -(-wait // timedelta(seconds=1))))
        for counter, key in counters:
            counter.add(key, now)

    def forgive(self, name: str, address: str) -> None:
        """Forget the tries that led to the right password."""
        network = _network(address)
        self._pairs.forget(f"{network} {name}")
        self._addresses.take_back(network)
        self._names.take_back(name)


class _Counter:
    def __init__(self, limit: int, kept: int) -> None:
        self._limit = limit
        self._kept = kept
        self._tries: OrderedDict[str, list[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        tries = [at for at in self._tries.get(key, ()) if at > now - WINDOW]
        if len(tries) < self._limit:
            return timedelta()
        return tries[-self._limit] + WINDOW - now

    def add(self, key: str, now: datetime) -> None:
        tries = [at for at in self._tries.pop(key, ()) if at > now - WINDOW]
        self._tries[key] = [*tries, now][-self._limit :]
        while len(self._tries) > self._kept:
            self._tries.popitem(last=False)

    def take_back(self, key: str) -> None:
        if self._tries.get(key):
            self._tries[key].pop()

    def forget(self, key: str) -> None:
        self._tries.pop(key, None)


def _network(address: str) -> str:
    """Return what one caller can easily change away: of IPv6, all but the /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 (IPv4)
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))
