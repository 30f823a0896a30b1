"""Everything behind the port: instances, phone, faults, events."""

import asyncio
import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from recado import wire
from recado.clock import Clock
from recado.errors import NotFoundError
from recado.simulator import envelopes, pairing_events
from recado.simulator.answer import Asked
from recado.simulator.deliver import (
    PAUSE_SECONDS,
    Delivered,
    Deliverer,
    is_address,
)
from recado.simulator.emission import Emission, Emitted, bodies_of
from recado.simulator.faults import FaultRule, Faults
from recado.simulator.group_shape import shown_group
from recado.simulator.instances import Instance, Instances
from recado.simulator.message_content import ALICE
from recado.simulator.phone import Phone
from recado.simulator.recipient import GROUP
from recado.simulator.state.account import Account, LogLine
from recado.simulator.state.groups import ChatGroup, ChatGroups, Member
from recado.simulator.state.newsletters import Newsletters
from recado.simulator.state.polls import Votes
from recado.simulator.subscriptions import hears

KEPT_REQUESTS = 1000
KEPT_FILES = 100
Receipts = Literal["none", "delivered", "read"]
ADMIN_KEY = "simulator-admin-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the stand-in behaves while nothing is asked of it. Times are seconds.

    ``offline_latency`` is how long an offline instance takes to say so. A person is
    not on WhatsApp when the number is one of ``unregistered`` (digits) or ends with
    ``unregistered_ending`` (None: no such ending). ``admin_key`` opens the routes for
    admins. ``receipts`` says how far each message gets by itself: ``none``,
    ``delivered`` or ``read``. ``saves_messages`` is whether the status of messages is
    kept, which the gateway does only when it is told to. ``faults`` are in force from
    the start.
    """

    licensed: bool = True
    admin_key: str = field(repr=False, default=ADMIN_KEY)
    receipts: Receipts = "none"
    saves_messages: bool = True
    faults: tuple[FaultRule, ...] = ()
    offline_latency: float = 0.0
    unregistered: frozenset[str] = frozenset()
    unregistered_ending: str | None = "0000"
    webhook_pause: float = PAUSE_SECONDS

    def is_registered(self, digits: str) -> bool:
        """Return whether a person with this number is on WhatsApp."""
        ending = self.unregistered_ending
        return digits not in self.unregistered and not (
            ending is not None and digits.endswith(ending)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the stand-in needs of the world; ``token(n)`` is n random bytes in hex."""

    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    token: Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """One request and what came of it; ``status`` None means a dropped connection."""

    asked: Asked
    instance: str | None
    status: int | None


