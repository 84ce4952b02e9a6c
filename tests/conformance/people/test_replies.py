"""Answers that come as events."""

import pytest
from samples import facts, tagged_bundle

from palaver_conformance.contract.model import Contract, Event, SocketOperation
from palaver_conformance.contract.reading import read_bundle
from palaver_conformance.errors import Failure
from palaver_conformance.people.replies import Replies

KNOWN: Contract = read_bundle(tagged_bundle())
ENTERED: Event = KNOWN.event("room.joined")
OOPS: Event = KNOWN.event("session.error")


def _operation(means: str) -> SocketOperation:
    operation = KNOWN.operation(means)
    assert isinstance(operation, SocketOperation)
    return operation


ENTER = _operation("room.join")
TYPE = _operation("typing.start")


async def test_event_answers_the_oldest_request_that_it_fits() -> None:
    """Of several requests each gets the answer with its own values, whatever else is told meanwhile."""
    replies = Replies("ann")
    first, second = (replies.expect(ENTER, {"conversation": room}) for room in ("r1", "r2"))
    replies.hear(KNOWN.event("presence.online"), facts(user="bob", status="online"), {"other": 1})
    replies.hear(ENTERED, facts(conversation="r2"), {"answer": 2})
    assert not first.done()
    assert second.result().payload == {"answer": 2}
    replies.hear(ENTERED, facts(conversation="r1"), {"answer": 1})
    assert first.result().payload == {"answer": 1}
    replies.hear(ENTERED, facts(conversation="r1"), {"answer": 3})


async def test_somebody_elses_event_is_no_answer() -> None:
    """An event that names another user, as its sender for one, is not the answer to one's own request."""
    replies = Replies("ann")
    answer = replies.expect(ENTER, {"conversation": "r"})
    replies.hear(ENTERED, facts(conversation="r", user="bob"), {})
    replies.hear(ENTERED, facts(conversation="r", user=facts(id="bob")), {})
    replies.hear(ENTERED, facts(conversation="r", message=facts(sender="bob")), {})
    assert not answer.done()
    replies.hear(ENTERED, facts(conversation="r", user=facts(id="ann"), message=facts(sender="ann")), {"mine": 1})
    assert answer.result().payload == {"mine": 1}


async def test_refusal_is_of_what_is_still_expected_to_be_answered() -> None:
    """What is given up, as it was never refused, does not take the refusal of a later request of its kind."""
    replies = Replies("ann")
    carried_out = replies.expect(TYPE, {"conversation": "r1"})
    replies.give_up(carried_out)
    refused = replies.expect(TYPE, {"conversation": "r2"})
    replies.hear(OOPS, facts(error=facts(code="FORBIDDEN", original_event=TYPE.name)), {})
    assert carried_out.cancelled()
    assert refused.result().error == facts(code="FORBIDDEN", original_event=TYPE.name)


async def test_values_within_a_message_are_compared_too() -> None:
    """A request for a message is answered by that message alone."""
    replies = Replies("ann")
    answer = replies.expect(ENTER, {"content": "hi"})
    replies.hear(ENTERED, facts(message=facts(content="ho")), {})
    assert not answer.done()
    replies.hear(ENTERED, facts(message=facts(content="hi")), {"it": 1})
    assert answer.result().payload == {"it": 1}


async def test_refusal_answers_the_request_that_it_names() -> None:
    """A refusal that names an event is for the oldest request by it; one that names none is for the oldest of all."""
    replies = Replies("ann")
    typing, entering = replies.expect(TYPE, {}), replies.expect(ENTER, {})
    replies.hear(OOPS, facts(error=facts(code="FORBIDDEN", original_event="enter")), {})
    assert not typing.done()
    error = entering.result().error
    assert error is not None
    assert error.text("code") == "FORBIDDEN"
    replies.hear(OOPS, facts(error=facts(code="FORBIDDEN")), {})
    assert typing.result().error is not None


async def test_closed_connection_answers_nothing() -> None:
    """Whoever waits is told why there will be no answer, and so is whoever asks later."""
    replies = Replies("ann")
    early = replies.expect(ENTER, {})
    replies.close("gone")
    for answer in (early, replies.expect(ENTER, {})):
        with pytest.raises(Failure) as caught:
            await answer
        assert caught.value.arrived == ("connection closed: gone",)
