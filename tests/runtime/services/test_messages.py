"""Sending, changing and reading messages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from doubles.chat import PLENTY, Chat, called, caller

from palaver_runtime.adapters.sql import SqlStore
from palaver_runtime.adapters.sql.store import SqlReader
from palaver_runtime.domain.commands import SendMessage, Synchronise
from palaver_runtime.domain.errors import Forbidden, NotFound, RateLimited
from palaver_runtime.domain.events import MessageCreated, MessageDeleted, MessageEdited, Superseded, TypingChanged
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Attachment, Caller, Message, MessageKind
from palaver_runtime.services.limits import Rates

ANN, BOB, EVE = caller("ann"), caller("bob"), caller("eve")
ADMIN = Caller(user_id="root", admin=True)


@pytest.fixture
async def conversation_id(chat: Chat) -> str:
    """A conversation of ann and bob; eve is a stranger."""
    await chat.people("ann", "bob", "eve")
    return await chat.group("ann", "bob")


async def stored(chat: Chat, message_id: str) -> Message | None:
    """Read a message."""
    async with chat.store.reading() as tx:
        return await tx.message(message_id)


async def test_message_is_stored_then_told(chat: Chat, conversation_id: str) -> None:
    """A message is kept with all that was sent, numbered, and told as stored."""
    first = await chat.say("bob", conversation_id)
    chat.recorder.take()
    command = SendMessage(
        conversation_id=conversation_id,
        content="hello",
        attachments=(Attachment(file_id="f1", label="x"),),
        metadata={"a": 1},
        reply_to=first.id,
        client_id="k1",
    )
    message = await chat.messages.send(ANN, command)
    assert (message.sender_id, message.content, message.attachments) == ("ann", "hello", command.attachments)
    assert (message.metadata, message.reply_to, message.client_id) == ({"a": 1}, first.id, "k1")
    assert (message.sequence, message.created_revision, message.revision) == (2, 3, 3)
    assert message.created_at == message.updated_at == chat.clock.now()
    assert await stored(chat, message.id) == message
    assert chat.recorder.events == [MessageCreated(conversation_id=conversation_id, revision=3, message=message)]


async def test_repeated_client_identifier_gives_the_first_message(chat: Chat, conversation_id: str) -> None:
    """A retry gives what was stored first and tells nobody; another sender's is another message."""
    first = await chat.say("ann", conversation_id, "one", client_id="k1")
    assert await chat.say("ann", conversation_id, "two", client_id="k1") == first
    assert len(chat.recorder.events) == 1
    other = await chat.say("bob", conversation_id, "three", client_id="k1")
    assert (other.sequence, other.content) == (2, "three")


async def test_message_ends_its_senders_typing(chat: Chat, conversation_id: str) -> None:
    """The others see the typing end before the message comes."""
    await chat.typing.start(ANN, conversation_id, "connection")
    chat.recorder.take()
    message = await chat.say("ann", conversation_id)
    assert chat.recorder.events == [
        TypingChanged(
            conversation_id=conversation_id,
            user_id="ann",
            profile=called("ann"),
            active=False,
            at=chat.clock.now(),
        ),
        MessageCreated(conversation_id=conversation_id, revision=2, message=message),
    ]


async def test_reply_is_to_a_message_of_the_conversation(chat: Chat, conversation_id: str) -> None:
    """A reply to a message that is elsewhere or nowhere is refused and stores nothing."""
    elsewhere = await chat.say("ann", await chat.group("ann"))
    chat.recorder.take()
    for reply_to in (elsewhere.id, "m0"):
        with pytest.raises(NotFound):
            await chat.say("ann", conversation_id, reply_to=reply_to)
    assert chat.recorder.events == []
    assert (await chat.say("ann", conversation_id)).revision == 2


