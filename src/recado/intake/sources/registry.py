"""The table of sources."""

from collections.abc import Mapping

from recado.intake.sources.custom import Custom
from recado.intake.sources.evolution_api import EvolutionApi
from recado.intake.sources.evolution_go import EvolutionGo
from recado.intake.sources.github import GitHub
from recado.intake.sources.source import Source

_ALL: tuple[Source, ...] = (EvolutionGo(), EvolutionApi(), GitHub(), Custom())

SOURCES: Mapping[str, Source] = {source.name: source for source in _ALL}
"""Each source by the name that triggers use."""
