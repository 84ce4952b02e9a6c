"""Whether a handler is at work."""

import asyncio

import pytest

from palaver_runtime.transports.turn import Turn


async def test_over_waits_for_the_end_of_the_turn():
    """Who waits goes on when what is handled has been, however that ended; without a turn at once."""
    turn = Turn()
    await turn.over()

    async def handle() -> None:
        with turn:
            await go.wait()
            raise RuntimeError("failed")

    go = asyncio.Event()
    handling = asyncio.create_task(handle())
    await asyncio.sleep(0)
    waiting = asyncio.create_task(turn.over())
    await asyncio.sleep(0)
    assert not waiting.done()
    go.set()
    with pytest.raises(RuntimeError, match="failed"):
        await handling
    async with asyncio.timeout(5):
        await waiting


async def test_nobody_needs_to_wait():
    """A turn ends all the same when nobody waits, or no longer does."""
    turn = Turn()
    with turn:
        waiting = asyncio.create_task(turn.over())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    with turn:
        pass