async def test_strangers_learn_nothing(chat: Chat, conversation_id: str) -> None:
    """For who is not in it a conversation answers as one that is not there, and so do its messages."""
    message = await chat.say("ann", conversation_id)
    chat.recorder.take()
    answers = set()
    for place in (conversation_id, "c0"):
        for attempt in (
            chat.say("eve", place),
            chat.messages.history(EVE, place, before=None, after=None, limit=1),
            chat.messages.synchronise(
                EVE, Synchronise(conversation_id=place, last_message_id=None, revision=None, limit=1)
            ),
        ):
            with pytest.raises(Forbidden) as forbidden:
                await attempt
            answers.add(forbidden.value.message)
    assert len(answers) == 1
    answers = set()
    for message_id in (message.id, "m0"):
        for change in (chat.messages.edit(EVE, message_id, "x"), chat.messages.delete(EVE, message_id)):
            with pytest.raises(NotFound) as missing:
                await change
            answers.add(missing.value.message)
    assert len(answers) == 1
    assert chat.recorder.events == []


async def test_edit_is_told_and_may_be_repeated(chat: Chat, conversation_id: str) -> None:
    """The sender gives a message new content, with a new revision and the same place."""
    sent = await chat.say("ann", conversation_id)
    await chat.say("bob", conversation_id)
    chat.recorder.take()
    for revision, content in [(4, "one"), (5, "two")]:
        at = chat.clock.advance(seconds=1)
        edited = await chat.messages.edit(ANN, sent.id, content)
        assert edited == sent.with_content(content, revision, at)
        assert await stored(chat, sent.id) == edited
        assert chat.recorder.take() == [
            MessageEdited(conversation_id=conversation_id, revision=revision, message=edited)
        ]


async def test_deletion_erases_and_is_final(chat: Chat, conversation_id: str) -> None:
    """The sender erases a message; from then on it can be neither changed nor deleted."""
    sent = await chat.say("ann", conversation_id)
    chat.recorder.take()
    at = chat.clock.advance(seconds=1)
    await chat.messages.delete(ANN, sent.id)
    erased = sent.erased(3, at)
    assert await stored(chat, sent.id) == erased
    assert chat.recorder.take() == [MessageDeleted(conversation_id=conversation_id, revision=3, message=erased)]
    for attempt in (chat.messages.edit(ANN, sent.id, "x"), chat.messages.delete(ANN, sent.id)):
        with pytest.raises(NotFound):
            await attempt
    assert chat.recorder.events == []


async def test_messages_are_their_senders(chat: Chat, conversation_id: str) -> None:
    """Not even the owner changes what another said; who was removed does not any more."""
    sent = await chat.say("bob", conversation_id)
    for attempt in (chat.messages.edit(ANN, sent.id, "x"), chat.messages.delete(ANN, sent.id)):
        with pytest.raises(Forbidden):
            await attempt
    await chat.conversations.remove(ANN, conversation_id, "bob")
    for attempt in (chat.messages.edit(BOB, sent.id, "x"), chat.messages.delete(BOB, sent.id)):
        with pytest.raises(NotFound):
            await attempt
    assert await stored(chat, sent.id) == sent


async def test_messages_of_one_user_are_limited(store: SqlStore) -> None:
    """One message too many is refused and not stored; others can still send."""
    chat = Chat(store, Rates(messages=Rate(2, 10), requests=PLENTY.requests, sign_ins=PLENTY.sign_ins))
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    for _ in range(2):
        await chat.say("ann", conversation_id)
    with pytest.raises(RateLimited):
        await chat.say("ann", conversation_id)
    assert (await chat.say("bob", conversation_id)).sequence == 3
    chat.seconds += 10
    assert (await chat.say("ann", conversation_id)).sequence == 4


async def test_history_is_paged(chat: Chat, conversation_id: str) -> None:
    """The newest page first, then backwards or forwards; each says whether there are more that way."""
    sent = [await chat.say("ann", conversation_id) for _ in range(5)]

    async def page(before: int | None = None, after: int | None = None) -> tuple[list[int], bool]:
        messages, more = await chat.messages.history(
            BOB,
            conversation_id,
            before=sent[before - 1].id if before else None,
            after=sent[after - 1].id if after else None,
            limit=2,
        )
        return [each.sequence for each in messages], more

    assert await page() == ([4, 5], True)
    assert await page(before=4) == ([2, 3], True)
    assert await page(before=3) == ([1, 2], False)
    assert await page(before=1) == ([], False)
    assert await page(after=1) == ([2, 3], True)
    assert await page(after=3) == ([4, 5], False)
    assert await page(after=5) == ([], False)
    with pytest.raises(NotFound):
        await chat.messages.history(BOB, conversation_id, before="m0", after=None, limit=2)


