"""The blocking client of Evolution Go."""

from recado.evolution.caller import Caller, Outside
from recado.evolution.methods.together import AllMethods

__all__ = ["EvolutionGo", "Outside"]


class EvolutionGo(Caller, AllMethods):
    """A blocking client for one instance of an Evolution Go server.

    It tries again what is worth it (see ``RetryPolicy``), and never in a way that
    shows a message twice. Use it as a context manager, or call ``close``. Safe to use
    from many threads. Every call raises ``EvolutionError`` when it fails for good.
    """
