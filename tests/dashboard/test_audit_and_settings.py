"""The audit log and the settings, as pages."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from recado.access.roles import Role
from recado.settings import read_settings
from recado.store import audit
from recado.store.audit import Actor
from recado.web.dashboard.pages.audit import csv_lines
from tests.helpers.api import Api
from tests.helpers.browser import Browser
from tests.helpers.clock import FakeClock


async def note(api: Api, *entries: tuple[str, str, str], **details: str) -> None:
    """Write entries (who, what, to what) down, the first one first."""
    services = api.server.services

    def write(conn: Any) -> None:
        for actor, action, target in entries:
            by = Actor(name=actor, source_ip="203.0.113.7")
            now = services.clock.now()
            audit.note(conn, by, action, target=target, now=now, **details)

    await services.store.write(write)


async def test_the_log_says_who_did_what_to_what_from_where(
    api: Api, admin: Browser
) -> None:
    await note(api, ("user:rosa", "trigger.change", "trigger:7"), changed="name")

    page = await admin.get("/audit")

    for word in ("user:rosa", "trigger.change", "trigger:7", "203.0.113.7", "changed"):
        assert word in page.words


async def test_the_log_is_filtered_by_what_stands_in_the_address(
    api: Api, admin: Browser
) -> None:
    await note(api, ("user:rosa", "trigger.change", "trigger:7"))
    await note(api, ("user:joao", "trigger.delete", "trigger:8"))

    page = await admin.get("/audit?actor=ROSA&action=trigger.&since=2026-03-25")
    empty = await admin.get("/audit?until=2020-01-01")
    wrong = await admin.get("/audit?since=yesterday")

    assert "user:rosa" in page.words
    assert "user:joao" not in page.words
    assert 'value="ROSA"' in page.text
    assert "Nothing matches." in empty.words
    assert wrong.status == 400


@pytest.mark.parametrize("path", ["/audit", "/audit.csv"])
async def test_the_last_day_of_the_calendar_is_refused(
    admin: Browser, path: str
) -> None:
    page = await admin.get(f"{path}?until=9999-12-31")

    assert page.status == 400


async def test_the_log_goes_on_with_older_entries(api: Api, admin: Browser) -> None:
    await note(api, *((f"user:u{number}", "x", "y") for number in range(60)))

    first = await admin.get("/audit?action=x")
    older = first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = await admin.get(older.replace("&amp;", "&"))

    assert ("user:u59" in first.words, "user:u10" in first.words) == (True, True)
    assert "user:u9 " not in first.words
    assert ("user:u9 " in second.words, "user:u10" in second.words) == (True, False)
    assert 'rel="next"' not in second.text


async def test_the_log_is_saved_whole_and_that_is_an_entry_too(
    api: Api, admin: Browser
) -> None:
    entries = ((f"user:u{number}", "y.change", "y") for number in range(1_200))
    await note(api, *entries, why='a "word", and a comma')

    answer = await admin.get("/audit.csv?action=y.change")
    page = await admin.get("/audit?action=audit.export")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert len(rows) == 1_200
    assert rows[0]["actor"] == "user:u1199"
    assert rows[0]["details"] == '{"why":"a \\"word\\", and a comma"}'
    assert "user:admin" in page.words


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"],  # noqa: RUF001
)
def test_no_cell_is_a_formula(cell: str) -> None:
    [[written]] = csv.reader(io.StringIO(csv_lines([(cell,)]), newline=""))

    assert written == f"'{cell}"


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert csv_lines([("user:ana", "2026", "")]) == "user:ana,2026,\r\n"


async def test_reading_a_payload_is_noted_once_an_hour(
    api: Api, clock: FakeClock
) -> None:
    execution = await api.a_dead_letter()
    path = f"/api/executions/{execution['id']}"

    await api.call("GET", path, role=Role.VIEWER)
    await api.call("GET", path, role=Role.VIEWER)
    await api.call("GET", path, role=Role.OPERATOR)

    entries = (await api.get("/api/audit"))["entries"]
    views = [
        entry["actor"]
        for entry in entries
        if entry["target"] == f"execution:{execution['id']}"
    ]
    assert views == ["key:a operator", "key:a viewer"]


async def test_the_settings_say_where_they_come_from_and_never_a_secret(
    api: Api, admin: Browser, tmp_path: Path
) -> None:
    secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    given = {
        "RECADO_DATA_DIR": str(tmp_path),
        "RECADO_SECRET_KEY": secret,
        "RECADO_BOOTSTRAP_API_KEY": "a-key-that-nobody-may-see",
        "RECADO_DATABASE_URL": "postgresql://recado:pa55word@db/recado",
    }
    settings = read_settings(given, options={"RECADO_PORT": "9999"})
    object.__setattr__(api.server.services, "settings", settings.in_force)

    page = await admin.get("/settings")

    for secret_text in (secret, "a-key-that-nobody-may-see", "pa55word"):
        assert secret_text not in page.text
        assert secret_text not in repr(settings.in_force)
    assert "RECADO_BOOTSTRAP_API_KEY" in page.words
    assert "set, never shown environment" in page.words
    assert "postgresql://db/recado environment" in page.words
    assert "9999 option of the command" in page.words
    assert "64 default" in page.words
