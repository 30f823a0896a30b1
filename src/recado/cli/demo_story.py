"""What the demo plays and tells, step by step."""

from collections.abc import Callable
from typing import Any

from recado import wire
from recado.cli.demo_stage import Stage

Say = Callable[[str], object]
"""Shows one line to the person who watches."""

PEOPLE = (
    ("Ana", "5511990000001", "Hello, is the shop open?"),
    ("Bia", "5511990000002", "How much is a cake for ten?"),
    ("Caio", "5511990000003", "Do you deliver to Pinheiros?"),
    ("Dora", "5511990000004", "Can I pay by card?"),
    ("Edu", "5511990000005", "Is there a table at eight?"),
)
GONE = ("Fabi", "5511980000000", "Call me back")
"""The stand-in takes numbers that end with 0000 for not registered."""

STORM = 64
SHOWN_ERROR = 60
"""Characters, so that a line fits a terminal."""
QUICK = {"base_delay": 0.3, "max_delay": 2, "jitter": 0, "max_attempts": 4}
"""So that retries are seen in a demo; real triggers start at 5 seconds."""


class Story:
    """Plays the demo on a stage. ``tell`` runs all steps in order."""

    def __init__(self, stage: Stage, say: Say) -> None:
        self._stage = stage
        self._say = say
        self._step = 0

    async def tell(self) -> None:
        """Play everything once."""
        await self._make_triggers()
        await self._people_write()
        await self._gateway_repeats_itself()
        await self._storm()
        await self._troubles_that_pass()
        await self._number_without_whatsapp()
        await self._outage()
        await self._orders()
        await self._wrong_key()
        await self._repair_and_replay()
        await self._balance()

    async def _make_triggers(self) -> None:
        instance = self._stage.simulator.instances.first()
        url = self._stage.simulator.url
        self._replies = await self._make(
            "auto reply",
            source="evolution_go",
            event_filter={"event": "Message", "data.Info.IsFromMe": "false"},
            action_type="whatsapp",
            action_payload={
                "number": "{{ event.chat }}",
                "text": "Hi {{ event.data.Info.PushName }}, you wrote "
                '"{{ event.text }}" We answer soon.',
            },
            settings=QUICK | {"instance": {"url": url, "token": instance.token}},
        )
        self._orders_in = await self._make(
            "order book",
            source="custom",
            action_type="script",
            action_payload=self._stage.write_script(),
            settings=QUICK,
        )
        self._updates = await self._make(
            "order updates",
            source="custom",
            action_type="whatsapp",
            action_payload={
                "number": "{{ event.data.number }}",
                "text": "Your order {{ event.data.order }} is on its way.",
            },
            settings=QUICK | {"instance": {"url": url, "token": "an-old-key"}},
        )
        self._say("Three triggers were made through the API:")
        for one in (self._replies, self._orders_in, self._updates):
            self._say(f"  {one['id']}. {one['name']}: {_in_words(one)}")

    async def _make(self, name: str, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = await self._stage.post(
            "/api/triggers", {"name": name, **fields}
        )
        return made

    async def _people_write(self) -> None:
        self._head(f"{len(PEOPLE)} people write to the shop.")
        self._said = [self._stage.message(*person) for person in PEOPLE]
        await self._stage.deliver_all(self._replies, self._said)
        await self._stage.settled()
        self._say("Each event was on disk before its 200; each person got an answer:")
        for message in self._stage.simulator.phone.shown()[:2]:
            self._say(f"  {message.chat.partition('@')[0]}  {message.text}")
        await self._count()

    async def _gateway_repeats_itself(self) -> None:
        self._head("The gateway repeats all five events, byte for byte.")
        await self._stage.deliver_all(self._replies, self._said)
        self._say("It gets the same 200s; nothing runs, nobody is answered twice.")
        await self._count()

    async def _storm(self) -> None:
        self._head(f"One new event arrives {STORM} times at the same moment.")
        body = self._stage.message("Ana", "5511990000001", "Still there?")
        await self._stage.deliver_all(self._replies, [body] * STORM)
        await self._stage.settled()
        self._say(f"{STORM} times 200, one execution, one answer on the phone.")
        await self._count()

    async def _troubles_that_pass(self) -> None:
        self._head("WhatsApp is slow for Dora, and Edu's send loses its connection.")
        self._stage.break_send(
            "5511990000004", {"error": "preparation_rate_limited"}, times=1
        )
        self._stage.break_send("5511990000005", {"drop": "after"}, times=1)
        for person in PEOPLE[3:]:
            body = self._stage.message(person[0], person[1], "And on Sunday?")
            await self._stage.deliver(self._replies, body)
        await self._stage.settled()
        self._say("Both were tried again. Edu's first try had gone out without an")
        self._say("answer; the second had the same message id, so his phone shows one.")
        await self._count()

    async def _number_without_whatsapp(self) -> None:
        self._head("Somebody writes whose number has left WhatsApp.")
        await self._stage.deliver(self._replies, self._stage.message(*GONE))
        await self._stage.settled()
        self._say("A retry cannot help, so it is a dead letter after one try.")
        await self._count()

    async def _outage(self) -> None:
        self._head("The shop's WhatsApp session goes down, and three people write.")
        self._stage.set_online(online=False)
        for name, number, _ in PEOPLE[:3]:
            body = self._stage.message(name, number, "Are you there?")
            await self._stage.deliver(self._replies, body)
        await self._stage.until(
            lambda counts: counts["by_status"]["held"] == 3,  # noqa: PLR2004 (of the three)
            "three executions should be held",
        )
        self._say("They are held, and spend no attempts. It comes back, and in a few")
        self._say("seconds Recado asks again ...")
        self._stage.set_online(online=True)
        await self._stage.settled()
        self._say("All three were answered, once each.")
        await self._count()

    async def _orders(self) -> None:
        self._head("The shop's own system posts three signed orders for a script.")
        orders = (
            {"number": 101, "article": "cake", "quantity": "1"},
            {"number": 102, "article": "bread", "quantity": "4", "stock_is_busy": True},
            {"number": 103, "article": "coffee", "quantity": "two"},
        )
        for order in orders:
            await self._stage.deliver(
                self._orders_in,
                wire.encode(
                    {
                        "event": "order",
                        "idempotency_key": f"order-{order['number']}",
                        "data": order,
                    }
                ),
            )
        await self._stage.settled()
        self._say("101 ran. 102 ended with exit code 75 (try again later) and ran on")
        self._say('the second try. 103 has the quantity "two": a dead letter, with its')
        self._say("traceback kept.")
        await self._count()

    async def _wrong_key(self) -> None:
        self._head("Three order updates go out with a key that is no longer valid.")
        for order, (_, number, _) in enumerate(PEOPLE[:3], start=101):
            await self._stage.deliver(
                self._updates,
                wire.encode(
                    {
                        "event": "shipped",
                        "idempotency_key": f"shipped-{order}",
                        "data": {"order": order, "number": number},
                    }
                ),
            )
        await self._stage.settled()
        self._say("A key is for a person to repair: dead letters at once.")
        await self._count()

    async def _repair_and_replay(self) -> None:
        self._head("An operator looks at the dead letters, grouped by cause.")
        for group in await self._groups():
            error = group["error"][:SHOWN_ERROR]
            self._say(f"  {group['count']} x {group['category']}: {error}")
        self._say("Each has its hint. The key is repaired, and its group replayed:")
        token = self._stage.simulator.instances.first().token
        await self._stage.patch(
            f"/api/triggers/{self._updates['id']}",
            {"settings": {"instance": {"token": token}}},
        )
        [config] = [one for one in await self._groups() if one["category"] == "config"]
        started = await self._stage.post(
            "/api/executions/replay", {"filter": {"fingerprint": config["fingerprint"]}}
        )
        await self._stage.until(
            lambda counts: counts["replays"] == started["matched"], "replays do not end"
        )
        await self._stage.settled()
        self._say(f"{started['matched']} replayed, and this time they went out.")
        await self._count()

    async def _balance(self) -> None:
        shown = self._stage.simulator.phone.shown()
        received = sum(message.received for message in shown)
        self._head("The balance, on the phones.")
        contents = {(message.chat, message.text) for message in shown}
        twice = len(shown) - len(contents)
        self._say(f"The gateway sent {received} messages, with {len(shown)} ids.")
        self._say(f"The phones show {len(shown)} messages; shown twice: {twice}.")
        groups = await self._groups()
        left = sum(group["count"] for group in groups)
        self._say(f"{left} dead letters stay until somebody replays or discards them.")

    async def _groups(self) -> list[dict[str, Any]]:
        answer = await self._stage.get("/api/dead-letters")
        groups: list[dict[str, Any]] = answer["groups"]
        return groups

    def _head(self, text: str) -> None:
        self._step += 1
        self._say("")
        self._say(f"{self._step}. {text}")

    async def _count(self) -> None:
        counts = await self._stage.stats()
        self._say(
            f"   [executions: {counts['total_executions']}, "
            f"completed: {counts['by_status']['completed']}, "
            f"duplicates: {counts['idempotent_replays']}, "
            f"retries: {counts['retries_observed']}, "
            f"dead letters: {counts['dlq_size']}]"
        )


def _in_words(trigger: dict[str, Any]) -> str:
    return f"{trigger['source']} event -> {trigger['action_type']}"
