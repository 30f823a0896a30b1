"""``recado execution``: what ran, and why it failed."""

from datetime import datetime
from typing import Any

import click

from recado.cli.choose import filter_of, filter_options
from recado.cli.output import (
    Column,
    write_facts,
    write_line,
    write_note,
    write_table,
)
from recado.cli.session import Session, with_server
from recado.model.status import DEAD_LETTERS

COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="STATUS", field="status"),
    Column(title="CATEGORY", field="error_category"),
    Column(title="TRIGGER", field="trigger_id", right=True),
    Column(title="TRIES", field="attempt_count", right=True),
    Column(title="ACCEPTED (UTC)", field="started_at", moment=True),
    Column(title="RESULT", field="result", long=True),
)
ATTEMPT_COLUMNS = (
    Column(title="TRY", field="number", right=True),
    Column(title="STARTED (UTC)", field="started_at", moment=True),
    Column(title="SECONDS", field="seconds", right=True),
    Column(title="OUTCOME", field="outcome"),
    Column(title="CATEGORY", field="error_category"),
    Column(title="ERROR", field="error", long=True),
)
_SHOWN = (
    *("status", "trigger_id", "idempotency_key", "ordering_key", "attempt_count"),
    *("started_at", "completed_at", "next_attempt_at", "result_summary"),
    *("error", "error_category", "error_fingerprint", "replay_of", "replayed_by"),
)


@click.group()
def execution() -> None:
    """See what ran, and why it failed."""


@execution.command("list")
@filter_options(dead_letters=False)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--cursor", help="Where the page before ended.")
@with_server
def list_executions(
    session: Session, /, *, limit: int, cursor: str | None, **chosen: Any
) -> None:
    """List executions, newest first."""
    query = {**filter_of(chosen), "limit": limit, "cursor": cursor}
    session.show(session.api.get("/api/executions", query), write_executions)


@execution.command()
@click.argument("execution_id", type=int)
@with_server
def show(session: Session, *, execution_id: int) -> None:
    """Show one execution and each of its attempts."""
    session.show(session.api.get(f"/api/executions/{execution_id}"), _write_execution)


@execution.command()
@click.argument("execution_id", type=int)
@with_server
def replay(session: Session, *, execution_id: int) -> None:
    """Run a dead letter's event again; the phone shows nothing twice."""
    answer = session.api.post(f"/api/triggers/executions/{execution_id}/replay")
    session.show(answer, _write_replayed)


@execution.command()
@click.argument("execution_id", type=int)
@with_server
def discard(session: Session, *, execution_id: int) -> None:
    """Resolve a dead letter without running it again."""
    answer = session.api.post(f"/api/executions/{execution_id}/discard")
    session.show(
        answer, lambda _: write_line(f"Execution {execution_id} is discarded.")
    )


def write_executions(answer: Any) -> None:
    """Write one line per execution."""
    if not answer["executions"]:
        write_note("No execution matches.")
        return
    rows = [
        row | {"result": row["error"] or row["result_summary"]}
        for row in answer["executions"]
    ]
    write_table(rows, COLUMNS)
    if answer.get("next_cursor"):
        write_note(f"More: repeat this with --cursor {answer['next_cursor']}")


def _write_execution(answer: Any) -> None:
    write_line(f"Execution {answer['id']}")
    write_facts({name: answer.get(name) for name in _SHOWN})
    if answer.get("may_have_acted"):
        in_spite = " in spite of the error" if answer.get("error") else " already"
        write_line(f"It may have taken effect{in_spite}.")
    if answer.get("attempts"):
        write_line()
        write_table([_attempt(one) for one in answer["attempts"]], ATTEMPT_COLUMNS)
        _write_output(answer["attempts"][-1].get("output"))
    if answer.get("hint"):
        write_line()
        write_line(answer["hint"])
    if answer["status"] in DEAD_LETTERS:
        write_line(f"Replay it: recado execution replay {answer['id']}")


def _attempt(attempt: dict[str, Any]) -> dict[str, Any]:
    started, finished = (
        datetime.fromisoformat(attempt[name]) for name in ("started_at", "finished_at")
    )
    return attempt | {"seconds": f"{(finished - started).total_seconds():.1f}"}


def _write_output(output: str | None) -> None:
    if output:
        write_line()
        write_line("Output of the last attempt:")
        write_line(output.rstrip())


def _write_replayed(answer: Any) -> None:
    new = answer["new_execution_id"]
    write_line(f"It runs again as execution {new}: recado execution show {new}")
