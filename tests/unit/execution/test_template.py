import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.errors import UnrenderableError
from recado.execution.actions.template import problems, render, render_all
from tests.helpers.actions import EVENT


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("no template\n", "no template\n"),
        ("{{ event.chat }}", "5511990000001@s.whatsapp.net"),
        ("{{ event['text'] | upper }}!", "OLÁ!"),
        ("{{ event.data.items | join('-') }}", "1-2"),
        ("{{ event.data.items[0] }}", "1"),
        ("{{ event.data.nothing }}", ""),
        ("{{ event.nope | default('friend') }}", "friend"),
        ("{{ event.data.price * 2 }}", "25.0"),
        ("{{ event.data.price | round(0) | int % 5 }}", "2"),
        ("{{ event.text + '?' }}", "olá?"),
        ("{{ event.text[:2] }}", "ol"),
        ("{{ event.data.items | tojson }}", "[1,2]"),
        ("{{ event.text | replace('o', '0') | truncate(2) }}", "0l…"),
        ("{% if event.text == 'olá' %}a{% else %}b{% endif %}", "a"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_a_template_is_filled_in_from_the_event(text: str, result: str) -> None:
    assert problems(text) == []
    assert render(text, EVENT) == result


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in event.text %}{% for b in event.text %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set x = 1 %}",
        "{% include '/etc/passwd' %}",
        "{{ range(10) }}",
        "{{ event.text.format() }}",
        "{{ cycler }}",
        "{{ self }}",
        "{{ 'a' * 10 ** 9 }}",
        "{{ event.text ~ event.text }}",
        "{{ event | attr('__class__') }}",
        "{{ event.text | center(1000000000) }}",
        "{{ event.text is callable }}",
        "{{ event.",
        "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
        "{{ " + "1+" * 1000 + "1 }}",
        "x" * 4_097,
    ],
)
def test_what_could_escape_or_explode_is_refused_when_it_is_saved(text: str) -> None:
    assert len(problems(text)) == 1
    with pytest.raises(UnrenderableError):
        render(text, EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ event.__class__ }}",
        "{{ event['__class__'] }}",
        "{{ event.items }}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ event.text + 1 }}",
        "{{ event.data.price / 0 }}",
        "{{ event.data[:2] }}",
        "{{ event.data.nothing | join }}",
    ],
)
def test_no_expression_reaches_python_or_makes_huge_texts(text: str) -> None:
    with pytest.raises(UnrenderableError):
        render(text, EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "{{ event.nickname }}",
        "{{ event.nickname.first }}",
        "{{ event.nickname | upper }}",
        "{{ event.nickname | tojson }}",
        "{{ event.nickname + 'a' }}",
        "{{ 1 * event.nickname }}",
        "{{ event.nickname | round }}",
    ],
)
def test_a_missing_field_is_named(text: str) -> None:
    with pytest.raises(UnrenderableError, match="no field 'nickname'"):
        render(text, EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "{{ event.text }}{{ event.text }}",
        "{{ event.text + event.text }}",
        "{{ event.list | join(event.text) }}",
        "{{ event.text | replace('x', 'yy') }}",
    ],
)
def test_a_result_is_at_most_65536_characters(text: str) -> None:
    event = {"text": "x" * 40_000, "list": ["", "", ""]}

    with pytest.raises(UnrenderableError, match="65,536"):
        render(text, event)


def test_an_event_that_is_nested_too_deep_is_a_foreseen_failure() -> None:
    event: dict[str, object] = {}
    for _ in range(100_000):
        event = {"a": event}

    with pytest.raises(UnrenderableError, match="deep"):
        render("{{ event }}", event)


def test_every_text_of_a_json_value_is_rendered() -> None:
    value = {"to": ["{{ event.text }}", 1, None], "n": {"a": "{{ event.chat }}"}}

    assert render_all(value, EVENT) == {
        "to": ["olá", 1, None],
        "n": {"a": "5511990000001@s.whatsapp.net"},
    }


@given(text=st.text(max_size=200))
def test_a_value_is_never_read_as_a_template(text: str) -> None:
    assert render("{{ event.text }}", {"text": text}) == text


@given(text=st.text(alphabet="{}%# event.|'()*+-~[]ab1", max_size=80))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    try:
        result = render(text, EVENT)
    except UnrenderableError:
        return
    assert len(result) <= 65_536
