"""How long ``evolution-go-client`` takes beside a bare argparse + urllib script.

    python benchmarks/startup.py [--runs 60]

Every round runs each program once, in an order that turns, so that what the machine
does meanwhile meets all of them. Both speak to the same local server, which answers at
once. ``by the SDK`` is a command whose call the SDK makes from the start; the others
begin without it (decision 0009). The bare script sends the same text there.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from results import environment, table, write

BARE = [sys.executable, str(Path(__file__).with_name("bare_client.py"))]
OURS = [str(Path(sys.executable).with_name("evolution-go-client"))]

SEND = ["send_text", "5511990000001", "hello"]
NAMED = [*SEND, "--idempotency-key", "order-17"]
BY_SDK = [*SEND, "--deadline", "60"]
# what is compared: the words for the bare script, and for ours
CASES = {
    "--help": (["--help"], ["--help"]),
    "send_text --help": (["send_text", "--help"], ["send_text", "--help"]),
    "status": (["status"], ["status"]),
    "send_text": (SEND, SEND),
    "send_text, with a key": (SEND, NAMED),
    "send_text, by the SDK": (SEND, BY_SDK),
}

ANSWER = {
    "message": "success",
    "data": {
        "Connected": True,
        "LoggedIn": True,
        "Info": {"ID": "3EB0C0FFEE00112233AA55", "Chat": "5511990000001"},
    },
}


class Gateway(BaseHTTPRequestHandler):
    """Answers everything at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps(ANSWER).encode()
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 -- the library looks for that name

    def log_message(self, *_):
        pass


def measure_starts(runs: int) -> dict[str, dict[str, float]]:
    """Measure and show; returns the medians in seconds and their ratios."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        times = _measured(runs, os.environ | {"EVOLUTION_GO_URL": url})
        server.shutdown()
    rows, figures = [], {}
    for case in CASES:
        bare, ours = (statistics.median(each) for each in times[case])
        rows.append(
            (case, f"{bare * 1000:.1f}", f"{ours * 1000:.1f}", f"{ours / bare:.2f}")
        )
        figures[case] = {"bare_s": bare, "ours_s": ours, "ratio": ours / bare}
    table(
        f"Start of a command, median of {runs} runs each, ms",
        ("command", "argparse + urllib", "evolution-go-client", "ratio"),
        rows,
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    runs = parser.parse_args().runs
    figures = measure_starts(runs)
    write("startup", environment() | {"runs": runs, "cases": figures})


def _measured(runs, env):
    env = env | {"EVOLUTION_GO_KEY": "k"}
    lines = [
        (case, which, [*program, *words[which]])
        for case, words in CASES.items()
        for which, program in enumerate((BARE, OURS))
    ]
    times = {case: ([], []) for case in CASES}
    for *_, line in lines:  # so that no file is read for the first time
        _run(line, env)
    for count in range(runs):
        turn = count % len(lines)
        for case, which, line in lines[turn:] + lines[:turn]:
            times[case][which].append(_run(line, env))
    return times


def _run(line, env):
    start = time.perf_counter()
    done = subprocess.run(line, env=env, capture_output=True, check=False)
    taken = time.perf_counter() - start
    assert done.returncode == 0, done.stdout + done.stderr
    return taken


if __name__ == "__main__":
    main()
