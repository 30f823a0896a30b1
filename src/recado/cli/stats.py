"""``recado stats``: what happened in the last days."""

from typing import Any

import click

from recado.cli.output import write_facts, write_line
from recado.cli.session import Session, with_server

FEW = 3
"""Queues or subjects of a broker that are named, not counted."""


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 30),
    default=1,
    show_default=True,
    help="How far to look back.",
)
@with_server
def stats(session: Session, *, days: int) -> None:
    """Count what happened in the last days."""
    session.show(session.api.get("/api/triggers/stats", {"days": days}), _write_stats)


def _write_stats(answer: Any) -> None:
    by_status = answer["by_status"]
    rest = {
        name.replace("_", " "): value
        for name, value in answer.items()
        if name not in ("by_status", "window_days", "brokers")
    }
    brokers = {f"broker {one['broker']}": _in_words(one) for one in answer["brokers"]}
    days = answer["window_days"]
    write_line(f"The last {days} days:" if days > 1 else "The last 24 hours:")
    write_facts(rest | brokers)
    write_line()
    write_facts({name: number for name, number in by_status.items() if number})


def _in_words(broker: Any) -> str:
    if not broker["connected"]:
        return f"away: {broker['problem']}"
    consuming = broker["consuming"]
    if not consuming:
        return "connected, but none of the queues is there yet"
    if len(consuming) > FEW:
        return f"connected: {len(consuming)} queues or subjects"
    return f"connected: {', '.join(consuming)}"
