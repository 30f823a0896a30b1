"""A file as a value, and its pieces."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from recado.evolution.file_reader import PIECE, FileReader
from recado.evolution.upload import Upload


def test_a_path_brings_its_own_name() -> None:
    assert Upload(content=Path("/far/away/a.png")).filename == "a.png"
    assert Upload(content=Path("a.png"), filename="b.png").filename == "b.png"


@pytest.mark.parametrize("content", [b"abc", BytesIO(b"abc")])
def test_what_has_no_name_needs_one(content: bytes | BytesIO) -> None:
    with pytest.raises(ValueError, match="filename must be given"):
        Upload(content=content)


def test_what_can_be_measured_is() -> None:
    stream = BytesIO(b"abcdef")
    stream.read(2)

    assert Upload(content=b"abc", filename="a").size == 3
    assert Upload(content=stream, filename="a").size == 4
    assert stream.read() == b"cdef"


def test_a_size_that_was_given_counts() -> None:
    upload = Upload(content=BytesIO(b"abcdef"), filename="a", size=2)

    with FileReader(upload) as reader:
        assert b"".join(reader.pieces()) == b"ab"


def test_no_content_reaches_a_repr() -> None:
    assert "hush" not in repr(Upload(content=b"hush", filename="a"))


def test_an_empty_file_has_no_pieces() -> None:
    with FileReader(Upload(content=b"", filename="a")) as reader:
        assert list(reader.pieces()) == []


def test_pieces_are_small() -> None:
    with FileReader(Upload(content=b"x" * (PIECE + 1), filename="a")) as reader:
        assert [len(piece) for piece in reader.pieces()] == [PIECE, 1]


def test_nothing_is_read_after_the_end() -> None:
    stream = BytesIO(b"abc")
    with FileReader(Upload(content=stream, filename="a")) as reader:
        pieces = reader.pieces()

    with pytest.raises(ValueError, match="over"):
        next(pieces)
    assert stream.tell() == 0


async def test_nothing_is_read_after_the_end_by_a_coroutine() -> None:
    with FileReader(Upload(content=b"abc", filename="a")) as reader:
        pieces: AsyncIterator[bytes] = reader.pieces_async()

    with pytest.raises(ValueError, match="over"):
        await anext(pieces)


def test_a_file_is_closed_at_the_end_and_a_stream_is_not(tmp_path: Path) -> None:
    path, stream = tmp_path / "a", BytesIO(b"abc")
    path.write_bytes(b"abc")

    with FileReader(Upload(content=stream, filename="a")):
        pass
    with FileReader(Upload(content=path)) as reader:
        pieces = reader.pieces()

    assert not stream.closed
    with pytest.raises(ValueError, match="over"):
        next(pieces)


def test_of_a_file_only_as_much_is_read_as_was_said(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abcdef")

    with FileReader(Upload(content=path, size=4)) as reader:
        assert b"".join(reader.pieces()) == b"abcd"