async def test_history_ends_before_a_sequence(chat: Chat, conversation_id: str) -> None:
    """A sequence stands for the message that has it; any other number is before the first or after the last."""
    sent = [await chat.say("ann", conversation_id) for _ in range(5)]
    for message in sent:
        by_sequence = await chat.messages.history(BOB, conversation_id, before_sequence=message.sequence, limit=2)
        assert by_sequence == await chat.messages.history(BOB, conversation_id, before=message.id, limit=2)
    for number, expected in [(6, (sent[3:], True)), (10**12, (sent[3:], True)), (-(10**12), ([], False))]:
        page, more = await chat.messages.history(BOB, conversation_id, before_sequence=number, limit=2)
        assert (list(page), more) == expected


async def test_pages_are_numbered_from_the_newest(chat: Chat, conversation_id: str) -> None:
    """Together they are all messages, each once, and each page says how many those are."""
    assert await chat.messages.page(BOB, conversation_id, 1, 2) == ((), 0)
    sent = [await chat.say("ann", conversation_id) for _ in range(5)]
    await chat.messages.delete(ANN, sent[2].id)

    async def page(number: int, limit: int = 2) -> tuple[list[int], int]:
        messages, total = await chat.messages.page(BOB, conversation_id, number, limit)
        return [each.sequence for each in messages], total

    assert await page(1) == ([4, 5], 5)
    assert await page(2) == ([2, 3], 5)
    assert await page(3) == ([1], 5)
    assert await page(4) == ([], 5)
    assert await page(10**12) == ([], 5)
    assert await page(1, 5) == await page(1, 100) == ([1, 2, 3, 4, 5], 5)
    assert await page(2, 5) == ([], 5)
    messages, _ = await chat.messages.page(BOB, conversation_id, 2, 2)
    assert messages[1].deleted


async def test_pages_are_of_what_is_kept(store: SqlStore) -> None:
    """What is forgotten is counted no more and stands on no page, the last one included."""
    chat = Chat(store, keep=3)
    await chat.people("ann", "bob")
    conversation_id = await chat.group("ann", "bob")
    sent = [await chat.say("ann", conversation_id) for _ in range(8)]
    assert await chat.messages.page(BOB, conversation_id, 1, 2) == (tuple(sent[6:]), 3)
    assert await chat.messages.page(BOB, conversation_id, 2, 2) == ((sent[5],), 3)
    assert await chat.messages.page(BOB, conversation_id, 3, 2) == ((), 3)
    await chat.messages.prune(ADMIN, conversation_id, 0)
    assert await chat.messages.page(BOB, conversation_id, 1, 2) == ((), 0)
    await chat.close()


async def test_page_takes_the_same_statements_wherever_it_is(chat: Chat, conversation_id: str) -> None:
    """Of a hundred messages neither the count nor a late page reads more than the page."""
    for _ in range(100):
        await chat.say("ann", conversation_id)
    read: list[int] = []
    async with chat.store.reading() as tx:
        history = type(tx).history

        async def counted(*arguments: object, **more: object) -> tuple[Message, ...]:
            found = await history(*arguments, **more)  # type: ignore[arg-type]
            read.append(len(found))
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(tx), "history", counted)
        for number in (1, 9):
            assert (await chat.messages.page(BOB, conversation_id, number, 10))[1] == 100
    assert read == [1, 1, 10, 1, 1, 10]


async def test_administrator_prunes_to_the_newest(chat: Chat, conversation_id: str) -> None:
    """Without being a participant; the number removed is given, nobody is told, and the sequence goes on."""
    other = await chat.group("ann")
    await chat.say("ann", other)
    sent = [await chat.say("ann", conversation_id) for _ in range(5)]
    chat.recorder.take()
    assert [await chat.messages.prune(ADMIN, conversation_id, keep) for keep in (9, 5, 2, 2, 3)] == [0, 0, 3, 0, 0]
    history, _ = await chat.messages.history(BOB, conversation_id, limit=9)
    assert list(history) == sent[3:]
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 2
    assert chat.recorder.events == []
    assert (await chat.say("ann", conversation_id)).sequence == 6
    assert await chat.messages.prune(ADMIN, conversation_id, 0) == 3
    assert await chat.messages.prune(ADMIN, conversation_id, 10**12) == 0
    assert await chat.messages.history(BOB, conversation_id, limit=9) == ((), False)
    assert (await chat.conversations.get(BOB, conversation_id)).last_message is None
    assert len((await chat.messages.history(ANN, other, limit=9))[0]) == 1


