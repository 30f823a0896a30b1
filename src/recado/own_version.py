"""Which version of Recado this is."""

from functools import cache


@cache
def own_version() -> str:
    """Return it; the first call searches the files of all packages for it."""
    from importlib.metadata import version  # noqa: PLC0415 -- slow to load

    return version("recado")
