"""All pages. Each page's route needs a role, by the same rule as the API's."""

from fastapi import APIRouter

from recado.web.dashboard import live, static_files
from recado.web.dashboard.pages import (
    account,
    api_docs,
    audit,
    bulk,
    bulk_new,
    dead_letter_group,
    dead_letters,
    event,
    execution,
    executions,
    language,
    login,
    overview,
    parts,
    people,
    person,
    replay,
    settings,
    setup,
    trigger,
    trigger_edit,
    trigger_secret,
    trigger_test,
    triggers,
)

PAGES: tuple[APIRouter, ...] = (
    overview.router,
    dead_letters.router,
    dead_letter_group.router,
    executions.router,
    execution.router,
    event.router,
    replay.router,
    bulk_new.router,
    bulk.router,
    triggers.router,
    trigger_edit.router,
    trigger_secret.router,
    trigger_test.router,
    trigger.router,
    account.router,
    audit.router,
    people.router,
    person.router,
    settings.router,
    live.router,
    login.router,
    parts.router,
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
