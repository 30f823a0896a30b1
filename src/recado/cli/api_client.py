"""The commands' way to the server's API; the one module here that knows HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pyreqwest.client import ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.exceptions import RequestError

from recado import wire
from recado.at_exit import let_http_finish
from recado.errors import ApiError, NotJsonError, SettingsError
from recado.model.redact import Secret
from recado.settings import CLI_FILE, ClientSettings, read_client_settings

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 60.0
PROBE_SECONDS = 10.0

# The library's classes do not tell a refused connection from a lost one; its causes do.
_NEVER_CONNECTED = "client error (Connect)"

_UNAUTHORIZED = 401
_FIRST_ERROR = 400

Query = Mapping[str, str | int | list[str] | None]
"""What follows the ``?``; a name whose value is None is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """Where the server is, the key for it, and where a key was looked for."""

    url: str
    api_key: Secret | None = field(repr=False)
    key_places: str


class ApiClient:
    """Blocking calls that answer with decoded JSON. One per command or thread.

    Every method raises ``ApiError``, whose text tells a person what to do.
    """

    def __init__(self, server: ServerAddress) -> None:
        self.server = server
        self._client: SyncClient = (
            SyncClientBuilder()
            .user_agent("recado-cli")
            .follow_redirects(enable=False)  # a redirect would carry the key elsewhere
            .connect_timeout(timedelta(seconds=CONNECT_SECONDS))
            .timeout(timedelta(seconds=TOTAL_SECONDS))
            .build()
        )

    def get(self, path: str, query: Query | None = None) -> Any:
        """Read something."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: object = None) -> Any:
        """Create something, or do something."""
        return self._call("POST", path, body={} if body is None else body)

    def patch(self, path: str, body: object) -> Any:
        """Change the given fields."""
        return self._call("PATCH", path, body=body)

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self._call("DELETE", path)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
    ) -> Any:
        call = self._client.request(method, self.server.url + path)
        if query:
            call = call.query(_pairs(query))
        if self.server.api_key is not None:
            call = call.bearer_auth(self.server.api_key.reveal())
        if body is not None:
            call = call.header("content-type", "application/json").body_bytes(
                wire.encode(body)
            )
        try:
            response = call.build().send()
            return self._read(response.status, bytes(response.bytes()))
        except RequestError as error:
            raise self._unanswered(error) from error

    def _unanswered(self, error: RequestError) -> ApiError:
        causes = [cause["message"] for cause in error.details["causes"] or []]
        if _NEVER_CONNECTED in causes:
            return ApiError(
                f"no server answers at {self.server.url}; start it with "
                "`recado serve`, or say where it is with --url or RECADO_URL"
            )
        reason = causes[-1] if causes else error.message
        return ApiError(
            f"{self.server.url} took the request but gave no answer ({reason}); look "
            "whether it was done before you repeat it"
        )

    def _read(self, status: int, content: bytes) -> Any:
        try:
            answer = wire.decode(content) if content else None
        except NotJsonError as error:
            raise ApiError(
                f"what answers at {self.server.url} is not a Recado server "
                f"(HTTP {status}, and no JSON)",
                status=status,
            ) from error
        if status >= _FIRST_ERROR:
            raise self._refusal(status, answer if isinstance(answer, dict) else {})
        return answer

    def _refusal(self, status: int, answer: Mapping[str, Any]) -> ApiError:
        lines = [str(answer.get("message") or f"the server answered HTTP {status}")]
        problems = answer.get("problems")
        if isinstance(problems, list) and problems:
            lines = ["the server refuses this:", *map(_problem, problems)]
        if status == _UNAUTHORIZED:
            lines.append(f"the key is looked for in {self.server.key_places}")
        return ApiError("\n  ".join(lines), status=status, code=answer.get("error"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """How an address answers a GET: its status, its ``Date`` header, and the body."""

    status: int
    date: str
    body: bytes = field(repr=False)


def probe(url: str) -> Probed:
    """Ask an address without a key.

    Raises:
        ApiError: Nothing answers; says why, without the address.
    """
    client = SyncClientBuilder().timeout(timedelta(seconds=PROBE_SECONDS)).build()
    try:
        response = client.get(url).build().send()
        return Probed(
            status=response.status,
            date=response.headers.get("date", ""),
            body=bytes(response.bytes()),
        )
    except RequestError as error:
        causes = [cause["message"] for cause in error.details["causes"] or []]
        raise ApiError(causes[-1] if causes else "no answer") from error
    finally:
        client.close()


class Sender:
    """Delivers bodies as a webhook's sender would. Close it when done."""

    def __init__(self) -> None:
        let_http_finish()
        self._client = ClientBuilder().timeout(timedelta(seconds=TOTAL_SECONDS)).build()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post a JSON text; return the status of the answer.

        Raises:
            ApiError: No answer came.
        """
        call = self._client.post(url).header("content-type", "application/json")
        for name, value in headers.items():
            call = call.header(name, value)
        try:
            return (await call.body_bytes(body).build().send()).status
        except RequestError as error:
            raise ApiError(f"no answer to a delivery: {error.message}") from error

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()


def _problem(problem: object) -> str:
    if isinstance(problem, dict):
        return f"{problem.get('field')}: {problem.get('message')}"
    return str(problem)


def _pairs(query: Query) -> list[tuple[str, str]]:
    pairs = []
    for name, value in query.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, str(one)) for one in values if one is not None]
    return pairs


def find_server(*, url: str | None = None, api_key: str | None = None) -> ServerAddress:
    """Return the server that a command speaks to; options win over all else.

    Raises:
        SettingsError: It is nowhere to be found, or its address cannot be one.
    """
    found = read_client_settings(url=url, api_key=api_key)
    kept = found.data_dir / CLI_FILE
    if not found.url:
        raise SettingsError(
            f"no server found: start one with `recado serve` in this folder, or set "
            f"RECADO_URL and RECADO_API_KEY (looked in {kept})"
        )
    return ServerAddress(
        url=_checked(found),
        api_key=found.api_key,
        key_places=f"--api-key, RECADO_API_KEY and {kept} (only for its own server)",
    )


def _checked(found: ClientSettings) -> str:
    url = (found.url or "").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise SettingsError(
            f"'{url}' is no address; it must be like http://127.0.0.1:8484"
        )
    return url


@contextmanager
def connected(
    *, url: str | None = None, api_key: str | None = None
) -> Iterator[ApiClient]:
    """Lend a client of the server that ``find_server`` finds."""
    client = ApiClient(find_server(url=url, api_key=api_key))
    try:
        yield client
    finally:
        client.close()
