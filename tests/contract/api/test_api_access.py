"""Who may call what, and what every error looks like."""

import re
from typing import Any

from recado.access.roles import Role
from recado.clock import Clock
from recado.errors import StoreBusyError
from recado.execution.worker import Worker
from recado.model.ids import WorkerId
from recado.observe.signals import Name
from recado.web.app import make_app
from tests.helpers.api import KEYS, Api, a_document

_VIEWER = KEYS[Role.VIEWER].reveal()

ROUTES = [
    ("GET", "/api/triggers", Role.VIEWER),
    ("POST", "/api/triggers", Role.OPERATOR),
    ("GET", "/api/triggers/stats", Role.VIEWER),
    ("GET", "/api/triggers/1", Role.VIEWER),
    ("PUT", "/api/triggers/1", Role.OPERATOR),
    ("PATCH", "/api/triggers/1", Role.OPERATOR),
    ("DELETE", "/api/triggers/1", Role.ADMIN),
    ("POST", "/api/triggers/1/test", Role.OPERATOR),
    ("POST", "/api/triggers/1/regenerate-secret", Role.ADMIN),
    ("GET", "/api/triggers/1/executions", Role.VIEWER),
    ("GET", "/api/triggers/1/rejections", Role.VIEWER),
    ("POST", "/api/triggers/executions/1/replay", Role.OPERATOR),
    ("GET", "/api/executions", Role.VIEWER),
    ("GET", "/api/executions/1", Role.VIEWER),
    ("POST", "/api/executions/1/replay", Role.OPERATOR),
    ("POST", "/api/executions/1/discard", Role.OPERATOR),
    ("POST", "/api/executions/replay", Role.OPERATOR),
    ("POST", "/api/executions/discard", Role.OPERATOR),
    ("GET", "/api/bulk/1", Role.VIEWER),
    ("POST", "/api/bulk/1/pause", Role.OPERATOR),
    ("POST", "/api/bulk/1/resume", Role.OPERATOR),
    ("POST", "/api/bulk/1/cancel", Role.OPERATOR),
    ("GET", "/api/dead-letters", Role.VIEWER),
    ("GET", "/api/keys", Role.ADMIN),
    ("POST", "/api/keys", Role.ADMIN),
    ("DELETE", "/api/keys/99", Role.ADMIN),
    ("GET", "/api/users", Role.ADMIN),
    ("POST", "/api/users", Role.ADMIN),
    ("PATCH", "/api/users/99", Role.ADMIN),
    ("POST", "/api/users/99/reset-password", Role.ADMIN),
    ("DELETE", "/api/users/99", Role.ADMIN),
    ("GET", "/api/audit", Role.ADMIN),
]

OPEN = ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs"]

WRONG = [
    ("GET", "/nothing/here", 404, "not_found"),
    ("GET", "/api/triggers/abc", 404, "not_found"),
    ("GET", f"/api/triggers/{10**30}", 404, "not_found"),
    ("GET", "/api/executions/7", 404, "not_found"),
    ("PATCH", "/api/triggers", 405, "method_not_allowed"),
    ("GET", "/api/executions?limit=0", 400, "invalid"),
    ("GET", "/api/executions?statuss=failed", 400, "invalid"),
    ("GET", "/api/triggers/stats?days=31", 400, "invalid"),
    ("GET", "/api/triggers/stats?days=0", 400, "invalid"),
    ("GET", "/api/triggers?page=0", 400, "invalid"),
]


async def test_every_route_refuses_a_role_that_is_too_low(api: Api) -> None:
    for method, path, needed in ROUTES:
        for role in Role:
            reply = await api.call(method, path, {}, role=role)

            is_refused = reply.status == 403
            assert is_refused == (role.rank < needed.rank), (method, path, role)
            if is_refused:
                assert reply.body["error"] == "forbidden"


async def test_every_route_refuses_a_caller_without_a_key(api: Api) -> None:
    for method, path, _ in ROUTES:
        reply = await api.call(method, path, {}, role=None)

        assert (reply.status, reply.body["error"]) == (401, "unauthorized"), path
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_a_wrong_key_is_no_key(api: Api) -> None:
    for header in ("Bearer rcd_not-a-key", "Basic abc", "Bearer ", "rcd_viewer"):
        reply = await api.call(
            "GET", "/api/triggers", role=None, headers={"Authorization": header}
        )

        assert reply.status == 401, header


async def test_what_is_open_needs_no_key(api: Api) -> None:
    for path in OPEN:
        reply = await api.call("GET", path, role=None)

        assert reply.status == 200, path
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "default-src '" in reply.headers["content-security-policy"]


