"""The running Recado, asked through its API."""

from collections.abc import Iterator
from typing import Any

from recado.cli.api_client import ApiClient, find_server
from recado.cli.doctor.facts import ServerFacts
from recado.errors import ApiError, SettingsError

PER_PAGE = 200


def ask_server() -> ServerFacts:
    """Return how it is; what cannot be asked is a problem, never an error."""
    try:
        address = find_server()
    except SettingsError as error:
        return ServerFacts(problem=str(error))
    api = ApiClient(address)
    try:
        api.get("/readyz")
        return ServerFacts(
            url=address.url,
            stats=api.get("/api/triggers/stats"),
            triggers=tuple(_triggers(api)),
        )
    except ApiError as error:
        return ServerFacts(url=address.url, problem=str(error))
    finally:
        api.close()


def _triggers(api: ApiClient) -> Iterator[dict[str, Any]]:
    number, pages = 0, 1
    while number < pages:
        number += 1
        page = api.get("/api/triggers", {"page": number, "per_page": PER_PAGE})
        pages = page["pages"]
        yield from (one for one in page["triggers"] if one["source"] == "evolution_go")
