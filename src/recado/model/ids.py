"""Identities, one type each, so that one cannot stand in for another."""

from typing import NewType

TriggerId = NewType("TriggerId", int)
ExecutionId = NewType("ExecutionId", int)
WorkerId = NewType("WorkerId", str)
