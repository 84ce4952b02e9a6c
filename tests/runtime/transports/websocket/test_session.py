"""Frames in order into the dialect, over real sockets."""

import asyncio

import pytest


async def test_frames_of_one_client_are_handled_in_order(serve, recording):
    """Frames are handled in the order of arrival, one at a time, however long each takes."""
    dialect = recording(gates={"a": asyncio.Event(), "b": asyncio.Event()})
    async with serve(dialect) as served, served.client() as client:
        await client.send(*({"type": name} for name in "abc"), {"type": "repeat"})
        await dialect.seen("receive", "a")
        dialect.gates["b"].set()
        dialect.gates["a"].set()
        assert await client.next() == {"type": "repeat"}
    assert [call[:2] for call in dialect.calls[1:7]] == [
        (step, name) for name in "abc" for step in ("receive", "handled")
    ]


async def test_slow_handler_holds_back_nobody_else(serve, recording):
    """While a handler of one client waits, another client is served."""
    dialect = recording(gates={"slow": asyncio.Event()})
    async with serve(dialect) as served, served.client() as one, served.client() as two:
        await one.send({"type": "slow"}, {"type": "repeat", "of": "one"})
        await dialect.seen("receive", "slow")
        await two.send({"type": "repeat", "of": "two"})
        assert await two.next() == {"type": "repeat", "of": "two"}
        dialect.gates["slow"].set()
        assert await one.next() == {"type": "repeat", "of": "one"}


async def test_raw_text_is_handed_on(serve):
    """The dialect gets the text that came, and what it returns is not sent."""
    texts = []
    async with serve() as served, served.client() as client:
        receive = served.dialect.receive

        async def spy(connection, event, arguments, acknowledge):
            texts.append((event, list(arguments), acknowledge))
            return await receive(connection, event, arguments, acknowledge)

        served.dialect.receive = spy
        await client.send(' {"type": "x", "n": 1.0}', {"type": "emit"})
        assert await client.next() == {}
    assert texts[0] == ("x", [' {"type": "x", "n": 1.0}'], False)


async def test_frame_without_a_tag_goes_to_the_dialect(serve):
    """What is not JSON, or has no tag, is for the dialect to refuse under an empty name; the connection stays."""
    async with serve() as served, served.client() as client:
        await client.send("hello", "[]", '{"type":1}', {"type": "repeat"})
        assert await client.next() == {"type": "repeat"}
    assert served.dialect.calls.count(("receive", "")) == 3


async def test_tag_stands_where_the_pointer_says(serve):
    """The pointer to the tag is the transport's to be told."""
    async with serve(tag="/head/kind") as served, served.client() as client:
        await client.send({"type": "x", "head": {"kind": "emit"}})
        assert await client.next() == {}
    assert ("receive", "emit") in served.dialect.calls


async def test_binary_frame_is_answered_by_the_dialect(serve):
    """A binary frame is reported, and the next frame is handled."""
    async with serve() as served, served.client() as client:
        await client.send(b'{"type":"repeat"}', {"type": "repeat"})
        assert await client.next() == {"type": "repeat"}
    assert served.dialect.calls.count(("receive", "repeat")) == 1
    assert ("binary", "", False) in served.dialect.calls


async def test_oversized_frame_is_answered_by_the_dialect(serve):
    """A frame over the limit is not read but reported with its size, and its tag if that stands first."""
    big = '{"type":"big","text":"' + "ü" * 50 + '"}'
    async with serve(max_frame_bytes=100) as served, served.client() as client:
        await client.send(big, f'{{"text":"{"x" * 100}","type":"late"}}', "x" * 100, {"type": "repeat"})
        assert await client.next() == {"type": "repeat"}
    calls = served.dialect.calls
    assert [each for each in calls if each[0] == "oversized"] == [
        ("oversized", "big", len(big.encode()), False),
        ("oversized", None, 125, False),
    ]
    assert ("receive", "") in calls


async def test_failing_frame_is_answered_by_the_dialect(serve, recording, caplog):
    """A handler that raises is answered by `failed`, and the next frame is handled."""
    async with serve(recording(failures={"broken"})) as served, served.client() as client:
        await client.send({"type": "broken"}, {"type": "repeat"})
        assert await client.next() == {"code": "INTERNAL_ERROR"}
        assert await client.next() == {"type": "repeat"}
    assert ("failed", "broken", False) in served.dialect.calls
    assert "a frame failed" in caplog.text


async def test_failure_of_a_failure_harms_nobody(serve, recording, caplog):
    """When `failed` raises too, that is logged and the connection goes on."""
    async with serve(recording(failures={"broken", "failed"})) as served, served.client() as client:
        await client.send({"type": "broken"}, {"type": "repeat"})
        assert await client.next() == {"type": "repeat"}
    assert "the answer to a failure failed" in caplog.text


