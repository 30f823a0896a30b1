"""Each method of both clients makes the call of its command, and reads its answer."""

import re
from collections.abc import Callable
from dataclasses import fields
from inspect import Parameter, iscoroutinefunction, signature
from typing import Any

import pytest

from recado import wire
from recado.evolution import AsyncEvolutionGo, EvolutionGo
from recado.evolution.async_client import AsyncOutside
from recado.evolution.async_methods.together import AsyncAllMethods
from recado.evolution.client import Outside
from recado.evolution.commands.base import Command
from recado.evolution.message_id import Namer
from recado.evolution.methods.together import AllMethods
from recado.evolution.replies.instances import AdvancedOptions
from recado.evolution.replies.users import PrivacySettings
from recado.evolution.transport import Answer, Request
from tests.helpers.gateway_answers import TOKEN, answer_of
from tests.helpers.gateway_examples import EXAMPLES, Example

ADDRESS = "http://127.0.0.1:1"
NAMER = Namer(instance="", token=lambda size: "0b" * size)


class Scripted:
    """A transport that gives each route's good answer, and keeps the requests."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def send(self, request: Request) -> Answer:
        self.seen.append(request)
        method, path = request.route.split(" ")
        body = wire.encode(answer_of(method, path))
        return Answer(status=200, headers={}, body=body)

    def close(self) -> None:
        pass


class ScriptedForCoroutines:
    def __init__(self) -> None:
        self.inner = Scripted()

    async def send(self, request: Request) -> Answer:
        return self.inner.send(request)

    async def close(self) -> None:
        pass


async def _blocking(name: str, words: dict[str, Any]) -> tuple[list[Request], Any]:
    transport = Scripted()
    outside = Outside(transport=transport, token=NAMER.token)
    with EvolutionGo(ADDRESS, "key", outside=outside) as client:
        reply = getattr(client, name)(**words)
    return transport.seen, reply


async def _coroutines(name: str, words: dict[str, Any]) -> tuple[list[Request], Any]:
    transport = ScriptedForCoroutines()
    outside = AsyncOutside(transport=transport, token=NAMER.token)
    async with AsyncEvolutionGo(ADDRESS, "key", outside=outside) as client:
        reply = await getattr(client, name)(**words)
    return transport.inner.seen, reply


def method_of(command: Command[Any]) -> str:
    return re.sub(r"(?<=.)(?=[A-Z])", "_", type(command).__name__).lower()


def words_of(command: Any) -> dict[str, Any]:
    """What to say to a method, so that it makes this command."""
    values = {each.name: getattr(command, each.name) for each in _fields(command)}
    takes = signature(getattr(AllMethods, method_of(command))).parameters
    open_ended = any(each.kind is Parameter.VAR_KEYWORD for each in takes.values())
    if "settings" in takes:
        kind: type[Any] = PrivacySettings if "online" in values else AdvancedOptions
        wanted = {each.name for each in fields(kind)}
        own = {name: values.pop(name) for name in wanted}
        values["settings"] = kind(**own)
    if "message_id" in takes and "id" in values:
        values["message_id"] = values.pop("id")
    assert open_ended or values.keys() == takes.keys() - {"self"}
    return {
        name: value
        for name, value in values.items()
        if value is not None and (name in takes or value != ())
    }


def _fields(command: Any) -> list[Any]:
    return [] if not hasattr(command, "__dataclass_fields__") else [*fields(command)]


@pytest.mark.parametrize("call", [_blocking, _coroutines])
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
async def test_a_method_makes_the_call_of_its_command(
    example: Example, call: Callable[..., Any]
) -> None:
    command = example.command
    words = words_of(command)

    seen, reply = await call(method_of(command), words)

    assert seen == [command.completed(NAMER).request()]
    answer = answer_of(command.method, command.path)
    expected = command.read(answer.get("data") if command.enveloped else answer)
    assert reply == expected
    assert TOKEN not in repr(reply)


def _methods(kind: type) -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for name in dir(kind)
        if not name.startswith("_")
        and name != "call"
        and callable(value := getattr(kind, name))
    }


def test_each_command_has_one_method_and_each_method_a_command() -> None:
    assert _methods(AllMethods).keys() == {
        method_of(example.command) for example in EXAMPLES
    }


def test_both_clients_have_the_same_methods() -> None:
    blocking, coroutines = _methods(AllMethods), _methods(AsyncAllMethods)

    assert blocking.keys() == coroutines.keys()
    for name, method in blocking.items():
        twin = coroutines[name]
        assert signature(method) == signature(twin)
        assert method.__doc__ == twin.__doc__
        assert iscoroutinefunction(twin)
        assert not iscoroutinefunction(method)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_method_says_what_it_does_and_which_route_it_is(example: Example) -> None:
    command = example.command
    method = getattr(AllMethods, method_of(command))

    assert f"``{command.route}``" in method.__doc__
    assert "EvolutionError: " in method.__doc__
    hints = method.__annotations__
    assert "return" in hints
    assert hints.keys() - {"return"} == signature(method).parameters.keys() - {"self"}
