"""One websocket of a listener: what it gives, what it bounds, and how it ends."""

import asyncio
import struct
from contextvars import ContextVar
from typing import Any, cast

import pytest
from doubles.listening import PATIENCE, become, frame, served
from uvicorn.server import ServerState

from palaver_runtime import fairness as fairnesses
from palaver_runtime.fairness import Account, Fairness
from palaver_runtime.transports import channel as channels
from palaver_runtime.transports import farewells
from palaver_runtime.transports.census import Census, ListenerLimits
from palaver_runtime.transports.channel import Channel, Shared
from palaver_runtime.transports.inflow import FETCHING

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
KEY = b"key"
_ABOUT: ContextVar[str] = ContextVar("about", default="nothing")


class Peer:
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        self.written = b""
        self.waiting = 0
        self.reading = True
        self.closing = False
        self.cut = False

    def write(self, data: bytes) -> None:
        """Keep data."""
        self.written += data

    def get_write_buffer_size(self) -> int:
        """Tell what was said to wait."""
        return self.waiting

    def is_closing(self) -> bool:
        """Tell whether the connection is about to end."""
        return self.closing

    def close(self) -> None:
        """End."""
        self.closing = True

    def abort(self) -> None:
        """End at once."""
        self.closing = self.cut = True

    def pause_reading(self) -> None:
        """Read no more."""
        self.reading = False

    def resume_reading(self) -> None:
        """Read on."""
        self.reading = True


class Recorder:
    """Keeps what a channel receives."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.about: list[str] = []
        self.holds_after = 0
        self.channel: Channel

    def attached(self, channel: Channel) -> None:
        """Keep the channel."""
        self.channel = channel

    def message(self, data: str | bytes) -> None:
        """Keep a message; hold the client back after so many."""
        self.heard.append(data)
        self.about.append(_ABOUT.get())
        if len(self.heard) == self.holds_after:
            self.channel.hold()

    def lost(self, code: int, reason: str) -> None:
        """Keep how it ended."""
        self.heard.append((code, reason))


class Opened:
    """An accepted channel, who receives, and the other end."""

    def __init__(self, *, accept: bool = True, **limits: Any) -> None:
        self.met: list[str] = []
        self.state = ServerState()
        self.state.default_headers = [(b"x-server", b"ours"), (b"date", b"today")]
        bound = ListenerLimits(refused=self.met.append, **limits)
        self.peer, self.recorder = Peer(), Recorder()
        self.channel = Channel(cast("Any", self.peer), self.state, 1_000, Shared(bound, Census(bound)))
        self.channel.attach(self.recorder)
        if accept:
            self.channel.accept(KEY, [])
            self.peer.written = b""

    @property
    def heard(self) -> list[object]:
        """What was received."""
        return self.recorder.heard

    def take(self) -> bytes:
        """Give what was written, by the end of the turn, and forget it."""
        self.channel.flush()
        written, self.peer.written = self.peer.written, b""
        return written


async def opened(**options: Any) -> Opened:
    """Open one, and let it begin to read."""
    one = Opened(**options)
    await asyncio.sleep(0)
    return one


async def test_what_arrives_is_given_at_once() -> None:
    """Within the call that brings it, on behalf of whoever attached."""
    token = _ABOUT.set("a request")
    one = await opened()
    _ABOUT.reset(token)
    one.channel.data_received(frame(TEXT, b"a") + frame(BINARY, b"b") + frame(0x01, b"c") + frame(0x80, b"d"))
    assert one.heard == ["a", b"b", "cd"]
    assert set(one.recorder.about) == {"a request"}
    assert _ABOUT.get() == "nothing"


async def test_reading_is_charged_to_whoever_it_is_for() -> None:
    """To the account on which it was attached; to nobody's where there is none."""
    account = Fairness(0.2).account("192.0.2.1")
    charged: list[float] = []
    account_charge = Account.charge

    async def attach() -> Opened:
        return await opened()

    one = await asyncio.create_task(account.metered(attach()))
    two = await opened()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Account, "charge", lambda self, seconds: (charged.append(seconds), account_charge(self, seconds)))
        two.channel.data_received(frame(TEXT, b"a"))
        assert charged == []
        one.channel.data_received(frame(TEXT, b"a"))
        assert len(charged) == 1
        assert all(0 < each < 10 for each in charged)
        one.channel.hold()
        one.channel.data_received(b"b" * 100_000_000)
        assert len(charged) == 2
        assert charged[1] > 100_000_000 * FETCHING
    assert one.heard == two.heard == ["a"]


