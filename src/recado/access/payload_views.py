"""Reading a payload is written down: who saw what people wrote, and when."""

from collections import OrderedDict
from datetime import datetime, timedelta

from recado.clock import Clock
from recado.errors import StoreBusyError
from recado.observe.signals import Name, Signals
from recado.store import audit
from recado.store.audit import Actor
from recado.store.protocol import Store

ONCE_IN = timedelta(hours=1)
KEPT = 10_000


class PayloadViews:
    """Notes views in the audit log, the same one once in an hour.

    A page that is left open reads its payload again and again; an entry for each
    would bury the others. ``KEPT`` views are remembered, in this process.
    """

    def __init__(self, store: Store, *, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._noted: OrderedDict[tuple[Actor, str], datetime] = OrderedDict()

    async def note(self, actor: Actor, target: str) -> None:
        """Write down that somebody is shown the payload of ``target``.

        ``target`` is like ``execution:7``; of a list it is ``executions``. When the
        database cannot be written, which is when an operator must look, it is told as
        a signal, and so in the log, instead.
        """
        now = self._clock.now()
        noted = self._noted.get((actor, target))
        if noted is not None and now - noted < ONCE_IN:
            return
        try:
            await self._store.write(
                audit.note, actor, action="payload.view", target=target, now=now
            )
        except StoreBusyError as error:
            self._signals.emit(
                Name.STORE_UNAVAILABLE,
                raised=error,
                actor=actor.name,
                viewed=target,
                source_ip=actor.source_ip,
            )
            return
        self._noted.pop((actor, target), None)
        self._noted[actor, target] = now
        while len(self._noted) > KEPT:
            self._noted.popitem(last=False)
