"""Facts about the gateway, read beside the project; it keeps no copy."""

from pathlib import Path

EVENTS = Path(__file__).parents[3] / "shared" / "evolution-go" / "events"


def event_files() -> list[Path]:
    found = sorted(EVENTS.glob("*.json"))
    assert found, f"the samples are not in {EVENTS}"
    return found


def event_bytes(name: str) -> bytes:
    return (EVENTS / f"{name}.json").read_bytes()
