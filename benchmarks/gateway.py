"""Stands in for Evolution Go where only speed counts: takes every send at once.

    python benchmarks/gateway.py --port PORT --core CORE

It answers what the real one would, and costs far less than any client.
"""

import argparse
import asyncio
import json
import os

INFO = {
    "Chat": "5511990000001@s.whatsapp.net",
    "Sender": "5511990000000:12@s.whatsapp.net",
    "IsFromMe": True,
    "IsGroup": False,
    "AddressingMode": "",
    "SenderAlt": "",
    "RecipientAlt": "",
    "BroadcastListOwner": "",
    "BroadcastRecipients": None,
    "ID": "3EB0C0FFEE00112233AA55",
    "ServerID": 0,
    "Type": "ExtendedTextMessage",
    "PushName": "",
    "Timestamp": "2026-03-25T20:50:00.123456789Z",
    "Category": "",
    "Multicast": False,
    "MediaType": "",
    "Edit": "",
    "VerifiedName": None,
    "DeviceSentMeta": None,
}
SENT = {
    "message": "success",
    "data": {
        "Info": INFO,
        "Message": {"extendedTextMessage": {"contextInfo": {}, "text": "Hello"}},
        "MessageContextInfo": {"stanzaID": "", "participant": ""},
    },
}
STATUS = {
    "message": "success",
    "data": {"Connected": True, "LoggedIn": True, "Name": "Shop"},
}


def answer(value: object) -> bytes:
    """Return the bytes of a success."""
    body = json.dumps(value).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Date: Tue, 24 Nov 2026 20:50:00 GMT\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    sent, status = answer(SENT), answer(STATUS)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            lower = head.lower()
            at = lower.find(b"content-length:")
            length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            # what closes after one request says so; the others stay
            self.transport.write(self.sent if head[:4] == b"POST" else self.status)
            if b"connection: close" in lower:
                self.transport.close()


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--core", type=int, required=True)
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.core})
    import uvloop

    uvloop.run(serve(given.port))


if __name__ == "__main__":
    main()
