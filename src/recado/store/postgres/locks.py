"""Numbers of the advisory locks other than those of ordering keys."""

from enum import IntEnum

MIGRATION = 0x7265_6361_646F_0001
"""Held by the one process that changes the schema."""

CHANGE = 0x7265_6361_646F_0002
"""Held by the one transaction that makes a change other than the queue's.

Those of ``store/*.py`` read first and write then, as SQLite's one writer lets them.
"""

PARTITIONS = 0x7265_6361_646F_0003
"""Held by the one transaction that makes partitions."""


class Kind(IntEnum):
    """The first number of locks that go by two."""

    SLOT = 0x7265_6301
    TRIGGER = 0x7265_6302
    DUTY = 0x7265_6303
