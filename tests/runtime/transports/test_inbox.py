"""What waits for its turn."""

import asyncio

from palaver_runtime.transports.inbox import Inbox


async def test_items_are_taken_in_order() -> None:
    """Whoever takes waits for the first item."""
    inbox: Inbox[int] = Inbox(10)
    taking = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert not taking.done()
    for number in range(3):
        assert inbox.put(number) is None
    assert await taking == 0
    assert [await inbox.get(), await inbox.get()] == [1, 2]
    assert not inbox


async def test_who_puts_waits_for_room() -> None:
    """From the last place on, until one is free; all who wait are told together."""
    inbox: Inbox[int] = Inbox(2)
    assert inbox.put(1) is None
    room = inbox.put(2)
    assert room is not None
    assert inbox.full
    assert inbox.put(3) is room
    await inbox.get()
    assert not room.done()
    await inbox.get()
    assert room.done()
    assert not inbox.full
    again = inbox.put(4)
    assert again is not None
    assert again is not room


async def test_who_no_longer_waits_is_not_told() -> None:
    """A place that is free after its waiter was cancelled is free all the same."""
    inbox: Inbox[int] = Inbox(1)
    room = inbox.put(1)
    assert room is not None
    room.cancel()
    assert await inbox.get() == 1
    taking = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    inbox.put(2)
    assert await inbox.get() == 2