async def test_a_websocket_is_read_when_it_is_the_turn_of_its_address() -> None:
    """Who has had a share is not read before that is made up, if others want some."""
    now = [100.0]
    fairness = Fairness(0.5, lambda: now[0])
    account = fairness.account("192.0.2.1")
    one = await asyncio.create_task(account.metered(opened()))
    await become(lambda: one.peer.reading)
    await fairness.turn("192.0.2.2")
    account.charge(0.1)
    one.channel.data_received(frame(TEXT, b"a"))
    one.channel.data_received(frame(TEXT, b"b"))
    assert (one.heard, one.peer.reading) == ([], False)
    now[0] += 1.0
    await become(lambda: one.heard == ["a", "b"])
    assert one.peer.reading


async def test_what_is_sent_first_goes_along_with_the_answer() -> None:
    """In one piece, so that the kernel is called once."""
    for headers in ((), ((b"x-own", b"1"),)):
        one = await opened(accept=False)
        pieces: list[bytes] = []
        one.peer.write = pieces.append  # type: ignore[method-assign]
        one.channel.accept(KEY, headers, frame(TEXT, b"welcome"))
        [piece] = pieces
        assert piece.startswith(b"HTTP/1.1 101 ")
        assert piece.endswith(b"\r\n\r\n" + frame(TEXT, b"welcome"))


async def test_nothing_is_read_before_it_is_accepted() -> None:
    """Who does not wait for the answer is read no further; what has come is given afterwards."""
    one = await opened(accept=False)
    one.channel.data_received(frame(TEXT, b"a"))
    assert (one.heard, one.peer.reading) == ([], False)
    one.channel.accept(KEY, [(b"X-Server", b"theirs")])
    head = one.take()
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"\r\nsec-websocket-accept: key\r\n" in head
    assert b"\r\nx-server: theirs\r\n" in head
    assert b"ours" not in head
    assert b"\r\ndate: today\r\n" in head
    await asyncio.sleep(0)
    assert (one.heard, one.peer.reading) == (["a"], True)


async def test_usual_headers_are_those_of_now() -> None:
    """What accepts is made once for as long as they stay, and has the key of each; others are told at once."""
    heads = []
    for key, date in ((b"one", b"today"), (b"two", b"today"), (b"three", b"100 %s later")):
        one = await opened(accept=False)
        one.state.default_headers = [(b"x-server", b"ours"), (b"date", date)]
        one.channel.accept(key, [])
        heads.append(one.take().decode().split("\r\n"))
        one.channel.connection_lost(None)
    first = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: Upgrade", "x-server: ours"]
    assert heads == [
        [*first, "date: today", "sec-websocket-accept: one", "", ""],
        [*first, "date: today", "sec-websocket-accept: two", "", ""],
        [*first, "date: 100 %s later", "sec-websocket-accept: three", "", ""],
    ]


async def test_client_is_held_back() -> None:
    """While held nothing is given, and the kernel keeps what comes; then all of it comes in order."""
    one = await opened()
    one.recorder.holds_after = 2
    one.channel.data_received(b"".join(frame(TEXT, b"%d" % number) for number in range(4)))
    assert one.heard == ["0", "1"]
    one.channel.data_received(frame(TEXT, b"4"))
    assert (one.heard, one.peer.reading) == (["0", "1"], False)
    one.channel.release()
    assert one.heard == ["0", "1"]
    await asyncio.sleep(0)
    assert (one.heard, one.peer.reading) == (["0", "1", "2", "3", "4"], True)


async def test_others_have_their_turn_between_twenty_five_frames() -> None:
    """Whatever arrives at once."""
    one = await opened()
    one.channel.data_received(frame(TEXT, b"x") * 60)
    assert (len(one.heard), one.peer.reading) == (25, False)
    async with asyncio.timeout(PATIENCE):
        while not one.peer.reading:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
    assert len(one.heard) == 60


