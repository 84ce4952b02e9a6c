"""Clients that talk without a pause, and note what they were promised and what they heard."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from uuid import uuid4

from palaver_client import Backoff, ConnectionLost, NoAnswer, NotConnected, Options, Refused, Resumed, open_client
from palaver_wire.gateway import models
from palaver_wire.gateway.client import Client, MessageNewEvent

OPTIONS = Options(timeout=30.0, connect_timeout=30.0, backoff=Backoff(first=0.02, limit=0.2))
PATIENCE = 60.0
"""Seconds after which what has not happened is taken for lost."""
PAUSE = 0.05
"""Seconds between two messages of one client, so that a small machine has time for the rest."""


@dataclass
class Promised:
    """A message that was acknowledged: who sent it, which text it has, and how many seconds the sender waited."""

    sender: str
    content: str
    waited: float


@dataclass
class Talker:
    """A client, and what it heard: how often which message, and how often it was connected anew."""

    name: str
    client: Client
    heard: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    retries: int = 0


class Talk:
    """Clients in one conversation. `promised` has what was acknowledged, by the message's identifier, in order."""

    def __init__(self, talkers: Sequence[Talker], conversation_id: str) -> None:
        self.talkers = talkers
        self.conversation_id = conversation_id
        self.promised: dict[str, Promised] = {}
        self._changed = asyncio.Event()
        self._stopped = False
        self._speaking: list[asyncio.Task[None]] = []

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds, which is asked whenever anything was promised or heard."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {PATIENCE} s: {what}") from None

    async def more(self, count: int) -> None:
        """Wait until each client was promised so many messages more."""
        before = Counter(each.sender for each in self.promised.values())

        def enough() -> bool:
            now = Counter(each.sender for each in self.promised.values())
            return all(now[each.name] >= before[each.name] + count for each in self.talkers)

        await self.until(enough, f"{count} more messages of each client")

    async def all_hear(self, message_ids: Sequence[str]) -> None:
        """Wait until every client has heard some messages; nobody hears one twice."""
        await self.until(
            lambda: all(each.heard.keys() >= set(message_ids) for each in self.talkers), "everybody hears everything"
        )
        for each in self.talkers:
            assert not [message_id for message_id in message_ids if each.heard[message_id] != 1], each.name

    async def all_resumed(self, before: Sequence[int]) -> None:
        """Wait until every client was connected anew."""
        await self.until(
            lambda: all(each.resumed > count for each, count in zip(self.talkers, before, strict=True)),
            "everybody is connected again",
        )

    async def history(self) -> dict[str, str]:
        """Read the whole conversation as a client that starts from nothing does: identifier and text."""
        client = self.talkers[0].client
        found: dict[str, str] = {}
        asked: dict[str, object] = {}
        while True:
            answer = await client.messages_sync(
                models.SyncMessages(conversation_id=self.conversation_id, limit=200, **asked)
            )
            found |= {each.id: each.content for each in answer.messages}
            if not answer.has_more:
                return found
            asked = {"last_message_id": answer.messages[-1].id, "revision": answer.revision}

    async def fall_silent(self) -> None:
        """Let everybody finish what is being said, which needs a server, and say no more."""
        self._stopped = True
        await asyncio.wait(self._speaking)

    async def speak(self, talker: Talker) -> None:
        """Send messages until stopped. What is not answered is sent again under the same identifier."""
        while not self._stopped:
            key = str(uuid4())
            message = models.SendMessage(
                conversation_id=self.conversation_id, content=f"{talker.name} {key}", client_message_id=key
            )
            begun = perf_counter()
            while True:
                try:
                    answer = await talker.client.message_send(message)
                except (ConnectionLost, NoAnswer, NotConnected):
                    talker.retries += 1
                except Refused as refused:
                    if not refused.retryable:
                        raise
                    talker.retries += 1
                else:
                    break
                await asyncio.sleep(PAUSE)
            self.promised[answer.message.id] = Promised(talker.name, message.content, perf_counter() - begun)
            self._changed.set()
            await asyncio.sleep(PAUSE)

    async def listen(self, talker: Talker) -> None:
        """Note what is heard, for ever."""
        async for event in talker.client.events():
            match event:
                case MessageNewEvent(message):
                    talker.heard[message.id] += 1
                case Resumed():
                    talker.resumed += 1
            self._changed.set()


@asynccontextmanager
async def talking(urls: Sequence[str]) -> AsyncIterator[Talk]:
    """Let a client at each of the URLs talk with the others until the end of the block."""
    async with AsyncExitStack() as stack:
        talkers = [
            Talker(f"talker{number}", await stack.enter_async_context(open_client(Client, url, options=OPTIONS)))
            for number, url in enumerate(urls)
        ]
        sessions = [
            await each.client.register(models.Registration(username=each.name, password="correct horse battery"))
            for each in talkers
        ]
        for each in talkers:
            await each.client.connect()
        conversation = await talkers[0].client.create_conversation(
            models.NewConversation(
                type=models.ConversationType.GROUP,
                name="Drill",
                participant_ids=[each.user.id for each in sessions[1:]],
            )
        )
        talk = Talk(talkers, conversation.id)
        listening = [asyncio.create_task(talk.listen(each)) for each in talkers]
        # The listeners' streams begin with their first step.
        await asyncio.sleep(0)
        async with asyncio.TaskGroup() as speaking:
            talk._speaking = [speaking.create_task(talk.speak(each)) for each in talkers]
            yield talk
            await talk.fall_silent()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
