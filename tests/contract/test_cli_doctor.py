"""``recado doctor`` against a gateway, a server and brokers that are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recado.evolution import EvolutionGo
from recado.simulator.background import BackgroundSimulator
from recado.simulator.instances import Instance
from recado.simulator.server import Simulator
from recado.simulator.simulation import ADMIN_KEY, Behaviour
from tests.helpers.commands import Commands
from tests.helpers.running_server import RunningServer, running_server

INSTANCE = Instance(name="sales", token="canary-token")
NAMES = ("URL", "KEY", "ADMIN_KEY")


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(f"EVOLUTION_GO_{name}", raising=False)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    folder = tmp_path / "data"
    monkeypatch.setenv("RECADO_DATA_DIR", str(folder))
    with running_server(folder) as running:
        yield running


def point_at(monkeypatch: pytest.MonkeyPatch, url: str, key: str, admin: str) -> None:
    for name, value in zip(NAMES, (url, key, admin), strict=True):
        monkeypatch.setenv(f"EVOLUTION_GO_{name}", value)


def connect(
    gateway: BackgroundSimulator, webhook: str, *, rabbitmq: bool = False
) -> None:
    with EvolutionGo(gateway.url, INSTANCE.token) as client:
        client.connect(webhook, rabbitmq=rabbitmq)


def methods(simulator: Simulator) -> list[str]:
    return [one.asked.method for one in simulator.simulation.requests]


def codes(commands: Commands) -> list[str]:
    ended = commands.run("doctor", "--json")
    assert ended.json["ok"] is (ended.code == 0)
    return [one["code"] for one in ended.json["findings"] if one["level"] != "ok"]


def test_it_is_content_with_what_is_set_up_well(
    server: RunningServer, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.write_script("reply.py", "")
    trigger = commands.json(
        *("trigger", "create", "--name", "greet", "--source", "evolution_go"),
        *("--action", "script", "--payload", "reply.py"),
    )
    with BackgroundSimulator([INSTANCE]) as gateway:
        point_at(monkeypatch, gateway.url, INSTANCE.token, ADMIN_KEY)
        connect(gateway, trigger["hook_url"])
        before = len(gateway.do(methods))

        ended = commands.run("doctor")
        asked = gateway.do(methods)[before:]

    assert (ended.code, ended.err) == (0, "")
    assert "All is well." in ended.out
    assert "leads to Recado" in ended.out
    assert INSTANCE.token not in ended.out
    assert ADMIN_KEY not in ended.out
    assert set(asked) == {"GET"}


def test_it_tells_the_two_kinds_of_keys_apart(
    server: RunningServer, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BackgroundSimulator([INSTANCE]) as gateway:
        for key, admin, expected in (
            ("wrong", ADMIN_KEY, "key_wrong"),
            (ADMIN_KEY, ADMIN_KEY, "key_is_global"),
            (ADMIN_KEY, "", "key_is_global"),
            (INSTANCE.token, INSTANCE.token, "admin_key_wrong"),
            (INSTANCE.token, "", "admin_key_not_set"),
            ("wrong", "", "key_wrong"),
        ):
            point_at(monkeypatch, gateway.url, key, admin)
            assert expected in codes(commands), (key, admin)


def test_it_knows_a_gateway_from_something_else(
    server: RunningServer, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, server.url, INSTANCE.token, ADMIN_KEY)
    assert "gateway_wrong_url" in codes(commands)

    point_at(monkeypatch, "http://127.0.0.1:1", INSTANCE.token, ADMIN_KEY)
    assert "gateway_unreachable" in codes(commands)

    point_at(monkeypatch, "nonsense", INSTANCE.token, ADMIN_KEY)
    assert "gateway_unreachable" in codes(commands)


def test_it_finds_the_licence_gate(
    server: RunningServer, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlicensed = Behaviour(licensed=False)
    with BackgroundSimulator([INSTANCE], behaviour=unlicensed) as gateway:
        point_at(monkeypatch, gateway.url, INSTANCE.token, ADMIN_KEY)
        assert "licence" in codes(commands)


def test_it_finds_the_traps_of_the_wiring(
    server: RunningServer,
    commands: Commands,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    environment = tmp_path / "gateway.env"
    environment.write_text("WEBHOOK_URL=http://somewhere/in\n")
    with BackgroundSimulator([INSTANCE]) as gateway:
        point_at(monkeypatch, gateway.url, INSTANCE.token, ADMIN_KEY)
        assert "no_instance_webhook" in codes(commands)

        connect(gateway, "http://elsewhere/in", rabbitmq=True)
        assert {"broker_before_webhook", "webhook_elsewhere"} < set(codes(commands))

        ended = commands.run("doctor", "--gateway-env", str(environment))
        assert ended.code == 1
        assert "each event is posted to both" in ended.out


@pytest.mark.timeout(180)
def test_it_looks_at_the_brokers(
    server: RunningServer,
    commands: Commands,
    monkeypatch: pytest.MonkeyPatch,
    rabbitmq_url: str,
) -> None:
    monkeypatch.setenv("RECADO_AMQP_URL", rabbitmq_url)
    monkeypatch.setenv("RECADO_AMQP_QUEUES", "there.is.no.such.queue")
    monkeypatch.setenv("RECADO_NATS_URL", "nats://user:canary-token@127.0.0.1:1")

    ended = commands.run("doctor", "--json")

    found = {one["about"]: one["code"] for one in ended.json["findings"]}
    assert found["amqp"] == "queues_missing"
    assert found["nats"] == "broker_unreachable"
    assert found["wiring"] == "no_instance_token"
    assert "canary-token" not in ended.out + ended.err


def test_it_leaves_nothing_behind_where_no_server_ever_ran(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECADO_DATA_DIR", str(tmp_path / "none"))

    assert codes(commands) == ["folder_missing", "server_not_ready", "gateway_not_set"]
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_are_findings_too(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECADO_AMQP_URL", "amqp://guest:canary-token@host/a@b")

    ended = commands.run("doctor")

    assert ended.code == 1
    assert "RECADO_AMQP_URL must be like amqp://" in ended.out
    assert "canary-token" not in ended.out