async def test_websockets_of_an_address_share_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are: of what all send in one moment no more is read at once than a millisecond has room for."""
    now = [100.0]

    def time() -> float:
        now[0] += 2e-4  # each look at the clock: a piece of frames takes two
        return now[0]

    monkeypatch.setattr(channels, "perf_counter", time)
    # What it really takes to open them is held against nobody.
    monkeypatch.setattr(fairnesses, "perf_counter", lambda: now[0])
    fairness = Fairness(0.1, lambda: now[0])
    account = fairness.account("192.0.2.1")

    async def several() -> list[Opened]:
        return [await opened() for _ in range(20)]

    many = await asyncio.create_task(account.metered(several()))
    await become(lambda: all(one.peer.reading for one in many))
    await fairness.turn("192.0.2.2")
    now[0] += 1.0
    await fairness.turn("192.0.2.2")
    for one in many:
        one.channel.data_received(frame(TEXT, b"x") * 60)
    heard = sum(len(one.heard) for one in many)
    assert 0 < heard <= 10 * 25
    now[0] += 60.0  # nobody else is there any more
    await become(lambda: all(len(one.heard) == 60 for one in many))


async def test_pings_are_answered() -> None:
    """By their payload; pongs that nobody asked for are not."""
    one = await opened()
    one.channel.data_received(frame(PONG, b"x") + frame(PING, b"here?"))
    assert one.take() == b"\x8a\x05here?"


@pytest.mark.parametrize(("waiting", "cut"), [(1_000, False), (1_001, True)])
async def test_who_pings_without_reading_is_cut_off(waiting: int, cut: bool) -> None:
    """The answers to pings are bounded as everything else that waits."""
    one = await opened(max_pong_bytes=1_000)
    one.peer.waiting = waiting
    one.channel.data_received(frame(PING, b"") + frame(TEXT, b"x"))
    assert one.peer.cut == cut
    assert one.met == ["outbound_bytes"] * cut
    assert (one.take(), one.heard) == ((b"", []) if cut else (b"\x8a\0", ["x"]))


async def test_only_the_pong_to_the_ping_counts() -> None:
    """A pong with other contents is the answer to an earlier ping, or to none; a second one is no answer again."""
    one, answers = await opened(), []
    one.channel.ping(lambda: answers.append("first"))
    first = one.take()[2:]
    one.channel.ping(lambda: answers.append("second"))
    second = one.take()[2:]
    heard = []
    for contents in (b"", first, second[:-1], second, second):
        one.channel.data_received(frame(PONG, contents))
        heard.append(list(answers))
    assert heard == [[], [], [], ["second"], ["second"]]


async def test_close_is_answered() -> None:
    """Then the connection ends, and who receives is told once, with what the peer said; nothing else is given."""
    one = await opened()
    one.channel.write(b"frames")
    one.channel.close(4001, "enough")
    one.channel.close(4002, "again")
    one.channel.write(b"late")
    one.channel.ping(lambda: None)
    assert one.take() == b"frames\x88\x08\x0f\xa1enough"
    one.channel.data_received(frame(TEXT, b"late") + frame(PING, b""))
    await asyncio.sleep(0)
    assert (one.heard, one.peer.closing) == ([], False)
    one.channel.data_received(frame(CLOSE, b"\x0f\xa1"))
    assert (one.heard, one.peer.closing, one.take()) == ([(4001, "")], True, b"")
    one.channel.connection_lost(None)
    assert one.heard == [(4001, "")]


async def test_close_releases_a_client_that_is_held_back() -> None:
    """Its answer could not be read otherwise."""
    one = await opened()
    one.channel.hold()
    one.channel.data_received(frame(TEXT, b"x") + frame(CLOSE, b""))
    one.channel.close(1000)
    await asyncio.sleep(0)
    assert (one.heard, one.peer.closing) == ([(1005, "")], True)


@pytest.mark.parametrize(
    ("body", "answer", "told"), [(b"", b"\x88\0", (1005, "")), (b"\x03\xe8bye", b"\x88\x02\x03\xe8", (1000, "bye"))]
)
async def test_close_of_the_peer_is_answered_with_its_code(body: bytes, answer: bytes, told: tuple[int, str]) -> None:
    """And nothing after it is given."""
    one = await opened()
    one.channel.data_received(frame(TEXT, b"a") + frame(CLOSE, body) + frame(TEXT, b"b"))
    assert one.heard == ["a", told]
    assert (one.take(), one.peer.closing, one.channel.open) == (answer, True, False)
    one.channel.connection_lost(None)


@pytest.mark.parametrize(
    ("sent", "code", "limit"),
    [
        (b"\x81\x00", 1002, []),
        (frame(TEXT, b"\xff"), 1007, []),
        (struct.pack("!BBH", BINARY, 0xFE, 1_001), 1009, ["frame_bytes"]),
        (frame(0x02, b"") * 1 + frame(0x00, b"") * 4, 1009, ["fragments"]),
    ],
)
async def test_what_breaks_the_protocol_ends_the_connection(sent: bytes, code: int, limit: list[str]) -> None:
    """With the code of RFC 6455, and a reason; of limits it is told which."""
    one = await opened(max_fragments=4)
    one.channel.data_received(frame(TEXT, b"a") + sent + frame(TEXT, b"b"))
    written = one.take()
    assert (written[0], written[2:4]) == (CLOSE, code.to_bytes(2, "big"))
    assert one.peer.closing
    assert one.met == limit
    [first, (told, reason)] = one.heard  # type: ignore[misc]
    assert (first, told) == ("a", code)
    assert written[4:] == reason.encode()
    one.channel.data_received(frame(TEXT, b"c"))
    assert len(one.heard) == 2
    one.channel.connection_lost(None)


async def test_lost_connection_is_told_once_and_forgotten() -> None:
    """Nothing is left of it: no place, no timer, nobody who waits."""
    one = await opened()
    one.channel.counted = one.channel._shared.census.enter("192.0.2.1")
    assert one.state.connections == {one.channel}
    one.channel.pause_writing()
    waiting = asyncio.create_task(one.channel.writable())
    one.channel.data_received(frame(TEXT, b"x") * 60)
    one.peer.closing = True
    one.channel.connection_lost(ConnectionResetError())
    await waiting
    assert one.heard == ["x"] * 25 + [(1006, "")]
    await asyncio.sleep(0)
    assert len(one.heard) == 26
    assert one.state.connections == set()
    assert (one.channel._shared.census._all, one.channel.counted) == (0, None)


async def test_writers_wait_for_who_reads_slowly() -> None:
    """From one call of the event loop to the other; one who gives up takes nobody along."""
    one = await opened()
    await one.channel.writable()
    one.channel.pause_writing()
    first, second = (asyncio.create_task(one.channel.writable()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert not second.done()
    one.channel.resume_writing()
    await asyncio.wait_for(second, PATIENCE)


async def test_frames_of_a_turn_leave_in_one_piece() -> None:
    """In the order in which they were written, pongs and pings among them; a close comes after all."""
    one = await opened()
    writes: list[bytes] = []
    one.peer.write = writes.append  # type: ignore[method-assign]
    one.peer.waiting = 7
    assert (one.channel.write(b"one"), one.channel.write(b"two"), one.channel.pending_bytes) == (10, 13, 13)
    one.channel.data_received(frame(PING, b"!"))
    assert writes == []
    await asyncio.sleep(0)
    assert writes == [b"onetwo\x8a\x01!"]
    assert one.channel.pending_bytes == 7
    one.channel.write(b"three")
    await asyncio.sleep(0)
    one.channel.write(b"four")
    one.channel.close(1000)
    await asyncio.sleep(0)
    assert writes[1:] == [b"three", b"four", b"\x88\x02\x03\xe8"]


async def test_what_is_sent_at_once_takes_along_what_was_written() -> None:
    """In one piece and in order, which is not sent once more; after the close nothing is."""
    one = await opened()
    writes: list[bytes] = []
    one.peer.write = writes.append  # type: ignore[method-assign]
    one.peer.waiting = 7
    assert one.channel.send(b"one") == 7
    one.channel.write(b"two")
    assert (one.channel.send(b"three"), one.channel.pending_bytes) == (7, 7)
    await asyncio.sleep(0)
    assert writes == [b"one", b"twothree"]
    one.channel.close(1000)
    one.channel.send(b"four")
    assert writes[2:] == [b"\x88\x02\x03\xe8"]


async def test_what_was_not_sent_is_dropped_with_the_connection() -> None:
    """Who is cut off reads nothing more."""
    one = await opened()
    one.channel.write(b"x")
    one.channel.abort()
    await asyncio.sleep(0)
    assert (one.take(), one.channel.pending_bytes) == (b"", 0)


@pytest.mark.parametrize("who", ["we", "peer", "parser"])
async def test_end_is_bounded(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that does not answer a close, or does not read the last of it, is cut off."""
    monkeypatch.setattr(channels, "_CLOSING", 0.01)
    one = await opened()
    if who == "we":
        one.channel.close(1000)
    else:
        one.channel.data_received(frame(CLOSE, b"") if who == "peer" else b"\xff\xff")
    await become(lambda: one.peer.cut)
    one.channel.connection_lost(None)


