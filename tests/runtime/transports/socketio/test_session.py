"""Packets in order into the dialect, over real sockets."""

import asyncio

import pytest
from doubles.sharing import Sharing

from palaver_runtime.metrics import Meter
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.door import Door
from palaver_runtime.transports.flush import Flusher
from palaver_runtime.transports.socketio import SocketLimits
from palaver_runtime.transports.socketio.session import Opening, Session


async def test_events_of_one_client_are_handled_in_order(serve, recording):
    """Events are handled in the order of arrival, one at a time, however long each takes."""
    dialect = recording(gates={"a": asyncio.Event(), "b": asyncio.Event()})
    async with serve(dialect) as served, served.raw() as client:
        await client.connect()
        await client.send('421["a"]', '422["b"]', '423["c"]')
        await dialect.seen("receive", "a")
        dialect.gates["b"].set()
        dialect.gates["a"].set()
        assert [str(await client.next())[:3] for _ in range(3)] == ["431", "432", "433"]
        assert [call[:2] for call in dialect.calls[1:]] == [
            (step, name) for name in "abc" for step in ("receive", "handled")
        ]


async def test_greeting_leaves_with_the_answer_to_connect(serve, recording, monkeypatch):
    """In one piece, the answer first, where the dialect waits for nobody before it greets."""
    dialect, written = recording(), []
    accept, flush = dialect.connect, Channel.flush

    async def greet(connection, handshake):
        connection.emit("hello", {})
        return await accept(connection, handshake)

    def count(channel):
        written.extend([len(channel._out)] if channel._out else [])
        flush(channel)

    monkeypatch.setattr(dialect, "connect", greet)
    async with serve(dialect) as served, served.raw() as client:
        monkeypatch.setattr(Channel, "flush", count)
        assert (await client.connect()).startswith("40{")
        assert await client.next() == '42["hello",{}]'
        assert written == [2]


class Written(Sharing):
    """A carrier whose frames are written by a flusher, as those of a channel are."""

    def __init__(self, flusher):
        self.flusher, self.frames, self.writes = flusher, [], []

    def enqueue(self, frame):
        """Have the flusher write it."""
        if not self.frames:
            self.flusher.add(self)
        self.frames.append(frame.text)

    def flush(self):
        """Write."""
        self.writes.append(self.frames)
        self.frames = []

    def handshake_done(self):
        """Wait for nothing here."""


async def test_greetings_of_many_leave_with_the_answers_to_connect(recording, monkeypatch):
    """However many come in one turn of the loop, each has one write."""
    dialect, flusher = recording(), Flusher()
    accept = dialect.connect

    async def greet(connection, handshake):
        connection.emit("hello", {})
        return await accept(connection, handshake)

    monkeypatch.setattr(dialect, "connect", greet)
    carriers = [Written(flusher) for _ in range(3)]
    for number, carrier in enumerate(carriers):
        name, limits = f"id{number}", SocketLimits()
        session = Session(
            *(dialect, carrier, Opening({}, {}, ""), limits, lambda name=name: name, Door(), Meter(), lambda _: None)
        )
        session.message("0")
    for _ in carriers:
        await dialect.seen("connect")
        dialect.calls.remove(("connect",))
    await asyncio.sleep(0)
    assert [carrier.writes for carrier in carriers] == [
        [[f'40{{"sid":"id{number}"}}', '42["hello",{}]']] for number in range(3)
    ]


async def test_what_waits_for_nothing_is_answered_at_once_and_in_order(serve, recording):
    """An event that is answered without the task waits behind one that is still handled, and behind the CONNECT."""
    dialect = recording(gates={"connect": asyncio.Event(), "slow": asyncio.Event()})
    async with serve(dialect) as served, served.raw() as client:
        await client.send("40", '421["at once 1"]')
        dialect.gates["connect"].set()
        assert str(await client.next()).startswith("40{")
        assert str(await client.next()).startswith("431[")
        dialect.calls.clear()
        await client.send('422["at once 2"]', '423["slow"]', '424["at once 3"]')
        await dialect.seen("receive", "slow")
        dialect.gates["slow"].set()
        assert [str(await client.next())[:3] for _ in range(3)] == ["432", "433", "434"]
        # What had to wait went to the task, which asks for it as for any other.
        steps = [" ".join(map(str, call)) for call in dialect.calls if call[0] in ("at once", "handled")]
        assert steps == ["at once at once 2", "handled slow", "handled at once 3"]


