"""Emitting to one and to many."""

from palaver_runtime.transports.socketio import broadcast


async def test_broadcast_skips_closed_connections(serve):
    """A broadcast reaches every open connection, in order with what was emitted to it alone."""
    async with serve() as served, served.raw() as one, served.raw() as two:
        await one.connect()
        await two.connect()
        await one.send('42["x"]')
        await two.send('42["kick"]')
        await served.dialect.seen("disconnect", "kicked")
        await served.dialect.seen("handled", "x")
        first = served.dialect.connections[0]
        first.emit("a", {})
        broadcast(served.dialect.connections, "b", {"n": 1})
        first.emit("c", {})
        assert [await one.next() for _ in range(3)] == ['42["a",{}]', '42["b",{"n":1}]', '42["c",{}]']
        assert await two.rest() == ['42["last",{}]', "41"]
