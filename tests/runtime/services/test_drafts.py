"""Sending many at once is as sending each in turn."""

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from doubles.chat import Chat, called, caller
from sqlalchemy import Connection, event

from palaver_runtime.adapters.sql import SqlStore, prepared
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError, Forbidden, NotFound
from palaver_runtime.domain.values import Message, MessageKind
from palaver_runtime.services.drafts import Draft, Sent, send

PEOPLE = ("ann", "bob", "eve")
NAMES = ("room", "side", "else")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind: what a batch is made of differs between them."""
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_tables_url"}[request.param])
    assert isinstance(url, str)
    return url


@dataclass
class World:
    """Three conversations with the same people and messages; the third one is of somebody else."""

    chat: Chat
    conversations: dict[str, str]
    replies: tuple[str, ...]

    @classmethod
    async def make(cls, chat: Chat) -> "World":
        """Add the conversations to those that are there."""
        members = {"room": ("ann", "bob"), "side": ("ann", "eve"), "else": ("zoe",)}
        made = {name: await chat.group(*those) for name, those in members.items()}
        replies = [(await chat.say(members[each][0], made[each], client_id="first")).id for each in NAMES]
        return cls(chat, made, (*replies, "m0"))

    def draft(self, choices: "Choices", place: int) -> Draft:
        """Give the draft that some choices stand for."""
        return Draft(
            choices.sender,
            SendMessage(
                conversation_id=self.conversations.get(choices.conversation, "c0"),
                content=str(place),
                kind=choices.kind,
                client_id=choices.client_id,
                reply_to=None if choices.reply_to is None else self.replies[choices.reply_to],
            ),
            self.chat.clock.now() + timedelta(seconds=choices.second),
        )

    async def send(self, drafts: list[Draft]) -> list[Sent | ChatError]:
        """Send drafts, as the server does."""
        return await self.chat.store.send(lambda tx: send(tx, drafts))

    async def lock_and_send(self, drafts: list[Draft]) -> list[Sent | ChatError]:
        """Send drafts in one transaction that locks their conversations."""
        async with self.chat.store.writing() as tx:
            return await send(tx, drafts)

    def told(self, outcome: Sent | ChatError) -> object:
        """Give what can be compared between two worlds."""
        if isinstance(outcome, ChatError):
            return type(outcome), outcome.message
        return outcome.new, self.comparable(outcome.message)

    def comparable(self, message: Message) -> object:
        """Give a message without what differs between two worlds: its identifiers and the time."""
        names = {conversation_id: name for name, conversation_id in self.conversations.items()}
        now = self.chat.clock.now()
        return replace(
            message,
            id="",
            conversation_id=names[message.conversation_id],
            reply_to=message.reply_to and str(self.replies.index(message.reply_to)),
            created_at=now,
            updated_at=now,
        )

    async def state(self) -> list[object]:
        """Give all messages and counters, as they can be compared."""
        found: list[object] = []
        async with self.chat.store.reading() as tx:
            for conversation_id in self.conversations.values():
                conversation = await tx.conversation(conversation_id)
                assert conversation is not None
                messages = await tx.history(conversation_id, after=0, limit=1000)
                latest = max(message.created_at for message in messages)
                found.append((conversation.revision, conversation.sequence, conversation.active_at == latest))
                found.extend(map(self.comparable, messages))
        return found


@dataclass(frozen=True)
class Choices:
    """What a random draft is made of."""

    sender: str
    conversation: str
    client_id: str | None
    reply_to: int | None
    second: int
    kind: MessageKind = MessageKind.TEXT

    @classmethod
    def make(cls, chance: random.Random) -> "Choices":
        """Choose, with repetitions and refusals of every kind."""
        return cls(
            sender=chance.choice(PEOPLE),
            conversation=chance.choice((*NAMES, "room", "room", "none")),
            client_id=chance.choice((None, "first", "k1", "k2")),
            reply_to=chance.choice((None, None, 0, 1, 2, 3)),
            second=chance.randrange(9),
            kind=chance.choice(list(MessageKind)),
        )


@pytest.mark.parametrize("seed", range(4))
async def test_batch_equals_the_same_drafts_one_by_one(chat: Chat, seed: int) -> None:
    """Results, numbers, order and what is stored are the same, however the drafts are cut into batches."""
    chance = random.Random(seed)
    await chat.people(*PEOPLE, "zoe")
    batched, alone = await World.make(chat), await World.make(chat)
    choices = [Choices.make(chance) for _ in range(120)]
    together: list[object] = []
    drafts = [batched.draft(each, place) for place, each in enumerate(choices)]
    while drafts:
        size = chance.randint(1, 50)
        way = chance.choice((batched.send, batched.lock_and_send))
        together.extend(map(batched.told, await way(drafts[:size])))
        drafts = drafts[size:]
    single: list[object] = []
    for place, each in enumerate(choices):
        single.extend(map(alone.told, await alone.send([alone.draft(each, place)])))
    assert together == single
    assert {each[0] for each in together if isinstance(each, tuple)} == {True, False, Forbidden, NotFound}
    assert await batched.state() == await alone.state()


async def test_message_is_named_after_its_sender(chat: Chat) -> None:
    """Each message of a batch has the profile of its own sender and its own kind, as the store then gives it."""
    await chat.people(*PEOPLE, "zoe")
    world = await World.make(chat)
    kinds = list(MessageKind)
    choices = [Choices(PEOPLE[place % 2], "room", None, None, 0, kind) for place, kind in enumerate(kinds)]
    outcomes = await world.send([world.draft(each, place) for place, each in enumerate(choices)])
    sent = [each.message for each in outcomes if isinstance(each, Sent)]
    assert [each.sender for each in sent] == [called(each.sender_id) for each in sent]
    assert [each.sender_id for each in sent] == [each.sender for each in choices]
    assert [each.kind for each in sent] == kinds
    async with chat.store.reading() as tx:
        assert list(await tx.history(world.conversations["room"], after=1, limit=9)) == sent


async def test_same_client_identifier_twice_in_a_batch_is_one_message(chat: Chat) -> None:
    """The second gets the message of the first; if the first is refused, the second is judged for itself."""
    await chat.people(*PEOPLE, "zoe")
    world = await World.make(chat)
    first = Choices("ann", "room", "k1", None, 0)
    refused = replace(first, client_id="k2", reply_to=3)
    outcomes = await world.send(
        [
            world.draft(each, place)
            for place, each in enumerate([first, replace(first, second=5), refused, replace(refused, reply_to=None)])
        ]
    )
    one, again, missing, other = outcomes
    assert isinstance(one, Sent)
    assert isinstance(other, Sent)
    assert again == Sent(one.message, new=False)
    assert isinstance(missing, NotFound)
    assert (one.message.sequence, other.message.sequence, other.new) == (2, 3, True)


async def test_refused_drafts_alone_change_nothing(chat: Chat) -> None:
    """A batch of refusals takes no number."""
    await chat.people(*PEOPLE, "zoe")
    world = await World.make(chat)
    before = await world.state()
    outcomes = await world.send(
        [world.draft(Choices("eve", each, None, None, 0), 0) for each in ("room", "else", "none")]
    )
    assert [type(each) for each in outcomes] == [Forbidden] * 3
    assert await world.state() == before


async def test_number_of_statements_does_not_depend_on_the_number_of_drafts(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred drafts in fifty conversations take as many statements as two in one."""
    chat = Chat(store)
    await chat.people(*PEOPLE)
    conversations = [await chat.group("ann", "bob") for _ in range(50)]
    first = await chat.say("ann", conversations[0])
    seen: list[str] = []
    run = prepared._run

    def noted(connection: Connection, sql: str, values: object, *, many: bool) -> object:
        seen.append(sql)
        return run(connection, sql, values, many=many)

    monkeypatch.setattr(prepared, "_run", noted)

    async def statements(count: int, places: list[str]) -> int:
        seen.clear()
        async with store.writing() as tx:
            connection = tx._connection.sync_connection
            assert connection is not None
            event.listen(connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
            commands = [
                SendMessage(
                    conversation_id=places[number % len(places)],
                    content="x",
                    client_id=f"{count} {number}",
                    reply_to=first.id if places[number % len(places)] == conversations[0] else None,
                )
                for number in range(count)
            ]
            sent = await send(tx, [Draft("ann", each, chat.clock.now()) for each in commands])
            assert all(isinstance(each, Sent) for each in sent)
        return len(seen)

    assert await statements(200, conversations) == await statements(2, conversations[:1]) == 4


async def test_message_is_told_and_typing_ends_in_the_order_of_the_batch(chat: Chat) -> None:
    """Through the service, many at once are told by ascending revision, each once."""
    await chat.people(*PEOPLE)
    conversation_id = await chat.group("ann", "bob")
    await chat.typing.start(caller("bob"), conversation_id, "connection")
    chat.recorder.take()
    await asyncio.gather(*(chat.say(who, conversation_id) for who in ("ann", "bob") * 10))
    kinds = [type(each).__name__ for each in chat.recorder.events]
    assert kinds.count("MessageCreated") == 20
    assert kinds.index("TypingChanged") == 1
    revisions = [each.revision for each in chat.recorder.events if hasattr(each, "revision")]
    assert revisions == list(range(2, 22))
