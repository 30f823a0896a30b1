"""The calls that are plain: their body is what the flags say, or nearly so.

Nothing here refuses anything. A value that is not plain, because it is wrong or because
there is more to know about it, is for the SDK to look at. Tests hold that what is plain
is the very request that the SDK makes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from recado.cli.evo.plain_routes import ROUTES, Route, find_instance
from recado.evolution import chance
from recado.evolution.message_id import Namer
from recado.evolution.number import chat_of


class PlainRequest(NamedTuple):
    """One request, ready to go. ``read_timeout`` is seconds.

    ``values`` are those it was made of: the command's, and a message's new id.
    """

    route: Route
    path: str
    body: dict[str, Any] | None
    read_timeout: float
    values: dict[str, Any]

    @property
    def message_id(self) -> str | None:
        """The id of the message that a send makes."""
        return self.values["id"] if self.route.path.startswith("/send/") else None


def namer_of(instance: str) -> Namer:
    """Return what names the messages of ``instance``, the word for a number."""
    return Namer(instance=instance, token=chance.token)


def find_plain(
    name: str, values: Mapping[str, Any], *, instance: str = ""
) -> PlainRequest | None:
    """Return the request of a call that is plain; ``instance`` goes into its id."""
    route = ROUTES.get(name)
    try:
        return None if route is None else _find_plain(route, values, instance)
    except ValueError:
        return None  # the SDK says what is wrong


def _find_plain(
    route: Route, values: Mapping[str, Any], instance: str
) -> PlainRequest | None:
    named = (
        _named(values, instance) if route.path.startswith("/send/") else dict(values)
    )
    path, rest = _addressed(route, named)
    body = _find_body(route, rest)
    if path is None or body is None:
        return None
    return PlainRequest(
        route,
        path,
        None if route.body is None else body,
        route.seconds + values.get("delay", 0) / 1000,
        named,
    )


def _named(values: Mapping[str, Any], instance: str) -> dict[str, Any]:
    rest = dict(values)
    name = namer_of(instance).name(
        chat_of(rest["number"]),
        id=rest.pop("id", None),
        idempotency_key=rest.pop("idempotency_key", None),
    )
    return rest | {"id": name}


def _addressed(
    route: Route, values: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the path with the instance in it, and the values that are left."""
    rest = dict(values)
    if not route.path.endswith("/:id"):
        return route.path, rest
    instance = find_instance(rest.pop("instance_id"))
    return instance and route.path.replace(":id", instance), rest


def _find_body(route: Route, values: Mapping[str, Any]) -> dict[str, Any] | None:
    known = route.body or {}
    together = route.together(values) if route.together else values
    if together is None or not together.keys() <= known.keys():
        return None
    body: dict[str, Any] = {}
    for name, value in together.items():
        key, plain = known[name]
        said = plain(value)
        if said is None:
            return None
        _put(body, key, said)
    return body


def _put(body: dict[str, Any], key: str, value: Any) -> None:
    outer, dot, inner = key.partition(".")
    if dot:
        body.setdefault(outer, {})[inner] = value
    elif key:
        body[key] = value
