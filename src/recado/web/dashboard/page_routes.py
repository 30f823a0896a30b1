"""All pages. Each page's route needs a role, by the same rule as the API's."""

from fastapi import APIRouter

from recado.web.dashboard import static_files
from recado.web.dashboard.pages import (
    account,
    api_docs,
    audit,
    language,
    login,
    parts,
    people,
    person,
    settings,
    setup,
)

PAGES: tuple[APIRouter, ...] = (
    account.router,
    audit.router,
    login.router,
    parts.router,
    people.router,
    person.router,
    settings.router,
)
"""Pages for those who signed in; a house test looks that each route needs a role."""

OPEN_PAGES: tuple[APIRouter, ...] = (
    api_docs.open_router,
    language.router,
    login.open_router,
    setup.open_router,
    static_files.router,
)
"""What anybody may ask for; a house test names every one of these routes."""
