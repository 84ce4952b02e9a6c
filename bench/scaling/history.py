"""What is read of a conversation, and written, where there are ever more messages: as clients wait for it.

The server answers one client, by REST and over a websocket, which asks the next thing when it has the answer. What is
asked is drawn from the whole of the largest conversation, so that no page is asked for again and again.
"""

import asyncio
import json
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from idle import enter, token
from machine import going_first
from surroundings import database, people
from versus.contestants import CONTESTANTS, OURS, Setting, Storage
from versus.cores import Cores
from versus.crowd import Crowd
from versus.programs import Instance
from websockets.asyncio.client import ClientConnection

from scaling.filling import READER, SLEEPER, UNREAD, Conversation, fill

PAGE: Final = 50
BYTES: Final = 1_000
"""What a message takes on the disk at most, with all its indexes, and what a database writes beside."""


@dataclass(frozen=True)
class Waits:
    """How long a client waited, in milliseconds, and how many times as long as where there are few messages."""

    p50: float
    p99: float
    times: float


class Visitor:
    """A user with a connection for REST and a websocket, who asks one thing after the other."""

    def __init__(
        self, user_id: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket: ClientConnection
    ) -> None:
        self._token = token(user_id)
        self._reader, self._writer, self._socket = reader, writer, socket
        self._number = 0

    async def get(self, path: str) -> Any:
        """Ask by REST; raise RuntimeError unless the answer is that it worked."""
        self._writer.write(
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\n\r\n".encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        body = await self._reader.readexactly(length)
        if not head.startswith("http/1.1 200"):
            raise RuntimeError(f"{path}: {head} {body.decode()}")
        return json.loads(body)

    async def tell(self, event: str, payload: Mapping[str, object]) -> Any:
        """Send an event; give its acknowledgement, or raise RuntimeError if it says that this did not work."""
        self._number += 1
        await self._socket.send(f"42{self._number}{json.dumps([event, payload])}")
        async for frame in self._socket:
            text = str(frame)
            if text == "2":
                await self._socket.send("3")
            if text.startswith(f"43{self._number}["):
                (answer,) = json.loads(text[text.index("[") :])
                if answer["success"] is not True:
                    raise RuntimeError(f"{event}: {answer}")
                return answer
        raise RuntimeError("the server closed the socket")


@asynccontextmanager
async def visitor(port: int, user_id: str) -> AsyncIterator[Visitor]:
    """Connect a user."""
    socket = await enter(f"http://127.0.0.1:{port}", user_id)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Visitor(user_id, reader, writer, socket)
    finally:
        writer.close()
        await socket.close()


Ask = Callable[[Visitor, Conversation, random.Random], Awaitable[int]]
"""Asks one thing, and gives how many messages the answer has."""


@dataclass(frozen=True)
class Read:
    """Something that is asked, how many messages come of it, and by whom."""

    title: str
    ask: Ask
    gives: int
    who: str = READER
    times: int = 200
    flat: bool = True
    """Whether it is to take no longer where there are more messages."""


async def _newest(who: Visitor, talk: Conversation, _chosen: random.Random) -> int:
    return len((await who.get(f"/conversations/{talk.id}/messages?limit={PAGE}"))["messages"])


def _page(side: str) -> Ask:
    async def ask(who: Visitor, talk: Conversation, chosen: random.Random) -> int:
        # Those at both ends have no whole page beside them.
        mark = chosen.choice(talk.marks[len(talk.marks) // 10 : -len(talk.marks) // 10])
        return len((await who.get(f"/conversations/{talk.id}/messages?limit={PAGE}&{side}={mark}"))["messages"])

    return ask


async def _short(who: Visitor, talk: Conversation, _chosen: random.Random) -> int:
    asked = {"conversationId": talk.id, "lastMessageId": talk.last[-1 - PAGE], "limit": PAGE}
    return len((await who.tell("messages:sync", asked))["messages"])


async def _long(who: Visitor, talk: Conversation, chosen: random.Random) -> int:
    mark = chosen.choice(talk.marks[len(talk.marks) // 10 : len(talk.marks) // 2])
    asked = {"conversationId": talk.id, "lastMessageId": mark, "limit": PAGE}
    return len((await who.tell("messages:sync", asked))["messages"])


async def _list(who: Visitor, _talk: Conversation, _chosen: random.Random) -> int:
    return len((await who.get("/conversations?limit=20"))["conversations"])


async def _unread(who: Visitor, talk: Conversation, _chosen: random.Random) -> int:
    found = await who.get(f"/conversations/{talk.id}/unread")
    return int(found["unreadCount"] >= UNREAD)


async def _send(who: Visitor, talk: Conversation, _chosen: random.Random) -> int:
    said = await who.tell("message:send", {"conversationId": talk.id, "content": "One more."})
    return len([said["message"]])


READS: Final[Mapping[str, Read]] = {
    "newest": Read(f"the newest {PAGE} messages, by REST", _newest, PAGE),
    "before": Read(f"{PAGE} messages before one anywhere in the history, by REST", _page("before"), PAGE),
    "after": Read(f"{PAGE} messages after one anywhere in the history, by REST", _page("after"), PAGE),
    "sync-short": Read(f"`messages:sync` of who missed {PAGE} messages", _short, PAGE),
    "sync-long": Read(
        "the first page of `messages:sync` of who missed more than half of all", _long, PAGE, times=100, flat=False
    ),
    "list": Read("20 conversations with last message and unread count, by REST", _list, 20),
    "unread": Read(f"the unread count of who has not read {UNREAD}, by REST", _unread, 1),
    "unread-all": Read("the unread count of who has read nothing, by REST", _unread, 1, SLEEPER, 10, flat=False),
    "send": Read("`message:send` until it is acknowledged", _send, 1),
}
"""In the order in which they are asked: what is sent changes what is there."""


@dataclass(frozen=True)
class Filled:
    """A server on a database that was filled, and the largest conversation in it."""

    port: int
    talk: Conversation


async def measure(filled: Filled, small: Filled, times: float) -> dict[str, Waits]:
    """Ask everything, each thing `times` its number of times and some before that are not counted.

    Both are asked in turns, so that what else the machine does falls on both.
    """
    found = {}
    for name, read in READS.items():
        number = max(2, int(read.times * times))
        waits: list[list[float]] = [[], []]
        chosen = random.Random(1)  # noqa: S311 - the same each time
        async with visitor(filled.port, read.who) as here, visitor(small.port, read.who) as there:
            for turn in range(number + number // 4):
                for place, (who, talk) in enumerate(((here, filled.talk), (there, small.talk))):
                    began = time.perf_counter()
                    given = await read.ask(who, talk, chosen)
                    if turn >= number // 4:
                        waits[place].append((time.perf_counter() - began) * 1000)
                    if given != read.gives:
                        raise RuntimeError(f"{name}: {given} in place of {read.gives}")
        cuts, usual = [statistics.quantiles(each, n=100, method="inclusive") for each in waits]
        found[name] = Waits(cuts[49], cuts[98], cuts[49] / usual[49])
    return found


async def run(
    kind: str, numbers: Sequence[int], cores: Cores, times: float, tell: Callable[[str], None]
) -> AsyncIterator[tuple[int, dict[str, Waits]]]:
    """Fill a database step by step, and measure at each number of messages, beside one that stays at the first."""
    with database(kind) as url, database(kind) as small_url:
        for each in (url, small_url):
            async with people(each, 0):
                pass
        small_talk = await fill(small_url, 0, numbers[0])
        before = 0
        for number in numbers:
            tell(f"{kind}: filled up to {number:,} messages")
            talk = await fill(url, before, number)
            before = number
            async with _served(kind, url, cores) as one, _served(kind, small_url, cores) as small:
                tell(f"{kind}: measured at {number:,} messages")
                with going_first(one.pid, small.pid):
                    found = await measure(Filled(one.port, talk), Filled(small.port, small_talk), times)
                yield number, found


@asynccontextmanager
async def _served(kind: str, url: str, cores: Cores) -> AsyncIterator[Instance]:
    async with CONTESTANTS[OURS].start(Setting(Crowd(0, 1), Storage(kind), url, None, Path()), 1) as running:
        (one,) = running.instances
        cores.give_to_server(one.pid)
        yield one
