"""Send a WhatsApp text through Evolution Go, shown once however often it is tried."""

from collections.abc import Callable
from hashlib import sha256

from recado import wire
from recado.errors import EvolutionError, UnrenderableError
from recado.evolution.async_client import AsyncEvolutionGo
from recado.evolution.message_id import message_id
from recado.evolution.number import chat_of
from recado.execution.actions import template
from recado.execution.actions.action import mark_of
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome, Success
from recado.model.redact import Secret
from recado.model.trigger import InstanceSettings, Trigger
from recado.retry.policy import RetryPolicy

_NEEDED = ("number", "text")
_FIELDS = (*_NEEDED, "instance")

# The queue waits and tries again, so the client must not: tries would multiply.
ONE_TRY = RetryPolicy(max_attempts=1)

ClientMaker = Callable[[InstanceSettings], AsyncEvolutionGo]


def one_try_client(instance: InstanceSettings) -> AsyncEvolutionGo:
    """Return a client of an instance that never tries again by itself.

    Raises:
        ValueError: The address or the token cannot be one.
    """
    return AsyncEvolutionGo(
        instance.url,
        instance.token,
        retry=ONE_TRY,
        on_failed_try=None,  # the worker tells of it, with its execution
    )


class WhatsAppAction:
    """Sends the text of a trigger. See ``Action``. Close it when done.

    It keeps one client for each instance, for as long as it lives.
    """

    def __init__(self, *, make_client: ClientMaker = one_try_client) -> None:
        self._make_client = make_client
        self._clients: dict[InstanceSettings, AsyncEvolutionGo] = {}

    def problems(self, payload: object) -> list[str]:
        """See the protocol."""
        if not isinstance(payload, dict):
            return ["the payload of a whatsapp action is an object with number, text"]
        found = [
            f"there is no field {name!r}; there are {', '.join(_FIELDS)}"
            for name in payload
            if name not in _FIELDS
        ]
        for name in _FIELDS:
            text = payload.get(name)
            if text is None and name not in _NEEDED:
                continue
            if isinstance(text, str) and text:
                found += [f"{name}: {what}" for what in template.problems(text)]
            else:
                found.append(f"{name} must be a text that is not empty")
        return found

    def destination(self, trigger: Trigger) -> str | None:
        """See the protocol."""
        instance = trigger.settings.instance
        return destination_of(instance) if instance else None

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        """See the protocol."""
        instance = trigger.settings.instance
        if instance is None:
            return _misconfigured(
                "the trigger has no instance to send with: set instance (url and "
                "token) in its settings"
            )
        problems = self.problems(trigger.action_payload)
        if problems:
            return _misconfigured("; ".join(problems))
        try:
            client = self._client_for(instance)
        except ValueError as error:
            return _misconfigured(f"the trigger's instance: {error}")
        try:
            fields = _filled_in(trigger.action_payload, claimed.event)
            name = _name(claimed, trigger, fields)
            sent = await client.send_text(fields["number"], fields["text"], id=name)
        except (UnrenderableError, ValueError) as error:
            return Failure(
                error=f"the message cannot be made: {error}",
                category=Category.PERMANENT,
            )
        except EvolutionError as error:
            return _failed(error, instance)
        return Success(sent=1, summary=f"sent to {fields['number']} as {sent.id}")

    async def close(self) -> None:
        """Give all connections back."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    def _client_for(self, instance: InstanceSettings) -> AsyncEvolutionGo:
        client = self._clients.get(instance)
        if client is None:
            client = self._clients[instance] = self._make_client(instance)
        return client


def destination_of(instance: InstanceSettings) -> str:
    """Return the name of an instance for its circuit. No secret can be read from it."""
    mark = mark_of_token(instance.token)
    scheme, _, rest = instance.url.rstrip("/").partition("://")
    place = rest.rpartition("@")[2]  # an address can hold a password
    return f"instance:{scheme}://{place}#{mark}"


def mark_of_token(token: Secret) -> str:
    """Return what tells instances apart without telling their token."""
    return sha256(token.reveal().encode()).hexdigest()[:8]


def _filled_in(payload: dict[str, str | None], event_text: bytes) -> dict[str, str]:
    event = wire.decode(event_text)
    return {
        name: template.render(text, event) for name, text in payload.items() if text
    }


def _name(claimed: Claimed, trigger: Trigger, fields: dict[str, str]) -> str:
    # The root, so that a replay is the same send; 0 is the first step of the action.
    # Not the gateway's address: corrected before a replay, it would give a second name
    # to what may have been sent. Another number has ids of its own anyway.
    return message_id(
        f"{mark_of(trigger)}:{claimed.root_id}:0",
        instance=fields.get("instance", ""),
        chat=chat_of(fields["number"]),
    )


def _misconfigured(what: str) -> Failure:
    return Failure(error=what, category=Category.CONFIG)


def _failed(error: EvolutionError, instance: InstanceSettings) -> Failure:
    return Failure(
        error=str(error),
        category=Category(error.category),
        http_status=error.status,
        may_have_acted=error.may_have_acted,
        destination=destination_of(instance),
        retry_after=error.retry_after,
    )
