"""ARCHITECTURE.md speaks of what is there, and of every step."""

import re

from tests.helpers.repository import ROOT, SOURCE, modules_of

TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
PATHS = set(re.findall(r"`([\w./-]+(?:\.\w+|/))`", TEXT)) - {"cli.json", "secret.key"}
STEPS = ("intake", "intake/sources", "execution", "execution/actions")
CALL = ("evolution", "evolution/commands", "retry")
STORE = ("store/sqlite", "store/postgres")


def test_every_path_exists() -> None:
    missing = {
        path
        for path in PATHS
        if not (SOURCE / path).exists() and not (ROOT / path).exists()
    }

    assert len(PATHS) > 40
    assert missing == set()


def test_every_step_is_named() -> None:
    wanted = {
        str(path.relative_to(SOURCE)) for path in modules_of(*STEPS, *CALL, *STORE)
    }

    assert wanted - PATHS == set()


def test_the_layers_are_those_of_the_import_contract() -> None:
    contract = (ROOT / ".importlinter").read_text("utf-8")
    listed = contract.split("layers =\n")[1].split("exhaustive")[0]
    drawn = TEXT.split("## The layers")[1].split("* Rules are pure")[0]

    layers = [re.findall(r"\w+", line) for line in listed.splitlines() if line.strip()]
    blocks = [
        re.findall(r"\w+", re.split(r" {3,}", line.strip())[0])
        for line in drawn.splitlines()
        if line.startswith("    ")
    ]

    assert blocks == layers
