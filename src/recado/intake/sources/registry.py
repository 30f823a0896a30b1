"""The table of sources."""

from collections.abc import Mapping

from recado.intake.sources.clickup import ClickUp
from recado.intake.sources.custom import Custom
from recado.intake.sources.discord import Discord
from recado.intake.sources.evolution_api import EvolutionApi
from recado.intake.sources.evolution_go import EvolutionGo
from recado.intake.sources.github import GitHub
from recado.intake.sources.linear import Linear
from recado.intake.sources.meta import Meta
from recado.intake.sources.slack import Slack
from recado.intake.sources.source import Source
from recado.intake.sources.standard import Standard
from recado.intake.sources.stripe import Stripe
from recado.intake.sources.telegram import Telegram
from recado.intake.sources.waha import Waha
from recado.intake.sources.wuzapi import Wuzapi

_ALL: tuple[Source, ...] = (
    EvolutionGo(),
    EvolutionApi(),
    Meta(),
    Waha(),
    Wuzapi(),
    GitHub(),
    Stripe(),
    Linear(),
    Telegram(),
    Discord(),
    Slack(),
    ClickUp(),
    Standard(),
    Custom(),
)

SOURCES: Mapping[str, Source] = {source.name: source for source in _ALL}
"""Each source by the name that triggers use."""
