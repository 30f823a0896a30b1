"""Files that travel inside a call, on a real socket, with both clients."""

import asyncio
import os
import re
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from recado.errors import NoAnswerError, ServerFaultError, UnreachableError
from recado.evolution.commands.base import Command, Timing
from recado.evolution.file_reader import PIECE
from recado.evolution.transport import Auth, Request
from recado.evolution.upload import Multipart, Upload
from tests.helpers.both_clients import Bench
from tests.helpers.gateway_server import Drop, Seen, error_reply, json_reply
from tests.helpers.ports import free_ports

CONTENT = bytes(range(256)) * 5000  # 1.28 MB: five pieces
TAKEN = json_reply(200, {"message": "success", "data": 7})
PART = re.compile(
    rb'--[^\r]+\r\nContent-Disposition: form-data; name="(\w+)"'
    rb'(?:; filename="([^\r]*)"\r\nContent-Type: ([^\r]+))?\r\n\r\n(.*?)\r\n(?=--)',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFile(Command[Any]):
    """A call that carries a file and may be repeated."""

    method = "POST"
    path = "/send/media"
    timing = Timing.SEND_MEDIA

    file: Upload

    @property
    def repeatable(self) -> bool:
        return True

    def body(self) -> None:
        """It has parts instead."""

    def request(self) -> Request:
        return Request(
            method=self.method,
            path=self.path,
            route=self.route,
            auth=Auth.INSTANCE,
            body=None,
            read_timeout=30,
            upload=Multipart(fields=(("number", "55"), ("id", "3E")), file=self.file),
        )

    def read(self, data: Any) -> Any:
        return data


class OneWay(BytesIO):
    """A stream that cannot go back, such as one from a network."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise OSError("cannot seek")


def parts_of(seen: Seen) -> list[tuple[bytes, ...]]:
    return PART.findall(seen.body)


def as_bytes(_: Path) -> Upload:
    return Upload(content=CONTENT, filename="a.png", content_type="image/png")


def as_path(folder: Path) -> Upload:
    path = folder / "a.png"
    path.write_bytes(CONTENT)
    return Upload(content=path, content_type="image/png")


def as_stream(_: Path) -> Upload:
    stream = BytesIO(b"read before" + CONTENT)
    stream.read(len(b"read before"))
    return Upload(content=stream, filename="a.png", content_type="image/png")


def as_part_of_a_stream(_: Path) -> Upload:
    return Upload(
        content=OneWay(CONTENT + b"and more"),
        filename="a.png",
        content_type="image/png",
        size=len(CONTENT),
    )


def as_stream_of_unknown_size(_: Path) -> Upload:
    return Upload(content=OneWay(CONTENT), filename="a.png", content_type="image/png")


AGAIN = [as_bytes, as_path, as_stream]
ONCE = [as_part_of_a_stream, as_stream_of_unknown_size]
Make = Callable[[Path], Upload]


@pytest.mark.parametrize("make", [*AGAIN, *ONCE])
async def test_a_file_goes_out_behind_its_fields(
    bench: Bench, tmp_path: Path, make: Make
) -> None:
    client, seen = bench.pair(TAKEN)

    assert await client.call(SendFile(file=make(tmp_path))) == 7

    [request] = seen
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert ("content-length" in request.headers) == (
        make is not as_stream_of_unknown_size
    )
    assert parts_of(request) == [
        (b"number", b"", b"", b"55"),
        (b"id", b"", b"", b"3E"),
        (b"file", b"a.png", b"image/png", CONTENT),
    ]


@pytest.mark.parametrize("make", AGAIN)
@pytest.mark.parametrize("failure", [error_reply(500), Drop()])
async def test_a_file_that_can_be_read_again_is_sent_again(
    bench: Bench, tmp_path: Path, make: Make, failure: Any
) -> None:
    client, seen = bench.pair(failure, TAKEN)

    await client.call(SendFile(file=make(tmp_path)))

    first, second = (parts_of(request)[2] for request in seen)
    assert first == second == (b"file", b"a.png", b"image/png", CONTENT)


@pytest.mark.parametrize("make", ONCE)
@pytest.mark.parametrize(
    ("failure", "kind"), [(error_reply(500), ServerFaultError), (Drop(), NoAnswerError)]
)
async def test_a_stream_that_cannot_go_back_is_sent_once(
    bench: Bench, tmp_path: Path, make: Make, failure: Any, kind: type[Exception]
) -> None:
    client, seen = bench.pair(failure)

    with pytest.raises(kind) as caught:
        await client.call(SendFile(file=make(tmp_path)))

    assert len(seen) == 1
    assert client.waits == []
    assert client.heard[0].error is caught.value
    assert not client.heard[0].error.resendable


async def test_a_stream_of_which_nothing_went_out_is_tried_again(
    bench: Bench, tmp_path: Path
) -> None:
    [port] = free_ports(1)
    client = bench.client(f"http://127.0.0.1:{port}")

    with pytest.raises(UnreachableError) as caught:
        await client.call(SendFile(file=as_part_of_a_stream(tmp_path)))

    assert caught.value.attempts == 3
    assert caught.value.resendable


@pytest.mark.parametrize("make", [as_path, as_stream_of_unknown_size])
async def test_progress_is_told_piece_by_piece(
    bench: Bench, tmp_path: Path, make: Make
) -> None:
    heard: list[tuple[int, int | None]] = []
    file = make(tmp_path)
    told = Upload(
        content=file.content,
        filename="a.png",
        progress=lambda sent, total: heard.append((sent, total)),
    )
    client, _ = bench.pair(TAKEN)

    await client.call(SendFile(file=told))

    total = len(CONTENT) if make is as_path else None
    assert heard == [
        *((PIECE * count, total) for count in range(1, 5)),
        (len(CONTENT), total),
    ]


async def test_a_file_that_is_not_there_is_said_before_anything_is_sent(
    bench: Bench, tmp_path: Path
) -> None:
    client, seen = bench.pair(TAKEN)

    with pytest.raises(FileNotFoundError):
        await client.call(SendFile(file=Upload(content=tmp_path / "none.png")))

    assert seen == []


async def test_a_file_that_ends_too_soon_is_not_sent(bench: Bench) -> None:
    client, seen = bench.pair(TAKEN)
    file = Upload(content=BytesIO(b"abc"), filename="a", size=10)

    with pytest.raises(ValueError, match="should hold 10 bytes, but only 3 came"):
        await client.call(SendFile(file=file))

    assert seen == []


async def test_a_filename_cannot_break_out_of_its_line(bench: Bench) -> None:
    client, seen = bench.pair(TAKEN)
    name = 'é"\r\nX-Evil: 1.png'

    await client.call(SendFile(file=Upload(content=b"abc", filename=name)))

    assert b"\r\nX-Evil" not in seen[0].body


PROGRAM = """
import asyncio, resource, sys
from pathlib import Path
from recado.evolution import AsyncEvolutionGo, EvolutionGo
from recado.evolution.upload import Upload
from tests.contract.test_evolution_uploads import SendFile

kind, url, small, large = sys.argv[1:]

def send(path):
    command = SendFile(file=Upload(content=Path(path)))
    if kind == "coroutines":
        asyncio.run(send_by_coroutine(command))
    else:
        with EvolutionGo(url, "k") as client:
            client.call(command)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

async def send_by_coroutine(command):
    async with AsyncEvolutionGo(url, "k") as client:
        await client.call(command)

before = send(small)
print(send(large) - before)
"""


@pytest.mark.parametrize("kind", ["blocking", "coroutines"])
async def test_a_large_file_is_never_held_in_memory(tmp_path: Path, kind: str) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x" * 2 * PIECE)
    large.touch()
    os.truncate(large, 100_000_000)  # its zeros take no room on the disk
    received: list[int] = []

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_swallow, args=(listener, received), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            kind,
            url,
            str(small),
            str(large),
            stdout=PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        told, _ = await process.communicate()

    assert received[1] > 100_000_000
    assert int(told) < 16  # MB


def _swallow(listener: socket.socket, received: list[int]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                head, _, rest = connection.recv(65536).partition(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: (\d+)", head)
                assert found
                left = int(found[1]) - len(rest)
                while left > 0:
                    left -= len(connection.recv(1 << 20))
                received.append(int(found[1]))
                connection.sendall(
                    b"HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 30\r\n\r\n"
                    b'{"message":"success","data":1}'
                )
