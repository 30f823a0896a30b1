"""What commands write."""

import io

import pytest

from recado.cli.output import Column, as_text, moment, write_facts, write_table


def test_a_table_for_a_pipe_has_one_whole_line_per_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = "x" * 300
    columns = (
        Column(title="ID", field="id", right=True),
        Column(title="ERROR", field="error", long=True),
    )

    write_table([{"id": 7, "error": error}, {"id": 12, "error": None}], columns)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["ID", "ERROR"], ["7", error], ["12", "-"]]


def test_markup_in_values_is_shown_and_not_obeyed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_table([{"a": "[red]x[/red]"}], (Column(title="A", field="a"),))

    assert "[red]x[/red]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ([], "-"),
        (True, "yes"),
        (["a", 1], "a, 1"),
        ({"b": 1}, '{"b":1}'),
        ("two\nlines  here", "two lines here"),
    ],
)
def test_every_value_is_one_line(value: object, text: str) -> None:
    assert as_text(value) == text


def test_facts_that_are_not_there_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_facts({"status": "failed", "replay_of": None})

    assert capsys.readouterr().out == "status  failed\n"


def test_a_moment_is_shown_to_the_second() -> None:
    assert moment("2026-03-25T20:16:40.123456Z") == "2026-03-25 20:16:40"


ROWS = [
    {"id": 7, "status": "failed_retryable", "at": "2026-03-25T20:16:40Z", "error": "x"},
    {"id": 1234, "status": "failed", "at": None, "error": "é" * 200},
]
COLUMNS = (
    Column(title="ID", field="id", right=True),
    Column(title="STATUS", field="status"),
    Column(title="AT (UTC)", field="at", moment=True),
    Column(title="ERROR", field="error", long=True),
)


@pytest.mark.parametrize("width", [80, 50, 20])
def test_on_a_terminal_only_the_long_column_is_cut(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "40")  # without it rich takes a dumb one for 80 wide
    monkeypatch.setenv("TERM", "dumb")

    write_table(ROWS, COLUMNS)

    _, first, second = (line.split() for line in screen.getvalue().splitlines())
    assert first == ["7", "failed_retryable", "03-25", "20:16:40", "x"]
    assert second[:3] == ["1234", "failed", "-"]
    assert second[3].endswith("…")
    widest = max(map(len, screen.getvalue().splitlines()))
    assert widest <= max(width, 52)


def test_a_moment_for_a_program_has_its_year(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_table(ROWS[:1], COLUMNS)

    assert "2026-03-25 20:16:40" in capsys.readouterr().out


class Screen(io.StringIO):
    """A terminal, as far as a program can ask."""

    def isatty(self) -> bool:
        return True
