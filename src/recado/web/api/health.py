"""Is it alive, is it ready, and the numbers for Prometheus."""

import asyncio
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.errors import StoreError
from recado.model.ids import TriggerId
from recado.observe.signals import Name
from recado.store import counters, rejections
from recado.store.columns import EPOCH
from recado.web.api.answers import WireResponse
from recado.web.services import Services, services

PATIENCE = 2.0
"""Seconds in which the store has to answer."""

FRESH = timedelta(seconds=1)
"""How long an answer of the store is good for all who ask."""

PROBES = "probes"
"""The counter that a probe writes: one row for ever, in the hour 0."""

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

open_router = APIRouter(tags=["health"])
metrics_router = APIRouter(tags=["health"])


@open_router.get("/healthz")
async def healthz() -> Response:
    """Answer, which is all that is asked."""
    return WireResponse({"status": "ok"})


@open_router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Tell whether deliveries can be taken and executions run."""
    parts = services(request)
    probe: StoreProbe = request.app.state.probe
    problems = await probe.problems(parts)
    if parts.worker is not None and not parts.worker.is_running:
        problems.append("the worker does not run")
    if problems:
        content = {
            "error": "not_ready",
            "message": "; ".join(problems),
            "problems": problems,
        }
        return WireResponse(content, status_code=503, headers={"Retry-After": "2"})
    # A broker that is away is no reason to turn webhooks away.
    brokers = {one.broker: one.is_connected for one in parts.brokers.every()}
    return WireResponse(
        {"status": "ok", "version": parts.version, "brokers_connected": brokers}
    )


@metrics_router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Show the numbers in Prometheus' text form."""
    parts = services(request)
    totals = await parts.store.read(
        counters.totals, now=parts.clock.now(), window=timedelta(hours=1)
    )
    body = parts.metrics.render(dead_letters=totals.dead_letters)
    return Response(body, media_type=METRICS_TYPE)


class StoreProbe:
    """Asks the store whether it can be read and written, at most once in ``FRESH``.

    A probe syncs to the disk, and anybody may ask for one.
    """

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._asked_at: datetime | None = None
        self._found: list[str] = []

    async def problems(self, parts: Services) -> list[str]:
        """Return what is wrong with the store, in words; [] when nothing is."""
        async with self._asking:
            now, asked_at = parts.clock.now(), self._asked_at
            # a clock that was set back must not keep an old answer
            if asked_at is None or not asked_at <= now < asked_at + FRESH:
                self._found = await _store_problems(parts)
                self._asked_at = parts.clock.now()
            return list(self._found)


async def _store_problems(parts: Services) -> list[str]:
    probe = TriggerId(0)
    try:
        async with asyncio.timeout(PATIENCE):
            await parts.store.read(counters.of_trigger, probe, names=[PROBES])
            await parts.store.write(rejections.count, PROBES, probe, now=EPOCH)
    except TimeoutError:
        return [f"the database did not answer within {PATIENCE:g} seconds"]
    except StoreError as error:
        # what it says may hold paths, so it is for the log only
        parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
        return ["the database cannot be read and written"]
    return []
