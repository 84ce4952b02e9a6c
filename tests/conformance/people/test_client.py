"""Carrying out operations by meaning, against the reference server."""

from dataclasses import replace

import pytest
from doubles import bell
from samples import contract, setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import Failure, HarnessError, NotApplicable, Refused, Unreachable
from palaver_conformance.people.account import Account
from palaver_conformance.people.client import Client
from palaver_conformance.people.stage import Stage
from palaver_conformance.subject import Subject
from palaver_runtime.transports.grpc import GrpcServer


async def test_own_bad_payload_never_leaves(reference: str, shipped: Contract) -> None:
    """`perform` refuses to send what the documents forbid; `attempt` sends it, and the server refuses."""
    stage = Stage(setting(reference, shipped, 1.0))
    alice = await stage.actor("alice")
    room = await alice.create()
    values = {"conversation": room.id, "content": ""}
    with pytest.raises(HarnessError):
        await alice.perform("message.send", values)
    with pytest.raises(Refused, match="message:send"):
        await alice.attempt("message.send", values)
    for via in ("socket", "http"):
        good = {"conversation": room.id, "content": "x"}
        with pytest.raises(Refused) as caught:
            await alice.attempt("message.send", good, put={"/surplus": 1}, via=via)
        assert caught.value.code == "VALIDATION_ERROR"
        with pytest.raises(Refused):
            await alice.attempt("message.send", good, drop=["content"], via=via)
        with pytest.raises(Refused):
            await alice.attempt("message.send", good, whole=[1], via=via)
    await stage.close()
    await stage.setting.subject.close()


async def test_payload_is_submitted_as_it_is(reference: str, shipped: Contract) -> None:
    """Whatever is in a payload reaches the server, over either transport."""
    stage = Stage(setting(reference, shipped))
    alice = await stage.actor("alice")
    room = await alice.create()
    event, endpoint = (shipped.operation("message.send", via) for via in ("socket", "http"))
    for payload in ([], {"conversationId": room.id, "content": None}):
        with pytest.raises(Refused, match="message:send"):
            await alice.submit(event, payload)
    for body in ("text", {"content": None}):
        with pytest.raises(Refused, match="POST"):
            await alice.submit(endpoint, {"path": {"conversationId": room.id}, "query": {}, "body": body})
    assert (await alice.submit(event, {"conversationId": room.id, "content": "x"})).facts("message").content == "x"
    await stage.close()
    await stage.setting.subject.close()


async def test_both_transports_give_the_same(reference: str, shipped: Contract) -> None:
    """An operation has the same canonical result over either transport."""
    stage = Stage(setting(reference, shipped, 1.0))
    alice = await stage.actor("alice")
    room = await alice.create()
    for via in ("socket", "http"):
        sent = await alice.perform("message.send", {"conversation": room.id, "content": "x"}, via=via)
        assert sent.facts("message").content == "x"
    await stage.close()
    await stage.setting.subject.close()


async def test_what_the_documents_lack() -> None:
    """Unknown operations, fields and token places do not apply; a missing server is unreachable."""
    surroundings = setting("http://127.0.0.1:1")
    nobody = Client("nobody", surroundings, Account("nobody", "", "t"))
    with pytest.raises(NotApplicable):
        await nobody.perform("message.edit")
    with pytest.raises(NotApplicable):
        await nobody.perform("message.send", {"colour": "red"})
    with pytest.raises(NotApplicable):
        nobody.place(contract().operation("message.send"), "colour")
    with pytest.raises(NotApplicable, match="header"):
        await nobody.dial({"header": "t"})
    with pytest.raises(Unreachable):
        await nobody.connect()
    with pytest.raises(Failure):
        await nobody.perform("account.me")
    await surroundings.subject.close()


async def test_no_connection_is_a_harness_error() -> None:
    """A scenario that forgets to connect somebody is at fault itself."""
    surroundings = setting("http://127.0.0.1:1")
    with pytest.raises(HarnessError, match="no connection"):
        _ = Client("nobody", surroundings, Account("nobody", "", "t")).device
    await surroundings.subject.close()


async def test_calls_are_made_in_the_name_of_the_account() -> None:
    """A call has the account's token, where it is secured, and the instance that was asked for is called."""
    bells = bell.Bells()
    server = GrpcServer(bell.calls.bind_calls(bells), bell.BellWords(), bell.calls.descriptors())
    server.bind("127.0.0.1", 0)
    await server.start()
    known = read_bundle(bell.BUNDLE)
    surroundings = setting("http://127.0.0.1:1", known)
    nowhere, there = "127.0.0.1:1", f"127.0.0.1:{server.port}"
    urls = ("http://127.0.0.1:1", "http://127.0.0.1:2")
    surroundings = replace(surroundings, subject=Subject(urls, known, surroundings.timing, grpc=(nowhere, there)))
    ann = Client("ann", surroundings, Account("ann", "", "ann-token"))
    values = {"conversation": "r1", "content": "hi"}
    try:
        with pytest.raises(HarnessError, match="times"):
            await ann.perform("message.send", values, via="grpc", instance=1)
        with pytest.raises(Refused, match="toy"):
            await ann.attempt("message.send", values, via="grpc", instance=1)
        put = {"/times": 1, "/mood": "calm"}
        sent = await ann.attempt("message.send", values, put=put, via="grpc", instance=1)
        assert sent.facts("message").text("sender") == "ann-token"
        assert (await ann.perform("service.health", instance=1)).get("healthy") is None
        with pytest.raises(NotApplicable):
            await ann.attempt("message.send", values, put={"content": 5}, via="grpc", instance=1)
        with pytest.raises(Failure):
            await ann.perform("service.health")
    finally:
        await surroundings.subject.close()
        await server.close(1)
