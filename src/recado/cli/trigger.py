"""``recado trigger``: which events run which action."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

from recado.cli import delivery
from recado.cli.execution import write_executions
from recado.cli.output import (
    Column,
    as_text,
    write_facts,
    write_line,
    write_note,
    write_table,
)
from recado.cli.session import Session, with_server
from recado.cli.trigger_body import (
    ACTIONS,
    SOURCES_NOTE,
    is_noise_likely,
    read_object,
    trigger_body,
    wants_quiet,
)
from recado.clock import SystemClock
from recado.intake.deliver_to import how_to_deliver
from recado.intake.event_types import quiet_fields

COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="ON", field="enabled"),
    Column(title="SOURCE", field="source"),
    Column(title="ACTION", field="action_type"),
    Column(title="NAME", field="name", long=True),
)
REJECTION_COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="RECEIVED (UTC)", field="received_at", moment=True),
    Column(title="FROM", field="source_ip"),
    Column(title="BYTES", field="size", right=True),
    Column(title="KEPT", field="quarantined"),
    Column(title="REASON", field="reason", long=True),
)
_SHOWN = (
    *("id", "name", "enabled", "type", "source", "event_filter", "condition"),
    *("action_type", "action_payload", "agent", "settings"),
    *("webhook_url", "hook_url", "created_at", "updated_at"),
    "old_secret_last_used_at",
)

Command = TypeVar("Command", bound=Callable[..., None])


def body_options(command: Command) -> Command:
    """Give a command the options that describe a trigger."""
    options = (
        click.option("--name", help="What people call it."),
        click.option("--source", help=SOURCES_NOTE),
        click.option("--action", type=click.Choice(ACTIONS), help="What runs."),
        click.option(
            "--payload",
            help="Script name, prompt text, URL, or a JSON object; @FILE reads one.",
        ),
        click.option(
            "--filter",
            multiple=True,
            help="Wanted events: name=value (* matches anything), or JSON. Repeatable.",
        ),
        click.option(
            "--setting", multiple=True, help="Policy, such as max_attempts=3."
        ),
        click.option("--secret", help="What the sender gave you to prove itself."),
        click.option("--agent", help="Name handed to the agent command."),
        click.option("--condition", help="CEL condition."),
        click.option("--from-file", help="JSON object with all of this; - is stdin."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def trigger() -> None:
    """Say which events run which action."""


trigger.add_command(delivery.explain)
trigger.add_command(delivery.deliveries)


@trigger.command("list")
@click.option("--page", type=click.IntRange(1), default=1, help="Page to show.")
@with_server
def list_triggers(session: Session, *, page: int) -> None:
    """List the triggers."""
    session.show(session.api.get("/api/triggers", {"page": page}), _write_triggers)


@trigger.command()
@click.argument("trigger_id", type=int)
@with_server
def show(session: Session, *, trigger_id: int) -> None:
    """Show one trigger."""
    session.show(session.api.get(f"/api/triggers/{trigger_id}"), _write_trigger)


@trigger.command()
@body_options
@click.option(
    "--leave-out-noise/--take-everything",
    "quiet",
    default=None,
    help="Leave out, or take, who is typing and what a history sync brings.",
)
@with_server
def create(session: Session, /, *, quiet: bool | None, **options: Any) -> None:
    """Create a trigger, and show how its sender reaches it."""
    body = trigger_body(options)
    if is_noise_likely(body) and wants_quiet(body["source"], quiet):
        body |= quiet_fields(body["source"]) or {}
    session.show(session.api.post("/api/triggers", body), _write_created)


@trigger.command()
@click.argument("trigger_id", type=int)
@body_options
@with_server
def update(session: Session, /, *, trigger_id: int, **options: Any) -> None:
    """Change what is given, and leave the rest."""
    body = trigger_body(options)
    if not body:
        raise click.UsageError("nothing to change was given")
    session.show(session.api.patch(f"/api/triggers/{trigger_id}", body), _write_trigger)


@trigger.command()
@click.argument("trigger_id", type=int)
@with_server
def enable(session: Session, *, trigger_id: int) -> None:
    """Let events in again."""
    _switch(session, trigger_id, enabled=True)


@trigger.command()
@click.argument("trigger_id", type=int)
@with_server
def disable(session: Session, *, trigger_id: int) -> None:
    """Take no more events; what was accepted waits until it is enabled."""
    _switch(session, trigger_id, enabled=False)


@trigger.command()
@click.argument("trigger_id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_server
def delete(session: Session, *, trigger_id: int, yes: bool) -> None:
    """Delete a trigger."""
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to be asked; say --yes")
        click.confirm(f"Delete trigger {trigger_id}?", abort=True, err=True)
    answer = session.api.delete(f"/api/triggers/{trigger_id}")
    session.show(answer, lambda _: write_line(f"Trigger {trigger_id} is deleted."))


@trigger.command()
@click.argument("trigger_id", type=int)
@click.option("--file", "name", required=True, help="Event as JSON; - is stdin.")
@click.option("--run", is_flag=True, help="Run the action too, once, for real.")
@with_server
def test(session: Session, *, trigger_id: int, name: str, run: bool) -> None:
    """Try an event on a trigger: is it wanted, and what would run?"""
    body = {"payload": read_object(name), "run": run}
    session.show(
        session.api.post(f"/api/triggers/{trigger_id}/test", body), write_facts
    )


@trigger.command("rotate-secret")
@click.argument("trigger_id", type=int)
@click.option("--secret", help="What the sender gave you; else one is made.")
@click.option(
    "--overlap-hours",
    type=click.FloatRange(0),
    default=24.0,
    show_default=True,
    help="How long the old one stays valid.",
)
@with_server
def rotate_secret(
    session: Session, *, trigger_id: int, secret: str | None, overlap_hours: float
) -> None:
    """Make a new secret; the old one stays valid for a while."""
    body = {"secret": secret, "overlap_hours": overlap_hours}
    answer = session.api.post(f"/api/triggers/{trigger_id}/regenerate-secret", body)
    session.show(answer, lambda found: _write_rotated(found, overlap_hours))


@trigger.command()
@click.argument("trigger_id", type=int)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@with_server
def executions(session: Session, *, trigger_id: int, limit: int) -> None:
    """List what a trigger ran, newest first."""
    answer = session.api.get(f"/api/triggers/{trigger_id}/executions", {"limit": limit})
    session.show(answer, write_executions)


@trigger.command()
@click.argument("trigger_id", type=int)
@with_server
def rejections(session: Session, *, trigger_id: int) -> None:
    """List what was not let in, and why."""
    answer = session.api.get(f"/api/triggers/{trigger_id}/rejections")
    session.show(answer, _write_rejections)


def _switch(session: Session, trigger_id: int, *, enabled: bool) -> None:
    answer = session.api.patch(f"/api/triggers/{trigger_id}", {"enabled": enabled})
    state = "enabled" if enabled else "disabled"
    session.show(answer, lambda _: write_line(f"Trigger {trigger_id} is {state}."))


def _write_triggers(answer: Any) -> None:
    if not answer["triggers"]:
        write_note("There are no triggers yet. Make one: recado trigger create --help")
        return
    write_table(answer["triggers"], COLUMNS)
    if answer.get("pages", 1) > 1:
        write_note(
            f"Page {answer['page']} of {answer['pages']}, {answer['total']} triggers."
        )


def _write_trigger(answer: Any) -> None:
    write_facts({name: answer[name] for name in _SHOWN if name in answer})


def _write_created(answer: Any) -> None:
    write_line(f"Trigger {answer['id']} '{answer['name']}' is there.")
    facts = {name: answer.get(name) for name in ("hook_url", "webhook_url", "secret")}
    write_facts(facts)
    write_note("The secret is shown only now.")
    for warning in answer.get("warnings", ()):
        write_note(f"Warning: {warning}")
    write_line()
    write_line("Tell the sender where to deliver:")
    write_line(how_to_deliver(answer))


def _write_rotated(answer: Any, overlap_hours: float) -> None:
    facts = {name: value for name, value in answer.items() if name != "status"}
    write_facts({name: as_text(value) for name, value in facts.items()})
    if overlap_hours:
        until = SystemClock().now() + timedelta(hours=overlap_hours)
        write_note(f"The old secret stays valid until {until:%Y-%m-%d %H:%M} UTC.")
    else:
        write_note("The old secret is not valid any more.")
    write_note("The secret is shown only now.")


def _write_rejections(answer: Any) -> None:
    if not answer["rejections"]:
        write_note("Nothing was rejected.")
        return
    write_table(answer["rejections"], REJECTION_COLUMNS)
