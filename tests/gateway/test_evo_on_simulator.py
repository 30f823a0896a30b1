"""The commands that do more than one call, and what they show, on the stand-in."""

import asyncio
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from recado.simulator.faults import Fault, FaultRule
from recado.simulator.instances import Instance, Queues
from recado.simulator.server import Simulator
from recado.simulator.simulation import ADMIN_KEY
from tests.helpers.evo import Ended, Evo

TOKEN = "sales-token-hush"
HELP_TOKEN = "help-token-hush"
NUMBER = "5511990000001"
HOOK = "http://127.0.0.1:9/hook"


class Simulated:
    """Commands against the stand-in, in a thread of their own."""

    def __init__(self, simulator: Simulator, evo: Evo) -> None:
        self.simulator = simulator
        self._evo = evo

    async def run(self, *words: str, **environ: str) -> Ended:
        given = {
            "EVOLUTION_GO_KEY": TOKEN,
            "EVOLUTION_GO_ADMIN_KEY": ADMIN_KEY,
        } | environ
        ended = await asyncio.to_thread(
            self._evo.run, *words, url=self.simulator.url, **given
        )
        assert TOKEN not in ended.out + ended.err
        assert HELP_TOKEN not in ended.out + ended.err
        return ended

    async def json(self, *words: str, **environ: str) -> Any:
        ended = await self.run(*words, **environ)
        assert ended.code == 0, ended.out
        return ended.json

    def stored(self) -> dict[str, Any]:
        """What is stored of the instance that sends."""
        [found] = [one for one in self.simulator.instances if one.token == TOKEN]
        return {
            "webhook": found.webhook,
            "subscribed": found.subscribed,
            "queues": found.queues,
        }


