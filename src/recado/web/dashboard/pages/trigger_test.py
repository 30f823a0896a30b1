"""``/triggers/{id}/tests``: what a payload would do, and, if asked, do it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import InvalidError
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger
from recado.web.api.inputs import TriggerPath
from recado.web.api.trigger_tests import delivery_of, run_test, try_delivery
from recado.web.dashboard.forms import Form, Submitted
from recado.web.dashboard.render import flash, page, problems_by_field, redirect
from recado.web.dashboard.trials import EXAMPLE, Trial, read_payload, try_payload
from recado.web.guard import Caller, needs
from recado.web.services import services
from recado.web.trigger_changes import find_trigger

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """A payload to try, and what came of it. ``problems`` are by field."""

    id: TriggerId
    name: str
    payload: str
    headers: str
    problems: dict[str, str]
    trial: Trial | None


@router.get("/triggers/{trigger_id:int}/tests", dependencies=[needs(Role.OPERATOR)])
async def show(request: Request, trigger_id: TriggerPath) -> Response:
    """Show the form, with an example in it."""
    trigger = await find_trigger(services(request), trigger_id)
    return page(request, "trigger_test.html", _view(trigger, None))


@router.post("/triggers/{trigger_id:int}/tests", dependencies=[needs(Role.OPERATOR)])
async def add(
    *, request: Request, trigger_id: TriggerPath, form: Submitted, actor: Caller
) -> Response:
    """Try the payload; with the button to run it, run it for real."""
    parts = services(request)
    trigger = await find_trigger(parts, trigger_id)
    try:
        wanted = read_payload(form.get("payload", ""), form.get("headers", ""))
    except InvalidError as error:
        view = _view(trigger, form, problems=problems_by_field(request, error))
        return page(request, "trigger_test.html", view, status=400)
    now = parts.clock.now()
    if form.text("intent") == "run":
        delivery = delivery_of(wanted, now=now)
        tried = try_delivery(trigger, delivery)
        if tried.reason is None:
            new_id = await run_test(parts, trigger, delivery, tried=tried, actor=actor)
            return redirect(f"/executions/{new_id}", flash=flash("test_runs"))
    view = _view(trigger, form, trial=try_payload(trigger, wanted, now=now))
    return page(request, "trigger_test.html", view)


def _view(
    trigger: Trigger,
    form: Form | None,
    *,
    problems: Mapping[str, str] | None = None,
    trial: Trial | None = None,
) -> TestView:
    return TestView(
        id=trigger.id,
        name=trigger.name,
        payload=EXAMPLE if form is None else form.get("payload", ""),
        headers="" if form is None else form.get("headers", ""),
        problems={
            place.partition(".")[0]: words for place, words in (problems or {}).items()
        },
        trial=trial,
    )