@pytest.mark.parametrize("event", ["at once broken", "at once unencodable"])
async def test_failure_at_once_is_answered_by_the_dialect(serve, recording, event, caplog):
    """As that of any other event is, and the session goes on."""
    dialect = recording(failures={"at once broken"})
    async with serve(dialect) as served, served.raw() as client:
        await client.connect()
        await client.send(f'421["{event}"]', '422["at once next"]')
        assert await client.next() == '42["error",{"code":"INTERNAL_ERROR"}]'
        assert await client.next() == f'431[{{"failed":"{event}"}}]'
        assert await client.next() == '432[{"event":"at once next"}]'
    assert "an event failed" in caplog.text


async def test_what_is_pending_has_the_turn(serve, recording):
    """What comes after an event whose answer is pending waits, though no task does; its failure is answered, too."""
    gates = {name: asyncio.Event() for name in ("pending", "pending broken")}
    dialect = recording(gates=gates, failures={"pending broken"})
    async with serve(dialect) as served, served.raw() as client:
        await client.connect()
        await dialect.seen("connect")
        await client.send('421["pending"]', '422["at once"]', '423["last"]')
        await dialect.seen("begun", "pending")
        (session,) = served.transport._sessions
        assert session._task is None
        gates["pending"].set()
        assert [str(await client.next())[:3] for _ in range(3)] == ["431", "432", "433"]
        steps = [" ".join(map(str, call)) for call in dialect.calls if call[0] in ("begun", "handled", "at once")]
        assert steps == ["begun pending", "handled pending", "at once at once", "handled last"]
        gates["pending broken"].set()
        await client.send('424["pending broken"]', '425["at once"]')
        assert await client.next() == '42["error",{"code":"INTERNAL_ERROR"}]'
        assert await client.next() == '434[{"failed":"pending broken"}]'
        assert str(await client.next()).startswith('435[{"event":"at once"')


async def test_what_keeps_its_order_is_acknowledged_in_it(serve, recording):
    """What is pending together is answered as it was sent, though the last of it was done first."""
    gates = {f"pending in order {number}": asyncio.Event() for number in (1, 2)}
    async with serve(dialect := recording(gates=gates)) as served, served.raw() as client:
        await client.connect()
        await dialect.seen("connect")
        await client.send('421["pending in order 1"]', '422["pending in order 2"]')
        for name in reversed(gates):
            await dialect.seen("begun", name)
            gates[name].set()
        assert [str(await client.next())[:3] for _ in range(2)] == ["431", "432"]


async def test_what_is_pending_is_finished_before_the_leave(serve, recording):
    """When its client has left meanwhile; the dialect is told after that."""
    dialect = recording(gates={"pending": asyncio.Event()})
    async with serve(dialect) as served:
        async with served.raw() as raw:
            await raw.connect()
            await dialect.seen("connect")
            await raw.send('42["pending"]')
            await dialect.seen("begun", "pending")
        async with asyncio.timeout(30):
            await served.transport._engine.sessions.emptied()
        assert ("disconnect", "transport close") not in dialect.calls
        dialect.gates["pending"].set()
        await dialect.seen("disconnect", "transport close")
    assert dialect.calls[-2:] == [("handled", "pending"), ("disconnect", "transport close")]


async def test_nothing_is_answered_at_once_to_who_left(serve, recording):
    """Neither with attachments, nor after DISCONNECT."""
    async with serve(dialect := recording()) as served, served.raw() as client:
        await client.connect()
        await client.send('451-1["at once",{"_placeholder":true,"num":0}]', b"x", '422["fence"]')
        assert [await client.next() for _ in range(2)] == [
            '431[{"binary":"at once"}]',
            '432[{"event":"fence","arguments":[]}]',
        ]
        assert not [call for call in dialect.calls if call[0] == "at once"]


