"""The instance is part of the id that is made from a key, in every way to send."""

import subprocess
import sys
from pathlib import Path

import pytest

from recado.evolution import EvolutionGo
from recado.evolution.message_id import message_id
from tests.helpers.gateway_server import GatewayServer, sent_reply

PROGRAM = str(Path(sys.executable).parent / "evolution-go-client")
WORDS = (PROGRAM, "send_text", "5511990000001", "Paid", "--idempotency-key", "order-17")
ID = message_id("order-17", instance="shop", chat="5511990000001@s.whatsapp.net")


@pytest.mark.parametrize("more", [(), ("--deadline", "20")], ids=["plain", "sdk"])
@pytest.mark.parametrize("named", ["flag", "setting", "both"])
def test_the_command_takes_the_instance(more: tuple[str, ...], named: str) -> None:
    with GatewayServer([sent_reply()]) as server:
        env = {"EVOLUTION_GO_URL": server.url, "EVOLUTION_GO_KEY": "k"}
        if named != "flag":
            env["EVOLUTION_GO_INSTANCE"] = "shop" if named == "setting" else "other"
        flag = () if named == "setting" else ("--instance", "shop")
        subprocess.run([*WORDS, *flag, *more], env=env, capture_output=True, check=True)

    assert server.seen[0].json["id"] == ID


def test_the_client_takes_the_instance_from_the_environment() -> None:
    with GatewayServer([sent_reply()]) as server:
        env = {
            "EVOLUTION_GO_URL": server.url,
            "EVOLUTION_GO_KEY": "k",
            "EVOLUTION_GO_INSTANCE": "shop",
        }
        with EvolutionGo.from_env(env) as client:
            client.send_text("5511990000001", "Paid", idempotency_key="order-17")

    assert server.seen[0].json["id"] == ID
