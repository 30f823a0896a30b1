"""What the routes answer, read generously, and never printing a secret."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from recado import wire
from recado.evolution.commands.base import Command
from recado.evolution.commands.groups import GroupInviteLink, ListGroups
from recado.evolution.replies.fields import (
    inner_text,
    integer,
    moment,
    objects,
    text,
    texts,
    truth,
)
from recado.evolution.replies.groups import CreatedGroup, Group
from recado.evolution.replies.instances import Instance, InstanceStatusReply, QrCode
from recado.evolution.replies.messages import (
    DeliveryStatus,
    DownloadedMedia,
    SentMessage,
    opened_data_url,
)
from recado.evolution.replies.newsletters import Newsletter, NewsletterMessage
from recado.evolution.replies.polls import PollVotes
from recado.evolution.replies.server import Licence
from recado.evolution.replies.users import NumberCheck
from tests.helpers.gateway_answers import (
    ANSWERS,
    CHANNEL,
    INSTANCE,
    PNG,
    POLL,
    THE_GROUP,
    TOKEN,
)


def test_an_instance_is_read() -> None:
    instance = Instance.read(INSTANCE)

    assert instance.token.reveal() == TOKEN
    assert instance.events == ("MESSAGE", "READ_RECEIPT")
    assert (instance.rabbitmq, instance.nats, instance.websocket) == (True, False, True)
    assert instance.settings.always_online
    assert instance.created_at == datetime(2026, 3, 1, 13, tzinfo=UTC)


def test_no_secret_of_an_instance_can_be_printed() -> None:
    instance = Instance.read(INSTANCE)

    shown = f"{instance} {instance!r} {wire.encode(instance.raw).decode()}"
    assert "hush" not in shown
    assert instance.raw["name"] == "shop"


def test_what_an_answer_leaves_out_is_empty() -> None:
    instance = Instance.read({"id": "i"})

    assert (instance.name, instance.events, instance.created_at) == ("", (), None)
    assert not instance.token
    assert instance.raw == {"id": "i"}
    assert Group.read({"JID": "g"}).participants == ()
    assert Newsletter.read({"id": "n"}).name == ""
    assert PollVotes.read({"pollMessageId": "p"}).counts == {}
    assert CreatedGroup.read({"jid": "g"}).failed == ()
    assert NewsletterMessage.read({}).reactions == {}
    assert NumberCheck.read({"JID": "a"}).jid == "a"


@pytest.mark.parametrize(
    "read",
    [
        Instance.read,
        InstanceStatusReply.read,
        Group.read,
        CreatedGroup.read,
        Newsletter.read,
        PollVotes.read,
        Licence.read,
        SentMessage.read,
        QrCode.read,
        DownloadedMedia.read,
    ],
)
@pytest.mark.parametrize("data", [None, [], "x", {}, {"Info": {}}])
def test_an_answer_that_is_none_is_noticed(
    read: Callable[[Any], Any], data: object
) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        read(data)


def test_the_counts_of_a_group_and_a_newsletter_are_read() -> None:
    group, channel = Group.read(THE_GROUP), Newsletter.read(CHANNEL)

    assert (group.participant_count, group.participants[0].admin) == (1, True)
    assert Group.read(THE_GROUP | {"ParticipantCount": 0}).participant_count == 1
    assert (channel.subscribers, channel.role) == (42, "owner")


def test_the_votes_of_a_poll_are_found_by_an_options_text() -> None:
    votes = PollVotes.read(POLL)

    assert (votes.votes_for("a"), votes.votes_for("b")) == (1, 0)
    assert votes.voters[0].selected == tuple(votes.counts)


def test_a_licence_is_active_or_not() -> None:
    assert Licence.read(ANSWERS["GET /license/status"]).active
    pending = Licence.read(ANSWERS["GET /license/register"])
    assert (pending.active, pending.register_url) == (False, "https://l.example")


def test_the_status_of_a_message_may_be_unknown() -> None:
    assert DeliveryStatus.read({"result": None}) is None


def test_a_file_is_decoded() -> None:
    assert opened_data_url("data:image/png;base64,iVBORw==") == ("image/png", PNG)


@pytest.mark.parametrize("address", ["", "data:", "http://x,y", "data:a;base64,%%"])
def test_what_is_no_data_address_is_noticed(address: str) -> None:
    with pytest.raises(ValueError, match=r"data: address|base64|padding|Incorrect"):
        opened_data_url(address)


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (GroupInviteLink(group_jid="1" * 18), None),
        (ListGroups(), {}),
        (ListGroups(), ["x"]),
    ],
)
def test_a_strange_answer_is_noticed(command: Command[Any], data: object) -> None:
    with pytest.raises(TypeError, match="expected"):
        command.read(data)


def test_a_field_of_another_type_counts_as_missing() -> None:
    data: dict[str, Any] = {
        "a": 1,
        "b": "2",
        "c": True,
        "d": [1, "x"],
        "e": {"text": 3},
    }

    assert text(data, "a") == ""
    assert (integer(data, "a"), integer(data, "b"), integer(data, "c")) == (1, 2, 0)
    assert integer({"a": "²"}, "a") == 0
    assert (truth(data, "a"), truth(data, "c")) == (False, True)
    assert (texts(data, "d"), texts(data, "a")) == (("x",), ())
    assert inner_text({"e": {"text": 3}}, "e") == inner_text(data, "a") == ""
    assert objects(None) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-03-25T17:50:00-03:00", datetime(2026, 3, 25, 20, 50, tzinfo=UTC)),
        ("2026-03-25T20:50:00", datetime(2026, 3, 25, 20, 50, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("soon", None),
        (17, None),
    ],
)
def test_a_moment_is_aware_or_none(told: object, expected: datetime | None) -> None:
    assert moment({"at": told}, "at") == expected
