"""What of a request is not its body, on real sockets: its key and its kind."""

from recado.evolution.commands.groups import UpdateGroupParticipants
from recado.evolution.commands.instances import ListInstances
from recado.evolution.commands.server import LicenseActivate, ServerOk
from tests.helpers.both_clients import KEY, Bench
from tests.helpers.gateway_server import json_reply


async def test_the_servers_own_routes_get_no_key(bench: Bench) -> None:
    client, seen = bench.pair(json_reply(200, {"status": "ok"}))

    assert await client.call(ServerOk()) is True

    assert "apikey" not in seen[0].headers


async def test_the_other_routes_get_the_key_they_want(bench: Bench) -> None:
    listed = json_reply(200, {"message": "success", "data": None})
    done = json_reply(200, {"message": "success"})
    client, seen = bench.pair(listed, done, admin_key="global-hush")

    assert await client.call(ListInstances()) == []
    await client.call(
        UpdateGroupParticipants(
            group_jid="120363041234567890@g.us",
            participants=["5511999990001"],
            action="add",
        )
    )

    assert [each.headers["apikey"] for each in seen] == ["global-hush", KEY]
    # declared as JSON, the gateway finds no participants in it
    assert seen[1].headers["content-type"] == "text/plain"
    assert seen[1].json["participants"] == ["5511999990001@s.whatsapp.net"]


async def test_a_query_arrives_as_it_was_meant(bench: Bench) -> None:
    client, seen = bench.pair(json_reply(200, {"status": "active"}))

    licence = await client.call(LicenseActivate(code="a/b?c d&e"))

    assert licence.active
    assert seen[0].path == "/license/activate?code=a%2Fb%3Fc+d%26e"
