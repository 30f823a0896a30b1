"""What people write: a client of the gateway with argparse and urllib alone.

It has the 24 commands and the flags of the script that ``evolution-go-client``
replaces, and reads its settings from the environment or the nearest ``.env``. No
retries, no checks, no timeouts.

    python benchmarks/bare_client.py COMMAND …
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request

SENDS = {
    "send_text": ("text",),
    "send_media": ("--url", "--type", "--caption", "--filename"),
    "send_location": ("--lat", "--lng", "--name", "--address"),
    "send_contact": ("--fullName", "--phone", "--org"),
    "send_link": ("--url", "--text", "--title", "--description", "--imgUrl"),
    "send_sticker": ("--sticker",),
    "send_poll": ("--question", "--options", "--maxAnswer"),
}
OTHERS = {
    "instances": (),
    "create_instance": ("name", "--token"),
    "connect": ("--phone", "--webhook", "--subscribe"),
    "disconnect": (),
    "status": (),
    "qr": (),
    "pair": ("--phone",),
    "logout": (),
    "delete_instance": ("id",),
    "delete_proxy": ("id",),
    "summary": (),
    "react": ("number", "--id", "--reaction"),
    "edit_message": ("--chat", "--id", "--message"),
    "delete_message": ("--chat", "--id"),
    "mark_read": ("number", "--ids"),
    "message_status": ("--id",),
    "set_presence": ("number", "--state", "--isAudio"),
}
ROUTES = {
    "send_text": ("POST", "/send/text"),
    "send_link": ("POST", "/send/link"),
    "status": ("GET", "/instance/status"),
}


def parser():
    top = argparse.ArgumentParser(description="A client of Evolution Go.")
    below = top.add_subparsers(dest="command", required=True)
    for name, flags in {**SENDS, **OTHERS}.items():
        one = below.add_parser(name, help=f"Call {name}.")
        if name in SENDS:
            one.add_argument("number", help="Phone number or JID.")
            one.add_argument("--mentionAll", action="store_true")
        too = ("--delay", "--quoted", "--mentionedJid") if name in SENDS else ()
        for flag in (*flags, *too):
            one.add_argument(flag, help="What the gateway takes.")
        one.add_argument("--json", action="store_true")
    return top


def settings():
    found, folder = {}, os.getcwd()
    while True:
        path = os.path.join(folder, ".env")
        if os.path.isfile(path):
            with open(path) as lines:
                pairs = (line.strip().split("=", 1) for line in lines if "=" in line)
                found = {name: value.strip("\"'") for name, value in pairs}
            break
        if os.path.dirname(folder) == folder:
            break
        folder = os.path.dirname(folder)
    return {**found, **os.environ}


def call(method, path, body):
    where = settings()
    request = urllib.request.Request(
        where["EVOLUTION_GO_URL"] + path,
        data=json.dumps(body).encode() if body else None,
        method=method,
        headers={
            "apikey": where["EVOLUTION_GO_KEY"],
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def main():
    given = vars(parser().parse_args())
    method, path = ROUTES[given.pop("command")]
    body = {name: value for name, value in given.items() if value}
    try:
        print(json.dumps(call(method, path, body), indent=2))
    except urllib.error.HTTPError as error:
        print(json.dumps({"error": f"HTTP {error.code}"}))
        sys.exit(1)


if __name__ == "__main__":
    main()
