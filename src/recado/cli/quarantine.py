"""``recado quarantine``: rejected deliveries, and their way back in."""

from typing import Any

import click

from recado.cli.api_client import Query
from recado.cli.output import Column, write_line, write_note, write_table
from recado.cli.session import Session, with_server

COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="RECEIVED (UTC)", field="received_at", moment=True),
    Column(title="FROM", field="source_ip"),
    Column(title="BYTES", field="size", right=True),
    Column(title="REASON", field="reason", long=True),
)


@click.group()
def quarantine() -> None:
    """See rejected deliveries, and accept those that pass after a repair."""


@quarantine.command("list")
@click.argument("trigger_id", type=int)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--cursor", help="Where the page before ended.")
@with_server
def list_kept(
    session: Session, *, trigger_id: int, limit: int, cursor: str | None
) -> None:
    """List what is kept of a trigger's rejected deliveries, newest first."""
    query: Query = {"quarantined": "true", "limit": limit, "cursor": cursor}
    answer = session.api.get(f"/api/triggers/{trigger_id}/rejections", query)
    session.show(answer, lambda found: _write_kept(found, trigger_id))


@quarantine.command()
@click.argument("trigger_id", type=int)
@with_server
def retry(session: Session, *, trigger_id: int) -> None:
    """Verify what is kept again, and accept what passes now, in order of arrival."""
    answer = session.api.post(f"/api/triggers/{trigger_id}/quarantine/retry")
    session.show(answer, lambda found: _write_retried(found, trigger_id))


def _write_kept(answer: Any, trigger_id: int) -> None:
    if not answer["rejections"]:
        write_note("Nothing is in quarantine.")
        return
    write_table(answer["rejections"], COLUMNS)
    if answer["next_cursor"]:
        write_note(f"There are more: --cursor {answer['next_cursor']}")
    write_note(f"After the repair: recado quarantine retry {trigger_id}")


def _write_retried(answer: Any, trigger_id: int) -> None:
    write_line(
        f"{answer['accepted']} accepted, {answer['still_rejected']} still rejected."
    )
    if answer["duplicates"] or answer["filtered"]:
        write_line(
            f"{answer['duplicates']} had been stored before, {answer['filtered']} are "
            "not wanted by the filter; these are not kept any longer."
        )
    if answer["still_rejected"]:
        write_note(f"Why: recado quarantine list {trigger_id}")