async def test_nobody_else_prunes(chat: Chat, conversation_id: str) -> None:
    """Not even the owner; and what is not there cannot be pruned."""
    await chat.say("ann", conversation_id)
    for who in (ANN, BOB, EVE):
        with pytest.raises(Forbidden):
            await chat.messages.prune(who, conversation_id, 0)
    assert len((await chat.messages.history(BOB, conversation_id, limit=9))[0]) == 1
    with pytest.raises(NotFound):
        await chat.messages.prune(ADMIN, "c0", 0)


async def test_who_is_away_while_messages_are_pruned_misses_none_of_the_rest(chat: Chat, conversation_id: str) -> None:
    """The pruned ones are told as superseded, by revision and without a gap."""
    sent = [await chat.say("ann", conversation_id) for _ in range(3)]
    await chat.messages.prune(ADMIN, conversation_id, 1)
    async with chat.store.reading() as tx:
        changes = await tx.changes(conversation_id, 1, 9)
    assert changes == (
        Superseded(conversation_id=conversation_id, revision=2),
        Superseded(conversation_id=conversation_id, revision=3),
        MessageCreated(conversation_id=conversation_id, revision=4, message=sent[2]),
    )


@pytest.mark.parametrize("kind", MessageKind)
async def test_kind_is_kept_and_told(chat: Chat, conversation_id: str, kind: MessageKind) -> None:
    """What a message is stays, whatever becomes of it."""
    command = SendMessage(conversation_id=conversation_id, content="x", kind=kind)
    sent = await chat.messages.send(replace(ANN, admin=True), command)
    assert sent.kind is kind
    await chat.messages.edit(ANN, sent.id, "y")
    await chat.messages.delete(ANN, sent.id)
    kinds = [each.message.kind for each in chat.recorder.events if hasattr(each, "message")]
    assert kinds == [kind, kind, kind]
    found = await stored(chat, sent.id)
    assert found is not None
    assert found.kind is kind


async def test_messages_of_the_system_are_for_administrators(chat: Chat, conversation_id: str) -> None:
    """Nobody else can speak for the system; an administrator has to be a participant all the same."""
    command = SendMessage(conversation_id=conversation_id, content="x", kind=MessageKind.SYSTEM)
    for sender in (ANN, ADMIN):
        with pytest.raises(Forbidden):
            await chat.messages.send(sender, command)
    assert chat.recorder.events == []


async def test_submitting_says_whether_a_message_is_new(chat: Chat, conversation_id: str) -> None:
    """The first time it is, and a repetition is not; what is given is the same message."""
    command = SendMessage(conversation_id=conversation_id, content="x", client_id="k1")
    first, again = [await chat.messages.submit(ANN, command) for _ in range(2)]
    assert (first.new, again.new) == (True, False)
    assert first.message == again.message


async def test_every_event_names_the_sender(chat: Chat, conversation_id: str) -> None:
    """As it is sent, edited and deleted, and when a retry is answered with the first message."""
    sent = await chat.say("ann", conversation_id, client_id="k1")
    assert await chat.say("ann", conversation_id, client_id="k1") == sent
    edited = await chat.messages.edit(ANN, sent.id, "y")
    await chat.messages.delete(ANN, sent.id)
    assert sent.sender == edited.sender == called("ann")
    told = [each for each in chat.recorder.events if isinstance(each, MessageCreated | MessageEdited | MessageDeleted)]
    assert [each.message.sender for each in told] == [called("ann")] * 3


