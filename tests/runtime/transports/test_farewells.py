"""Many whose connections end in one moment."""

import asyncio

import pytest
from doubles.listening import become

from palaver_runtime.transports import farewells as leaving
from palaver_runtime.transports.farewells import Farewells


class Time:
    """A clock that stands still unless it is told otherwise."""

    now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Give the clock by which farewells are timed."""
    clock = Time()
    monkeypatch.setattr(leaving, "perf_counter", clock)
    return clock


async def test_a_few_are_told_at_once(monkeypatch: pytest.MonkeyPatch, time: Time) -> None:
    """As many as it takes that time for; the others soon, all in order, and no more in any turn."""
    told: list[object] = []
    farewells = Farewells()
    go_on = Farewells._go_on

    def later(self: Farewells) -> None:
        told.append("later")
        go_on(self)

    def farewell(number: int) -> None:
        told.append(number)
        time.now += leaving._AT_ONCE / 3 + 1e-9

    monkeypatch.setattr(Farewells, "_go_on", later)
    for number in range(8):
        farewells.say(lambda number=number: farewell(number))  # type: ignore[misc]
    assert told == [0, 1, 2]
    await become(lambda: 7 in told)
    assert told == [0, 1, 2, "later", 3, 4, 5, "later", 6, 7]


async def test_one_alone_is_told_at_once(time: Time) -> None:
    """Also after many, and however long it takes."""
    told: list[str] = []
    farewells = Farewells()
    for name in ("one", "two"):

        def farewell(name: str = name) -> None:
            told.append(name)
            time.now += 1.0

        farewells.say(farewell)
        assert told[-1] == name
        await become(lambda: farewells._pause is None)


async def test_a_farewell_that_fails_keeps_nobody_from_theirs(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; what was to be told at once and what is told later alike."""
    told: list[str] = []
    farewells = Farewells()

    def fail() -> None:
        time.now += 1.0
        raise ValueError("no")

    farewells.say(fail)
    farewells.say(fail)
    farewells.say(lambda: told.append("all the same"))
    async with asyncio.timeout(10):
        await become(lambda: told)
    assert [record.message for record in caplog.records] == ["the end of a connection could not be told"] * 2
