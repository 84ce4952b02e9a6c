"""One call from bytes to bytes."""

import asyncio
import json
import logging

import grpc
import pytest
from doubles.bell import LIST_BELLS, RING, Bells, BellWords, calls, models
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from palaver_runtime.fairness import Account, Fairness
from palaver_runtime.transports.grpc.calls import Procedure, Running
from palaver_runtime.transports.grpc.messages import Descriptors

PATIENCE = 30.0
TOKEN = (("authorization", "Bearer ann"),)


class Aborted(Exception):
    """The call ended with a status."""


class Context:
    """Takes the place of grpc.aio's context of one call."""

    def __init__(self, metadata=TOKEN):
        self.metadata = metadata
        self.ended = None

    def invocation_metadata(self):
        """Give what the client sent along."""
        return self.metadata

    def peer(self):
        """Give who calls."""
        return "ipv6:%5B::1%5D:1234"

    async def abort(self, status, message, trailing):
        """End the call."""
        self.ended = (status, message, trailing)
        raise Aborted


class Booth:
    """The toy's calls without a network."""

    def __init__(self, most=10, code_name="error-code", fairness=None):
        self.bells, self.words, self.running = Bells(), BellWords(), Running(most)
        self.descriptors = Descriptors(calls.descriptors())
        self.procedures = {
            bound.call.key: Procedure(
                bound,
                self.descriptors.rpc(bound.call.key),
                self.words,
                self.running,
                max_request_bytes=200,
                code_name=code_name,
                fairness=fairness,
            )
            for bound in calls.bind_calls(self.bells)
        }

    async def ring(self, context=None, *, raw=None, **values):
        """Ring and return the answer as JSON values."""
        request = {"roomId": "r1", "text": "hello", "times": 1, "mood": "calm"} | values
        sent = self.message("toy.bell.RingRequest")
        json_format.ParseDict({name: value for name, value in request.items() if value is not None}, sent)
        given = await self.procedures[RING.key].answer(
            sent.SerializeToString() if raw is None else raw, context or Context()
        )
        answer = self.message("toy.bell.RingAnswer")
        answer.ParseFromString(given)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True)

    async def list(self, context):
        """List the bells, and return how the call ended."""
        try:
            return await self.procedures[LIST_BELLS.key].answer(b"", context)
        except Aborted:
            return context.ended

    def message(self, name):
        """Give an empty message."""
        return GetMessageClass(self.descriptors.pool.FindMessageTypeByName(name))()


@pytest.fixture
def booth():
    """Give the toy's calls."""
    return Booth()


async def test_handler_gets_caller_and_request(booth):
    """A secured call is handled in the name of whom the token stands for, and its model becomes the answer."""
    answer = await booth.ring()
    assert booth.bells.rung == [("ann", "hello")]
    assert answer["success"] is True
    assert answer["rung"]["from"] == "ann"
    assert "error" not in answer


async def test_call_that_is_not_secured_asks_for_no_token(booth):
    """Without security nobody is authenticated, and the handler gets the request alone."""
    assert await booth.list(Context(())) == b""
    assert booth.words.metadata == []


async def test_refusal_stands_in_the_answer(booth):
    """Where an answer can say no it does, with the code where the document has it."""
    assert await booth.ring(times=9) == {"error": "INVALID"}
    assert booth.bells.rung == []


async def test_refusal_by_status_has_its_code_in_metadata(booth):
    """Where an answer cannot say no the call's status does, and the code stands in the trailing metadata."""
    booth.bells.failures["list"] = RuntimeError("secret")
    ended = await booth.list(Context(()))
    assert ended == (grpc.StatusCode.INTERNAL, "the server failed", (("error-code", "INTERNAL"),))


async def test_code_has_no_place_without_a_name():
    """A document that does not say where the code stands gets the status alone."""
    booth = Booth(code_name=None)
    booth.bells.failures["list"] = RuntimeError("secret")
    assert (await booth.list(Context(())))[2] == ()


async def test_stranger_learns_nothing_of_the_request(booth):
    """Who calls is asked before what is wanted is looked at."""
    assert await booth.ring(Context(()), raw=b"\xff") == {"error": "UNAUTHORIZED"}
    assert await booth.ring(raw=b"\xff") == {"error": "INVALID"}


async def test_too_large_a_message_is_refused_first(booth):
    """A message over the limit is refused before anybody is asked who calls."""
    assert await booth.ring(Context(()), raw=bytes(201)) == {"error": "INVALID"}
    assert booth.words.metadata == []


@pytest.mark.parametrize("mood", [None, "sad"])
async def test_request_is_read_as_the_document_says(booth, mood):
    """What the document requires has to be there, and constraints that a .proto file cannot have hold."""
    assert await booth.ring(mood=mood) == {"error": "INVALID"}


