"""Broadcasts of one turn of the event loop."""

import asyncio
from time import perf_counter

import pytest

from palaver_runtime.transports.gathering import Gathering, Pieces
from palaver_runtime.transports.text_frame import TextFrame


class Carrier:
    """A client that keeps what it is given; one that is `late` fetches it later."""

    def __init__(self, gathering: Gathering, *, late: bool = False) -> None:
        self.got: list[str] = []
        self.pieces: list[bytes] = []
        #: Of what it got, what was not to wait for the end of the turn.
        self.at_once: list[str] = []
        self._gathering = gathering
        self._late = late

    def enqueue(self, text: str) -> None:
        """Take what is for this one alone, in its turn."""
        self._gathering.precede(self)
        self.got.append(text)

    def enqueue_all(self, pieces: Pieces) -> bool:
        """Take what was gathered."""
        texts = [frame.text for frame, _ in pieces.frames]
        self.got += texts
        self.at_once += texts if pieces.at_once else []
        self.pieces.append(pieces.wire)
        return not self._late


class Broken(Carrier):
    """One that takes nothing."""

    def enqueue_all(self, pieces: Pieces) -> bool:
        """Fail."""
        raise OSError(f"{len(pieces.frames)} frames are too many")


@pytest.fixture
def told() -> list[tuple[float, int]]:
    """What is said of frames that were sent."""
    return []


@pytest.fixture
def gathering(told: list[tuple[float, int]]) -> Gathering:
    """Return one that gathers nothing yet."""
    return Gathering(lambda seconds, sockets: told.append((seconds, sockets)))


async def leave() -> None:
    """Have what was gathered leave."""
    await asyncio.sleep(0)


async def test_frames_of_a_turn_are_one_piece(gathering: Gathering, told: list[tuple[float, int]]) -> None:
    """Each client gets all of them, in order, a turn later; a frame is counted once for each that has it."""
    clients = [Carrier(gathering), Carrier(gathering), Carrier(gathering, late=True)]
    frames = [TextFrame(text) for text in ("a", "b", "c")]
    for frame in frames:
        gathering.put(list(clients), frame, None if frame.text == "b" else perf_counter())
    assert [client.got for client in clients] == [[], [], []]
    await asyncio.sleep(0)
    assert [client.got for client in clients] == [["a", "b", "c"]] * 3
    assert clients[0].pieces == [b"".join(frame.wire for frame in frames)]
    assert clients[0].at_once == ["a", "b", "c"]
    assert [sockets for _, sockets in told] == [2, 2]
    assert all(0 <= seconds < 60 for seconds, _ in told)
    await leave()
    assert clients[0].got == ["a", "b", "c"]


async def test_others_do_not_get_it(gathering: Gathering) -> None:
    """What is for other clients is another piece, and who is in both gets both in order, and all of it in one write."""
    one, two = Carrier(gathering), Carrier(gathering)
    gathering.put([one, two], TextFrame("both"), None)
    gathering.put([one], TextFrame("one"), None)
    gathering.put([one, two], TextFrame("both again"), None)
    await leave()
    assert (one.got, two.got) == (["both", "one", "both again"], ["both", "both again"])
    assert (one.at_once, two.at_once) == (["both again"], ["both again"])


async def test_what_is_for_one_alone_keeps_its_place(gathering: Gathering) -> None:
    """It is after the broadcasts before it, and before those after it."""
    one, two = Carrier(gathering), Carrier(gathering)
    gathering.put([one, two], TextFrame("before"), None)
    one.enqueue("mine")
    gathering.put([one, two], TextFrame("after"), None)
    await leave()
    assert (one.got, two.got) == (["before", "mine", "after"], ["before", "after"])


async def test_who_is_answered_has_both_in_one_write(gathering: Gathering, told: list[tuple[float, int]]) -> None:
    """What it is told comes first and waits for its answers; the others have it when it leaves. It is counted once."""
    sender, other, stranger = Carrier(gathering), Carrier(gathering), Carrier(gathering)
    gathering.put([sender, other], TextFrame("news"), perf_counter())
    sender.enqueue("sent")
    stranger.enqueue("hello")
    sender.enqueue("and sent")
    assert (sender.got, sender.at_once, other.got) == (["news", "sent", "and sent"], [], [])
    await asyncio.sleep(0)
    assert (sender.got, stranger.got) == (["news", "sent", "and sent"], ["hello"])
    assert (other.got, other.at_once) == (["news"], ["news"])
    assert [sockets for _, sockets in told] == [2]


async def test_what_comes_later_leaves_as_late(gathering: Gathering) -> None:
    """Those who sent it are answered before it leaves, too, whatever else was sent in that turn."""
    sender, other = Carrier(gathering), Carrier(gathering)
    gathering.put([sender, other], TextFrame("first"), None)
    sender.enqueue("sent")
    gathering.put([sender, other], TextFrame("second"), None)
    assert (other.got, sender.got) == (["first"], ["first", "sent"])
    sender.enqueue("sent, too")
    assert (other.got, other.at_once) == (["first"], [])
    await asyncio.sleep(0)
    assert (other.got, sender.got) == (["first", "second"], ["first", "sent", "second", "sent, too"])
    assert (other.at_once, sender.at_once) == (["second"], [])
    await leave()
    assert other.got == ["first", "second"]


async def test_failure_of_one_is_its_own(gathering: Gathering, caplog: pytest.LogCaptureFixture) -> None:
    """The others get what is for them, and somebody hears of it."""
    one = Carrier(gathering)
    gathering.put([Broken(gathering), one], TextFrame("a"), None)
    await leave()
    assert one.got == ["a"]
    assert "could not be handed" in caplog.text
