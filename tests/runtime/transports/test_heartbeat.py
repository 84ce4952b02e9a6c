"""The heartbeat of one connection."""

import asyncio
import weakref

from palaver_runtime.transports.heartbeat import Heartbeat, Pulse


class Heart:
    """Records what its heartbeat does."""

    def __init__(self, interval: float, timeout: float) -> None:
        self.pings: asyncio.Queue[None] = asyncio.Queue()
        self.stopped = asyncio.Event()
        self.beat = Heartbeat(Pulse(interval, timeout), self)

    def ping(self) -> None:
        """Record a ping."""
        self.pings.put_nowait(None)

    def unanswered(self) -> None:
        """Record that an answer is overdue."""
        self.stopped.set()

    async def pinged(self) -> None:
        """Wait for a ping."""
        await asyncio.wait_for(self.pings.get(), 30)

    async def stops(self) -> None:
        """Wait until an answer is overdue."""
        await asyncio.wait_for(self.stopped.wait(), 30)


async def test_answers_go_on():
    """Each answer is followed by another ping."""
    heart = Heart(0.001, 60)
    heart.beat.start()
    for _ in range(3):
        await heart.pinged()
        heart.beat.answered()
    heart.beat.stop()
    assert not heart.stopped.is_set()


async def test_missing_answer():
    """An answer that does not come ends it; nothing is sent in the meantime."""
    heart = Heart(0.001, 0.01)
    heart.beat.start()
    await heart.pinged()
    await heart.stops()
    assert heart.pings.empty()


async def test_answer_to_no_question():
    """An answer before the ping neither counts nor puts the ping off."""
    heart = Heart(0.01, 60)
    heart.beat.start()
    timer = heart.beat._timer
    heart.beat.answered()
    assert heart.beat._timer is timer
    await heart.pinged()
    heart.beat.stop()


async def test_held_client_is_not_overdue():
    """While the server does not read, an answer is not missed; once it reads again, it is."""
    heart = Heart(0.001, 0.001)
    heart.beat.start()
    with heart.beat.held():
        await heart.pinged()
        first = heart.beat._timer
        async with asyncio.timeout(30):
            while heart.beat._timer is first:  # noqa: ASYNC110 - nothing signals that the time is prolonged
                await asyncio.sleep(0.001)
        assert not heart.stopped.is_set()
    await heart.stops()


async def test_ping_that_ends_the_session():
    """A heartbeat that is stopped by its own ping leaves no timer."""

    class Ending(Heart):
        def ping(self) -> None:
            self.beat.stop()
            super().ping()

    heart = Ending(0.001, 0.001)
    heart.beat.start()
    await heart.pinged()
    assert heart.beat._timer is None
    heart.beat.answered()
    assert heart.beat._timer is None


async def test_who_was_to_be_called_is_let_go_of():
    """When it stops, by itself or not: who has the heartbeat is mostly whom it calls."""
    for stops_itself in (False, True):
        heart = Heart(0.001, 0.001 if stops_itself else 60)
        stopped, beat = heart.stopped, heart.beat
        beat.start()
        if stops_itself:
            await asyncio.wait_for(stopped.wait(), 30)
        else:
            beat.stop()
        gone = weakref.ref(heart.pings)
        del heart, stopped
        assert gone() is None