class Simulation:
    """The state behind the port. Belongs to one event loop."""

    def __init__(
        self, instances: Instances, behaviour: Behaviour, outside: Outside
    ) -> None:
        self.instances = instances
        self.behaviour = behaviour
        self.outside = outside
        self.licensed = behaviour.licensed
        self.phone = Phone()
        self.groups = ChatGroups()
        self.newsletters = Newsletters()
        self.votes = Votes()
        self.files: dict[str, bytes] = {}
        self.faults = Faults(behaviour.faults)
        self.requests: deque[SeenRequest] = deque(maxlen=KEPT_REQUESTS)
        self.deliverer = Deliverer(sleep=outside.sleep, pause=behaviour.webhook_pause)
        self.started = outside.clock.now()
        self._accounts: dict[str, Account] = {}

    def first(self) -> Instance:
        """Return the instance that is meant when nobody names one.

        Raises:
            NotFoundError: All of them were deleted.
        """
        for instance in self.instances:
            return instance
        raise NotFoundError("there is no instance left")

    def named(self, name: str) -> Instance:
        """Return the instance of that name.

        Raises:
            NotFoundError: There is none.
        """
        found = self.instances.find(name)
        if found is None:
            raise NotFoundError(f"there is no instance {name}")
        return found

    def account(self, instance: Instance) -> Account:
        """Return what the instance has set up."""
        found = self._accounts.get(instance.id)
        if found is None:
            found = self._accounts[instance.id] = Account()
        return found

    def change(self, instance: Instance, **changes: Any) -> Instance:
        """Change an instance; its webhook is told when it comes, goes or is paired."""
        if changes.get("logged_in") and not instance.logged_in:
            changes = self._paired(instance) | changes
        changed = self.instances.change(instance, **changes)
        for build in _changes_told(instance, changed):
            self.tell(changed, build(changed))
        return changed

    def _paired(self, instance: Instance) -> dict[str, Any]:
        """Return what a phone brings along that takes the code it was shown."""
        number = self.account(instance).pairing_number or instance.number
        return {"online": True, "number": number}

    def delete(self, instance: Instance) -> None:
        """Forget an instance and what it has set up; its messages stay."""
        self.instances.delete(instance)
        self._accounts.pop(instance.id, None)

    async def pause(self, seconds: float) -> None:
        """Let time pass, if any is to pass."""
        if seconds > 0:
            await self.outside.sleep(seconds)

    def keep_file(self, path: str, content: bytes) -> None:
        """Keep a file that was sent, in the place of the oldest when there are many."""
        self.files[path] = content
        if len(self.files) > KEPT_FILES:
            del self.files[next(iter(self.files))]

    def note(self, instance: Instance, message: str, *, level: str = "INFO") -> None:
        """Write a line to the log of an instance."""
        line = LogLine(at=self.outside.clock.now(), level=level, message=message)
        self.account(instance).log.append(line)

    def tell(self, instance: Instance, envelope: dict[str, Any]) -> None:
        """Deliver an event to the instance's own webhook, if it wants to hear of it."""
        url = instance.webhook
        if url and is_address(url) and hears(instance.subscribed, envelope["event"]):
            self.deliverer.start(url, wire.encode(envelope))

    def bodies(self, emission: Emission, instance: Instance) -> list[Emitted]:
        """Return the events of an emission; who writes in them is a contact then.

        A message in a group nobody made makes it, with the writer as a member.
        """
        now, told = self.outside.clock.now(), emission
        in_group = emission.chat.endswith(f"@{GROUP}")
        if in_group and not emission.sender:
            told = dataclasses.replace(emission, sender=ALICE)
        emitted = bodies_of(told, instance, at=now, token=self.outside.token)
        if emission.event != "Message":
            return emitted
        author = told.sender or told.chat
        self.account(instance).contacts[author] = told.name
        if in_group:
            group = self.group_of_others(told.chat, instance)
            group.members.setdefault(author, Member(jid=author))
            for event in emitted:
                event.envelope["data"]["groupData"] = shown_group(group)
        return emitted

    def group_of_others(self, jid: str, instance: Instance) -> ChatGroup:
        """Return a group; one that nobody made is somebody else's with us in it."""
        found = self.groups.find(jid)
        if found is None:
            found = self.groups.create(
                name="Somebody's group",
                owner=ALICE,
                created=self.outside.clock.now(),
                invite=self.outside.token(11),
                jid=jid,
            )
            found.members[instance.jid] = Member(jid=instance.jid)
        return found

    async def deliver(
        self, url: str, emitted: list[Emitted], *, repeat: int
    ) -> list[Delivered]:
        """Deliver events, each of them ``repeat`` more times; in the given order."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    self.deliverer.deliver_times(url, event.body, 1 + repeat)
                )
                for event in emitted
            ]
        return [delivered for task in tasks for delivered in task.result()]

    def deliver_later(self, url: str, emitted: list[Emitted], *, repeat: int) -> None:
        """Deliver events without making the caller wait."""
        for event in emitted:
            self.deliverer.start(url, event.body, times=1 + repeat)

    async def reset(self) -> None:
        """Forget what happened and put everything back to the start."""
        await self.deliverer.drop_pending()
        self.licensed = self.behaviour.licensed
        self.phone.clear()
        self.groups.clear()
        self.newsletters.clear()
        self.votes.clear()
        self.files.clear()
        self.faults.reset()
        self.requests.clear()
        self._accounts.clear()
        self.instances.reset()


def _changes_told(
    before: Instance, after: Instance
) -> list[Callable[[Instance], dict[str, Any]]]:
    """Return the events of a change, as the gateway repeats them."""
    told: list[Callable[[Instance], dict[str, Any]]] = []
    if after.logged_in and not before.logged_in:
        told.append(pairing_events.pair_success)
    if before.logged_in and not after.logged_in:
        told += [envelopes.logged_out] * 2 + [pairing_events.logged_out_by_clean_up]
    elif before.online and not after.online:
        told.append(envelopes.disconnected)
    came_up = after.online and after.logged_in
    if came_up and not (before.online and before.logged_in):
        told.append(envelopes.connected)
    return told