@pytest.fixture
async def simulated(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> AsyncIterator[Simulated]:
    instances = [
        Instance(name="sales", token=TOKEN),
        Instance(name="help", token=HELP_TOKEN, number="5511990000200"),
    ]
    async with Simulator(instances) as simulator:
        yield Simulated(simulator, Evo(capfdbinary))


async def test_the_list_of_instances_shows_no_token(simulated: Simulated) -> None:
    listed = await simulated.json("instances")

    assert [one["name"] for one in listed["data"]] == ["sales", "help"]
    assert {one["token"] for one in listed["data"]} == {"[redacted]"}


async def test_the_summary_shows_each_instance_with_its_status(
    simulated: Simulated,
) -> None:
    simulated.simulator.change("help", online=False)

    told = (await simulated.json("summary"))["data"]

    assert (told["total"], told["ready"]) == (2, 1)
    assert [(one["name"], one["status"]) for one in told["instances"]] == [
        ("sales", "ready"),
        ("help", "offline"),
    ]


async def test_an_instance_that_cannot_be_asked_does_not_spoil_the_summary(
    simulated: Simulated,
) -> None:
    simulated.simulator.faults.add(
        FaultRule(route="GET /instance/status", fault=Fault(drop=True))
    )

    told = (await simulated.json("summary"))["data"]

    assert {one["status"] for one in told["instances"]} == {"unknown"}
    assert all("error" in one for one in told["instances"])


async def test_being_offline_is_a_status_and_not_a_failure(
    simulated: Simulated,
) -> None:
    simulated.simulator.change("sales", online=False)

    told = await simulated.json("status")

    assert told["message"] == "success"
    assert told["data"] == {"Connected": False, "LoggedIn": False, "Name": ""}
    assert told["reason"] == "client disconnected"


async def test_a_token_that_was_made_here_is_shown_once(simulated: Simulated) -> None:
    made = await simulated.json("create_instance", "shop")
    given = await simulated.json("create_instance", "other", "--token", "my-own-token")
    listed = await simulated.json("instances")

    assert len(made["data"]["token"]) == 32
    assert given["data"]["token"] == "[redacted]"
    assert {one["token"] for one in listed["data"]} == {"[redacted]"}


async def test_what_connect_is_not_given_stays_as_it_is(simulated: Simulated) -> None:
    await simulated.json(
        *("connect", "--webhook", HOOK, "--subscribe", "MESSAGE,CALL"),
        *("--rabbitmq", "true", "--nats", "false", "--websocket", "false"),
    )
    before = simulated.stored()

    await simulated.json("connect", "--phone", NUMBER, "--immediate")
    kept = simulated.stored()
    answer = await simulated.json("connect", "--subscribe", "CALL")

    assert kept == before
    assert answer["data"]["webhookUrl"] == HOOK
    assert answer["data"]["eventString"] == "CALL"
    assert simulated.stored()["queues"] == before["queues"] != Queues()


async def test_connect_does_not_clear_what_it_cannot_read(
    simulated: Simulated,
) -> None:
    await simulated.json("connect", "--webhook", HOOK)
    before = simulated.stored()

    refused = await simulated.run("connect", "--phone=1", EVOLUTION_GO_ADMIN_KEY="")

    assert refused.code == 1
    assert "EVOLUTION_GO_ADMIN_KEY" in refused.json["error"]
    assert "--replace" in refused.json["error"]
    assert simulated.stored() == before


async def test_connect_can_be_told_to_replace_everything(simulated: Simulated) -> None:
    await simulated.json("connect", "--webhook", HOOK, "--rabbitmq", "true")

    await simulated.json(
        *("connect", "--replace", "--subscribe", "CALL"), EVOLUTION_GO_ADMIN_KEY=""
    )

    assert not simulated.stored()["webhook"]


async def test_connect_keeps_nothing_of_an_instance_that_it_cannot_find(
    simulated: Simulated,
) -> None:
    refused = await simulated.run("connect", EVOLUTION_GO_KEY="nobodys-token")

    assert refused.code == 1
    assert "is the token of no instance" in refused.json["error"]


async def test_connect_refuses_words_that_the_gateway_would_drop(
    simulated: Simulated,
) -> None:
    refused = await simulated.run("connect", "--subscribe", "message,message.update")

    assert refused.code == 2
    assert "'message'" in refused.json["error"]
    assert "READ_RECEIPT" in refused.json["error"]


async def test_other_settings_are_kept_too(simulated: Simulated) -> None:
    [sales, _] = (await simulated.json("instances"))["data"]
    await simulated.json("set_advanced_settings", sales["id"], "--rejectCall", "true")
    await simulated.json("set_advanced_settings", sales["id"], "--msgRejectCall", "no")
    await simulated.json("set_privacy", "--lastSeen", "none")
    await simulated.json("set_privacy", "--online", "match_last_seen")

    settings = await simulated.json("advanced_settings", sales["id"])
    privacy = (await simulated.json("privacy"))["data"]

    assert (settings["rejectCall"], settings["msgRejectCall"]) == (True, "no")
    assert (privacy["LastSeen"], privacy["Online"]) == ("none", "match_last_seen")


async def test_a_pairing_without_a_code_is_a_failure(simulated: Simulated) -> None:
    simulated.simulator.change("sales", logged_in=True)

    ended = await simulated.run("pair", "--phone", NUMBER)

    assert (ended.code, ended.waits) == (1, [])
    assert ended.json["details"] == {"PairingCode": ""}
    assert "no code" in ended.json["message"]


async def test_a_qr_code_is_saved_for_its_owner_only(
    simulated: Simulated, tmp_path: Path
) -> None:
    simulated.simulator.change("sales", logged_in=False)
    path = tmp_path / "code.png"

    told = await simulated.json("qr", "--out", str(path))

    assert told["saved"] == str(path)
    assert told["data"]["Code"]
    assert path.read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_qr_code_is_drawn_beside_the_document(simulated: Simulated) -> None:
    simulated.simulator.change("sales", logged_in=False)

    ended = await simulated.run("qr", "--terminal")

    assert ended.json["data"]["Code"]
    assert len(ended.err.splitlines()) > 10
    assert "█" in ended.err or "▄" in ended.err


async def test_drawing_needs_a_library_and_says_which(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated.simulator.change("sales", logged_in=False)
    monkeypatch.setitem(sys.modules, "segno", None)

    refused = await simulated.run("qr", "--terminal")

    assert refused.code == 1
    assert "recado[qr]" in refused.json["error"]


async def test_a_qr_code_is_waited_for(simulated: Simulated) -> None:
    simulated.simulator.change("sales", logged_in=False)
    simulated.simulator.faults.add(
        FaultRule(route="GET /instance/qr", fault=Fault(error="qr_not_ready"), times=2)
    )

    ended = await simulated.run("qr")

    assert ended.code == 0
    assert ended.waits == [2.0, 2.0]


async def test_a_qr_code_is_not_waited_for_for_ever(simulated: Simulated) -> None:
    simulated.simulator.change("sales", logged_in=False)
    simulated.simulator.faults.add(
        FaultRule(route="GET /instance/qr", fault=Fault(error="qr_not_ready"))
    )

    ended = await simulated.run("qr", "--wait", "5")

    assert (ended.code, ended.waits) == (1, [2.0, 2.0])
    assert ended.json["category"] == "transient"


async def test_a_code_that_cannot_be_saved_is_a_failure(
    simulated: Simulated, tmp_path: Path
) -> None:
    simulated.simulator.change("sales", logged_in=False)

    refused = await simulated.run("qr", "--out", str(tmp_path / "no" / "code.png"))

    assert refused.code == 1
    assert "cannot save" in refused.json["error"]


async def test_one_key_shows_one_message_however_often_it_is_run(
    simulated: Simulated,
) -> None:
    words = ("send_text", NUMBER, "Paid", "--idempotency-key", "order-17-paid")

    first = await simulated.json(*words)
    again = await simulated.json(*words)

    assert first["data"]["Info"]["ID"] == again["data"]["Info"]["ID"]
    [shown] = simulated.simulator.phone.shown()
    assert (shown.received, shown.id) == (2, first["data"]["Info"]["ID"])


async def test_an_answer_that_was_lost_shows_one_message(simulated: Simulated) -> None:
    simulated.simulator.faults.add(
        FaultRule(route="POST /send/text", fault=Fault(drop=True, after=True), times=1)
    )

    sent = await simulated.json("send_text", NUMBER, "Paid")

    [shown] = simulated.simulator.phone.shown()
    assert (shown.received, shown.id) == (2, sent["data"]["Info"]["ID"])


async def test_a_number_that_is_not_on_whatsapp_is_not_tried_again(
    simulated: Simulated,
) -> None:
    ended = await simulated.run("send_text", "5511999990000", "hello")

    assert (ended.code, ended.waits) == (1, [])
    assert ended.json["category"] == "permanent"


async def test_a_server_without_a_licence_says_where_to_activate_it(
    simulated: Simulated,
) -> None:
    simulated.simulator.faults.add(
        FaultRule(route="POST /send/text", fault=Fault(error="licence_required"))
    )

    ended = await simulated.run("send_text", NUMBER, "hello")

    assert (ended.code, ended.waits) == (1, [])
    assert ended.json["category"] == "config"
    assert "activate the licence" in ended.json["message"]
