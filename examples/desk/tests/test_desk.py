"""A ticket from its opening to its end, over the wire."""

import asyncio
import json
import urllib.request
from typing import Any

import socketio


def post(url: str, path: str, body: object) -> dict[str, Any]:
    """Ask over REST."""
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_a_ticket_from_its_opening_to_its_end(url: str) -> None:
    """The agent hears of it, takes it, both talk, and when it is closed nobody can say more."""
    carl, ada, bea = (
        post(url, "/accounts", {"name": name, "password": "correct horse"}) for name in ("carl", "ada", "bea")
    )

    async def connected(client: socketio.AsyncSimpleClient, who: dict[str, Any]) -> None:
        await client.connect(url, auth={"token": who["token"]}, transports=["websocket"])
        assert await client.receive(timeout=10) == ["welcome", {"userId": who["user"]["id"]}]

    async def story() -> None:
        async with (
            socketio.AsyncSimpleClient() as customer,
            socketio.AsyncSimpleClient() as agent,
            socketio.AsyncSimpleClient() as other,
        ):
            for client, who in ((customer, carl), (agent, ada), (other, bea)):
                await connected(client, who)
            refused = await customer.call("agent:ready", {}, timeout=10)
            assert refused["error"]["code"] == "NOT_AN_AGENT"
            assert await agent.call("agent:ready", {}, timeout=10) == {"waiting": []}
            opened = (await customer.call("ticket:open", {"subject": "Fire", "with": []}, timeout=10))["ticket"]
            assert opened["status"] == "open"
            assert await agent.receive(timeout=10) == ["ticket:waiting", opened]
            assert await customer.receive(timeout=10) == ["ticket:opened", opened]

            # A second agent finds it waiting; of two who want it one gets it.
            assert (await other.call("agent:ready", {}, timeout=10))["waiting"] == [opened]
            wanted = {"ticketId": opened["id"]}
            answers = await asyncio.gather(*(each.call("ticket:assign", wanted, timeout=10) for each in (agent, other)))
            assert sorted(next(iter(each)) for each in answers) == ["error", "ticket"]
            winner, loser = (agent, other) if "ticket" in answers[0] else (other, agent)
            assert next(each for each in answers if "error" in each)["error"]["code"] == "TICKET_TAKEN"
            who = (ada if winner is agent else bea)["user"]["id"]
            for each in (customer, winner):
                assert await each.receive(timeout=10) == ["ticket:assigned", {"ticketId": opened["id"], "agent": who}]

            said = await winner.call("message:send", {**wanted, "text": "What burns?"}, timeout=10)
            assert await customer.receive(timeout=10) == ["message:new", said["message"]]
            stranger = await loser.call("message:send", {**wanted, "text": "me too"}, timeout=10)
            assert stranger["error"]["code"] == "FORBIDDEN"
            closed = await customer.call("ticket:close", {**wanted, "resolution": "Toast"}, timeout=10)
            assert closed["ticket"]["status"] == "closed"
            assert await winner.receive(timeout=10) == ["message:new", said["message"]]
            event, told = await winner.receive(timeout=10)
            assert (event, told["resolution"]) == ("ticket:closed", "Toast")
            late = await winner.call("message:send", {**wanted, "text": "and now?"}, timeout=10)
            assert late["error"]["code"] == "TICKET_CLOSED"
            wrong = await customer.call("ticket:close", {**wanted, "resolution": ""}, timeout=10)
            assert wrong["error"]["code"] == "VALIDATION_ERROR"

    asyncio.run(story())