@dataclass
class Client:
    """Somebody who was away, and follows `message.sync` to the end."""

    chat: Chat
    conversation_id: str
    with_revision: bool
    known: dict[str, Message] = field(default_factory=dict)
    last: Message | None = None
    revision: int | None = None

    def learn(self, message: Message) -> None:
        """Know a message as it now is."""
        self.known[message.id] = message
        if self.last is None or message.sequence > self.last.sequence:
            self.last = message

    async def synchronise(self, limit: int, meanwhile: Sequence[Message] = ()) -> int:
        """Ask until there is no more; give how often. Between the first turns each message of `meanwhile` is edited."""
        meanwhile = list(meanwhile)
        for turn in range(1, 50):
            missed = await self.chat.messages.synchronise(
                BOB,
                Synchronise(
                    conversation_id=self.conversation_id,
                    last_message_id=self.last.id if self.last else None,
                    revision=self.revision if self.with_revision else None,
                    limit=limit,
                ),
            )
            assert len(missed.messages) <= limit
            assert len(missed.changed) <= limit
            for message in (*missed.changed, *missed.messages):
                self.learn(message)
            self.revision = missed.revision
            if not missed.has_more:
                return turn
            if meanwhile:
                await self.chat.messages.edit(ANN, meanwhile.pop().id, f"meanwhile {turn}")
        raise AssertionError("synchronising does not end")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_client_with_a_revision_gets_exactly_what_was_missed(
    chat: Chat, conversation_id: str, limit: int
) -> None:
    """Who was away gets new messages, edits and deletions, in pages of any size, and ends up with the present."""
    sent = [await chat.say("ann", conversation_id) for _ in range(5)]
    client = Client(chat, conversation_id, with_revision=True)
    await client.synchronise(limit)
    away = client.revision
    assert away == 6
    await chat.messages.edit(ANN, sent[3].id, "edited")
    await chat.messages.delete(ANN, sent[0].id)
    new = [await chat.say("ann", conversation_id) for _ in range(4)]
    await chat.messages.edit(ANN, new[1].id, "edited too")
    await chat.messages.edit(ANN, sent[3].id, "edited again")
    await client.synchronise(limit, meanwhile=[sent[1], new[3], new[0]])
    history, _ = await chat.messages.history(BOB, conversation_id, before=None, after=None, limit=100)
    assert sorted(client.known.values(), key=lambda each: each.sequence) == list(history)
    assert await client.synchronise(limit) == 1


async def test_nothing_is_missed_by_who_was_not_away(chat: Chat, conversation_id: str) -> None:
    """With the latest message and revision the answer is empty and names the same revision."""
    message = await chat.say("ann", conversation_id)
    missed = await chat.messages.synchronise(
        BOB,
        Synchronise(conversation_id=conversation_id, last_message_id=message.id, revision=message.revision, limit=9),
    )
    assert (missed.messages, missed.changed, missed.has_more, missed.revision) == ((), (), False, 2)


