"""The application on the port: faults first, then the gateway's own answer."""

import asyncio
from datetime import datetime
from email.utils import format_datetime

from starlette.types import Receive, Scope, Send

from recado.simulator.answer import Answer, Asked
from recado.simulator.control import PREFIX, make_control
from recado.simulator.gateway import answer_request
from recado.simulator.simulation import SeenRequest, Simulation

CONNECTION = "connection"
"""Where the scope's state has uvicorn's protocol object, whose transport we cut."""


class App:
    """An ASGI application that can also close the connection without an answer.

    It is no Starlette application itself because it takes thousands of sends per
    second in the crash tests; only the control routes are one.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._control = make_control(simulation)
        self.closing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            if scope["path"].startswith(PREFIX):
                await self._control(scope, receive, send)
            else:
                await self._serve(scope, receive, send)
        except asyncio.CancelledError:
            if not self.closing:  # else the connection is cut already
                raise

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            return
        asked = _asked(scope, body)
        found = self._simulation.instances.find_by_token(asked.apikey)
        answer = await self._answer(asked, found.name if found else None)
        self._simulation.requests.append(
            SeenRequest(
                asked=asked,
                instance=found.name if found else None,
                status=answer.status if answer else None,
            )
        )
        if answer is None:
            await _cut(scope, receive)
        else:
            await _send(answer, send, at=self._simulation.outside.clock.now())

    async def _answer(self, asked: Asked, instance: str | None) -> Answer | None:
        """Return the answer, None when the connection is to be cut."""
        fault = self._simulation.faults.take(asked, instance)
        if fault is None:
            return await answer_request(self._simulation, asked)
        if fault.latency > 0:
            await self._simulation.outside.sleep(fault.latency)
        answer = fault.answer_on(asked.route)
        if fault.acts:
            acted = await answer_request(self._simulation, asked)
            answer = answer or acted
        return None if fault.drop else answer


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, None when the caller left before its end."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _asked(scope: Scope, body: bytes) -> Asked:
    apikey, content_type = b"", b""
    for name, value in scope["headers"]:
        if name == b"apikey":
            apikey = value
        elif name == b"content-type":
            content_type = value
    return Asked(
        method=scope["method"],
        path=scope["path"],
        content_type=content_type.decode("latin-1"),
        apikey=apikey.decode("latin-1"),
        body=body,
        query=scope["query_string"].decode("latin-1"),
    )


async def _send(answer: Answer, send: Send, *, at: datetime) -> None:
    headers = [
        (b"content-length", str(len(answer.body)).encode()),
        (b"date", format_datetime(at, usegmt=True).encode()),  # as Go's server does
    ]
    if answer.body:
        headers.append((b"content-type", answer.content_type.encode()))
    headers += [(name.encode(), value.encode()) for name, value in answer.headers]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": answer.body})


async def _cut(scope: Scope, receive: Receive) -> None:
    scope["state"][CONNECTION].transport.abort()
    # uvicorn would answer 500 for us if we returned before it knows
    while (await receive())["type"] != "http.disconnect":
        pass
