"""The client's settings."""

import pytest

from recado.errors import SettingsError
from recado.evolution.environment import read_settings


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"EVOLUTION_GO_URL .*EVOLUTION_GO_KEY"):
        read_settings({"EVOLUTION_GO_URL": ""})


def test_settings_never_show_a_key() -> None:
    settings = read_settings(
        {
            "EVOLUTION_GO_URL": "http://u:hush@gateway.example",
            "EVOLUTION_GO_KEY": "hush",
            "EVOLUTION_GO_ADMIN_KEY": "hush",
        }
    )

    assert settings.api_key.reveal() == "hush"
    assert settings.admin_key is not None
    assert "hush" not in repr(settings)


def test_the_instance_is_read_and_is_part_of_the_id() -> None:
    environ = {"EVOLUTION_GO_URL": "http://h", "EVOLUTION_GO_KEY": "k"}

    unnamed = read_settings(environ)
    named = read_settings(environ | {"EVOLUTION_GO_INSTANCE": "shop"})

    assert (unnamed.instance, named.instance) == ("", "shop")


def test_the_admin_key_may_be_left_out() -> None:
    settings = read_settings({"EVOLUTION_GO_URL": "http://h", "EVOLUTION_GO_KEY": "k"})

    assert settings.admin_key is None