async def test_failure_of_a_handler_is_logged_and_not_told(booth, caplog):
    """The client gets the dialect's words, the log what happened."""
    booth.bells.failures["hello"] = RuntimeError("secret")
    with caplog.at_level(logging.ERROR):
        assert await booth.ring() == {"error": "INTERNAL"}
    assert "toy.bell.Bell/Ring failed" in caplog.text
    assert "secret" in caplog.text


async def test_refusal_of_a_client_is_not_logged(booth, caplog):
    """What a client does wrong is no failure of the server."""
    await booth.ring(times=9)
    assert caplog.records == []


async def test_failure_without_words_is_an_internal_error(booth, caplog):
    """A dialect that fails to say no does not fail the transport, and nothing is told."""
    booth.words.failing = True
    context = Context()
    with pytest.raises(Aborted):
        await booth.ring(context, times=9)
    assert context.ended == (grpc.StatusCode.INTERNAL, "internal error", ())
    assert "no words" in caplog.text


async def test_handlers_mistakes_are_not_the_clients(booth, caplog):
    """An invalid model and a model of another kind are failures of the server."""

    def invalid():
        with pytest.raises(ValueError, match="validation error") as caught:
            models.ListBellsAnswer(towers=1)
        return caught.value

    booth.bells.failures["hello"] = invalid()
    assert await booth.ring() == {"error": "INTERNAL"}
    booth.bells.ring = None
    procedure = booth.procedures[LIST_BELLS.key]

    async def another(request):
        return request

    procedure._bound = type(procedure._bound)(LIST_BELLS, another)
    assert (await booth.list(Context(())))[0] is grpc.StatusCode.INTERNAL
    assert "declares ListBellsAnswer, not ListBellsRequest" in caplog.text


async def test_metadata_is_joined_and_binary_left_out(booth):
    """What is given twice is joined, as HTTP does it, and bytes are not shown to the dialect."""
    await booth.ring(Context((("a", "1"), ("a", "2"), ("b-bin", b"\x00"), *TOKEN)))
    assert booth.words.metadata == [{"a": "1, 2", "authorization": "Bearer ann"}]


async def test_only_so_many_are_handled_at_a_time():
    """A call too many is refused, and the next is welcome once one has ended."""
    booth = Booth(most=1)
    gate = booth.bells.gates["slow"] = asyncio.Event()
    slow = asyncio.create_task(booth.ring(text="slow"))
    await booth.bells.begun.wait()
    assert await booth.ring() == {"error": "INVALID"}
    gate.set()
    assert (await slow)["success"] is True
    assert (await booth.ring())["success"] is True


async def test_what_was_begun_is_finished_after_the_client_left(booth):
    """A cancelled call is no longer waited for; its handler goes on, and counts until it has ended."""
    gate = booth.bells.gates["slow"] = asyncio.Event()
    call = asyncio.create_task(booth.ring(text="slow"))
    await booth.bells.begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    ending = asyncio.create_task(booth.running.end(PATIENCE))
    await asyncio.sleep(0)
    assert not ending.done()
    gate.set()
    await ending
    assert booth.bells.rung == [("ann", "slow")]


async def test_failure_after_the_client_left_is_logged(booth, caplog):
    """A failure that nobody waits for is not lost."""
    gate = booth.bells.gates["slow"] = asyncio.Event()
    booth.bells.failures["slow"] = RuntimeError("too late")
    call = asyncio.create_task(booth.ring(text="slow"))
    await booth.bells.begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    gate.set()
    await booth.running.end(PATIENCE)
    await asyncio.sleep(0)
    assert "too late" in caplog.text


async def test_call_that_does_not_end_is_cut_off(booth, caplog):
    """When time is up a handler is cancelled, and its client told that the server stops."""
    booth.bells.gates["slow"] = asyncio.Event()
    context = Context()
    call = asyncio.create_task(booth.ring(context, text="slow"))
    await booth.bells.begun.wait()
    await booth.running.end(0)
    with pytest.raises(Aborted):
        await call
    assert context.ended == (grpc.StatusCode.UNAVAILABLE, "the server is stopping", ())
    assert "call toy.bell.Bell/Ring lasts longer than 0 s" in caplog.text


async def test_nothing_to_wait_for(booth):
    """Without calls the end is at once."""
    async with asyncio.timeout(PATIENCE):
        await booth.running.end(3600)


def test_bundle_and_code_are_of_one_mind():
    """The generated refusal is that of the document."""
    assert (RING.refusal.pointer, RING.refusal.equals, RING.refusal.code) == ("/success", False, "/error")
    assert json.loads(json.dumps(RING.refusal.equals)) is False


async def test_a_call_is_charged_to_the_address_of_its_caller(monkeypatch):
    """So that it counts beside what the same address wants by other ways."""
    charged = []
    monkeypatch.setattr(Account, "charge", lambda account, _: charged.append(account))
    fairness = Fairness(0.5)
    await Booth(fairness=fairness).ring()
    assert set(charged) == {fairness.account("::/64")}