@pytest.mark.parametrize("with_revision", [True, False])
async def test_who_has_missed_nothing_costs_one_question(
    chat: Chat, conversation_id: str, with_revision: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No message is looked for where the counters tell that there is none, nor an earlier one by who knows none."""
    client = Client(chat, conversation_id, with_revision)
    looked_for: list[str] = []

    def noted(name: str) -> None:
        look = getattr(SqlReader, name)

        async def noting(*given: object, **named: object) -> object:
            looked_for.append(name)
            return await look(*given, **named)

        monkeypatch.setattr(SqlReader, name, noting)

    for each in ("history", "changed", "message", "participant", "position"):
        noted(each)
    await client.synchronise(9)
    assert looked_for == []
    sent = await chat.say("ann", conversation_id)
    await client.synchronise(9)
    await client.synchronise(9)
    assert looked_for == ["history"]
    await chat.messages.edit(ANN, sent.id, "edited")
    looked_for.clear()
    await client.synchronise(9)
    assert client.known[sent.id].content == "edited"
    assert looked_for == ["changed"]


async def test_client_without_a_revision_gets_changes_since_its_last_message(chat: Chat, conversation_id: str) -> None:
    """Without a revision, whatever changed after the last known message was sent counts as missed."""
    first = await chat.say("ann", conversation_id)
    await chat.messages.edit(ANN, first.id, "before")
    second = await chat.say("ann", conversation_id)
    await chat.messages.edit(ANN, second.id, "after")
    third = await chat.say("ann", conversation_id)
    missed = await chat.messages.synchronise(
        BOB, Synchronise(conversation_id=conversation_id, last_message_id=second.id, revision=None, limit=9)
    )
    assert [each.content for each in missed.changed] == ["after"]
    assert missed.messages == (third,)
    assert (missed.has_more, missed.revision) == (False, 6)


async def test_client_without_anything_gets_everything(chat: Chat, conversation_id: str) -> None:
    """Who knows nothing gets all messages from the first, as they now are and in pages."""
    sent = [await chat.say("ann", conversation_id) for _ in range(3)]
    await chat.messages.delete(ANN, sent[1].id)
    client = Client(chat, conversation_id, with_revision=False)
    assert await client.synchronise(2) == 2
    assert [client.known[each.id].deleted for each in sent] == [False, True, False]


async def test_changes_come_before_new_messages_and_say_where_to_go_on(chat: Chat, conversation_id: str) -> None:
    """While there are more changes than fit, the revision given is that of the last one of the page."""
    sent = [await chat.say("ann", conversation_id) for _ in range(3)]
    for message in sent[::-1]:
        await chat.messages.edit(ANN, message.id, "edited")
    await chat.say("ann", conversation_id)
    missed = await chat.messages.synchronise(
        BOB, Synchronise(conversation_id=conversation_id, last_message_id=sent[2].id, revision=4, limit=2)
    )
    assert [each.id for each in missed.changed] == [sent[2].id, sent[1].id]
    assert (missed.messages, missed.has_more, missed.revision) == ((), True, 6)


async def test_last_message_must_be_of_the_conversation(chat: Chat, conversation_id: str) -> None:
    """A cursor from elsewhere is refused; that of a deleted message is good."""
    elsewhere = await chat.say("ann", await chat.group("ann"))
    for message_id in (elsewhere.id, "m0"):
        with pytest.raises(NotFound):
            await chat.messages.synchronise(
                BOB,
                Synchronise(conversation_id=conversation_id, last_message_id=message_id, revision=None, limit=9),
            )
    sent = await chat.say("ann", conversation_id)
    await chat.messages.delete(ANN, sent.id)
    missed = await chat.messages.synchronise(
        BOB, Synchronise(conversation_id=conversation_id, last_message_id=sent.id, revision=None, limit=9)
    )
    assert [each.deleted for each in missed.changed] == [True]


async def test_newest_messages_are_kept(store: SqlStore) -> None:
    """With a number to keep, each new message takes the place of the oldest; nothing is unread that is not there."""
    chat = Chat(store, keep=3)
    await chat.people("ann", "bob")
    conversation_id, other = await chat.group("ann", "bob"), await chat.group("ann", "bob")
    await chat.say("ann", other)
    sent = [await chat.say("ann", conversation_id) for _ in range(5)]
    history, more = await chat.messages.history(BOB, conversation_id, before=None, after=None, limit=9)
    assert (list(history), more) == (sent[2:], False)
    assert len((await chat.messages.history(BOB, other, before=None, after=None, limit=9))[0]) == 1
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 3
    await chat.receipts.mark(BOB, conversation_id, sent[3].id)
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 1
    sent += [await chat.say("ann", conversation_id) for _ in range(4)]
    assert (await chat.receipts.unread(BOB, conversation_id)).unread == 3
    summary = await chat.conversations.get(BOB, conversation_id)
    assert (summary.last_message, summary.unread) == (sent[-1], 3)
    with pytest.raises(NotFound):
        await chat.messages.edit(ANN, sent[0].id, "x")
    await chat.close()


async def test_flood_keeps_as_many_as_single_messages(store: SqlStore) -> None:
    """Of more messages at once than are kept, all are acknowledged and the newest are kept."""
    chat = Chat(store, keep=3)
    await chat.people("ann")
    conversation_id = await chat.group("ann")
    sent = await asyncio.gather(*(chat.say("ann", conversation_id) for _ in range(20)))
    history, _ = await chat.messages.history(ANN, conversation_id, before=None, after=None, limit=9)
    assert [each.sequence for each in history] == [18, 19, 20]
    assert sorted(each.sequence for each in sent) == list(range(1, 21))
    await chat.close()
