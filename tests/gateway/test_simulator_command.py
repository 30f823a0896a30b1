"""``recado simulate`` as a program."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from recado.cli.simulate import simulate
from recado.errors import SettingsError

COMMAND = (sys.executable, "-m", "recado.cli.main", "simulate")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_how_to_use_it_and_ends_when_it_is_told_to(stop: int) -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--instance", "help:a-key"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as running:
        assert running.stdout
        assert running.stderr
        said = ""
        while "Ctrl-C" not in said:
            said += running.stdout.readline()
        port = re.search(r"127\.0\.0\.1:(\d+)", said)
        assert port
        with socket.create_connection(("127.0.0.1", int(port[1]))) as caller:
            caller.sendall(b"GET /server/ok HTTP/1.1\r\nhost: x\r\n\r\n")
            answered = caller.recv(1000)
            running.send_signal(stop)
            status = running.wait(30)
        complaints = running.stderr.read()

    assert b"200 OK" in answered
    assert "instance help, key a-key" in said
    assert said.count("curl ") == 3
    assert (status, complaints) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--instance", "sales"], "NAME:TOKEN"),
        (["--instance", "a:x", "--instance", "b:x"], "its own token"),
        (["--webhook", "nowhere"], "http://"),
    ],
)
def test_a_wrong_option_is_explained(arguments: list[str], hint: str) -> None:
    result = CliRunner().invoke(simulate, ["--port", "0", *arguments])

    assert result.exit_code == 2
    assert hint in result.output


def test_a_taken_port_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(simulate, ["--port", port])

    assert isinstance(result.exception, SettingsError)
    assert "--port" in str(result.exception)
