"""The nearest ``.env``."""

from pathlib import Path

import pytest

from recado.cli.evo.dotenv import find_dotenv, parse_dotenv, read_dotenv


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("KEY=plain", "plain"),
        ("  KEY = spaced out  ", "spaced out"),
        ("export KEY=exported", "exported"),
        ("export\tKEY='exported'", "exported"),
        ('KEY="in quotes"', "in quotes"),
        ("KEY='in quotes'", "in quotes"),
        ('KEY="in quotes" # and a comment', "in quotes"),
        ("KEY=value # and a comment", "value"),
        ("KEY=a#b", "a#b"),
        ("KEY=# nothing but a comment", ""),
        ('KEY="a # b"', "a # b"),
        (r'KEY="say \"hi\"\tand\ngo"', 'say "hi"\tand\ngo'),
        (r"KEY='C:\new'", r"C:\new"),
        ('KEY="two\nlines"', "two\nlines"),
        ("KEY=", ""),
        ("KEY=a=b", "a=b"),
        ("# KEY=not this\nKEY=this", "this"),
        ("KEY=first\nKEY=second", "second"),
        ("KEY=windows\r\nOTHER=x", "windows"),
        ("KEY=olá ✓", "olá ✓"),
        ('OTHER="x\nKEY=inside another value\n"\nKEY=real', "real"),
        ('KEY="never closed', '"never closed'),
    ],
)
def test_a_value_is_read_as_shells_and_people_write_it(text: str, value: str) -> None:
    assert parse_dotenv(text)["KEY"] == value


def test_lines_that_say_nothing_are_passed_over() -> None:
    assert parse_dotenv("hello\n\n=x\n1A=x\nKEY\nKEY=v\n") == {"KEY": "v"}


def test_the_nearest_file_is_found_upwards(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (tmp_path / ".env").write_text("KEY=far")
    (tmp_path / "a" / ".env").write_text("KEY=near")
    (deep / ".env").mkdir()  # a folder of that name is no settings file

    assert find_dotenv(str(deep)) == str(tmp_path / "a" / ".env")


def test_there_may_be_no_file(tmp_path: Path) -> None:
    found = find_dotenv(str(tmp_path))

    assert found is None or not found.startswith(str(tmp_path))


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfKEY=v\xc3\xa9")

    assert read_dotenv(str(path)) == {"KEY": "vé"}


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"KEY=\xff")

    with pytest.raises(ValueError, match="utf-8"):
        read_dotenv(str(path))
