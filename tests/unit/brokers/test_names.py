"""The gateway's queues and subjects, and the waits between tries."""

from hypothesis import given
from hypothesis import strategies as st

from recado.brokers.names import EVENTS, queues, subjects
from recado.brokers.pace import LONGEST, pause_after

INSTANCE = "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10"


def test_a_star_is_every_global_queue() -> None:
    assert queues(["*"]) == EVENTS
    assert {"message", "sendmessage", "receipt", "connected", "qrcode"} < set(EVENTS)


def test_a_star_after_an_instance_is_every_queue_of_it() -> None:
    assert queues([f"{INSTANCE}.*"])[0] == f"{INSTANCE}.{EVENTS[0]}"
    assert len(queues([f"{INSTANCE}.*"])) == len(EVENTS)


def test_each_queue_is_named_once_and_other_names_are_taken_as_they_are() -> None:
    assert queues(["message", "my.queue", "message"]) == ("message", "my.queue")
    assert queues(["*", "message"]) == EVENTS


def test_subjects_are_those_of_all_instances_and_of_each() -> None:
    assert {"message", "*.message"} < set(subjects())
    assert len(subjects()) == 2 * len(EVENTS)


@given(failures=st.integers(1, 10_000), draw=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_bounded_and_chance_takes_half_at_most(
    failures: int, draw: float
) -> None:
    full = pause_after(failures, draw=0.0)

    assert 0.25 <= pause_after(failures, draw=draw) <= full <= LONGEST
    assert full >= pause_after(max(1, failures - 1), draw=0.0)
    assert pause_after(failures, draw=draw) >= full / 2
