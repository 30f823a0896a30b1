"""Ctrl-C and SIGTERM: the process ends at once, and says what may have happened."""

import os
import signal
import sys
from _thread import allocate_lock, start_new_thread

from recado.cli.evo.document import SAME_ID, UNSURE, encoded

NOTHING_SENT = "Nothing was changed. Run the command again when you want it."

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FIRST_STATUS = 128
_STDOUT = 1


class Underway:
    """What is known of the command that runs: whether it may have acted, and its id."""

    __slots__ = ("_document", "id", "may_have_acted")

    def __init__(self) -> None:
        self.may_have_acted = False
        self.id: str | None = None
        self._document = allocate_lock()

    def begin(self, method: str, message_id: str | None) -> None:
        """Note that a request goes out now."""
        if method != "GET":
            self.may_have_acted = True
            self.id = message_id

    def claim_document(self) -> bool:
        """Return whether the one document is still to be written, by who asks."""
        return self._document.acquire(blocking=False)

    def document(self) -> dict[str, object]:
        """Return what to say when it ends here."""
        told: dict[str, object] = {
            "error": "Interrupted",
            "may_have_acted": self.may_have_acted,
        }
        if self.id:
            told["id"] = self.id
        told["hint"] = self._hint()
        return told

    def _hint(self) -> str:
        if not self.may_have_acted:
            return NOTHING_SENT
        return SAME_ID.format(id=self.id) if self.id else UNSURE


def end_when_interrupted(underway: Underway) -> None:
    """End the process on SIGINT or SIGTERM with a document, and status 130 or 143.

    A handler of Python's would run only when the library's blocking call is over, so a
    thread waits for the signals. It is no ``threading.Thread``, which takes time to
    load. Windows cannot wait for a signal; there Ctrl-C just ends the process.
    """
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    start_new_thread(_wait, (underway,))


def _wait(underway: Underway) -> None:
    number = signal.sigwait(_SIGNALS)
    try:
        if underway.claim_document():
            os.write(_STDOUT, encoded(underway.document()))
    except OSError:
        pass  # whoever read is gone; the status says it
    finally:
        os._exit(_FIRST_STATUS + number)
