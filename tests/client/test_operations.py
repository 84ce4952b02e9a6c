"""Asking in canonical words."""

from typing import Any

import pytest

from palaver_client.operations import Operations
from palaver_wire.client import Json
from palaver_wire.envelope import client as envelope
from palaver_wire.gateway import client as gateway


class Asked:
    """Takes note of what is asked, and answers with what it is given, raising what is an exception."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[tuple[str, Json]] = []
        self.answers = list(answers)

    async def __call__(self, name: str, value: dict[str, Json]) -> Json:
        """Answer with what is next."""
        self.asked.append((name, value))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


def refused(code: str) -> Exception:
    """Return a refusal."""
    return gateway.DIALECT.refused("x", code, "no", {})


async def test_event_is_preferred_to_request() -> None:
    """Both interfaces have `message.send`; fields go where the documents have them, what is not given goes nowhere."""
    events, requests = Asked("answer"), Asked("page")
    operations = Operations(gateway.DIALECT, events, requests)
    value, meaning = await operations.ask("message.send", conversation="c", content="hello", reply_to=None, mood="calm")
    assert (value, meaning.means) == ("answer", "message.send")
    await operations.ask("message.history", conversation="c", after="m")
    assert events.asked == [("message:send", {"conversationId": "c", "content": "hello"})]
    assert requests.asked == [("listMessages", {"path": {"conversationId": "c"}, "query": {"after": "m"}})]
    assert operations.has("message.sync")
    assert not operations.has("retention.cleanup")
    assert operations.fields("retention.cleanup") == {}


async def test_frames_have_their_tag() -> None:
    """And their fields inside."""
    events = Asked()
    await Operations(envelope.DIALECT, events, Asked()).ask("room.leave", conversation="r")
    assert events.asked == [("leaveRoom", {"type": "leaveRoom", "payload": {"roomId": "r"}})]


async def test_what_is_refused_for_a_while_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused for good is not."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("palaver_client.operations.asyncio.sleep", sleep)
    events = Asked(refused("RATE_LIMITED"), refused("SERVICE_UNAVAILABLE"), "answer", refused("FORBIDDEN"))
    operations = Operations(gateway.DIALECT, events, Asked())
    assert (await operations.ask("room.join", conversation="c"))[0] == "answer"
    assert (len(events.asked), len(waits)) == (3, 2)
    with pytest.raises(gateway.Refused, match="FORBIDDEN"):
        await operations.ask("room.join", conversation="c")
    endless = Operations(gateway.DIALECT, Asked(*[refused("RATE_LIMITED")] * 20), Asked())
    with pytest.raises(gateway.Refused, match="RATE_LIMITED"):
        await endless.ask("room.join", conversation="c")
