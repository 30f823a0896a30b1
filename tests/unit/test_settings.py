"""The files of the data folder: private, and whole or not there."""

import os
import stat
from pathlib import Path

import pytest

from recado import wire
from recado.errors import SettingsError
from recado.model.redact import Secret
from recado.settings import (
    kept_api_key,
    read_client_settings,
    read_settings,
    write_client_file,
)
from recado.settings_table import settings_in_force

KEY = Secret("rcd_kept")
CANARY = "canary-of-the-database"
URL = "http://127.0.0.1:1"
BROKEN = [b"", b"{", b"[]", b'{"url": 5, "api_key": "x"}']


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _environment(folder: Path) -> dict[str, str]:
    return {"RECADO_DATA_DIR": str(folder)}


def test_the_data_folder_and_its_key_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    read_settings(_environment(folder))

    assert _mode(folder) == 0o700
    assert _mode(folder / "secret.key") == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_a_file_is_replaced_whole_or_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_client_file(tmp_path, url=URL, api_key=KEY)
    synced = []
    real = os.fsync

    def fail_at_the_file(handle: int) -> None:
        synced.append(handle)
        raise OSError(28, "no space left on device")

    def note_and_sync(handle: int) -> None:
        synced.append(handle)
        real(handle)

    monkeypatch.setattr(os, "fsync", fail_at_the_file)
    with pytest.raises(OSError, match="no space"):
        write_client_file(tmp_path, url=URL, api_key=Secret("rcd_new"))
    monkeypatch.setattr(os, "fsync", note_and_sync)
    kept = kept_api_key(tmp_path)
    path = write_client_file(tmp_path, url=URL, api_key=Secret("rcd_new"))

    assert kept is not None
    assert kept.reveal() == "rcd_kept"
    assert wire.decode(path.read_bytes())["api_key"] == "rcd_new"
    assert _mode(path) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["cli.json"]
    assert len(synced) == 3  # the file that failed, the file, and the folder


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_client_file_is_no_file_to_a_server(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cli.json").write_bytes(content)

    assert kept_api_key(tmp_path) is None


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_client_file_is_told_to_the_commands(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cli.json").write_bytes(content)

    with pytest.raises(SettingsError, match=r"cli\.json.*start the server again"):
        read_client_settings(_environment(tmp_path))


def test_a_broken_client_file_is_not_needed_when_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "cli.json").write_bytes(b"{")

    found = read_client_settings(_environment(tmp_path), url=URL, api_key="rcd_mine")

    assert found.url == URL


def test_a_server_s_client_file_that_cannot_be_read_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "cli.json").mkdir()

    assert kept_api_key(tmp_path) is None


def test_the_commands_refuse_a_name_that_is_no_setting() -> None:
    with pytest.raises(SettingsError, match="did you mean RECADO_URL"):
        read_client_settings({"RECADO_ULR": "http://elsewhere:1"})


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ana:{CANARY}@host/db",
        f"postgresql://ana:{CANARY}/@{CANARY}@host/db",
        f"postgresql://host/db?user=ana&password={CANARY}&sslmode=require",
    ],
)
def test_the_password_of_the_database_is_not_shown(url: str, tmp_path: Path) -> None:
    settings = read_settings(
        {"RECADO_DATABASE_URL": url, "RECADO_DATA_DIR": str(tmp_path)}
    )

    shown = {one.name: one.value for one in settings.in_force}

    assert settings.database_url == url
    assert CANARY not in repr(settings)
    assert shown["RECADO_DATABASE_URL"].startswith("postgresql://")
    assert "host/db" in shown["RECADO_DATABASE_URL"]


@pytest.mark.parametrize(
    "address",
    [
        "amqp://user:canary-token@host:5672/vhost",
        "amqp://user:canary@token:canary-token@host",
        "amqp://user:p/canary-token@host",
        "nats://user:canary-token@one:4222,nats://user:canary-token@two:4222",
        "nats://canary-token@one:4222, tls://x:canary-token@two",
    ],
)
def test_a_password_in_a_broker_s_address_is_not_in_force_for_people(
    address: str,
) -> None:
    name = "RECADO_AMQP_URL" if address.startswith("amqp") else "RECADO_NATS_URL"
    shown = {one.name: one.value for one in settings_in_force({name: address}, set())}

    assert "canary" not in shown[name]
    assert shown[name].startswith(address.split("//", maxsplit=1)[0])
    assert "host" in shown[name] or "two" in shown[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECADO_AMQP_URL", "canary-token"),
        ("RECADO_AMQP_URL", "http://user:canary-token@host"),
        ("RECADO_AMQP_URL", "amqp://user:p/canary-token@host"),
        ("RECADO_AMQP_URL", "amqp://user:canary-token@one,amqp://two"),
        ("RECADO_AMQP_URL", "amqp://user:canary-token@host:port"),
        ("RECADO_NATS_URL", "nats://user:canary-token@"),
        ("RECADO_NATS_URL", "nats://one,redis://:canary-token@two"),
    ],
)
def test_an_address_of_a_broker_is_checked_and_not_quoted(
    name: str, value: str, tmp_path: Path
) -> None:
    given = {name: value, "RECADO_DATA_DIR": str(tmp_path)}

    with pytest.raises(SettingsError, match=f"{name} must be like") as raised:
        read_settings(given)

    assert "canary" not in str(raised.value)


def test_brokers_are_read(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "RECADO_DATA_DIR": str(tmp_path),
            "RECADO_AMQP_URL": "amqps://user:pass%40word@host:5671/v",
            "RECADO_AMQP_QUEUES": "message, 7f3c.*,",
            "RECADO_NATS_URL": "nats://one:4222, nats://two:4222",
            "RECADO_NATS_STREAM": "EVENTS",
        }
    ).brokers

    assert settings.amqp_url.reveal() == "amqps://user:pass%40word@host:5671/v"
    assert settings.amqp_queues == ("message", "7f3c.*")
    assert settings.nats_url.reveal() == "nats://one:4222,nats://two:4222"
    assert settings.nats_stream == "EVENTS"
