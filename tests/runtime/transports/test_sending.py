"""Frames for one client, queued or by a channel."""

import asyncio
from time import perf_counter
from typing import Any

import pytest

from palaver_runtime.transports.gathering import Pieces
from palaver_runtime.transports.heartbeat import Heartbeat, Pulse
from palaver_runtime.transports.sending import Sending
from palaver_runtime.transports.text_frame import TextFrame


class Channel:
    """A channel whose client reads what is sent, or nothing."""

    def __init__(self, *, reads: bool = False) -> None:
        self.frames: list[bytes] = []
        self.at_once: list[bytes] = []
        self.held = False
        self._reads = reads
        self._read = 0

    @property
    def pending_bytes(self) -> int:
        """Give how much was written and not read."""
        return sum(map(len, self.frames)) - self._read

    def write(self, frames: bytes) -> int:
        """Keep frames."""
        self.frames.append(frames)
        return self.pending_bytes

    def send(self, frames: bytes) -> int:
        """Keep frames, and note that they were not to wait."""
        self.at_once.append(frames)
        self.write(frames)
        self.flush()
        return self.pending_bytes

    def flush(self) -> None:
        """Have what was written read, if that is done at all."""
        if self._reads:
            self._read = sum(map(len, self.frames))

    def hold(self) -> None:
        """Note it."""
        self.held = True

    def release(self) -> None:
        """Note it."""
        self.held = False


class Resting:
    """Whose heartbeat nobody is asked about."""

    def ping(self) -> None:
        """Send nothing."""

    def unanswered(self) -> None:
        """Take no note."""


@pytest.fixture
def delivered() -> list[float]:
    """What was said of frames that were sent."""
    return []


@pytest.fixture
def sending(delivered: list[float]) -> Sending:
    """Frames of which ten bytes may wait."""
    return Sending(10, lambda seconds, _: delivered.append(seconds))


async def test_what_is_queued_goes_over(sending: Sending, delivered: list[float]) -> None:
    """It wakes whoever fetches it, is counted, and goes before what comes later."""
    one, two = TextFrame("one"), TextFrame("two")
    assert sending.put_all(Pieces([(one, perf_counter())], one.wire))
    assert sending.news.is_set()
    assert (sending.pending_bytes, delivered) == (3, [])
    channel: Any = Channel()
    sending.go_over(channel)
    assert sending.put(two)
    assert channel.frames == [one.wire, two.wire]
    assert not sending.outbox
    assert sending.pending_bytes == channel.pending_bytes
    assert len(delivered) == 1
    assert 0 <= delivered[0] < 60


async def test_several_are_one_piece_for_a_channel(sending: Sending, delivered: list[float]) -> None:
    """Whoever hands them over to many counts them; what is queued stays apart, as it may be fetched apart."""
    pieces = Pieces([(TextFrame("one"), perf_counter()), (TextFrame("two"), None)], b"both")
    assert sending.put_all(pieces)
    assert [frame.text for frame, _ in sending.outbox.take()] == ["one", "two"]
    channel: Any = Channel()
    sending.go_over(channel)
    assert sending.put_all(pieces)
    assert channel.frames == [b"both"]
    assert delivered == []
    assert not sending.put_all(Pieces([(TextFrame("six"), None)] * 2, b"7777777"))


async def test_what_leaves_at_once_does_not_wait_for_the_turn(sending: Sending) -> None:
    """It is judged by how much waits after it was sent; where it is queued there is nothing to wait for."""
    pieces = Pieces([(TextFrame("one"), None)], b"123456", at_once=True)
    assert sending.put_all(pieces)
    assert [frame.text for frame, _ in sending.outbox.take()] == ["one"]
    channel: Any = Channel()
    sending.go_over(channel)
    assert sending.put_all(pieces)
    assert channel.at_once == [b"123456"]
    assert not sending.put_all(pieces)


@pytest.mark.parametrize("by_channel", [False, True])
async def test_what_waits_is_bounded(sending: Sending, by_channel: bool) -> None:
    """The frame with which it is too much is told."""
    if by_channel:
        channel: Any = Channel()
        sending.go_over(channel)
    assert sending.put(TextFrame("12345"))
    assert not sending.put(TextFrame("123456"))


async def test_what_is_said_in_one_turn_is_not_held_against_who_reads(sending: Sending) -> None:
    """However much it is: it is sent before it is judged by how much waits."""
    channel: Any = Channel(reads=True)
    sending.go_over(channel)
    frame = TextFrame("123456")
    assert all(sending.put(frame) for _ in range(3))
    assert sending.put_all(Pieces([(frame, None)] * 3, frame.wire * 3))
    assert channel.pending_bytes <= 10


async def test_a_client_is_held_back_until_there_is_room(sending: Sending) -> None:
    """Meanwhile its heartbeat does not count against it."""
    channel: Any = Channel()
    sending.go_over(channel)
    heartbeat = Heartbeat(Pulse(60.0, 60.0), Resting())
    room = asyncio.get_running_loop().create_future()
    sending.hold_until(room, heartbeat)
    assert channel.held
    assert heartbeat._held
    room.set_result(None)
    await asyncio.sleep(0)
    assert not channel.held
    assert not heartbeat._held
