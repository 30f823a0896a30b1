"""``/settings``: the configuration in force, and where each value comes from."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.settings_table import SettingInForce
from recado.web.dashboard.locales import Translator
from recado.web.dashboard.render import page, translator_of
from recado.web.guard import needs
from recado.web.services import Services, services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """A setting with what it is for. A secret has no value here."""

    setting: SettingInForce
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """Every setting of this server, in the order of the reference."""

    version: str
    public_url: str
    settings: tuple[ShownSetting, ...]


def settings_view(parts: Services, t: Translator) -> SettingsView:
    """Return what is in force."""
    return SettingsView(
        version=parts.version,
        public_url=parts.public_url(),
        settings=tuple(
            ShownSetting(setting=one, help=t(f"setting.{one.name}"))
            for one in parts.settings
        ),
    )


@router.get("/settings", dependencies=[needs(Role.ADMIN)])
async def show(request: Request) -> Response:
    """Show the settings; they are changed in the environment, not here."""
    return page(
        request,
        "settings.html",
        settings_view(services(request), translator_of(request)),
    )
