"""The SDK: a typed client of the Evolution Go API, for threads and for coroutines."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Loaded when they are asked for: a program pays at its start for what it uses, and a
# command line for much less than the whole. Type checkers read the imports below.
if TYPE_CHECKING:
    from recado.evolution.async_client import AsyncEvolutionGo
    from recado.evolution.client import EvolutionGo
    from recado.evolution.events.parse import parse_event
    from recado.evolution.log import log_failed_try
    from recado.evolution.reports import FailedTry, FinishedCall
    from recado.retry.policy import RetryPolicy

__all__ = [
    "AsyncEvolutionGo",
    "EvolutionGo",
    "FailedTry",
    "FinishedCall",
    "RetryPolicy",
    "log_failed_try",
    "parse_event",
]

_HOMES = {
    "AsyncEvolutionGo": "recado.evolution.async_client",
    "EvolutionGo": "recado.evolution.client",
    "FailedTry": "recado.evolution.reports",
    "FinishedCall": "recado.evolution.reports",
    "RetryPolicy": "recado.retry.policy",
    "log_failed_try": "recado.evolution.log",
    "parse_event": "recado.evolution.events.parse",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
