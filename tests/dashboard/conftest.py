"""A server with one person of each role, and browsers that look at its pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from recado.access import passwords
from recado.access.roles import Role
from tests.helpers.api import Api, Running
from tests.helpers.browser import Browser, a_user
from tests.helpers.clock import FakeClock


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What guessing a password costs is tested for itself; here each test signs in."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", quick)


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    """A server that nobody has signed in to."""
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[Browser]:
    """A browser that is not signed in."""
    async with Browser(api.server) as opened:
        yield opened


@pytest.fixture
async def other(api: Api) -> AsyncIterator[Browser]:
    """Another browser that is not signed in."""
    async with Browser(api.server) as opened:
        yield opened


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    """The browser, signed in as an admin called ``admin``."""
    await a_user(browser.server, Role.ADMIN)
    await browser.sign_in("admin")
    return browser
