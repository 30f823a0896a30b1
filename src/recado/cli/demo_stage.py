"""The demo's stage: a real server, a stand-in for the gateway, and who posts to it."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from recado import wire
from recado.cli.api_client import ApiClient, Sender, ServerAddress
from recado.cli.demo_scripts import ORDERS, ORDERS_SOURCE
from recado.errors import ApiError
from recado.server import Server
from recado.settings import read_client_settings, read_settings
from recado.simulator import envelopes
from recado.simulator.faults import read_rule
from recado.simulator.message_content import Said
from recado.simulator.server import Simulator

POLL_SECONDS = 0.1
PATIENCE_SECONDS = 45.0
"""No step takes longer, unless something is broken."""

LOG_FILE = "server.log"

Sleep = Callable[[float], Awaitable[object]]


class Stage:
    """Everything of one demo in one event loop. ``async with`` sets it up.

    ``port`` is Recado's, 0 for a free one; the folder must exist.
    """

    def __init__(self, folder: Path, *, port: int, sleep: Sleep) -> None:
        self.folder = folder
        self._port = port
        self._sleep = sleep
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        environ = {
            "RECADO_DATA_DIR": str(self.folder),
            "RECADO_PORT": str(self._port),
        }
        async with AsyncExitStack() as stack:
            (self.folder / LOG_FILE).touch(mode=0o600)
            log = stack.enter_context((self.folder / LOG_FILE).open("w"))
            self.simulator = await stack.enter_async_context(Simulator())
            server = Server(read_settings(environ), log_to=log)
            server.log.take_over_logging()  # it would run into the story
            self.server = await stack.enter_async_context(server)
            found = read_client_settings(environ)
            self._api = ApiClient(
                ServerAddress(
                    url=self.server.url,
                    api_key=found.api_key,
                    key_places=str(self.folder),
                )
            )
            stack.callback(self._api.close)
            self._sender = Sender()
            stack.push_async_callback(self._sender.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def get(self, path: str, **query: str | int) -> Any:
        """Read from the API."""
        # the server runs in this very loop: a call that blocks would wait for itself
        return await asyncio.to_thread(self._api.get, path, query)

    async def post(self, path: str, body: object = None) -> Any:
        """Do something through the API."""
        return await asyncio.to_thread(self._api.post, path, body)

    async def patch(self, path: str, body: object) -> Any:
        """Change something through the API."""
        return await asyncio.to_thread(self._api.patch, path, body)

    def write_script(self) -> str:
        """Put the shop's script where triggers may run it; return its name."""
        scripts = self.server.settings.scripts_dir or self.folder / "scripts"
        scripts.mkdir(parents=True, exist_ok=True)
        (scripts / ORDERS).write_text(ORDERS_SOURCE, encoding="utf-8")
        return ORDERS

    def message(self, name: str, number: str, text: str) -> bytes:
        """Return the body of a new message to the shop, as the gateway posts it."""
        said = Said(
            id=f"3A{secrets.token_hex(9).upper()}",
            at=self.server.clock.now(),
            text=text,
            chat=f"{number}@s.whatsapp.net",
            push_name=name,
        )
        return wire.encode(envelopes.message(self.simulator.instances.first(), said))

    async def deliver(self, trigger: dict[str, Any], body: bytes) -> None:
        """Post a body as the trigger's sender does, signed where that one signs.

        Raises:
            ApiError: It was not answered 200.
        """
        headers = {}
        if trigger["source"] == "custom":
            key = str(trigger["secret"]).encode()
            digest = hmac.new(key, body, hashlib.sha256).hexdigest()
            headers["X-Webhook-Signature"] = f"sha256={digest}"
        status = await self._sender.post(trigger["hook_url"], body, headers)
        if status != 200:  # noqa: PLR2004 (the one answer that promises something)
            raise ApiError(f"a delivery was answered {status}", status=status)

    async def deliver_all(self, trigger: dict[str, Any], bodies: list[bytes]) -> None:
        """Post many bodies at once."""
        await asyncio.gather(*(self.deliver(trigger, body) for body in bodies))

    def break_send(self, number: str, fault: dict[str, Any], *, times: int) -> None:
        """Let the next sends to a number go wrong."""
        self.simulator.faults.add(
            read_rule(
                {
                    "route": "POST /send/text",
                    "match": {"number": number},
                    "times": times,
                    "fault": fault,
                }
            )
        )

    def set_online(self, *, online: bool) -> None:
        """Take the shop's WhatsApp session down, or bring it back."""
        name = self.simulator.instances.first().name
        self.simulator.change(name, online=online)

    async def stats(self) -> dict[str, Any]:
        """Return the server's counts."""
        found: dict[str, Any] = await self.get("/api/triggers/stats")
        return found

    async def until(
        self, is_so: Callable[[dict[str, Any]], bool], what: str
    ) -> dict[str, Any]:
        """Return the counts as soon as they say so.

        Raises:
            ApiError: They did not within ``PATIENCE_SECONDS``.
        """
        for _ in range(int(PATIENCE_SECONDS / POLL_SECONDS)):
            counts = await self.stats()
            if is_so(counts):
                return counts
            await self._sleep(POLL_SECONDS)
        raise ApiError(f"the demo waited in vain: {what}; see {self.folder / LOG_FILE}")

    async def settled(self) -> dict[str, Any]:
        """Return the counts once nothing waits or runs."""
        return await self.until(
            lambda counts: not _unfinished(counts), "executions do not end"
        )


def _unfinished(counts: dict[str, Any]) -> int:
    by_status = counts["by_status"]
    return sum(
        by_status[status] for status in ("pending", "running", "retrying", "held")
    )
