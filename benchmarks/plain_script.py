"""What people write when there is no client: argparse and urllib.

    EVOLUTION_GO_URL=… EVOLUTION_GO_KEY=… python benchmarks/plain_script.py status

It is what ``benchmarks/client.py`` compares the command line's start with.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request


def call(method: str, path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        os.environ["EVOLUTION_GO_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "apikey": os.environ["EVOLUTION_GO_KEY"],
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def main() -> int:
    parser = argparse.ArgumentParser(description="Talk to Evolution Go.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="Is the instance connected?")
    text = commands.add_parser("send_text", help="Send a text.")
    text.add_argument("number")
    text.add_argument("text")
    text.add_argument("--delay", type=int)
    given = parser.parse_args()
    try:
        if given.command == "status":
            answer = call("GET", "/instance/status")
        else:
            body = {"number": given.number, "text": given.text, "delay": given.delay}
            answer = call("POST", "/send/text", body)
    except urllib.error.HTTPError as error:
        print(json.dumps({"error": f"HTTP {error.code}"}))
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