async def test_slow_handler_holds_back_nobody_else(serve, recording):
    """While a handler of one client waits, that client is pinged and another client is served."""
    dialect = recording(gates={"slow": asyncio.Event()})
    async with (
        serve(dialect, ping_interval=0.05) as served,
        served.raw() as one,
        served.raw() as two,
    ):
        await one.connect()
        await two.connect()
        await one.send('421["slow"]')
        await dialect.seen("receive", "slow")
        assert await one.next() == "2"
        await two.send('421["quick"]')
        while (answer := str(await two.next())) == "2":
            pass
        assert answer.startswith("431[")
        dialect.gates["slow"].set()
        while (answer := str(await one.next())) == "2":
            await one.send("3")
        assert answer.startswith("431[")


async def test_acknowledgement_only_when_asked_and_once(serve):
    """A request that asked gets one acknowledgement, after what its handler emitted; others get none."""
    async with serve() as served, served.raw() as client:
        await client.connect()
        await client.send('42["unasked"]', '425["emit"]', '426["silent"]', '427["empty"]', '428["x",{"a":1},2]')
        assert [await client.next() for _ in range(4)] == [
            '42["before",{}]',
            '435[{"event":"emit","arguments":[]}]',
            "437[]",
            '438[{"event":"x","arguments":[{"a":1},2]}]',
        ]


@pytest.mark.parametrize("event", ["broken", "unencodable"])
async def test_failing_event_is_answered_by_the_dialect(serve, recording, event, caplog):
    """A handler that raises, or whose answer has no JSON form, is acknowledged once by `failed`."""
    dialect = recording(failures={"broken"})
    async with serve(dialect) as served, served.raw() as client:
        await client.connect()
        await client.send(f'421["{event}"]', '422["next"]')
        assert await client.next() == '42["error",{"code":"INTERNAL_ERROR"}]'
        assert await client.next() == f'431[{{"failed":"{event}"}}]'
        assert str(await client.next()).startswith("432[")
    assert "an event failed" in caplog.text


async def test_failure_of_a_failure_still_acknowledges(serve, recording):
    """When `failed` raises too, the client gets an empty acknowledgement instead of waiting for ever."""
    async with serve(recording(failures={"broken", "failed"})) as served, served.raw() as client:
        await client.connect()
        await client.send('421["broken"]')
        assert await client.next() == "431[]"


async def test_client_that_left_the_namespace_is_dropped(serve):
    """After DISCONNECT a session must CONNECT again in time; it then is a new connection."""
    async with serve(handshake_timeout=0.8) as served, served.raw() as raw:
        first = await raw.connect()
        await raw.send("41")
        assert await raw.connect() != first
        await raw.send("41")
        (told,) = await raw.rest()
        assert told.startswith('44{"message":"Nobody has joined')
    assert served.dialect.calls == [("connect",), ("disconnect", "client disconnect")] * 2


async def test_event_before_connect_ends_the_session(serve):
    """An event before CONNECT ends the session."""
    async with serve() as served, served.raw() as raw:
        await raw.send('42["x"]')
        assert await raw.rest() == []


async def test_unknown_namespace_is_refused_harmlessly(serve):
    """A CONNECT elsewhere gets CONNECT_ERROR, packets for there are ignored, and the session goes on."""
    async with serve() as served, served.raw() as raw:
        assert await raw.connect('40/x,{"token":"t"}') == '44/x,{"message":"Invalid namespace"}'
        await raw.connect()
        await raw.send('42/x,9["a"]', '421["x"]')
        assert str(await raw.next()).startswith("431[")


async def test_own_namespace(serve, recording):
    """A dialect in a namespace of its own is spoken to there, and not in the default one."""
    async with serve(recording(namespace="/chat")) as served, served.raw() as raw:
        assert (await raw.connect()).startswith("44{")
        assert (await raw.connect("40/chat,")).startswith('40/chat,{"sid":')
        await raw.send('42/chat,7["emit"]')
        assert await raw.next() == '42/chat,["before",{}]'
        assert str(await raw.next()).startswith("43/chat,7[")