async def test_metrics_tell_of_dead_letters(api: Api) -> None:
    await api.a_dead_letter()

    reply = await api.call("GET", "/metrics", role=None)

    assert b"recado_dead_letters 1.0" in reply.body


async def test_a_server_whose_worker_ended_is_not_ready(api: Api) -> None:
    ended = Worker(WorkerId("ended"), api.server.worker._parts)
    object.__setattr__(api.server.services, "worker", ended)

    reply = await api.call("GET", "/readyz", role=None)

    assert reply.status == 503
    assert reply.body["problems"] == ["the worker does not run"]


async def test_errors_have_one_shape(api: Api) -> None:
    for method, path, status, error in WRONG:
        reply = await api.call(method, path)

        assert (reply.status, reply.body["error"]) == (status, error), path
        assert reply.body["message"]


async def test_a_query_s_problems_come_all_at_once(api: Api) -> None:
    reply = await api.call("GET", "/api/executions?limit=0&since=noon&status=sad")

    fields = {problem["field"] for problem in reply.body["problems"]}
    assert reply.status == 400
    assert fields == {"limit", "since", "status.0"}


async def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    for raw in (b"{", b"\xff", b"NaN", b'{"name": "\\ud800"}'):
        reply = await api.call("POST", "/api/triggers", raw=raw)

        assert (reply.status, reply.body["error"]) == (400, "not_json"), raw


async def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    reply = await api.call("POST", "/api/triggers", [1])

    assert reply.body["problems"] == [
        {"field": "body", "message": "must be a JSON object"}
    ]


async def test_a_body_above_1_mib_is_refused(api: Api) -> None:
    reply = await api.call("POST", "/api/triggers", a_document(name="x" * 1_048_576))

    assert (reply.status, reply.body["error"]) == (413, "too_large")


async def test_an_unforeseen_error_gives_nothing_away(api: Api) -> None:
    class Broken(Clock):
        def now(self) -> Any:
            raise RuntimeError("canary")

    object.__setattr__(api.server.services, "clock", Broken())

    reply = await api.call("GET", "/api/triggers/stats")

    assert (reply.status, reply.body["error"]) == (500, "internal")
    assert "canary" not in str(reply.body)
    assert api.happenings.counted[Name.REQUEST_FAILED] == 1
    assert "canary" in api.log.getvalue()


async def test_a_busy_store_is_told_and_asks_to_try_again(api: Api) -> None:
    class Busy:
        async def read(self, *_: Any, **__: Any) -> Any:
            raise StoreBusyError("disk full at /secret/path")

    await api.get("/api/triggers")
    object.__setattr__(api.server.services, "store", Busy())

    reply = await api.call("GET", "/api/triggers")
    ready = await api.call("GET", "/readyz", role=None)

    assert (reply.status, reply.body["error"]) == (503, "unavailable")
    assert int(reply.headers["retry-after"]) > 0
    assert "secret" not in str(reply.body)
    assert ready.status == 503
    assert ready.body["problems"] == ["the database cannot be read and written"]
    assert api.happenings.counted[Name.STORE_UNAVAILABLE] == 2


async def test_the_page_of_the_api_names_every_route_and_loads_nothing_from_elsewhere(
    api: Api,
) -> None:
    described = await api.get("/api/openapi.json")
    page = await api.call("GET", "/api/docs", role=None)

    text = page.body.decode()
    assert [path for path in described["paths"] if path not in text] == []
    assert [name for name in ("TriggerInput", "UserInput") if name not in text] == []
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert "unsafe" not in page.headers["content-security-policy"]


async def test_the_description_says_which_role_each_route_needs(api: Api) -> None:
    paths = (await api.get("/api/openapi.json"))["paths"]

    assert paths["/api/users"]["post"]["x-role"] == "admin"
    assert paths["/api/executions"]["get"]["x-role"] == "viewer"
    assert "x-role" not in paths["/healthz"]["get"]


async def test_metrics_can_be_protected(api: Api) -> None:
    app = make_app(api.server.services, secure_metrics=True)
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    for headers in ([], [(b"authorization", f"Bearer {_VIEWER}".encode())]):
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/metrics",
            "query_string": b"",
            "headers": headers,
        }
        await app(scope, receive, send)

    assert statuses == [401, 200]


async def test_the_description_of_the_api_names_every_body(api: Api) -> None:
    described = await api.get("/api/openapi.json")

    create = described["paths"]["/api/triggers"]["post"]["requestBody"]
    schema = create["content"]["application/json"]["schema"]
    assert described["info"]["title"] == "Recado"
    assert schema["$ref"].rsplit("/", 1)[1] in described["components"]["schemas"]