async def test_server_that_stops() -> None:
    """It says so: by a close code, or before there is a websocket by a status."""
    one = await opened()
    one.channel.shutdown()
    assert (one.take(), one.peer.closing, one.heard) == (b"\x88\x02\x03\xf4", True, [(1012, "")])
    one.channel.connection_lost(None)
    two = await opened(accept=False)
    two.channel.shutdown()
    assert two.take().startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert (two.peer.closing, two.heard) == (True, [(1012, "")])
    two.channel.accept(KEY, [])
    assert two.take() == b""
    two.channel.connection_lost(None)


async def test_refusal_is_a_response() -> None:
    """With what was given and its length, and then the connection ends."""
    one = await opened(accept=False)
    one.channel.refuse(401, [(b"Content-Length", b"99"), (b"a", b"1"), (b"a", b"2")], b"who?")
    head, _, body = one.take().partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 401 Unauthorized",
        *(b"a: 1", b"a: 2", b"content-length: 4", b"connection: close", b"x-server: ours", b"date: today"),
    ]
    assert body == b"who?"
    assert one.peer.closing
    one.channel.connection_lost(None)


async def test_header_with_a_line_break_is_not_written() -> None:
    """It would be two headers."""
    one = await opened(accept=False)
    with pytest.raises(ValueError, match="line break"):
        one.channel.accept(KEY, [(b"a", b"b\r\nset-cookie: c")])
    assert one.take() == b""


