"""Rejected deliveries, kept as they came, to be judged again after the repair."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from recado import wire
from recado.clock import Clock
from recado.errors import DeliveryError
from recado.intake.admit import as_execution, takes_webhooks, unwanted_by
from recado.intake.budget import Budget
from recado.intake.delivery import Delivery
from recado.intake.notes import Notes
from recado.intake.sources.source import Source
from recado.model.ids import TriggerId
from recado.model.redact import masked_headers
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store import counters, quarantine
from recado.store.cipher import NONCE_BYTES, SEALED_OVERHEAD, Cipher
from recado.store.protocol import KeptExecution, NewExecution, Store
from recado.store.quarantine import Bounds, KeptDelivery
from recado.store.rejections import Rejection

REFILL_SECONDS = 600.0
"""A flood at one address of a trigger may replace all that is kept of it once in this
time, no faster."""

AT_ONCE = 50
"""Deliveries that are judged between two looks at what else there is to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What became of a trigger's quarantine.

    ``accepted`` are stored now. ``duplicates`` had been stored before, and ``filtered``
    are no events or not wanted: neither is kept any longer.
    """

    accepted: int = 0
    duplicates: int = 0
    filtered: int = 0
    still_rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineParts:
    """What a quarantine works with. ``draw`` returns that many random bytes."""

    store: Store
    cipher: Cipher
    sources: Mapping[str, Source]
    bounds: Bounds
    clock: Clock
    signals: Signals
    wake: Callable[[], None]
    draw: Callable[[int], bytes]


class Quarantine:
    """Keeps what was rejected, within bounds per trigger. Safe to use concurrently."""

    def __init__(self, parts: QuarantineParts) -> None:
        self._parts = parts
        self.notes = Notes(parts.store, bounds=parts.bounds)
        # apart by address: else a stranger, who can only guess the one that has the
        # trigger's id in it, could use up what the sender at the other one needs
        self._limits: defaultdict[tuple[TriggerId, bool], _Limits] = defaultdict(
            lambda: _Limits(parts.bounds)
        )
        self._retrying: defaultdict[TriggerId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def reject(
        self, trigger: Trigger, delivery: Delivery, *, reason: str, keep: bool
    ) -> bool:
        """Count a delivery that is not accepted, note why, and keep it if asked to.

        Returns whether it is in quarantine. When more come to one of a trigger's
        addresses than its budget, only their count is written.

        Raises:
            StoreBusyError: Nothing of it is on the disk.
        """
        rejection = self._rejection(trigger, delivery, reason=reason, keep=keep)
        await self.notes.write(
            counters.REJECTED,
            trigger.id,
            at=delivery.received_at,
            rejection=rejection,
        )
        return rejection is not None and rejection.sealed is not None

    async def retry(self, trigger: Trigger) -> Retried:
        """Judge again what is kept of a trigger, in order of arrival.

        What passes now is accepted as if it had just come; whether a signature is too
        old, and what is a duplicate of what, is judged at the time it really came.
        Each is accepted and removed in one transaction. A disabled trigger's stay.

        Raises:
            StoreBusyError: What has been done so far stays done.
        """
        counted: Counter[str] = Counter()
        async with self._retrying[trigger.id]:
            last = 0
            while kept := await self._parts.store.read(
                quarantine.oldest, trigger.id, after=last, limit=AT_ONCE
            ):
                last = kept[-1].id
                counted += await self._judge_again(trigger, kept)
        retried = Retried(**counted)
        self._parts.signals.emit(
            Name.QUARANTINE_RETRY,
            trigger_id=trigger.id,
            accepted=retried.accepted,
            still_rejected=retried.still_rejected,
        )
        return retried

    async def prune(self) -> None:
        """Let go of what is too old."""
        before = self._parts.clock.now() - self._parts.bounds.age
        await self._parts.store.write(quarantine.prune, before=before)

    def _rejection(
        self, trigger: Trigger, delivery: Delivery, *, reason: str, keep: bool
    ) -> Rejection | None:
        limits = self._limits[trigger.id, delivery.by_hook_token]
        at = delivery.received_at
        if not limits.may_note(at):
            return None
        content = _written(delivery) if keep else b""
        is_kept = keep and limits.may_keep(len(content) + SEALED_OVERHEAD, at)
        return Rejection(
            trigger_id=trigger.id,
            received_at=at,
            # a database may refuse what is no text
            reason=reason.encode(errors="replace").decode(),
            source_ip=delivery.source_ip,
            headers=masked_headers(delivery.headers, proof=_proof_of(trigger)),
            size=len(delivery.body),
            by_hook_token=delivery.by_hook_token,
            sealed=self._sealed(trigger.id, content) if is_kept else None,
        )

    def _sealed(self, trigger_id: TriggerId, content: bytes) -> bytes:
        nonce = self._parts.draw(NONCE_BYTES)
        return self._parts.cipher.seal(content, about=_about(trigger_id), nonce=nonce)

    async def _judge_again(
        self, trigger: Trigger, kept: list[KeptDelivery]
    ) -> Counter[str]:
        passed: list[KeptExecution] = []
        filtered: list[KeptDelivery] = []
        reasons: list[tuple[int, str]] = []
        for one in kept:
            try:
                new = self._judged(trigger, one)
            except DeliveryError as error:
                reasons.append((one.id, str(error)))
                continue
            if new is None:
                filtered.append(one)
            else:
                passed.append(KeptExecution(kept=one, new=new))
        return Counter(still_rejected=len(reasons)) + await self._settle(
            trigger, passed, filtered, reasons=reasons
        )

    def _judged(self, trigger: Trigger, kept: KeptDelivery) -> NewExecution | None:
        """Return what to store of a delivery, None if it is not wanted."""
        parts = self._parts
        content = parts.cipher.unseal(kept.sealed, about=_about(trigger.id))
        delivery = _read(content, kept)
        if not takes_webhooks(trigger):
            raise DeliveryError("the trigger is disabled or takes no webhooks")
        source = parts.sources[trigger.source]
        source.verify(delivery, trigger)
        if source.challenge(delivery) is not None:
            return None  # its sender wanted an answer then, and nothing else
        event = source.parse(delivery)
        if unwanted_by(trigger, event) is not None:
            return None
        now = parts.clock.now()
        return as_execution(trigger, source, delivery, event=event, accepted_at=now)

    async def _settle(
        self,
        trigger: Trigger,
        passed: list[KeptExecution],
        filtered: list[KeptDelivery],
        *,
        reasons: list[tuple[int, str]],
    ) -> Counter[str]:
        parts, counted = self._parts, Counter[str]()
        if passed:
            ids = await parts.store.accept_kept(passed)
            accepted = [one for one in ids.values() if one is not None]
            counted["accepted"] = len(accepted)
            counted["duplicates"] = len(ids) - len(accepted)
            for execution_id in accepted:
                parts.signals.emit(
                    Name.TRIGGER_WEBHOOK,
                    trigger_id=trigger.id,
                    execution_id=execution_id,
                    from_quarantine=True,
                )
            parts.wake()
        if filtered:
            counted["filtered"] = await parts.store.write(
                quarantine.remove_filtered,
                filtered,
                trigger_id=trigger.id,
                now=parts.clock.now(),
            )
        if reasons:
            await parts.store.write(quarantine.explain_again, reasons)
        return counted


class _Limits:
    """How much of what comes to one address of a trigger may still be kept."""

    def __init__(self, bounds: Bounds) -> None:
        self._count = Budget(
            burst=bounds.count, per_second=bounds.count / REFILL_SECONDS
        )
        self._bytes = Budget(burst=bounds.size, per_second=bounds.size / REFILL_SECONDS)

    def may_note(self, at: datetime) -> bool:
        """Tell whether one more may be written down, and count it."""
        if not self._count.has(1, at=at):
            return False
        self._count.spend(1)
        return True

    def may_keep(self, size: int, at: datetime) -> bool:
        """Tell whether so many bytes may be kept, and count them."""
        if not self._bytes.has(size, at=at):
            return False
        self._bytes.spend(size)
        return True


def _proof_of(trigger: Trigger) -> str:
    signature = trigger.settings.signature
    return "" if signature is None else (signature.header or "").lower()


def _about(trigger_id: TriggerId) -> bytes:
    return b"quarantine:%d" % trigger_id


def _written(delivery: Delivery) -> bytes:
    """Return a delivery as one text: what came with it, a line's end, the body."""
    head = {
        "headers": delivery.headers,
        "source_ip": delivery.source_ip,
        "by_hook_token": delivery.by_hook_token,
    }
    return b"%s\n%s" % (wire.encode(head), delivery.body)


def _read(content: bytes, kept: KeptDelivery) -> Delivery:
    head, _, body = content.partition(b"\n")
    return Delivery(**wire.decode(head), body=body, received_at=kept.received_at)
