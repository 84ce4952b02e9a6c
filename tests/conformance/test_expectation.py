"""What scenarios assert with."""

import pytest
from samples import facts

from palaver_conformance import expectation
from palaver_conformance.errors import Failure, Refused
from palaver_conformance.people.inbox import Inbox


class Ear:
    """A device that has heard something."""

    def __init__(self, *ids: str) -> None:
        self.name = "alice/1"
        self.inbox = Inbox(self.name)
        self.received = self.inbox.received
        for each in ids:
            self.inbox.add("message.created", "wire", facts(id=each))

    async def expect(self, means: str, where: dict[str, object]) -> object:
        """Take an event."""
        return await self.inbox.expect(means, where, patience=0.01)


def test_ensure_and_equal() -> None:
    """Both pass what holds and show what does not."""
    expectation.ensure(True, "peace")
    expectation.equal(1, 1, "one")
    with pytest.raises(Failure, match="peace") as caught:
        expectation.ensure(False, "peace", "war")
    assert caught.value.arrived == ("'war'",)
    with pytest.raises(Failure, match="the number to be 1") as caught:
        expectation.equal(2, 1, "the number")
    assert caught.value.arrived == ("2",)


async def _answer(outcome: object) -> object:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def test_one_too_many_is_tried_again() -> None:
    """A request is made until it is not one too many; another refusal, and no end of them, are failures."""
    answers = [Refused("say", "RATE_LIMITED", "later", {}), "done"]
    assert await expectation.admitted(lambda: _answer(answers.pop(0)), 5.0) == "done"
    assert answers == []
    with pytest.raises(Refused) as caught:
        await expectation.admitted(lambda: _answer(Refused("say", "FORBIDDEN", "no", {})), 5.0)
    assert caught.value.code == "FORBIDDEN"
    with pytest.raises(Failure, match=r"accepted again within 0\.01 s"):
        await expectation.admitted(lambda: _answer(Refused("say", "RATE_LIMITED", "later", {})), 0.01)


async def test_refused_for_the_stated_reason_only() -> None:
    """The right code is returned, another one and a success are failures."""
    refusal = Refused("say", "FORBIDDEN", "no", {})
    assert await expectation.refused(_answer(refusal), "FORBIDDEN") is refusal
    with pytest.raises(Failure, match="refused with CONFLICT") as caught:
        await expectation.refused(_answer(refusal), "CONFLICT")
    assert not isinstance(caught.value, Refused)
    with pytest.raises(Failure, match="a refusal"):
        await expectation.refused(_answer("done"), "FORBIDDEN")
    broken = Failure("an acknowledgement")
    with pytest.raises(Failure, match="an acknowledgement"):
        await expectation.refused(_answer(broken), "FORBIDDEN")


async def test_once_never_everywhere() -> None:
    """Once is neither none nor two, never is none, everywhere is each of them."""
    one, two, none = Ear("1"), Ear("1", "1"), Ear("2")
    where = {"id": "1"}
    expectation.once([one], "message.created", where)
    expectation.never([none], "message.created", where)
    for ears in ([one, two], [one, none]):
        with pytest.raises(Failure, match="exactly once"):
            expectation.once(ears, "message.created", where)
    with pytest.raises(Failure, match="never to receive"):
        expectation.never([none, one], "message.created", where)
    await expectation.everywhere([one, two], "message.created", where)
    with pytest.raises(Failure):
        await expectation.everywhere([none], "message.created", where)