async def test_message_in_too_many_fragments_ends_the_connection() -> None:
    """However small they are."""
    async with served(max_fragments=10) as server, server.client() as client:
        await client.upgrade()
        client.writer.write(frame(0x01, b"a") + frame(0x00, b"") * 8 + frame(0x80, b"b"))
        async with asyncio.timeout(PATIENCE):
            await client.reader.readexactly(3)
        assert server.app.messages == ["ab"]
        client.writer.write(frame(0x01, b"a") + frame(0x00, b"") * 10)
        await client.ended()
        assert server.met == ["fragments"]


async def test_many_frames_are_read_in_order_and_in_time() -> None:
    """What arrives at once is read in slices, none of which is lost; so many in a second."""
    async with served(max_frames=50) as server, server.client() as client:
        await client.upgrade()
        began = asyncio.get_running_loop().time()
        client.writer.write(b"".join(frame(0x81, str(number).encode()) for number in range(150)))
        await become(lambda: len(server.app.messages) >= 150)
        assert server.app.messages == [str(number) for number in range(150)]
        assert asyncio.get_running_loop().time() - began > 0.9


async def test_large_message_is_read_whole() -> None:
    """A message of many slices is the one that was sent."""
    content = "".join(map(str, range(100_000)))
    raw = content.encode()
    head = struct.pack("!BBQ4x", 0x81, 0x80 | 127, len(raw))
    async with served() as server, server.client() as client:
        await client.upgrade()
        client.writer.write(head + raw + frame(0x81, b"after"))
        await become(lambda: len(server.app.messages) >= 2)
        assert server.app.messages == [content, "after"]


async def test_many_that_are_lost_at_once_are_told_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, and charged to whom it counts for; meanwhile nothing can be sent, and nothing is given."""
    monkeypatch.setattr(farewells, "_AT_ONCE", 0.0)
    monkeypatch.setattr(farewells, "_PAUSE", 0.05)
    monkeypatch.setattr(fairnesses, "perf_counter", lambda: 100.0)
    account = Fairness(0.2, lambda: 100.0).account("192.0.2.1")
    one = await opened()
    two = await asyncio.create_task(account.metered(opened()))
    monkeypatch.setattr(two.channel._shared, "farewells", one.channel._shared.farewells)
    for each in (one, two):
        each.peer.closing = True
        each.channel.connection_lost(None)
    assert (one.heard, two.heard) == ([(1006, "")], [])
    assert not two.channel.open
    two.channel.write(b"nobody reads it")
    two.channel.release()
    two.channel.data_received(frame(TEXT, b"late"))
    await asyncio.sleep(0)  # what it was told to read has been read
    balance = account._balance
    await become(lambda: two.heard)
    assert two.heard == [(1006, "")]
    assert two.take() == b""
    assert account._balance < balance
