"""What every operating command has in common: the server, the key and ``--json``."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

import click

from recado.cli.api_client import ApiClient, connected
from recado.cli.output import write_json

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One command's connection to the server, and who reads its output."""

    api: ApiClient
    as_json: bool

    def show(self, answer: Any, for_people: Callable[[Any], None]) -> None:
        """Write an answer as JSON and nothing else, or as people like it."""
        (write_json if self.as_json else for_people)(answer)


def with_server(
    command: Callable[Concatenate[Session, P], None],
) -> Callable[P, None]:
    """Give a command its session, and the options that say which server."""

    @click.option("--url", help="Server to speak to (else RECADO_URL).")
    @click.option("--api-key", help="Key to use (else RECADO_API_KEY).")
    @click.option("--json", "as_json", is_flag=True, help="Write the API's JSON only.")
    @functools.wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> None:
        url, key = options.pop("url"), options.pop("api_key")
        as_json = bool(options.pop("as_json"))
        with connected(url=_text(url), api_key=_text(key)) as api:
            command(Session(api=api, as_json=as_json), *args, **options)

    return run


def _text(option: object) -> str | None:
    return option if isinstance(option, str) else None
