"""What a command line may hold, as plain data that loads in a moment.

These are no dataclasses, and nothing here is imported, because every run of the
command pays for it: loading ``dataclasses`` alone takes as long as starting Python.
"""

TEXT = "text"
NUMBER = "number"
"""A phone number or a JID."""
ADDRESS = "address"
"""An http(s) address."""
INTEGER = "integer"
COUNT = "count"
"""A whole number from 1 on."""
DECIMAL = "decimal"
SWITCH = "switch"
"""Given or not."""
BOOLEAN = "boolean"
"""``true`` or ``false``."""
LIST = "list"
"""``a,b``, or a JSON array of texts for items that hold commas."""
NUMBERS = "numbers"
"""A list of phone numbers or JIDs."""
OBJECT = "object"
"""A JSON object."""
ARRAY = "array"
"""A JSON array."""
FILE = "file"
"""The path of a file that can be read."""
DATE = "date"
MOMENT = "moment"
"""ISO 8601, with its zone."""


class Argument:
    """One argument: ``NUMBER`` in its place, or ``--flag`` anywhere.

    ``field`` is the call's field that takes it; its name in snake case if not given.
    ``required`` is about flags: what has its place must be there.
    """

    __slots__ = ("_field", "choices", "help", "kind", "name", "required")

    def __init__(
        self,
        name: str,
        help: str,  # noqa: A002 -- argparse's own word
        *,
        kind: str = TEXT,
        field: str = "",
        required: bool = False,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.help = help
        self.kind = kind
        self._field = field
        self.required = required
        self.choices = choices

    @property
    def is_flag(self) -> bool:
        """Whether it is given by name and not by its place."""
        return self.name.startswith("--")

    @property
    def field(self) -> str:
        """The call's field that takes it."""
        return self._field or snake(self.name.removeprefix("--"))


class Row:
    """One command of the table.

    ``command`` is the module and the class of the call it makes. ``hint`` is what a
    person should know before, shown in its help, and ``note`` what they should know
    after it; ``asks`` is the question before something that cannot be taken back.
    ``sender`` names the function that makes the calls, where one is not enough.
    """

    __slots__ = (
        "arguments",
        "asks",
        "command",
        "hint",
        "line",
        "name",
        "note",
        "sender",
    )

    def __init__(  # noqa: PLR0913 -- what there is to say of a command
        self,
        name: str,
        command: str,
        line: str,
        *arguments: Argument,
        hint: str = "",
        note: str = "",
        asks: str = "",
        sender: str = "",
    ) -> None:
        self.name = name
        self.command = command
        self.line = line
        self.arguments = arguments
        self.hint = hint
        self.note = note
        self.asks = asks
        self.sender = sender

    @property
    def about(self) -> str:
        """All that is said of it."""
        return " ".join(filter(None, (self.line, self.asks, self.hint, self.note)))


def snake(name: str) -> str:
    """Return ``mentionedJid`` as ``mentioned_jid``, ``idempotency-key`` likewise."""
    return "".join(
        f"_{letter.lower()}" if letter.isupper() else letter
        for letter in name.replace("-", "_")
    )
