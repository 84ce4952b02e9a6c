"""What a connection has received."""

import asyncio

import pytest
from samples import facts

from palaver_conformance.errors import Failure
from palaver_conformance.people.inbox import Inbox


def inbox(*means: str) -> Inbox:
    """Return an inbox with an event of each meaning."""
    made = Inbox("alice/1")
    for number, each in enumerate(means):
        made.add(each, f"wire:{each}", facts(id=str(number)))
    return made


async def test_each_event_is_taken_once_oldest_first() -> None:
    """The same expectation takes the next fitting event, and others may be taken in any order."""
    box = inbox("a", "b", "a")
    assert (await box.expect("b", patience=1)).index == 1
    assert (await box.expect("a", patience=1)).index == 0
    assert (await box.expect("a", patience=1)).index == 2
    assert len(box.received("a")) == 2


async def test_waiting_for_what_comes_later() -> None:
    """An expectation is met by an event that arrives while it waits, not by others."""
    box = inbox("a")
    waiting = asyncio.create_task(box.expect("a", {"id": "7"}, patience=5))
    await asyncio.sleep(0)
    box.add("a", "wire:a", facts(id="6"))
    box.add("a", "wire:a", facts(id="7"))
    assert (await waiting).index == 2


async def test_timeout_lists_what_arrived() -> None:
    """The failure says what was expected and everything that came, taken or not."""
    box = inbox("a", "b")
    await box.expect("a", patience=1)
    with pytest.raises(Failure, match="alice/1 to receive c with") as caught:
        await box.expect("c", {"id": "1"}, patience=0.01)
    assert "wire:a" in caught.value.arrived[0]
    assert "already counted" in caught.value.arrived[0]
    assert "wire:b" in caught.value.arrived[1]
    assert "nothing more within" in caught.value.arrived[2]


async def test_seeing_is_not_taking() -> None:
    """An event that was seen can still be taken, and one that was taken still be seen."""
    box = inbox("a")
    assert (await box.see("a", patience=1)).index == 0
    assert (await box.expect("a", patience=1)).index == 0
    assert (await box.see("a", patience=1)).index == 0


async def test_forgotten_events_do_not_come_back() -> None:
    """After a clearing what came before is gone, and what comes later has a later index."""
    box = inbox("a", "a")
    box.clear()
    box.add("a", "wire:a", facts(id="later"))
    assert [event.index for event in box.received("a")] == [2]
    assert box.count == 3


def test_refusal_of_a_probe_is_forgotten() -> None:
    """The newest refusal of an event is taken out, if it came since, and no other."""
    box = Inbox("alice/1")
    for name in ("x", "y", "x"):
        box.add("session.error", "error", facts(error=facts(code="NO", original_event=name)))
    box.forget("y", since=2)
    assert box.count == len(box.received("session.error")) == 3
    box.forget("x", since=1)
    assert [event.index for event in box.received("session.error")] == [0, 1]


async def test_any_of_several_meanings() -> None:
    """The oldest of several meanings is taken."""
    box = inbox("a", "b")
    assert (await box.expect_any(("b", "a"), patience=1)).means == "a"


async def test_closed_connection_ends_the_wait_at_once() -> None:
    """Nobody waits for a closed connection, but what came before is still there."""
    box = inbox("a")
    box.close("gone")
    assert (await box.expect("a", patience=5)).means == "a"
    with pytest.raises(Failure) as caught:
        await box.expect("a", patience=5)
    assert caught.value.arrived[-1] == "connection closed: gone"
    assert box.ended == "gone"
    assert box.log()[-1] == "connection closed: gone"
    assert await box.end(patience=5) == "gone"


async def test_connection_that_stays_open() -> None:
    """Waiting for an end that does not come is a failure with what came instead."""
    with pytest.raises(Failure, match="to be closed") as caught:
        await inbox("a").end(patience=0.01)
    assert len(caught.value.arrived) == 1
