"""A transaction as a flow: it yields statements and is sent their rows.

So it is written once, whoever runs it: a lane of the queue, where all that one step
yields makes one round trip, or the blocking connection of another change.
"""

from collections.abc import Generator
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncCursor, AsyncPipeline

R = TypeVar("R")

Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """One statement and its values."""

    sql: str
    values: tuple[Any, ...] = ()


class Ended(NamedTuple, Generic[R]):
    """What came of a transaction. ``last`` is sent together with the commit."""

    result: R
    last: list[Statement]


Flow = Generator[list[Statement], list[Rows], Ended[R]]

_BEGIN = Statement("BEGIN")
_COMMIT = Statement("COMMIT")
_FORGET_PLANS = Statement("DISCARD PLANS")


class NotBegunError(Exception):
    """The connection broke before anything was committed: it can be begun again."""


async def transact(
    connection: AsyncConnection[Any], flow: Flow[R], *, plan_anew: bool = False
) -> R:
    """Run a flow in a transaction of its own; it is committed when this returns.

    ``plan_anew`` forgets how the connection's statements were planned.

    Raises:
        NotBegunError: The connection was broken.
        psycopg.Error: It may be in doubt whether it was committed.
    """
    begin = [_FORGET_PLANS, _BEGIN] if plan_anew else [_BEGIN]
    # One pipeline for all steps: at its end psycopg sends a Flush after the Sync, and
    # with that the server no longer looks how long a transaction has been idle.
    async with connection.pipeline() as pipeline:
        try:
            answers = (await _ask(connection, pipeline, [*begin, *next(flow)]))[
                len(begin) :
            ]
        except psycopg.OperationalError as error:
            if connection.closed:
                raise NotBegunError from error
            raise
        step = _Step(flow)
        while (asked := step.after(answers)) is not None:
            answers = await _ask(connection, pipeline, asked)
        await _send(connection, [*step.ended.last, _COMMIT])
    return step.ended.result


def take_part(connection: psycopg.Connection[Any], flow: Flow[R]) -> R:
    """Run a flow inside the transaction that a blocking connection is in."""
    step = _Step(flow)
    asked: list[Statement] | None = next(flow)
    while asked is not None:
        asked = step.after([_rows(_run(connection, one)) for one in asked])
    for statement in step.ended.last:
        _run(connection, statement)
    return step.ended.result


class _Step(Generic[R]):
    def __init__(self, flow: Flow[R]) -> None:
        self._flow = flow
        self.ended: Ended[R]

    def after(self, answers: list[Rows]) -> list[Statement] | None:
        """Return what the flow asks next; None when it has ended."""
        try:
            return self._flow.send(answers)
        except StopIteration as stop:
            self.ended = stop.value
            return None


def _run(
    connection: psycopg.Connection[Any], statement: Statement
) -> psycopg.Cursor[Any]:
    return connection.execute(statement.sql, statement.values, binary=True)


async def _ask(
    connection: AsyncConnection[Any],
    pipeline: AsyncPipeline,
    statements: list[Statement],
) -> list[Rows]:
    cursors = await _send(connection, statements)
    await pipeline.sync()
    return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]


async def _send(
    connection: AsyncConnection[Any], statements: list[Statement]
) -> list[AsyncCursor[Any]]:
    return [
        await connection.execute(one.sql, one.values or None, binary=True)
        for one in statements
    ]


def _rows(cursor: psycopg.Cursor[Any]) -> Rows:
    return cursor.fetchall() if cursor.description else []