async def test_binary_event_is_answered_by_the_dialect(serve):
    """A binary event is reported, its attachments are thrown away, and the next event is handled."""
    async with serve() as served, served.raw() as raw:
        await raw.connect()
        await raw.send('452-7["up",{"_placeholder":true,"num":0}]', b"one", b"two", '428["x"]')
        assert await raw.next() == '437[{"binary":"up"}]'
        assert str(await raw.next()).startswith("438[")
    assert ("binary", "up", True) in served.dialect.calls


async def test_an_acknowledgement_is_not_answered_by_one(serve):
    """One that announces too many attachments ends the session, as an event does, but is no request."""
    async with serve(max_attachments=1) as served, served.raw() as raw:
        await raw.connect()
        await raw.send("462-7[]")
        assert not [each for each in await raw.rest() if each.startswith("43")]
    assert ("oversized", None, len("62-7[]"), False) in served.dialect.calls


async def test_oversized_event_is_answered_by_the_dialect(serve):
    """An event over the limit is not read but reported with its name and size; the session goes on."""
    async with serve(max_event_bytes=100) as served, served.raw() as raw:
        await raw.connect()
        packet = f'27["big","{"ü" * 50}"]'
        await raw.send("4" + packet, '428["x"]')
        assert await raw.next() == '437[{"oversized":"big"}]'
        assert str(await raw.next()).startswith("438[")
    assert ("oversized", "big", len(packet.encode()), True) in served.dialect.calls


async def test_close_by_the_dialect(serve, recording):
    """close() sends DISCONNECT after what was emitted; what is emitted or still waits afterwards is dropped."""
    dialect = recording(gates={"kick": asyncio.Event()})
    async with serve(dialect) as served, served.raw() as raw:
        await raw.connect()
        await raw.send('421["kick"]', '422["never"]')
        await dialect.seen("receive", "kick")
        dialect.gates["kick"].set()
        assert await raw.rest() == ['42["last",{}]', "41"]
        await served.emptied()
    assert dialect.calls[-2:] == [("handled", "kick"), ("disconnect", "kicked")]


async def test_disconnect_during_connect(serve, recording):
    """A client that leaves while `connect` runs: connect ends, then disconnect is called, once."""
    dialect = recording(gates={"connect": asyncio.Event()})
    async with serve(dialect) as served:
        async with served.raw() as raw:
            await raw.connect()
            await dialect.seen("connect")
        async with asyncio.timeout(30):
            await served.transport._engine.sessions.emptied()
        assert dialect.calls == [("connect",)]
        dialect.gates["connect"].set()
        await dialect.seen("disconnect", "transport close")
        await served.emptied()


async def test_failing_connect(serve, recording):
    """A `connect` that raises disconnects the client after what `failed` emitted."""
    dialect = recording(failures={"connect"})
    async with serve(dialect) as served, served.raw() as raw:
        await raw.connect()
        assert await raw.rest() == ['42["error",{"code":"INTERNAL_ERROR"}]', "41"]
        await served.emptied()
    assert dialect.calls == [("connect",), ("failed", None, False)]


async def test_failing_disconnect_leaks_nothing(serve, recording, caplog):
    """A `disconnect` that raises is logged, and the session is gone all the same."""
    async with serve(recording(failures={"disconnect"})) as served:
        async with served.raw() as raw:
            await raw.connect()
        await served.emptied()
    assert "disconnect failed" in caplog.text


async def test_events_sent_before_leaving_are_handled(serve, recording):
    """What a client sent before it left is handled, then disconnect is called."""
    dialect = recording(gates={"a": asyncio.Event()})
    async with serve(dialect) as served:
        async with served.raw() as raw:
            await raw.connect()
            await raw.send('42["a"]', '42["b"]')
            await dialect.seen("receive", "a")
        async with asyncio.timeout(30):
            await served.transport._engine.sessions.emptied()
        dialect.gates["a"].set()
        await dialect.seen("disconnect", "transport close")
    assert dialect.calls[-2:] == [("handled", "b"), ("disconnect", "transport close")]
