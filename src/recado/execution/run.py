"""One attempt under a time limit."""

import asyncio
import traceback

from recado.clock import Clock
from recado.execution.actions.action import Action
from recado.execution.settle import Tried
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome
from recado.model.trigger import Trigger


async def run(
    action: Action, claimed: Claimed, trigger: Trigger, *, clock: Clock
) -> Tried:
    """Run the action once; whatever happens becomes an outcome."""
    started_at = clock.now()
    outcome = await _outcome(action, claimed, trigger)
    return Tried(
        claimed=claimed,
        outcome=outcome,
        started_at=started_at,
        finished_at=clock.now(),
    )


async def _outcome(action: Action, claimed: Claimed, trigger: Trigger) -> Outcome:
    limit = trigger.settings.timeout
    try:
        async with asyncio.timeout(limit):
            return await action.run(claimed, trigger)
    except TimeoutError as error:
        return Failure(
            error=f"it took longer than the time limit of {limit:g} s",
            timed_out=True,
            # What a program wrote until then travels as a note of its cancellation;
            # the first Pythons 3.11 did not call that the cause.
            output="\n".join(getattr(error.__context__, "__notes__", [])),
            may_have_acted=True,
        )
    except Exception as error:  # noqa: BLE001 (a door of STYLE §7)
        return Failure(
            error=f"{type(error).__name__}: {error}",
            category=Category.UNKNOWN,  # nobody foresaw it, so nobody knows its kind
            output="".join(traceback.format_exception(error)),
            may_have_acted=True,
        )
