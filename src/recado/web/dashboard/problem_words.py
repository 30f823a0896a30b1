"""What the rules say of a field, in the reader's language. Pure.

The rules are the API's, and speak English. What is not known here stays as it is: a
sentence in another language helps more than none.
"""

import re

from recado.errors import Problem
from recado.web.dashboard.locales import Translator

_VALUE = r"(?P<value>.+)"
_KNOWN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(form, re.DOTALL), key)
    for form, key in (
        ("is required", "required"),
        ("is required when url changes", "required_with_url"),
        (r"is required by a whatsapp action, with url and token", "instance_required"),
        (rf"must have at least 1 character{_VALUE}?", "empty"),
        (rf"must have at most {_VALUE} characters?", "too_long"),
        (r"must be a valid integer.*", "integer"),
        (r"must be a (valid|finite) number.*", "number"),
        (r"must be a valid dictionary.*", "any_object"),
        (rf"must be greater than or equal to {_VALUE}", "at_least"),
        (rf"must be less than or equal to {_VALUE}", "at_most"),
        (rf"must be greater than {_VALUE}", "above"),
        (rf"must be less than {_VALUE}", "below"),
        (rf"must be one of: {_VALUE}", "one_of"),
        (r"must be (?P<value>'.+)", "one_of"),
        (rf"must be at least base_delay, which is {_VALUE}", "below_base_delay"),
        (rf"must be an object, such as {_VALUE}", "object"),
        (rf"must be a moment in ISO 8601, such as {_VALUE}", "moment"),
        (r"must match pattern '\^https\?.*", "address"),
        (rf"is not JSON: {_VALUE}", "json"),
        (rf"there is no file {_VALUE} in RECADO_SCRIPTS_DIR", "no_file"),
        (r"the payload of a script action is the name of its file", "no_file_name"),
        (r"number must be a text that is not empty", "no_recipient"),
        (r"text must be a text that is not empty", "no_text"),
        (r"the payload of a prompt or skill action is its text", "no_agent_text"),
        (r"there is no agent program: set RECADO_AGENT_COMMAND", "no_agent"),
    )
)


def said(problem: Problem, t: Translator) -> str:
    """Return what is wrong, as the reader understands it best."""
    if problem.code:
        return t(f"problem.{problem.code}")
    for form, key in _KNOWN:
        found = form.fullmatch(problem.message)
        if found:
            return t(f"rule.{key}", **found.groupdict(default=""))
    return problem.message
