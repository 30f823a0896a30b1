"""What the stand-in answers, as a value."""

from dataclasses import dataclass

from recado import wire

JSON = "application/json; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``apikey`` is empty when the header is missing."""

    method: str
    path: str
    content_type: str
    apikey: str
    body: bytes
    query: str = ""

    @property
    def route(self) -> str:
        """Return how faults and the contract name it: ``POST /send/text``."""
        return f"{self.method} {self.path}"

    @property
    def says_json(self) -> bool:
        """Return whether the gateway applies its checks of numbers."""
        return "application/json" in self.content_type.lower()

    @property
    def says_form(self) -> bool:
        """Return whether the body is a form with files."""
        return self.content_type.lower().startswith("multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; an empty body goes out without a content type."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def success(data: object) -> Answer:
    """Return the envelope that nearly every route answers with."""
    return Answer(status=200, body=wire.encode({"data": data, "message": "success"}))


def bare(value: object) -> Answer:
    """Return a success that is in no envelope."""
    return Answer(status=200, body=wire.encode(value))


def failure(status: int, text: str) -> Answer:
    """Return the envelope of an error."""
    return Answer(status=status, body=wire.encode({"error": text}))


DONE = Answer(status=200, body=b'{"message":"success"}')
"""A success that has nothing to tell."""
NOT_FOUND = Answer(status=404, body=b"404 page not found", content_type=PLAIN)
CRASHED = Answer(status=500)
"""What a crash inside the gateway looks like from outside."""
