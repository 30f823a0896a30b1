"""How values are kept in columns.

Moments are whole microseconds since 1970 in UTC, which sort, compare and index alike
on every database. JSON is text.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator

from recado import wire

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return a moment as the database keeps it."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the moment that the database keeps as ``micros``."""
    return EPOCH + timedelta(microseconds=micros)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> int | None:
        """Turn a moment into what is kept."""
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(
        self, value: int | None, dialect: Dialect
    ) -> datetime | None:
        """Turn what is kept into a moment."""
        del dialect
        return None if value is None else from_micros(value)


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Turn a value into what is kept."""
        del dialect
        return wire.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Turn what is kept into a value."""
        del dialect
        return None if value is None else wire.decode(value)


# SQLite numbers rows by itself only for a column that is exactly INTEGER.
Key = BigInteger().with_variant(Integer(), "sqlite")
