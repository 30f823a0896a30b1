"""A fault on one line, as the command takes it: ``POST /send/text=ack_timeout:2``."""

import re
from typing import Any

from recado.errors import InvalidError
from recado.simulator.faults import FaultRule, read_rule
from recado.simulator.routing import why_unknown

_FORM = "write a fault as ROUTE=WHAT or ROUTE=WHAT:TIMES"
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
_DROPS = {"drop-before": "before", "drop-after": "after"}


def rule_from_text(text: str) -> FaultRule:
    """Return the rule that ``ROUTE=WHAT`` or ``ROUTE=WHAT:TIMES`` describes.

    WHAT is a status (``502``), a latency (``1.5s``), ``drop-before``, ``drop-after``
    or the name of an error.

    Raises:
        ValueError: It describes none.
    """
    route, equals, rest = text.rpartition("=")
    what, colon, times = rest.partition(":")
    if not equals or not route.strip() or not what or (colon and not times.isdecimal()):
        raise ValueError(_FORM)
    unknown = why_unknown(route.strip())
    if unknown is not None:
        raise ValueError(f"{_FORM}: {unknown}")
    rule = {"route": route.strip(), "fault": _fault(what)}
    try:
        return read_rule(rule | ({"times": int(times)} if colon else {}))
    except InvalidError as error:
        raise ValueError(f"{_FORM}: {what} is no fault that is known") from error


def _fault(what: str) -> dict[str, Any]:
    seconds = _SECONDS.fullmatch(what)
    if seconds is not None:
        return {"latency": float(seconds[1])}
    if what in _DROPS:
        return {"drop": _DROPS[what]}
    if what.isdecimal():
        return {"status": int(what)}
    return {"error": what}
