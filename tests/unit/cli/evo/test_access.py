"""Where a command finds the gateway and its keys."""

from pathlib import Path

import pytest

from recado.cli.evo.access import Access, read_access
from tests.helpers.evo import Evo
from tests.helpers.gateway_server import GatewayServer, json_reply

DONE = json_reply(200, {"message": "success"})


@pytest.fixture
def evo(capfdbinary: pytest.CaptureFixture[bytes]) -> Evo:
    found = Evo(capfdbinary)
    found.environ = {}
    return found


def test_the_environment_wins_over_the_file_and_nothing_counts_as_not_set(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text(
        "EVOLUTION_GO_URL=http://file\nexport EVOLUTION_GO_KEY='file'\n"
    )
    environ = {"EVOLUTION_GO_URL": "http://environ", "EVOLUTION_GO_KEY": ""}

    access = read_access(environ, folder=str(tmp_path), file="")

    assert (access.url, access.key, access.admin_key) == ("http://environ", "file", "")


def test_a_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EVOLUTION_GO_KEY=near")
    (tmp_path / "shop.env").write_text("EVOLUTION_GO_KEY=shop")

    access = read_access({}, folder=str(tmp_path), file=str(tmp_path / "shop.env"))

    assert access.key == "shop"


def test_the_admin_key_falls_back_to_the_other_but_not_the_other_way() -> None:
    one = Access({"EVOLUTION_GO_KEY": "k"}, looked_in="")
    both = Access(
        {"EVOLUTION_GO_KEY": "k", "EVOLUTION_GO_ADMIN_KEY": "a"}, looked_in=""
    )
    admin = Access({"EVOLUTION_GO_ADMIN_KEY": "a"}, looked_in="")

    assert [one.key_for(auth) for auth in ("instance", "admin", "none")] == [
        *("k", "k", "")
    ]
    assert both.key_for("admin") == "a"
    assert admin.key_for("instance") == ""


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        (("status",), {}, ["EVOLUTION_GO_URL", "EVOLUTION_GO_KEY"]),
        (("instances",), {"EVOLUTION_GO_URL": "http://a"}, ["EVOLUTION_GO_ADMIN_KEY"]),
        (("server_ok",), {}, ["EVOLUTION_GO_URL"]),
        (
            ("send_text", "5511990000001", "hi"),
            {"EVOLUTION_GO_URL": "http://a", "EVOLUTION_GO_ADMIN_KEY": "a"},
            ["EVOLUTION_GO_KEY"],
        ),
    ],
)
def test_what_is_not_set_is_named(
    evo: Evo,
    words: tuple[str, ...],
    environ: dict[str, str],
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = evo.run(*words, **environ)

    assert (ended.code, ended.json["category"]) == (1, "config")
    assert all(f"{name} (" in ended.json["error"] for name in said)
    assert ".env" in ended.json["error"]


@pytest.mark.parametrize(
    "url",
    ["gateway", "ftp://a", "http://", "http://a b", "http://a?x", "http://a:99999"],
)
def test_an_address_that_cannot_be_one_is_refused(evo: Evo, url: str) -> None:
    for words in (("status",), ("pair", "--phone", "5511990000001")):
        ended = evo.run(*words, EVOLUTION_GO_URL=url, EVOLUTION_GO_KEY="k")

        assert (ended.code, ended.json["category"]) == (1, "config")
        assert "EVOLUTION_GO_URL" in ended.json["error"]


@pytest.mark.parametrize("key", ["a b", "a\nb", "é"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(evo: Evo, key: str) -> None:
    ended = evo.run("status", EVOLUTION_GO_URL="http://a", EVOLUTION_GO_KEY=key)

    assert (ended.code, ended.json["category"]) == (1, "config")
    assert key not in ended.json["error"]


def test_a_file_that_cannot_be_read_is_named(evo: Evo, tmp_path: Path) -> None:
    bad = tmp_path / "bad.env"
    bad.write_bytes(b"\xff")

    missing = evo.run("status", "--env-file", str(tmp_path / "no.env"))
    wrong = evo.run("status", "--env-file", str(bad))

    for ended, path in ((missing, "no.env"), (wrong, "bad.env")):
        assert (ended.code, ended.json["category"]) == (1, "config")
        assert path in ended.json["error"]


def test_a_command_without_a_key_sends_none(evo: Evo) -> None:
    with GatewayServer([json_reply(200, {"status": "ok"})]) as server:
        told = evo.json("server_ok", url=server.url, EVOLUTION_GO_KEY="secret")

    assert told == {"status": "ok"}
    assert "apikey" not in server.seen[0].headers


def test_the_nearest_file_is_read_from_where_the_command_is_run(
    evo: Evo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    with GatewayServer([DONE]) as server:
        (tmp_path / ".env").write_text(
            f'EVOLUTION_GO_URL="{server.url}/"  # ours\nEVOLUTION_GO_KEY=from-file\n'
        )
        evo.json("reconnect")

    assert server.seen[0].headers["apikey"] == "from-file"
    assert server.seen[0].path == "/instance/reconnect"
