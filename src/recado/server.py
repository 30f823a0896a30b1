"""Puts the parts together: the only place that knows all of them."""

import asyncio
import os
import random
import secrets
import socket
import sys
from types import TracebackType
from typing import Any, Self, TextIO

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from recado.access.keys import Keys, make_key
from recado.access.payload_views import PayloadViews
from recado.access.roles import Role
from recado.access.sessions import Sessions
from recado.access.setup_link import SetupLink
from recado.access.users import Users
from recado.brokers.broker import Broker
from recado.brokers.open import Brokers, make_brokers
from recado.brokers.take import TakerParts
from recado.chores import Chores
from recado.clock import Clock, SystemClock
from recado.errors import ServerBrokenError
from recado.execution.actions.every import Actions, close_actions, make_actions
from recado.execution.actions.whatsapp import mark_of_token
from recado.execution.bulk import BulkRunner
from recado.execution.hold import Circuits
from recado.execution.prune import Pruner
from recado.execution.worker import Worker, WorkerParts
from recado.intake.quarantine import Quarantine, QuarantineParts
from recado.intake.receive import Intake
from recado.intake.sources.registry import SOURCES
from recado.model.ids import WorkerId
from recado.model.redact import Secret
from recado.observe.brokers import BrokerStates
from recado.observe.log import LogWriter
from recado.observe.metrics import Metrics
from recado.observe.signals import Name, Signals
from recado.own_version import own_version
from recado.settings import Settings, kept_api_key, write_client_file
from recado.store.cipher import Cipher
from recado.store.known_triggers import KnownTriggers
from recado.store.open import open_store
from recado.store.protocol import Store, Topic
from recado.store.quarantine import Bounds
from recado.web.api.execution_filter import read_filter
from recado.web.app import make_app
from recado.web.bodies import MAX_BODY
from recado.web.listen import HttpServer, NoDoor, bind, url_of
from recado.web.services import Services
from recado.web.webhooks import Webhooks


