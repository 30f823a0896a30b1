"""The SDK: a typed client of the Evolution Go API, for threads and for coroutines."""

from recado.evolution.async_client import AsyncEvolutionGo
from recado.evolution.client import EvolutionGo
from recado.retry.policy import RetryPolicy

__all__ = ["AsyncEvolutionGo", "EvolutionGo", "RetryPolicy"]
