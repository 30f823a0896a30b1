"""``recado user``: people who may sign in to the dashboard."""

from typing import Any

import click

from recado.cli.key import ROLES
from recado.cli.output import Column, write_line, write_note, write_table
from recado.cli.session import Session, with_server
from recado.errors import ApiError

COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="ROLE", field="role"),
    Column(title="CREATED (UTC)", field="created_at", moment=True),
    Column(title="LAST SIGN-IN", field="last_login_at", moment=True),
    Column(title="NAME", field="name", long=True),
)

_ASK = click.option(
    "--ask-password", is_flag=True, help="Type a password instead of having one made."
)


@click.group()
def user() -> None:
    """Say who may sign in to the dashboard, and as what."""


@user.command()
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", required=True, help="What they sign in with.")
@_ASK
@with_server
def create(session: Session, *, role: str, name: str, ask_password: bool) -> None:
    """Add somebody and show their password, once."""
    body = {"role": role, "name": name} | _typed(asked=ask_password)
    session.show(session.api.post("/api/users", body), _write_password)


@user.command("list")
@with_server
def list_users(session: Session) -> None:
    """List people and their roles."""
    session.show(
        session.api.get("/api/users"),
        lambda answer: write_table(answer["users"], COLUMNS),
    )


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@with_server
def change_role(session: Session, *, name: str, role: str) -> None:
    """Give somebody another role; their sessions end."""
    answer = session.api.patch(_path_of(session, name), {"role": role})
    session.show(
        answer, lambda user: write_line(f"{user['name']} is {user['role']} now.")
    )


@user.command()
@click.argument("name")
@_ASK
@with_server
def reset(session: Session, *, name: str, ask_password: bool) -> None:
    """Give somebody another password and show it, once; their sessions end."""
    path = f"{_path_of(session, name)}/reset-password"
    session.show(session.api.post(path, _typed(asked=ask_password)), _write_password)


@user.command()
@click.argument("name")
@with_server
def delete(session: Session, *, name: str) -> None:
    """Remove somebody; their sessions end."""
    answer = session.api.delete(_path_of(session, name))
    session.show(answer, lambda _: write_line(f"{name} is removed."))


def _path_of(session: Session, name: str) -> str:
    wanted = name.strip().lower()
    for each in session.api.get("/api/users")["users"]:
        if each["name"] == wanted:
            return f"/api/users/{each['id']}"
    raise ApiError(f"nobody is called '{name}'; `recado user list` shows who there is")


def _typed(*, asked: bool) -> dict[str, str]:
    if not asked:
        return {}
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return {"password": password}


def _write_password(user: Any) -> None:
    if "password" in user:
        write_line(user["password"])
        write_note(
            f"The password of {user['name']} ({user['role']}). It is shown only now; "
            "they can change it under their name in the dashboard."
        )
    else:
        write_line(f"{user['name']} ({user['role']}) can sign in now.")
