"""The stock stack: python-socketio on uvicorn, both as they come, and for durable messages a transaction for each.

The events of the gateway documents, as far as they are measured, without what the documents ask beside: no token is
verified, nobody's membership is looked up, nothing is limited.
"""

import argparse
import itertools
import os
import socket
import sys
import threading
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import socketio
import uvicorn
from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text, delete, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MESSAGES = Table(
    "peer_messages",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("conversation_id", String, nullable=False, index=True),
    Column("sender_id", String, nullable=False),
    Column("client_id", String),
    Column("content", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("created_at", String, nullable=False),
)
MOST = 5_000


def chat(server: socketio.AsyncServer, engine: AsyncEngine | None) -> None:
    """Lay the events on a server."""
    numbers = itertools.count(1)
    sequences: dict[str, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    def moment() -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def connect(sid: str, _environ: object, _auth: object) -> None:
        greeting = {"userId": sid, "socketId": sid, "rooms": 0, "timestamp": moment()}
        await server.emit("connected", greeting, to=sid)

    async def ping(_sid: str, _payload: object) -> dict[str, Any]:
        return {"event": "pong", "timestamp": int(datetime.now(UTC).timestamp() * 1000)}

    async def join(sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        await server.enter_room(sid, payload["conversationId"])
        return {"success": True, "room": payload["conversationId"]}

    async def sync(_sid: str, _payload: object) -> dict[str, Any]:
        return {"success": True, "messages": [], "changed": [], "hasMore": False, "revision": 0}

    async def send(sid: str, payload: dict[str, Any]) -> dict[str, Any]:
        place, content = payload.get("conversationId"), payload.get("content")
        if not isinstance(place, str) or not isinstance(content, str) or len(content) > MOST:
            return {"success": False, "error": {"code": "VALIDATION_ERROR", "message": "The payload is not valid."}}
        now, sequence = moment(), next(sequences[place])
        message: dict[str, Any] = {
            "id": f"{os.getpid():012x}{next(numbers):012x}",
            "conversationId": place,
            "senderId": sid,
            "content": content,
            "attachments": [],
            "metadata": {},
            "clientMessageId": payload.get("clientMessageId"),
            "sequence": sequence,
            "revision": sequence,
            "isEdited": False,
            "isDeleted": False,
            "createdAt": now,
            "updatedAt": now,
        }
        if engine is not None:
            row = {
                "id": message["id"],
                "conversation_id": place,
                "sender_id": sid,
                "client_id": message["clientMessageId"],
                "content": content,
                "sequence": sequence,
                "created_at": now,
            }
            async with engine.begin() as transaction:
                await transaction.execute(insert(MESSAGES), row)
        await server.emit("message:new", message, room=place)
        return {"success": True, "message": message}

    events = {"connect": connect, "ping": ping, "room:join": join, "messages:sync": sync, "message:send": send}
    for name, handler in events.items():
        server.on(name, handler)


async def prepare(engine: AsyncEngine) -> None:
    """Make the table, or empty it."""
    async with engine.begin() as transaction:
        await transaction.run_sync(MESSAGES.metadata.create_all)
        await transaction.execute(delete(MESSAGES))


def main() -> None:
    """Serve on a free port, and say which, until standard input closes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", metavar="URL", help="make each message durable by a transaction of its own")
    parser.add_argument("--redis", metavar="URL", help="share rooms with other instances")
    given = parser.parse_args()
    manager = socketio.AsyncRedisManager(given.redis) if given.redis else None
    server = socketio.AsyncServer(async_mode="asgi", client_manager=manager)
    engine = None
    if given.database:
        # SQLite has one writer: several connections would only wait for each other, and some of them in vain.
        pool = {"pool_size": 1, "max_overflow": 0} if given.database.startswith("sqlite") else {}
        engine = create_async_engine(given.database, **pool)
    chat(server, engine)

    async def ready() -> None:
        if engine is not None:
            await prepare(engine)
        sys.stdout.write(f"READY {listener.getsockname()[1]}\n")
        sys.stdout.flush()

    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(socketio.ASGIApp(server, on_startup=ready), log_level="warning")
    running = uvicorn.Server(config)

    def end() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()
    running.run([listener])


if __name__ == "__main__":
    main()
