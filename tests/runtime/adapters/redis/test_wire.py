"""A connection that is taken over. How it ends and begins anew is shown with the links."""

import asyncio

from redis.asyncio import Connection
from servers.redis import RedisServer

from palaver_runtime.adapters.redis.wire import Reply, Wire


async def test_replies_are_heard_as_they_come_until_somebody_hangs_up(redis_server: RedisServer) -> None:
    """Each is handed over once and in order, however large; after hanging up there is none, and no word of the end."""
    opened = Connection(host="127.0.0.1", port=redis_server.port, protocol=2)
    await opened.connect()
    heard: asyncio.Queue[Reply] = asyncio.Queue()
    ends: list[Exception] = []
    large = b"x" * 300_000
    wire = Wire(opened, heard.put_nowait, ends.append)  # type: ignore[arg-type]
    wire.write([("ECHO", large), ("ECHO", "half \ud83d"), ("NONSENSE",), ("ECHO", 7)])
    async with asyncio.timeout(30):
        assert [await heard.get() for _ in range(2)] == [large, "half \ud83d".encode("utf-8", "surrogatepass")]
        assert "unknown command" in str(await heard.get())
        assert await heard.get() == b"7"
        wire.write([("ECHO", "never heard")])
        wire.hang_up()
        # The library has nothing left of it, and opens another.
        await opened.connect()
        other = Wire(opened, heard.put_nowait, ends.append)  # type: ignore[arg-type]
        other.write([("ECHO", "heard")])
        assert await heard.get() == b"heard"
    other.hang_up()
    assert ends == []


async def test_what_listening_raises_ends_the_connection(redis_server: RedisServer) -> None:
    """The rest that has come is not handed over, and the reason is told once."""
    opened = Connection(host="127.0.0.1", port=redis_server.port, protocol=2)
    await opened.connect()
    heard: list[Reply] = []
    ends: asyncio.Queue[Exception] = asyncio.Queue()

    def hear(reply: Reply) -> None:
        heard.append(reply)
        raise ZeroDivisionError

    Wire(opened, hear, ends.put_nowait).write([("ECHO", 1), ("ECHO", 2)])  # type: ignore[arg-type]
    async with asyncio.timeout(30):
        assert isinstance(await ends.get(), ZeroDivisionError)
    await asyncio.sleep(0)
    assert heard == [b"1"]
    assert ends.empty()
