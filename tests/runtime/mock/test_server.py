"""The mock of every dialect, spoken to by the clients that frontends use; every frame is judged by its document."""

import asyncio
import json
from typing import Any

import pytest
from doubles.mocked import (
    BUNDLES,
    PATIENCE,
    Sockets,
    at,
    body_of,
    connected,
    http,
    mocking,
    problems,
    requests,
    resolved,
    response_schema,
    sample,
)

from palaver_runtime.mock import Mock, NoValue, Wishes, read_contract

SOCKETS = [name for name, bundle in BUNDLES.items() if bundle["asyncapi"]]
REST = [name for name, bundle in BUNDLES.items() if bundle["openapi"]]
# Events that do not go to everybody.
SENDER = {"message.accepted", "room.joined", "room.left"}
OTHERS = {"typing.changed"}


def asked(sockets: Sockets) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return name, payload and operation of every event that clients send."""
    found = []
    for operation in sockets.operations.values():
        if operation["action"] == "receive":
            (message,) = (resolved(sockets.document, each) for each in operation["messages"])
            found.append((message["name"], sample(sockets.document, message["payload"]), operation))
    return found


def acknowledgements(sockets: Sockets, operation: dict[str, Any]) -> list[Any]:
    """Return the schemas of the acknowledgements of an operation, those that say no last."""
    told = {
        each["$ref"].rpartition("/")[2]
        for other in sockets.operations.values()
        if other["action"] == "send"
        for each in other["messages"]
    }
    replies = operation.get("reply", {}).get("messages", [])
    return [
        resolved(sockets.document, each)["payload"] for each in replies if each["$ref"].rpartition("/")[2] not in told
    ]


def put(payload: Any, pointer: str, value: Any) -> Any:
    """Put a value into a payload."""
    *steps, last = pointer.split("/")[1:]
    at(payload, "".join(f"/{step}" for step in steps))[last] = value
    return payload


@pytest.mark.parametrize("name", SOCKETS)
async def test_every_event_is_answered_and_told(name: str) -> None:
    """Each event is acknowledged as its document says, and what it causes reaches whom it concerns; all is valid."""
    document = BUNDLES[name]["asyncapi"]
    async with (
        mocking(BUNDLES[name]) as url,
        connected(url, document) as alice,
        connected(url, document, "bob") as bob,
    ):
        for event, payload, operation in asked(alice):
            schemas = acknowledgements(alice, operation)
            answer = await alice.ask(event, payload, bool(schemas))
            if schemas:
                assert problems(document, schemas[0], answer) == [], event
            for means in operation["x-chat"].get("emits", []):
                names = alice.names(means)
                assert names, means
                if means not in OTHERS:
                    await alice.heard(names)
                if means not in SENDER:
                    await bob.heard(names)
        assert alice.wrong == []
        assert bob.wrong == []


@pytest.mark.parametrize("name", SOCKETS)
async def test_ones_own_message_comes_back(name: str) -> None:
    """What was sent arrives everywhere: with its text, from its sender, in its conversation, under one new id."""
    document = BUNDLES[name]["asyncapi"]
    async with (
        mocking(BUNDLES[name]) as url,
        connected(url, document) as alice,
        connected(url, document, "bob") as bob,
    ):
        (sent,) = (each for each in asked(alice) if each[2]["x-chat"]["means"] == "message.send")
        (created,) = (each for each in alice.operations.values() if each["x-chat"]["means"] == "message.created")
        event, payload, operation = sent
        fields = operation["x-chat"]["fields"]
        (message,) = (resolved(document, each) for each in created["messages"])
        pointer = created["x-chat"]["fields"]["message"]
        schema = message["payload"]
        for step in pointer.split("/")[1:]:
            schema = resolved(document, schema)["properties"][step]
        entity = resolved(document, schema)["x-chat"]["fields"]
        ids = []
        for text in ("First of two", "Second of two"):
            payload = put(payload, fields["content"], text)
            answer = await alice.ask(event, payload, bool(acknowledgements(alice, operation)))
            seen = [at(await each.heard(alice.names("message.created")), pointer) for each in (alice, bob)]
            assert seen[0] == seen[1]
            assert at(seen[0], entity["content"]) == text
            sender = at(seen[0], entity["sender"])
            assert "alice" in (sender, sender.get("id") if isinstance(sender, dict) else None)
            if "conversation" in fields and fields["conversation"].split("/")[-1] in str(payload):
                assert at(seen[0], entity["conversation"]) == at(payload, fields["conversation"])
            ids.append(at(seen[0], entity["id"]))
            if answer is not None:
                said = at(answer, operation["x-chat"]["result"]["message"])
                assert ids[-1] in (said, said.get("id") if isinstance(said, dict) else None)
        assert ids[0] != ids[1]


@pytest.mark.parametrize("name", SOCKETS)
async def test_refusals(name: str) -> None:
    """What is not valid, unknown or asked to fail is refused with its code, by acknowledgement or event, validly."""
    document = BUNDLES[name]["asyncapi"]
    async with mocking(BUNDLES[name]) as url, connected(url, document) as alice:
        errors = alice.names("session.error")
        (sent,) = (each for each in asked(alice) if each[2]["x-chat"]["means"] == "message.send")
        event, payload, operation = sent
        schemas = acknowledgements(alice, operation)
        pointer = operation["x-chat"]["fields"]["content"]
        for value, code in ((7, "VALIDATION_ERROR"), ("please x-palaver-error: FORBIDDEN", "FORBIDDEN")):
            refused = put(payload, pointer, value)
            answer = await alice.ask(event, refused, bool(schemas))
            if schemas:
                assert problems(document, schemas[-1], answer) == []
            else:
                answer = await alice.heard(errors)
            assert code in str(answer)
            if code == "VALIDATION_ERROR" and "details" in str(schemas or answer):
                assert pointer in str(answer)
        if alice.namespace is None:
            await alice.client.send('{"type": "nonsense"}')
        else:
            await alice.ask("nonsense", {}, acknowledged=False)
        assert "VALIDATION_ERROR" in str(await alice.heard(errors))
        assert alice.wrong == []


@pytest.mark.parametrize("name", SOCKETS)
async def test_who_has_no_token_is_told_so(name: str) -> None:
    """Without a token there is an error event, and then the connection ends."""
    document = BUNDLES[name]["asyncapi"]
    async with mocking(BUNDLES[name]) as url, connected(url, document, None) as nobody:
        assert "UNAUTHORIZED" in str(await nobody.heard(nobody.names("session.error")))
        async with asyncio.timeout(PATIENCE):
            await nobody.closed.wait()
        if nobody.namespace is None:
            assert nobody.client.close_code == 4401
        assert nobody.wrong == []


@pytest.mark.parametrize("name", REST)
async def test_every_endpoint_answers(name: str) -> None:
    """Each endpoint answers as its document says, refuses each of its codes on demand, and wants a token."""
    document = BUNDLES[name]["openapi"]
    statuses = {code: entry["status"] for code, entry in BUNDLES[name]["errors"].items()}
    async with mocking(BUNDLES[name]) as url, http(url) as client, http(url, None) as nobody:
        for number, (method, path, operation) in enumerate(requests(document)):
            body = body_of(document, operation)
            done = await client.request(method, path, json=body)
            schema = response_schema(document, operation, done.status_code)
            assert done.status_code // 100 == 2, (method, path, done.text)
            assert (problems(document, schema, done.json()) if schema else done.text) in ([], "")
            # All codes of one endpoint, and one of each of the others.
            codes = operation["x-chat"]["errors"]
            for code in codes if number == 0 else codes[number % len(codes) :][:1]:
                refused = await client.request(method, path, json=body, headers={"x-palaver-error": code})
                assert refused.status_code == statuses[code]
                schema = response_schema(document, operation, refused.status_code)
                assert problems(document, schema, refused.json()) == []
                assert code in refused.text
            secured = operation.get("security", document.get("security"))
            stranger = await nobody.request(method, path, json=body)
            assert stranger.status_code == (401 if secured else done.status_code)


@pytest.mark.parametrize("name", REST)
async def test_a_request_that_is_not_valid_is_refused_with_its_field(name: str) -> None:
    """An unknown parameter and a field of the wrong type are named."""
    document = BUNDLES[name]["openapi"]
    async with mocking(BUNDLES[name]) as url, http(url) as client:
        for method, path, operation in requests(document):
            body = body_of(document, operation)
            wrong = await client.request(method, path, params={"nonsense": "1"}, json=body)
            assert wrong.status_code == 400
            assert "VALIDATION_ERROR" in wrong.text
            assert "/query/nonsense" in wrong.text
            schema = response_schema(document, operation, 400)
            assert problems(document, schema, wrong.json()) == []
            for field in body or {}:
                refused = await client.request(method, path, json={**body, field: [7]})
                assert refused.status_code == 400, (path, field)
                assert f"/body/{field}" in refused.text
        nowhere = await client.get("/no/such/path")
        assert nowhere.status_code == 404
        assert "NOT_FOUND" in nowhere.text


async def test_what_is_done_over_rest_is_told_on_sockets() -> None:
    """A message that is posted arrives as an event, with its text."""
    bundle = BUNDLES["gateway"]
    (send,) = (each for each in requests(bundle["openapi"]) if each[2]["x-chat"]["means"] == "message.send")
    async with mocking(bundle) as url, connected(url, bundle["asyncapi"], "bob") as bob, http(url) as client:
        body = {**body_of(bundle["openapi"], send[2]), "content": "From REST"}
        answer = (await client.request(send[0], send[1], json=body)).json()
        told = await bob.heard(bob.names("message.created"))
        assert (told["content"], told["senderId"], told["id"]) == ("From REST", "alice", answer["id"])
        assert told["conversationId"] in send[1]


async def test_wishes_for_the_whole_run() -> None:
    """An operation that is to fail fails by its name or by its event's, and only that one."""
    bundle = BUNDLES["gateway"]
    wishes = Wishes(fail={"message:send": "RATE_LIMITED", "getMe": "UNAUTHORIZED"})
    assert Mock(read_contract(bundle), wishes).unknown_wishes() == []
    (wrong,) = Mock(read_contract(bundle), Wishes(fail={"nonsense": "FORBIDDEN"})).unknown_wishes()
    assert wrong.startswith("nothing is called nonsense (there is ")
    (wrong,) = Mock(read_contract(bundle), Wishes(fail={"getMe": "FORBIDEN"})).unknown_wishes()
    assert wrong == "there is no error FORBIDEN (did you mean FORBIDDEN?)"
    async with mocking(bundle, wishes) as url, connected(url, bundle["asyncapi"]) as alice, http(url) as client:
        answers = {event: await alice.ask(event, payload, True) for event, payload, _ in asked(alice)}
        refused = {event: answer["error"]["code"] for event, answer in answers.items() if "error" in answer}
        assert refused == {"message:send": "RATE_LIMITED"}
        assert (await client.get("/users/me")).status_code == 401
        assert (await client.get("/conversations")).status_code == 200


