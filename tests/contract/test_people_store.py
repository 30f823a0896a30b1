"""People, sessions and the audit log, as each database keeps them."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from recado.errors import InvalidError, LastAdminError, NotFoundError
from recado.store import audit, audit_pages, sessions, users
from recado.store.audit import Actor
from recado.store.audit_pages import AuditFilter
from recado.store.protocol import Store
from recado.store.sessions import NewSession
from recado.store.users import User
from tests.helpers.builders import NOON
from tests.helpers.databases import ONLY_SQLITE

IDLE = timedelta(hours=12)


async def a_user(store: Store, name: str, role: str = "viewer") -> User:
    return await store.write(
        users.create, name=name, role=role, password_hash="hash", now=NOON
    )


async def a_session(
    store: Store, user: User, token_hash: str, *, now: datetime = NOON
) -> int:
    new = NewSession(
        user_id=user.id,
        token_hash=token_hash,
        now=now,
        expires_at=now + timedelta(days=7),
        source_ip="203.0.113.7",
        browser="Firefox",
    )
    return await store.write(sessions.start, new)


async def find(store: Store, token_hash: str, *, now: datetime = NOON) -> Any:
    return await store.read(sessions.find, token_hash, seen_after=now - IDLE, now=now)


async def test_people_come_by_name(store: Store) -> None:
    for name in ("rosa", "ana", "joao"):
        await a_user(store, name)

    found = await store.read(users.every)

    assert [user.name for user in found] == ["ana", "joao", "rosa"]
    assert await store.read(users.are_there_any)


async def test_a_name_is_taken_once(store: Store) -> None:
    await a_user(store, "ana")

    with pytest.raises(InvalidError) as refused:
        await a_user(store, "ana")

    assert refused.value.problems[0].code == "name_taken"


async def test_of_many_first_people_at_once_one_is_made(store: Store) -> None:
    made = await asyncio.gather(
        *(
            store.write(
                users.create_first, name=f"ana{n}", password_hash="hash", now=NOON
            )
            for n in range(10)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, User) for each in made) == 1
    assert sum(isinstance(each, NotFoundError) for each in made) == 9
    assert len(await store.read(users.every)) == 1


async def test_two_admins_who_remove_each_other_at_once_leave_one(
    store: Store,
) -> None:
    ana, rosa = (
        await a_user(store, "ana", "admin"),
        await a_user(store, "rosa", "admin"),
    )

    ended = await asyncio.gather(
        store.write(users.delete, ana.id),
        store.write(users.change_role, rosa.id, role="viewer"),
        return_exceptions=True,
    )

    assert sum(isinstance(each, LastAdminError) for each in ended) == 1
    admins = [user for user in await store.read(users.every) if user.role == "admin"]
    assert len(admins) == 1


async def test_whoever_is_not_there_cannot_be_changed(store: Store) -> None:
    for change in (
        store.write(users.change_role, 7, role="admin"),
        store.write(users.change_password, 7, password_hash="other"),
        store.write(users.delete, 7),
        store.read(users.get, 7),
    ):
        with pytest.raises(NotFoundError):
            await change


async def test_a_session_is_found_by_its_hash_while_it_lasts(store: Store) -> None:
    ana = await a_user(store, "ana", "operator")
    session_id = await a_session(store, ana, "h1")

    found = await find(store, "h1")
    idle = await find(store, "h1", now=NOON + IDLE)
    await store.write(sessions.note_seen, session_id, now=NOON + timedelta(hours=6))
    used = await find(store, "h1", now=NOON + IDLE)
    over = await find(store, "h1", now=NOON + timedelta(days=7))

    assert (found.id, found.name, found.role) == (session_id, "ana", "operator")
    assert (idle, over) == (None, None)
    assert used.last_seen_at == NOON + timedelta(hours=6)
    assert await find(store, "h2") is None


async def test_a_session_replaces_the_one_that_the_browser_had(store: Store) -> None:
    ana = await a_user(store, "ana")
    await a_session(store, ana, "h1")
    new = NewSession(
        user_id=ana.id,
        token_hash="h2",
        now=NOON,
        expires_at=NOON + timedelta(days=7),
        source_ip="",
        browser="",
    )

    await store.write(sessions.start, new, replaces="h1")

    assert await find(store, "h1") is None
    assert (await find(store, "h2")).user_id == ana.id
    assert (await store.read(users.get, ana.id)).last_login_at == NOON


async def test_sessions_that_are_over_are_cleared_away(store: Store) -> None:
    ana = await a_user(store, "ana")
    await a_session(store, ana, "h1")

    await a_session(store, ana, "h2", now=NOON + timedelta(days=7))

    seen_after = NOON - timedelta(days=30)
    found = await store.read(sessions.of_user, ana.id, seen_after=seen_after, now=NOON)
    assert [session.expires_at for session in found] == [NOON + timedelta(days=14)]


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (users.change_role, {"role": "operator"}),
        (users.change_password, {"password_hash": "other"}),
        (users.delete, {}),
    ],
    ids=["role", "password", "removal"],
)
async def test_what_changes_somebody_ends_their_sessions_and_no_others(
    store: Store, change: Any, more: dict[str, str]
) -> None:
    ana, rosa = await a_user(store, "ana"), await a_user(store, "rosa")
    await a_session(store, ana, "h1")
    await a_session(store, rosa, "h2")

    await store.write(change, ana.id, **more)

    assert await find(store, "h1") is None
    assert await find(store, "h2") is not None


async def test_a_rehash_ends_no_session(store: Store) -> None:
    ana = await a_user(store, "ana")
    await a_session(store, ana, "h1")

    await store.write(users.rehash, ana.id, password_hash="newer")

    assert await find(store, "h1") is not None
    assert (await store.read(users.get, ana.id)).password_hash == "newer"


async def test_one_ends_only_a_session_of_that_person(store: Store) -> None:
    ana, rosa = await a_user(store, "ana"), await a_user(store, "rosa")
    session_id = await a_session(store, ana, "h1")

    with pytest.raises(NotFoundError):
        await store.write(sessions.end, session_id, user_id=rosa.id)
    assert await find(store, "h1") is not None

    await store.write(sessions.end, session_id, user_id=ana.id)
    assert await find(store, "h1") is None


async def write_entries(store: Store, *entries: tuple[datetime, str]) -> None:
    def write(conn: Connection) -> None:
        for at, name in entries:
            actor = Actor(name=name, source_ip="203.0.113.7")
            audit.note(conn, actor, "x.change", target="x:1", now=at)

    await store.write(write)


async def names(store: Store, wanted: AuditFilter, *, limit: int = 50) -> list[str]:
    """All that match, page by page."""
    found: list[str] = []
    before = None
    while True:
        page = await store.read(audit_pages.page, wanted, limit=limit, before=before)
        found += [entry.actor for entry in page.entries]
        if page.older is None:
            return found
        before = page.older


async def test_the_log_is_read_in_pages_newest_first(store: Store) -> None:
    await write_entries(store, *((NOON, f"u{n}") for n in range(7)))

    for limit in (1, 3, 7, 50):
        found = await names(store, AuditFilter(), limit=limit)
        assert found == ["u6", "u5", "u4", "u3", "u2", "u1", "u0"]


async def test_an_empty_log_has_no_pages(store: Store) -> None:
    day = AuditFilter(since=NOON, until=NOON + timedelta(days=1))

    assert await names(store, AuditFilter()) == []
    assert await names(store, day) == []


async def test_a_time_is_found_among_the_ids(store: Store) -> None:
    hour = timedelta(hours=1)
    await write_entries(store, *((NOON + n * hour, f"u{n}") for n in range(100)))

    found = await names(
        store, AuditFilter(since=NOON + 40 * hour, until=NOON + 43 * hour)
    )
    none = await names(store, AuditFilter(since=NOON + 1_000 * hour))
    early = await names(store, AuditFilter(until=NOON))

    assert found == ["u42", "u41", "u40"]
    assert (none, early) == ([], [])


async def test_a_page_looks_at_a_bounded_number_of_entries_and_none_is_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_pages, "LOOKED_AT", 10)
    await write_entries(store, (NOON, "first"), *((NOON, "other") for _ in range(94)))

    page = await store.read(audit_pages.page, AuditFilter(actor="first"), limit=50)

    assert (page.entries, page.older) == ((), 86)
    assert await names(store, AuditFilter(actor="first")) == ["first"]


async def test_what_is_looked_for_is_text_and_no_pattern(store: Store) -> None:
    await write_entries(store, (NOON, "100%"), (NOON, "1000"), (NOON, "a_b"))

    assert await names(store, AuditFilter(actor="0%")) == ["100%"]
    assert await names(store, AuditFilter(actor="_")) == ["a_b"]


@ONLY_SQLITE
async def test_neither_the_log_nor_the_sessions_are_walked(store: Store) -> None:
    ana = await a_user(store, "ana")
    session_id = await a_session(store, ana, "h1")
    await write_entries(store, *((NOON, f"u{n}") for n in range(50)))
    asked: list[tuple[str, Any]] = []

    def ask(conn: Connection) -> list[str]:
        def note(*args: Any) -> None:
            asked.append((args[2], args[3]))

        event.listen(conn, "before_cursor_execute", note)
        day = AuditFilter(actor="u1", since=NOON, until=NOON + timedelta(days=1))
        audit_pages.page(conn, day, limit=5, before=40)
        sessions.find(conn, "h1", seen_after=NOON - IDLE, now=NOON)
        sessions.of_user(conn, ana.id, seen_after=NOON - IDLE, now=NOON)
        event.remove(conn, "before_cursor_execute", note)
        return [
            str(row[3])
            for statement, values in asked
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]

    plan = await store.read(ask)

    assert session_id == 1
    assert len(asked) > 8
    assert [
        step for step in plan if re.search(r"SCAN (?:audit|sessions|users)", step)
    ] == []
