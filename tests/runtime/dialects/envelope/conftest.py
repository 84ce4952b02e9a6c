"""The envelope on the real core, with clients that check every frame by the document."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import pytest
from doubles.documents import sent_by_server
from doubles.gateway import PATIENCE, handshake, token
from doubles.sharing import Sharing

from palaver_runtime.core import Core
from palaver_runtime.dialects._voice import Session
from palaver_runtime.dialects.envelope.sockets import EnvelopeSockets
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Caller, ConversationType, Message
from palaver_runtime.transports.sockets import NO_ACK
from palaver_runtime.transports.text_frame import TextFrame
from palaver_runtime.transports.websocket import Connection

Frame = tuple[str, dict[str, object]]


class Client(Sharing):
    """A client's end of a connection: the frames that it has received, and why it was closed."""

    def __init__(self, name: str, sockets: EnvelopeSockets) -> None:
        self.connection: Connection[Session] = Connection(name, self)
        self.frames: list[Frame] = []
        self.end: tuple[str, str | None] | None = None
        self._sockets = sockets
        self._news = asyncio.Event()

    def enqueue(self, frame: TextFrame) -> None:
        """Receive a frame."""
        content = json.loads(frame.text)
        sent_by_server("envelope")[content["type"]].validate(content)
        self.frames.append((content["type"], content["payload"]))
        self._news.set()

    def finish(self, reason: str, error: str | None = None) -> None:
        """Be closed."""
        self.end = (reason, error)
        self._news.set()

    @property
    def types(self) -> list[str]:
        """The types of the frames received so far."""
        return [type_ for type_, _ in self.frames]

    @property
    def member(self) -> object:
        """What the hub knows of the connection."""
        assert self.connection.state is not None
        return self.connection.state.member

    def take(self) -> list[Frame]:
        """Give the frames received so far, and forget them."""
        frames, self.frames = self.frames, []
        return frames

    async def ask(self, type_: str, **payload: object) -> list[Frame]:
        """Send a frame; give what came by the time it was handled."""
        await self.send(json.dumps({"type": type_, "payload": payload}), type_)
        return self.take()

    async def send(self, frame: str, type_: str = "") -> None:
        """Send a text frame as the transport hands it on."""
        assert await self._sockets.receive(self.connection, type_, [frame], False) is NO_ACK

    async def hears(self, type_: str) -> dict[str, object]:
        """Wait for the next frame of a type; take all up to it and give its payload."""
        async with asyncio.timeout(PATIENCE):
            while type_ not in self.types:
                self._news.clear()
                await self._news.wait()
        at = self.types.index(type_)
        payload = self.frames[at][1]
        del self.frames[: at + 1]
        return payload


Connect = Callable[..., Awaitable[Client]]


class People:
    """What people do who use no connection of this dialect."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def group(self, owner: Caller, *others: str, public: bool = False, name: str | None = None) -> str:
        """Create a group."""
        command = CreateConversation(type=ConversationType.GROUP, user_ids=others, public=public, name=name)
        conversation, _ = await self._core.conversations.create(owner, command)
        return conversation.id

    async def say(self, caller: Caller, conversation_id: str, content: str = "hello") -> Message:
        """Send a message."""
        return await self._core.messages.send(caller, SendMessage(conversation_id=conversation_id, content=content))


@pytest.fixture
async def core(open_core: Callable[..., AbstractAsyncContextManager[Core]]) -> AsyncIterator[Core]:
    """A running core on which people may talk as fast as tests do."""
    async with open_core(limit_messages=Rate(10_000, 1)) as core:
        yield core


@pytest.fixture
def people(core: Core) -> People:
    """People of other dialects on the running core."""
    return People(core)


@pytest.fixture
async def sockets(core: Core) -> AsyncIterator[EnvelopeSockets]:
    """The connections of the envelope on the running core."""
    async with AsyncExitStack() as stack:
        sockets = EnvelopeSockets(core)
        stack.push_async_callback(sockets.close)
        yield sockets


@pytest.fixture
def connect(sockets: EnvelopeSockets) -> Connect:
    """How to connect a user: `connect(user_id, *rooms)` gives the client, greeted, in those rooms."""
    count = 0

    async def connect_(user_id: str, *rooms: str, **claims: object) -> Client:
        nonlocal count
        count += 1
        client = Client(f"c{count}", sockets)
        given = handshake(query={"token": token(user_id, **claims)})
        assert await sockets.connect(client.connection, given)
        assert client.types == ["connected"]
        for room in rooms:
            await client.ask("joinRoom", roomId=room)
        client.take()
        return client

    return connect_
