"""Following bulk work to its end, with a progress bar on stderr."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from recado.cli.api_client import ApiClient

POLL_SECONDS = 0.25
ENDED = frozenset({"completed", "cancelled"})

Pause = Callable[[float], object]
"""Waits so many seconds; a test passes one that does not."""


def follow(api: ApiClient, bulk_id: int, *, pause: Pause) -> dict[str, Any]:
    """Return a bulk's last state once it has ended.

    Interrupting this leaves the bulk running: it is the server that works.
    """
    with _bar() as bar:
        line = bar.add_task("starting", total=None)
        while True:
            state: dict[str, Any] = api.get(f"/api/bulk/{bulk_id}")
            bar.update(
                line,
                total=state["total"],
                completed=state["done"] + state["failed"],
                description=_in_words(state),
            )
            if state["state"] in ENDED:
                return state
            pause(POLL_SECONDS)


def _in_words(state: dict[str, Any]) -> str:
    failed = f", {state['failed']} failed" if state["failed"] else ""
    return f"{state['kind']} {state['state']}{failed}"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    )
