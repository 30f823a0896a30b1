"""All pages. Each page's route needs a role, by the same rule as the API's."""

from fastapi import APIRouter

from recado.web.dashboard import static_files
from recado.web.dashboard.pages import language, parts

PAGES: tuple[APIRouter, ...] = (parts.router,)
"""Pages for those who signed in; a house test looks that each route needs a role."""

OPEN_PAGES: tuple[APIRouter, ...] = (language.router, static_files.router)
"""What anybody may ask for; a house test names every one of these routes."""