async def test_frames_wait_until_the_client_is_accepted(serve, recording):
    """What arrives while `connect` runs waits for it, and is then handled."""
    dialect = recording(gates={"connect": asyncio.Event()})
    async with serve(dialect) as served, served.client() as client:
        await client.send({"type": "repeat"})
        await dialect.seen("connect")
        dialect.gates["connect"].set()
        assert await client.next() == {"type": "repeat"}
    assert dialect.calls[:2] == [("connect",), ("receive", "repeat")]


async def test_client_that_sends_too_much_is_held_back(serve, recording):
    """While the queue is full nothing more is read, so the client cannot send any further; nothing is lost."""
    dialect = recording(gates={"slow": asyncio.Event()})
    async with serve(dialect, inbound_queue=1) as served, served.client(write_limit=1) as client:
        await client.send({"type": "slow"})
        await dialect.seen("receive", "slow")
        filler = {"type": "x", "text": "x" * 60_000}

        async def flood() -> None:
            for _ in range(500):
                await client.send(filler)
            await client.send({"type": "repeat"})

        flooding = asyncio.create_task(flood())
        (socket,) = served.transport._sockets
        async with asyncio.timeout(30):
            while not socket._receiver._items:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.001)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.shield(flooding)
        assert len(socket._receiver._items) == 1
        dialect.gates["slow"].set()
        assert await client.next() == {"type": "repeat"}
        await flooding
    assert dialect.calls.count(("receive", "x")) == 500


async def test_close_by_the_dialect(serve, recording):
    """close() ends the connection after what was emitted; what is emitted or still waits afterwards is dropped."""
    dialect = recording(gates={"kick": asyncio.Event()})
    async with serve(dialect) as served, served.client() as client:
        await client.send({"type": "kick"}, {"type": "never"})
        await dialect.seen("receive", "kick")
        dialect.gates["kick"].set()
        assert await client.rest() == [{}]
        assert client.farewell == (1008, "kicked")
        await served.emptied()
    assert dialect.calls[-2:] == [("handled", "kick"), ("disconnect", "kicked")]


async def test_disconnect_during_connect(serve, recording):
    """A client that leaves while `connect` runs: connect ends, then disconnect is called, once."""
    dialect = recording(gates={"connect": asyncio.Event()})
    async with serve(dialect) as served:
        async with served.client():
            await dialect.seen("connect")
        assert dialect.calls == [("connect",)]
        dialect.gates["connect"].set()
        await dialect.seen("disconnect", "transport close")
        await served.emptied()
    assert dialect.calls == [("connect",), ("disconnect", "transport close")]


async def test_refused_client(serve, recording):
    """A refused client reads why and is closed; what it sent is not handled, and disconnect is not called."""
    dialect = recording(refuse=True, gates={"connect": asyncio.Event()})
    async with serve(dialect) as served, served.client() as client:
        await client.send({"type": "x"})
        await dialect.seen("connect")
        dialect.gates["connect"].set()
        assert await client.rest() == [{"code": "UNAUTHORIZED"}]
        assert client.farewell == (1008, "connection refused")
        await served.emptied()
    assert served.dialect.calls == [("connect",)]


async def test_failing_connect(serve, recording):
    """A `connect` that raises closes with 1011, after what `failed` emitted."""
    async with serve(recording(failures={"connect"})) as served, served.client() as client:
        assert await client.rest() == [{"code": "INTERNAL_ERROR"}]
        assert client.farewell == (1011, "server failure")
        await served.emptied()
    assert served.dialect.calls == [("connect",), ("failed", None, False)]


async def test_failing_disconnect_leaks_nothing(serve, recording, caplog):
    """A `disconnect` that raises is logged, and the connection is gone all the same."""
    async with serve(recording(failures={"disconnect"})) as served:
        async with served.client():
            await served.dialect.seen("connect")
        await served.emptied()
    assert "disconnect failed" in caplog.text


async def test_frames_sent_before_leaving_are_handled(serve, recording):
    """What a client sent before it left is handled, then disconnect is called."""
    dialect = recording(gates={"a": asyncio.Event()})
    async with serve(dialect) as served:
        async with served.client() as client:
            await client.send({"type": "a"}, {"type": "b"})
            await dialect.seen("receive", "a")
        (socket,) = served.transport._sessions.values()
        await asyncio.wait_for(socket.gone.wait(), 5)
        dialect.gates["a"].set()
        await dialect.seen("disconnect", "transport close")
    assert dialect.calls[-2:] == [("handled", "b"), ("disconnect", "transport close")]
