"""Calls that come in."""

from recado.simulator.answer import DONE, Answer
from recado.simulator.body import Body
from recado.simulator.fields import Fields, jid, text
from recado.simulator.number_checks import number_always
from recado.simulator.route import Call, Route


def reject_call(call: Call) -> Answer:
    """``POST /call/reject``."""
    call.account.rejected_calls.append(call.text("callId"))
    return DONE


ROUTES = (
    Route(
        "POST",
        "/call/reject",
        reject_call,
        Body(
            struct="RejectCallStruct",
            fields=Fields(jid("callCreator"), text("callId")),
            check=number_always,
        ),
    ),
)
