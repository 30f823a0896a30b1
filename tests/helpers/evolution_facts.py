"""The recorded facts about Evolution Go that tests hold our definitions against."""

from pathlib import Path
from typing import Any

from recado import wire

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "evolution-go"


def facts(name: str) -> Any:
    """The JSON document of that name."""
    return wire.decode((FOLDER / name).read_bytes())


def route(method: str, path: str) -> dict[str, Any]:
    """What the contract says of a route."""
    [found] = [
        each
        for each in facts("contract.json")["routes"]
        if (each["method"], each["path"]) == (method, path)
    ]
    assert isinstance(found, dict)
    return found
