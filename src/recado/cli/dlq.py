"""``recado dlq``: dead letters, many at a time."""

import sys
import threading
from typing import Any

import click

from recado.cli.choose import filter_of, filter_options
from recado.cli.execution import write_executions
from recado.cli.follow import follow as follow_bulk
from recado.cli.output import Column, write_line, write_note, write_table
from recado.cli.session import Session, with_server
from recado.model.category import HINTS, Category
from recado.model.status import DEAD_LETTERS

INTERRUPTED = 130  # what shells expect after Ctrl-C
COLUMNS = (
    Column(title="COUNT", field="count", right=True),
    Column(title="CATEGORY", field="category"),
    Column(title="FINGERPRINT", field="fingerprint"),
    Column(title="LAST (UTC)", field="last_at", moment=True),
    Column(title="ERROR", field="error", long=True),
)
_PAST = {"replay": "replayed", "discard": "discarded"}


@click.group()
def dlq() -> None:
    """Work through dead letters, many at a time."""


@dlq.command()
@click.option("--trigger", type=int, help="Id of the trigger.")
@with_server
def groups(session: Session, *, trigger: int | None) -> None:
    """Show the dead letters grouped by cause, the largest group first."""
    answer = session.api.get("/api/dead-letters", {"trigger_id": trigger})
    session.show(answer, _write_groups)


@dlq.command("list")
@filter_options(dead_letters=True)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--cursor", help="Where the page before ended.")
@with_server
def list_dead_letters(
    session: Session, /, *, limit: int, cursor: str | None, **chosen: Any
) -> None:
    """List dead letters, newest first."""
    wanted = {"status": ",".join(sorted(DEAD_LETTERS)), **filter_of(chosen)}
    query = wanted | {"limit": limit, "cursor": cursor}
    session.show(session.api.get("/api/executions", query), write_executions)


@dlq.command()
@filter_options(dead_letters=True)
@click.option("--all", "everything", is_flag=True, help="All dead letters.")
@click.option("--dry-run", is_flag=True, help="Only count what would be replayed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_server
def replay(session: Session, /, **options: Any) -> None:
    """Run dead letters again; the phone shows nothing twice."""
    _bulk(session, "replay", options)


@dlq.command()
@filter_options(dead_letters=True)
@click.option("--all", "everything", is_flag=True, help="All dead letters.")
@click.option("--dry-run", is_flag=True, help="Only count what would be discarded.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_server
def discard(session: Session, /, **options: Any) -> None:
    """Resolve dead letters without running them again."""
    _bulk(session, "discard", options)


@dlq.command()
@click.argument("bulk_id", type=int)
@with_server
def follow(session: Session, *, bulk_id: int) -> None:
    """Watch bulk work until it ends."""
    _follow(session, bulk_id)


@dlq.command()
@click.argument("bulk_id", type=int)
@with_server
def cancel(session: Session, *, bulk_id: int) -> None:
    """Stop bulk work; what was done stays done."""
    answer = session.api.post(f"/api/bulk/{bulk_id}/cancel")
    session.show(answer, _write_bulk)


def _bulk(session: Session, kind: str, options: dict[str, Any]) -> None:
    chosen = filter_of(options)
    if bool(chosen) == options["everything"]:
        raise click.UsageError(
            "say which dead letters: filters such as --category config, or --all"
        )
    path, body = f"/api/executions/{kind}", {"filter": chosen}
    preview = session.api.post(path, body | {"dry_run": True})
    if options["dry_run"] or not preview["matched"]:
        past = _PAST[kind]
        session.show(
            preview,
            lambda found: write_line(
                f"{found['matched']} would be {past}."
                if found["matched"]
                else "No dead letter matches."
            ),
        )
        return
    if not options["yes"]:
        _ask(f"{kind.capitalize()} {preview['matched']} dead letters?")
    started = session.api.post(path, body | {"dry_run": False})
    _follow(session, started["bulk_id"])


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to be asked; say --yes or --dry-run")
    click.confirm(question, abort=True, err=True)


def _follow(session: Session, bulk_id: int) -> None:
    try:
        state = follow_bulk(session.api, bulk_id, pause=threading.Event().wait)
    except KeyboardInterrupt:
        write_note(
            f"The server goes on with it. Watch it again: recado dlq follow {bulk_id}; "
            f"stop it: recado dlq cancel {bulk_id}"
        )
        raise SystemExit(INTERRUPTED) from None
    session.show(state, _write_bulk)
    if state["failed"]:
        raise SystemExit(1)


def _write_bulk(state: dict[str, Any]) -> None:
    failed = f", {state['failed']} could not be" if state["failed"] else ""
    done = f"{state['done']} of {state['total']} {_PAST[state['kind']]}"
    write_line(f"Bulk {state['bulk_id']} is {state['state']}: {done}{failed}.")


def _write_groups(answer: Any) -> None:
    found = answer["groups"]
    if not found:
        write_line("There are no dead letters.")
        return
    write_table(found, COLUMNS)
    for category in sorted({row["category"] for row in found if row["category"]}):
        write_line(f"{category}: {HINTS[Category(category)]}")
    first = found[0]["fingerprint"] or "none"
    write_note(f"Replay the first group: recado dlq replay --fingerprint {first}")
