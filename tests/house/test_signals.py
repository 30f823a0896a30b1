"""Every signal is emitted somewhere."""

from recado.observe.signals import Name
from tests.helpers.repository import SOURCE, modules


def test_every_signal_is_emitted() -> None:
    text = "".join(
        path.read_text("utf-8")
        for path in modules()
        if path.parent != SOURCE / "observe"
    )

    assert [name for name in Name if f"Name.{name.name}" not in text] == []
