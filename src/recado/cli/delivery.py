"""``recado trigger explain`` and ``deliveries``: why something did not arrive."""

from typing import Any

import click

from recado.cli.output import Column, write_facts, write_line, write_note, write_table
from recado.cli.session import Session, with_server
from recado.cli.trigger_body import read_file

STEP_COLUMNS = (
    Column(title="STEP", field="step"),
    Column(title="PASSES", field="passes"),
    Column(title="WHY", field="why", long=True),
)
LAST_COLUMNS = (
    Column(title="RECEIVED (UTC)", field="received_at", moment=True),
    Column(title="BECAME", field="arrival"),
    Column(title="EVENT TYPE", field="event_type"),
    Column(title="BECAUSE OF", field="reason", long=True),
)


_BECAME = {
    "duplicate": "a duplicate",
    "unproven": "rejected: its sender does not prove itself",
    "malformed": "rejected: it cannot be read",
    "undecided": "rejected: the condition has no answer for it",
    "limited": "rejected: it is more than the trigger takes",
    "disabled": "rejected: the trigger takes no deliveries",
}


@click.command()
@click.argument("trigger_id", type=int)
@click.option("--file", "name", required=True, help="Body as it came; - is stdin.")
@click.option("--header", multiple=True, help="Header, as name: value. Repeatable.")
@click.option("--by-id", is_flag=True, help="As if it came to webhook_url.")
@with_server
def explain(
    session: Session,
    *,
    trigger_id: int,
    name: str,
    header: tuple[str, ...],
    by_id: bool,
) -> None:
    """Say step by step what would happen to a delivery, and why."""
    body = {
        "body": read_file(name),
        "headers": dict(map(_header, header)),
        "by_hook_token": not by_id,
    }
    answer = session.api.post(f"/api/triggers/{trigger_id}/explain", body)
    session.show(answer, _write_explained)


@click.command()
@click.argument("trigger_id", type=int)
@click.option("--days", type=click.IntRange(1, 30), default=1, show_default=True)
@with_server
def deliveries(session: Session, *, trigger_id: int, days: int) -> None:
    """Count what became of a trigger's deliveries; show the last not stored."""
    path = f"/api/triggers/{trigger_id}/deliveries"
    answer = session.api.get(path, {"days": days})
    session.show(answer, lambda found: _write_deliveries(found, trigger_id))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (name.strip() and colon):
        raise click.UsageError(f"--header is '{text}'; it must be 'name: value'")
    return name.strip(), value.strip()


def _write_explained(answer: Any) -> None:
    write_table(answer["steps"], STEP_COLUMNS)
    write_line()
    runs = f"; it would run its {answer['would_run']}" if answer["would_run"] else ""
    became = _BECAME.get(answer["outcome"], answer["outcome"])
    write_line(f"The delivery would be {became}{runs}.")


def _write_deliveries(answer: Any, trigger_id: int) -> None:
    names = ("accepted", "duplicate", "filtered", "rejected")
    write_facts({name: answer[name] for name in names})
    if answer["last"]:
        write_line()
        write_table(answer["last"], LAST_COLUMNS)
    if answer["rejected"]:
        write_note(f"Why they were rejected: recado trigger rejections {trigger_id}")
