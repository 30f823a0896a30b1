"""How polls stand."""

from collections import Counter
from typing import Any

from recado.simulator.answer import Answer, bare, failure
from recado.simulator.instances import Instance
from recado.simulator.message_head import to_second
from recado.simulator.recipient import person_of
from recado.simulator.route import Call, Route, Session
from recado.simulator.state.polls import Vote


def poll_results(call: Call) -> Answer:
    """``GET /polls/:pollMessageId/results``: options are known by their hash only."""
    poll = call.params["pollMessageId"]
    votes = call.simulation.votes.of(poll)
    if not votes:
        return failure(404, "No votes found for this poll")
    counts = Counter(option for vote in votes for option in vote.options)
    return bare(
        {
            "pollMessageId": poll,
            "pollChatJid": votes[0].chat,
            "totalVotes": len(votes),
            "votes": [_shown(vote, call.instance) for vote in votes],
            "optionCounts": dict(counts),
            "voters": [
                {
                    "jid": vote.voter,
                    "phone": person_of(vote.voter),
                    "name": vote.voter_name,
                    "selectedOptions": list(vote.options),
                    "votedAt": to_second(vote.at),
                }
                for vote in votes
            ],
        }
    )


def _shown(vote: Vote, instance: Instance) -> dict[str, Any]:
    return {
        "id": vote.id,
        "companyId": "",
        "instanceId": instance.id,
        "pollMessageId": vote.poll,
        "pollChatJid": vote.chat,
        "voteMessageId": vote.message_id,
        "voterJid": vote.voter,
        "voterPhone": person_of(vote.voter),
        "voterName": vote.voter_name,
        "selectedOptions": list(vote.options),
        "votedAt": to_second(vote.at),
        "receivedAt": to_second(vote.at),
    }


ROUTES = (
    Route("GET", "/polls/:pollMessageId/results", poll_results, session=Session.NONE),
)
