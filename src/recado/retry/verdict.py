"""Again, stop, or unsure: what a failed call means for the next try."""

from enum import StrEnum

from recado.errors import EvolutionError, ThrottledError

LOWEST_SERVER_FAULT = 500


class Verdict(StrEnum):
    """What to do after a failed try."""

    AGAIN = "again"
    STOP = "stop"
    UNSURE = "unsure"
    """It may have taken effect and cannot be repeated safely: a person decides."""


def judge(error: EvolutionError, *, repeatable: bool) -> Verdict:
    """Decide from the error's facts, never from the text of a message.

    ``repeatable`` says that the same call made twice takes effect once.
    """
    if not (error.temporary and error.resendable) or _is_final_answer(error):
        return Verdict.STOP
    if error.may_have_acted and not repeatable:
        return Verdict.UNSURE
    return Verdict.AGAIN


def _is_final_answer(error: EvolutionError) -> bool:
    # The gateway answers some passing troubles of a session with 400. A later call may
    # succeed, so the queue waits, but a client does not hammer on a 4xx.
    return (
        error.status is not None
        and error.status < LOWEST_SERVER_FAULT
        and not isinstance(error, ThrottledError)
    )
