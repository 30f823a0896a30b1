"""Errors of the database as errors of ours, without the values they tell."""

import psycopg
from psycopg import errors

from recado.errors import StoreBusyError, StoreError, StoreIntegrityError

_ABOUT_VALUES = (
    psycopg.IntegrityError,
    psycopg.DataError,
    errors.ProgramLimitExceeded,  # a key that no index takes
)

AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)
"""Nobody is to blame for these: the same once more will do."""


def translated(error: psycopg.Error) -> StoreError:
    """Return the error to raise, ``from None``.

    The cause is left out: its detail shows the row, and rows hold what people wrote.
    """
    what = f"{type(error).__name__} {error.sqlstate or ''}".strip()
    if isinstance(error, _ABOUT_VALUES):
        where = error.diag.constraint_name or error.diag.column_name or ""
        return StoreIntegrityError(f"{what} {where}".strip())
    return StoreBusyError(f"the database could not be written: {reason(error)}")


def reason(error: psycopg.Error) -> str:
    """Return what happened: the server's own words if it had any, for the operator."""
    words = error.diag.message_primary or str(error)
    return f"{words.strip()} ({error.sqlstate})" if error.sqlstate else words.strip()
