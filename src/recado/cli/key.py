"""``recado key``: API keys."""

from typing import Any

import click

from recado.cli.output import Column, write_line, write_note, write_table
from recado.cli.session import Session, with_server

ROLES = ("viewer", "operator", "admin")
COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="ROLE", field="role"),
    Column(title="BEGINS", field="prefix"),
    Column(title="CREATED (UTC)", field="created_at", moment=True),
    Column(title="LAST USED", field="last_used_at", moment=True),
    Column(title="REVOKED", field="revoked_at", moment=True),
    Column(title="NAME", field="name", long=True),
)


@click.group()
def key() -> None:
    """Make and revoke API keys."""


@key.command()
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", required=True, help="Who or what uses it.")
@with_server
def create(session: Session, *, role: str, name: str) -> None:
    """Make a key and show it, once."""
    answer = session.api.post("/api/keys", {"role": role, "name": name})
    session.show(answer, _write_created)


@key.command("list")
@with_server
def list_keys(session: Session) -> None:
    """List the keys; never the keys themselves."""
    session.show(session.api.get("/api/keys"), _write_keys)


@key.command()
@click.argument("key_id", type=int)
@with_server
def revoke(session: Session, *, key_id: int) -> None:
    """End a key at once."""
    answer = session.api.delete(f"/api/keys/{key_id}")
    session.show(answer, lambda _: write_line(f"Key {key_id} is revoked."))


def _write_created(answer: Any) -> None:
    write_line(answer["key"])
    write_note(
        f"Key {answer['id']} '{answer['name']}' ({answer['role']}). It is shown only "
        "now; hand it to a program as RECADO_API_KEY."
    )


def _write_keys(answer: Any) -> None:
    write_table(answer["keys"], COLUMNS)
