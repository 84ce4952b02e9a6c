"""Pairs of people who talk at a steady rate while something else happens, and how long their messages take."""

import asyncio
import contextlib
import itertools
import json
import math
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

_PATIENCE: Final = 30.0


@dataclass
class Message:
    """A message: when it was to be sent, as time.monotonic() tells, and the seconds until the other had it."""

    due: float
    took: float = math.inf


@dataclass
class Pair:
    """Two who share a room and an address: one sends, the other receives."""

    sender: str
    receiver: str
    room: str
    address: str
    sent: dict[str, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class Latency:
    """How long messages took, in seconds, and how many never came."""

    messages: int
    lost: int
    p50: float
    p99: float


def latency(messages: Iterable[Message]) -> Latency:
    """Judge messages; those that were lost have no part in how long the others took."""
    every = list(messages)
    took = sorted(each.took for each in every if math.isfinite(each.took))
    return Latency(len(every), len(every) - len(took), quantile(took, 0.5), quantile(took, 0.99))


def quantile(ordered: list[float], share: float) -> float:
    """Give what a share of some figures, which are in order, does not exceed; infinite if there are none."""
    if not ordered:
        return math.inf
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


@contextlib.asynccontextmanager
async def talking(url: str, pairs: list[Pair], rate: float) -> AsyncIterator[None]:
    """Have pairs talk while the block runs, `rate` messages a second all together, each from its address.

    Each message is sent when it is due, however late the others are: who waits for an answer first measures a slow
    server less often. At the end whatever is on its way is waited for.
    """
    async with contextlib.AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(_joined(url, each.sender, each.address)) for each in pairs]
        receivers = [await stack.enter_async_context(_joined(url, each.receiver, each.address)) for each in pairs]
        tasks = [asyncio.create_task(_hear(client, pair)) for client, pair in zip(receivers, pairs, strict=True)]
        tasks += [asyncio.create_task(_answer(client)) for client in senders]
        talk = asyncio.create_task(_talk(list(zip(senders, pairs, strict=True)), rate))
        try:
            yield
        finally:
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    while any(math.isinf(each.took) for pair in pairs for each in pair.sent.values()):
                        if all(task.done() for task in tasks):
                            break
                        await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _joined(url: str, token: str, address: str) -> AsyncIterator[ClientConnection]:
    target = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    client = await connect(
        target, compression=None, ping_interval=None, max_size=None, proxy=None, local_addr=(address, 0)
    )
    async with client:
        async with asyncio.timeout(_PATIENCE):
            await client.recv()
            await client.send(f'40{{"token":"{token}"}}')
            await client.recv()
            greeting = str(await client.recv())
        if not greeting.startswith('42["connected"'):
            raise RuntimeError(f"a bystander is refused: {greeting}")
        yield client


async def _talk(lines: list[tuple[ClientConnection, Pair]], rate: float) -> None:
    began = time.monotonic()
    for number in itertools.count():
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        client, pair = lines[number % len(lines)]
        content = f"message {number}"
        pair.sent[content] = Message(due)
        payload = {"conversationId": pair.room, "content": content}
        with contextlib.suppress(ConnectionClosed):
            await client.send(f"42{json.dumps(['message:send', payload])}")


async def _answer(client: ClientConnection) -> None:
    async for frame in client:
        if frame == "2":
            await client.send("3")


async def _hear(client: ClientConnection, pair: Pair) -> None:
    async for frame in client:
        if frame == "2":
            await client.send("3")
            continue
        now, text = time.monotonic(), str(frame)
        if not text.startswith('42["message:new"'):
            continue
        message = json.loads(text[2:])[1]
        known = pair.sent.get(message["content"])
        if known is not None:
            known.took = now - known.due
