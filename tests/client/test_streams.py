"""Streams of events, and functions that get them."""

import asyncio
import gc
import logging

import pytest

from palaver_client.streams import Stream, Streams
from palaver_wire.client import Interrupted, NotConnected, Resumed, StreamOverrun


async def read(stream: Stream[object]) -> list[object]:
    """Read a stream to its end."""
    return [event async for event in stream]


async def test_each_kind_has_its_stream() -> None:
    """In order, from the moment on at which it was asked for, and to a quiet end."""
    streams = Streams(10)
    streams.tell(Interrupted("early"))
    everything, some = streams.stream(None), streams.stream(Resumed)
    told = [Interrupted("a"), Resumed(True), Interrupted("b")]
    for event in told:
        streams.tell(event)
    streams.end(None)
    assert await read(everything) == told
    assert await read(some) == [Resumed(True)]
    assert await read(streams.stream(Resumed)) == []


async def test_end_with_an_error_comes_after_what_was_told() -> None:
    """And is raised again whenever it is read."""
    streams = Streams(10)
    stream = streams.stream(Resumed)
    streams.tell(Resumed(True))
    streams.end(NotConnected("gone"))
    assert await anext(stream) == Resumed(True)
    for _ in range(2):
        with pytest.raises(NotConnected):
            await anext(stream)


async def test_reader_waits_for_what_comes() -> None:
    """A reader that was there first is woken."""
    streams = Streams(10)
    stream = streams.stream(Resumed)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    streams.tell(Resumed(False))
    assert await waiting == Resumed(False)


async def test_reader_that_is_too_slow_is_told() -> None:
    """What there was room for is read, then it is said that more is missing."""
    streams = Streams(2)
    stream = streams.stream(Interrupted)
    for reason in "abc":
        streams.tell(Interrupted(reason))
    assert [(await anext(stream)).reason for _ in range(2)] == ["a", "b"]
    with pytest.raises(StreamOverrun, match="2 events"):
        await anext(stream)


async def test_stream_that_nobody_holds_is_dropped() -> None:
    """It would only fill up."""
    streams = Streams(2)
    streams.stream(None)
    gc.collect()
    assert len(streams._streams) == 0


async def test_functions_get_events_one_after_the_other(caplog: pytest.LogCaptureFixture) -> None:
    """Coroutines too, and a failure is logged and does not end it; closing waits for them."""
    streams = Streams(10)
    heard: list[str] = []

    async def slow(event: Interrupted) -> None:
        heard.append(f"{event.reason} begins")
        await asyncio.sleep(0)
        if event.reason == "b":
            raise ValueError("not b")
        heard.append(f"{event.reason} ends")

    plain: list[Interrupted] = []
    stop = streams.on(Interrupted, plain.append)
    streams.on(Interrupted, slow)
    for reason in "abc":
        streams.tell(Interrupted(reason))
    with caplog.at_level(logging.ERROR):
        await streams.close()
    assert heard == ["a begins", "a ends", "b begins", "c begins", "c ends"]
    assert [each.reason for each in plain] == ["a", "b", "c"]
    assert "not b" in caplog.text
    stop()


async def test_function_can_be_taken_off() -> None:
    """It hears no more."""
    streams = Streams(10)
    heard: list[Resumed] = []
    stop = streams.on(Resumed, heard.append)
    streams.tell(Resumed(True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop()
    streams.tell(Resumed(False))
    await streams.close()
    assert heard == [Resumed(True)]
