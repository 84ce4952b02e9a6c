"""What leaves at the end of a turn of the event loop."""

import asyncio

from palaver_runtime.transports.flush import Flusher


class Writer:
    """Notes when it is flushed."""

    def __init__(self, name: str, order: list[str]) -> None:
        self.name, self.order = name, order

    def flush(self) -> None:
        """Note it."""
        self.order.append(self.name)


async def test_all_of_a_turn_leave_together() -> None:
    """In the order in which they came, after everything of the turn, each time that there is something."""
    order: list[str] = []
    flusher = Flusher()
    for _ in range(2):
        for name in ("one", "two"):
            flusher.add(Writer(name, order))
        order.append("end of the turn")
        await asyncio.sleep(0)
    assert order == ["end of the turn", "one", "two"] * 2
    await asyncio.sleep(0)
    assert len(order) == 6


async def test_what_is_added_meanwhile_leaves_next() -> None:
    """Who adds itself while others are flushed is not forgotten."""
    order: list[str] = []
    flusher = Flusher()

    class Again(Writer):
        def flush(self) -> None:
            super().flush()
            flusher.add(Writer("again", order))

    flusher.add(Again("first", order))
    await asyncio.sleep(0)
    assert order == ["first"]
    await asyncio.sleep(0)
    assert order == ["first", "again"]


async def test_one_that_fails_takes_nobody_along(caplog) -> None:
    """The others are flushed, and the failure is in the log."""
    order: list[str] = []
    flusher = Flusher()

    class Failing(Writer):
        def flush(self) -> None:
            raise RuntimeError("on purpose")

    flusher.add(Failing("bad", order))
    flusher.add(Writer("good", order))
    await asyncio.sleep(0)
    assert order == ["good"]
    assert "on purpose" in caplog.text
