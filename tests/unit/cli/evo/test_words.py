"""What the words of a command line are taken for, and how wrong ones end."""

import string
from importlib.metadata import version

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recado.cli.evo.parse import every_row, parse
from tests.helpers.evo import Evo

NUMBER = "5511990000001"
SEND = ("send_text", NUMBER, "hello")
BUTTONS = (
    *("send_buttons", NUMBER, "--title", "t"),
    *("--description", "d", "--footer", "f"),
)
LIST = (
    *("send_list", NUMBER, "--title", "t", "--description", "d"),
    *("--footerText", "f", "--buttonText", "b"),
)
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def evo(capfdbinary: pytest.CaptureFixture[bytes]) -> Evo:
    return Evo(capfdbinary)


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (("mark_read", NUMBER, "--ids", "a,b"), "ids", ["a", "b"]),
        (("mark_read", NUMBER, "--ids", " a , ,b,"), "ids", ["a", "b"]),
        (("mark_read", NUMBER, "--ids", '["a,b", "c"]'), "ids", ["a,b", "c"]),
        ((*SEND, "--delay", "0"), "delay", 0),
        ((*SEND, "--delay=-1"), "delay", -1),
        ((*SEND, "--mentionAll"), "mention_all", True),
        ((*SEND, "--formatJid", "false"), "format_jid", False),
        ((*SEND, "--formatJid", "True"), "format_jid", True),
        ((*SEND, "--quoted", '{"messageId": "A"}'), "quoted", {"messageId": "A"}),
        (
            ("send_location", NUMBER, "--lat", "-23.5", "--lng", "-46.6"),
            "latitude",
            -23.5,
        ),
        (("send_text", NUMBER, "--", "--help"), "text", "--help"),
        (("send_text", NUMBER, "-5"), "text", "-5"),
        (("--json", *SEND), "text", "hello"),
        ((*SEND, "--json"), "text", "hello"),
    ],
)
def test_words_become_values(words: tuple[str, ...], field: str, value: object) -> None:
    assert parse(words, prog="x").values[field] == value


def test_a_flag_may_be_shortened_as_in_the_old_script() -> None:
    words = ("send_poll", NUMBER, "--quest", "q", "--opt", "a,b")

    assert parse(words, prog="x").values["question"] == "q"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"], prog="x")

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"recado {version('recado')}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("send_txt", NUMBER, "hi"), "did you mean send_text?"),
        (("nonsense",), "no command 'nonsense'"),
        (("--nonsense",), "no command '--nonsense'"),
        (("send_text", NUMBER), "required: TEXT"),
        ((*SEND, "more"), "unrecognized arguments: more"),
        ((*SEND, "--delay", "1.5"), "'1.5' is not a whole number"),
        ((*SEND, "--delay", "१"), "is not a whole number"),
        ((*SEND, "--delay", "9" * 30), "is not a whole number"),
        ((*SEND, "--delay", "60001"), "from 0 to 60000"),
        ((*SEND, "--attempts", "0"), "less than 1"),
        ((*SEND, "--formatJid", "maybe"), "neither true nor false"),
        ((*SEND, "--quoted", "{"), "is not JSON"),
        ((*SEND, "--quoted", "[" * 100_000), "is not JSON"),
        ((*SEND, "--quoted", '{"messageId": NaN}'), "is not JSON"),
        ((*SEND, "--quoted", '"M"'), "not a JSON object"),
        ((*SEND, "--quoted", "{}"), "message_id"),
        ((*SEND, "--quoted", '{"messageId": 1, "participant": 2}'), "quoted"),
        ((*SEND, "--quoted", '{"id": "M"}'), "id is not one of message_id"),
        ((*SEND, "--id", "A", "--idempotency-key", "B"), "not both"),
        ((*SEND, "--id="), "must not be empty"),
        (("send_text", "12", "hi"), "too short"),
        (("send_text", NUMBER, ""), "text must not be empty"),
        (("send_text", NUMBER, "\udcff"), "UTF-8"),
        (("mark_read", NUMBER, "--ids", "[1]"), "array of texts"),
        (("mark_read", NUMBER, "--ids", ","), "ids"),
        (("send_sticker", NUMBER, "--sticker", "a.png"), "http://"),
        (("send_media", NUMBER, "--type", "image"), "--url or --file"),
        (("send_media", NUMBER, "--type", "image", "--file", "/no"), "not a file"),
        (("send_media", NUMBER, "--type", "gif"), "invalid choice"),
        (("send_location", NUMBER, "--lat", "x", "--lng", "1"), "not a number"),
        (("send_location", NUMBER, "--lat", "nan", "--lng", "1"), "latitude is nan"),
        (("send_poll", NUMBER, "--question", "q", "--options", "a"), "two texts"),
        ((*BUTTONS, "--buttons", "{}"), "JSON array"),
        ((*BUTTONS, "--buttons", "[1]"), "JSON objects"),
        ((*BUTTONS, "--buttons", '[{"type": "reply"}]'), "display_text"),
        ((*LIST, "--sections", '[{"title": "t", "rows": 1}]'), "rows must be a JSON"),
        ((*LIST, "--sections", '[{"title": "t", "rows": [{"x": 1}]}]'), "rows: x"),
        (("download_media", "--message", "[]"), "object"),
        (("instance_logs", "a", "--startDate", "soon"), "not a date"),
        (("instance_logs", "a", "--level", "LOUD"), "LOUD"),
        (("instance_info", ".."), "instanceId"),
        (("history_sync", "--chat", NUMBER, "--id", "M", "--timestamp", "x"), "moment"),
        (("history_sync", "--chat", NUMBER, "--id", "M", "--timestamp", "2026-01-01"),
         "time zone"),
        (("force_reconnect", "a", "--number", "x"), "digits only"),
    ],
)  # fmt: skip
def test_wrong_words_say_what_is_wrong_and_end_with_2(
    evo: Evo, words: tuple[str, ...], said: str
) -> None:
    ended = evo.run(*words, url=NOWHERE)

    assert ended.code == 2
    assert ended.json["error"].startswith("Wrong arguments: ")
    assert said in ended.json["error"]
    assert ended.waits == []


@pytest.mark.parametrize("name", [row.name for row in every_row()])
def test_every_command_has_help(evo: Evo, name: str) -> None:
    ended = evo.run(name, "--help")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: evolution-go-client {name}")


def test_the_overview_names_every_command_and_setting(evo: Evo) -> None:
    out = evo.run("--help").out

    assert all(f"  {row.name} " in out for row in every_row())
    assert "EVOLUTION_GO_ADMIN_KEY" in out


WORDS = st.one_of(
    st.sampled_from(
        [
            *(row.name for row in every_row()),
            *sorted({one.name for row in every_row() for one in row.arguments}),
            *("--json", "--env-file", "--attempts", "--deadline", "--yes", "--", "-h"),
        ]
    ),
    st.text(st.characters(codec=None, exclude_characters="\0"), max_size=6),
    st.sampled_from([NUMBER, "a,b", "{}", "[]", "http://a", "-1", "1e999", "true"]),
    st.text(string.printable, max_size=4),
)


@given(st.sampled_from([row.name for row in every_row()]), st.lists(WORDS, max_size=7))
@settings(
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
    max_examples=300,
)
def test_no_line_ends_with_a_trace(evo: Evo, name: str, words: list[str]) -> None:
    ended = evo.run(name, *words, "--attempts=1")

    assert ended.code in {0, 1, 2}
    assert "Traceback" not in ended.err
    if ended.code:
        assert isinstance(ended.json["error"], str)
        assert "Internal error" not in ended.json["error"]