class Server:
    """One process: deliveries in, executions run, the API. ``async with`` starts it.

    ``url`` is where it listens; ``setup_url`` is the one-time link by which the first
    admin is made, None when there are people already. ``actions`` replaces what
    triggers run, for benchmarks. Without a worker it takes deliveries and runs nothing,
    without a door it runs actions and takes no request.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        actions: Actions | None = None,
        log_to: TextIO | None = None,
        with_worker: bool = True,
        with_door: bool = True,
    ) -> None:
        self.settings = settings
        self._given_clock = clock
        self.clock = clock or SystemClock()  # until the database tells its own
        self.log = LogWriter(
            log_to or sys.stderr, clock=self.clock, form=settings.log_format
        )
        self.signals = Signals(self.log.broken_listener)
        self._given_actions = actions
        self._with_worker = with_worker
        self._with_door = with_door
        self._sockets: list[socket.socket] = []
        self.url = ""
        self.setup_url: str | None = None

    async def __aenter__(self) -> Self:
        settings = self.settings
        brokers = self._make_brokers()
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = await open_store(
            settings.database_url,
            folder=settings.data_dir,
            clock=self._given_clock,
            sleep=asyncio.sleep,
        )
        self.clock = self.store.clock
        if self._with_door:
            await self._bind()
        self._listen()
        self.services = self._put_together(self.store)
        self._brokers = Brokers(brokers, self._taker_parts())
        await self._start()
        return self

    async def _bind(self) -> None:
        try:
            listener = bind(self.settings.host, self.settings.port)
        except BaseException:
            await self.store.close()
            raise
        self._sockets = [listener]
        self.url = url_of(listener, self.settings.host)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def serve_until(self, stopping: asyncio.Event) -> None:
        """Return when the event is set.

        Raises:
            ServerBrokenError: It can take no requests any more.
        """
        asked = asyncio.create_task(stopping.wait())
        either: set[asyncio.Future[Any]] = {asked, self._serving}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if self._serving.done():
            raise self._broken()

    async def stop(self) -> None:
        """Take nothing more, let attempts end, give the rest back, close."""
        running, grace = self.worker.running_count, self.settings.grace_seconds
        self.signals.emit(Name.SERVER_STOPPING, running=running, grace_seconds=grace)
        self.worker.stop_claiming()
        self._http.end()
        no_more = asyncio.create_task(self._brokers.stop())
        attempts = asyncio.create_task(self._end_attempts(grace))
        # What ended the requests with an error must not keep the rest from closing.
        await asyncio.gather(self._serving, return_exceptions=True)
        for listener in self._sockets:
            listener.close()
        await attempts
        await self.services.bulk.stop()
        await no_more
        await self._chores.stop()
        await close_actions(self.actions)
        await self.store.close()
        self.signals.emit(Name.SERVER_STOPPED)
        self.log.flush()

    async def _end_attempts(self, grace: float) -> None:
        if self._with_worker:
            await self.worker.stop(grace=grace)

    def end_grace(self) -> None:
        """Let ``stop`` wait for no request and no attempt any longer."""
        self._http.force_exit = True
        self.worker.end_grace()

    def _broken(self) -> ServerBrokenError:
        cause = None if self._serving.cancelled() else self._serving.exception()
        broken = ServerBrokenError(f"the server takes no requests any more: {cause!r}")
        broken.__cause__ = cause
        self.signals.emit(Name.SERVER_FAILED, raised=broken)
        return broken

    def _listen(self) -> None:
        self.metrics = Metrics()
        self.broker_states = BrokerStates(self.clock)
        self.signals.listen(self.log.write)
        self.signals.listen(self.broker_states.take)
        self.signals.listen(self.metrics.count)

    def _put_together(self, store: Store) -> Services:
        cipher = Cipher(self.settings.secret_key)
        triggers = KnownTriggers(store, cipher=cipher, clock=self.clock)
        self.circuits = Circuits(store, clock=self.clock, signals=self.signals)
        self.actions = self._given_actions or self._make_actions()
        self.worker = Worker(
            WorkerId(f"{socket.gethostname()}-{secrets.token_hex(6)}"),
            WorkerParts(
                store=store,
                triggers=triggers,
                actions=self.actions,
                circuits=self.circuits,
                clock=self.clock,
                signals=self.signals,
                draw=random.random,
                sleep=asyncio.sleep,
                concurrency=self.settings.concurrency,
                processes=self.settings.processes,
            ),
        )
        return Services(
            store=store,
            triggers=triggers,
            intake=self._make_intake(store, cipher),
            worker=self.worker if self._with_worker else None,
            wake=self._wake,
            bulk=BulkRunner(
                store,
                clock=self.clock,
                signals=self.signals,
                wake=self._wake,
                sleep=asyncio.sleep,
                read_filter=read_filter,
            ),
            actions=self.actions,
            keys=Keys(store, clock=self.clock),
            users=Users(store, clock=self.clock, signals=self.signals),
            sessions=Sessions(store, clock=self.clock, draw=secrets.token_bytes),
            setup_link=SetupLink(secrets.token_bytes),
            payload_views=PayloadViews(store, clock=self.clock, signals=self.signals),
            cipher=cipher,
            clock=self.clock,
            signals=self.signals,
            metrics=self.metrics,
            brokers=self.broker_states,
            draw=secrets.token_bytes,
            settings=self.settings.in_force,
            public_url=lambda: self.settings.public_url or self.url,
            version=own_version(),
        )

    def _make_intake(self, store: Store, cipher: Cipher) -> Intake:
        kept = self.settings.quarantine
        bounds = Bounds.of(kept.count, mib=kept.mib, days=kept.days)
        quarantine = QuarantineParts(
            store=store,
            cipher=cipher,
            sources=SOURCES,
            bounds=bounds,
            clock=self.clock,
            signals=self.signals,
            wake=self._wake,
            draw=secrets.token_bytes,
        )
        return Intake(
            store,
            sources=SOURCES,
            quarantine=Quarantine(quarantine),
            signals=self.signals,
            wake=self._wake,
            on_connected=self._instance_is_up,
        )

    async def _instance_is_up(self, token: Secret) -> None:
        await self.circuits.instance_is_up(mark_of_token(token))
        self._wake()

    def _wake(self) -> None:
        """Tell every worker, here and on other nodes, that something may be due."""
        self.worker.wake()
        self.store.tell(Topic.DUE)

    async def _start(self) -> None:
        # of a shared database other processes have what they were lent
        rescued = await self.store.rescue(everything=not self.store.is_shared)
        if rescued:
            self.signals.emit(Name.EXECUTIONS_RESCUED, count=rescued)
        await self.circuits.load()
        self._chores = Chores(
            self.services,
            circuits=self.circuits,
            pruner=self._pruner(),
            wake=self.worker.wake,
            sleep=asyncio.sleep,
        )
        await self._chores.load_triggers()
        if self._with_door:
            await self._add_keys()
            await self._offer_setup()
        if self._with_worker:
            self.worker.start()
        await self.services.bulk.resume()
        self._chores.start()
        self._http = HttpServer(self._make_webhooks()) if self._with_door else NoDoor()
        self._serving = asyncio.create_task(self._http.serve(self._sockets))
        await self._until_up()
        self._brokers.start()
        self.signals.emit(
            Name.SERVER_STARTED,
            url=self.url,
            version=self.services.version,
            pid=os.getpid(),
            data=str(self.settings.data_dir.resolve()),
        )

    async def _until_up(self) -> None:
        is_up = asyncio.create_task(self._http.is_up.wait())
        either: set[asyncio.Future[Any]] = {is_up, self._serving}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not is_up.done():
            is_up.cancel()
            await self.stop()
            raise self._broken()

    async def _add_keys(self) -> None:
        """Make the key for the commands on this machine, and the bootstrap key."""
        keys = self.services.keys
        bootstrap = self.settings.bootstrap_api_key
        if bootstrap:
            await keys.add(bootstrap, name="bootstrap", role=Role.ADMIN)
        data_dir = self.settings.data_dir
        local = kept_api_key(data_dir) or make_key(secrets.token_bytes)
        stored = await keys.add(local, name="local", role=Role.ADMIN)
        if stored.revoked_at is not None:
            local = make_key(secrets.token_bytes)
            await keys.add(local, name="local", role=Role.ADMIN)
        write_client_file(data_dir, url=self.url, api_key=local)

    async def _offer_setup(self) -> None:
        parts = self.services
        if not await parts.users.are_there_any():
            self.setup_url = parts.setup_link.address(parts.public_url())

    def _pruner(self) -> Pruner:
        return Pruner(
            self.store,
            retention=self.settings.retention,
            clock=self.clock,
            signals=self.signals,
            sleep=asyncio.sleep,
        )

    def _make_actions(self) -> Actions:
        return make_actions(
            data_dir=self.settings.data_dir,
            scripts_dir=self.settings.scripts_dir,
            agent_command=self.settings.agent_command,
            environment=self.settings.action_environment,
            clock=self.clock,
        )

    def _make_brokers(self) -> list[Broker]:
        if not self._with_door:
            return []  # a broker is a door: web nodes take events, workers run them
        wanted = self.settings.brokers
        return make_brokers(
            amqp_url=wanted.amqp_url,
            amqp_queues=wanted.amqp_queues,
            nats_url=wanted.nats_url,
            nats_stream=wanted.nats_stream,
        )

    def _taker_parts(self) -> TakerParts:
        return TakerParts(
            intake=self.services.intake,
            triggers=self.services.triggers,
            signals=self.signals,
            clock=self.clock,
            max_body=MAX_BODY,
            draw=random.random,
            sleep=asyncio.sleep,
        )

    def _make_webhooks(self) -> Webhooks:
        # Behind a proxy on this machine the caller is whom the proxy names; the
        # deliveries, where it is needed only for a rejection, see to it themselves.
        return Webhooks(
            ProxyHeadersMiddleware(make_app(self.services)),  # type: ignore[arg-type]  # ASGI, under stricter names
            triggers=self.services.triggers,
            intake=self.services.intake,
            clock=self.clock,
            signals=self.signals,
        )