async def test_pages_from_anywhere_may_ask() -> None:
    """A page of another origin may read the answers, and may send the header that asks for errors."""
    async with mocking(BUNDLES["gateway"]) as url, http(url) as client:
        origin = {"origin": "http://localhost:5173"}
        asking = {"access-control-request-method": "GET", "access-control-request-headers": "x-palaver-error"}
        allowed = await client.options("/users/me", headers={**origin, **asking})
        assert allowed.status_code == 200
        assert "x-palaver-error" in allowed.headers["access-control-allow-headers"]
        assert (await client.get("/users/me", headers=origin)).headers["access-control-allow-origin"] == "*"
        polling = await client.get("/socket.io/?EIO=4&transport=polling", headers=origin)
        assert polling.headers["access-control-allow-origin"] == "*"
        session = json.loads(polling.text[1:])["sid"]
        await client.post(f"/socket.io/?EIO=4&transport=polling&sid={session}", content="1")


def test_what_cannot_be_made_up_is_found_at_the_start() -> None:
    """A schema that no value is valid for stops the mock, with the name of what it is of."""
    bundle = {
        "dialect": "small",
        "asyncapi": None,
        "openapi": {
            "paths": {
                "/a": {
                    "get": {
                        "responses": {
                            "200": {"content": {"application/json": {"schema": {"type": "string", "not": {}}}}}
                        }
                    }
                }
            }
        },
        "errors": {},
    }
    with pytest.raises(NoValue, match="GET /a, response 200: no valid value could be made up"):
        Mock(read_contract(bundle))
