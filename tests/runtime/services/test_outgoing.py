"""Group commit, with a store that the test plays."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from doubles.clock import ManualClock

from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.errors import ChatError, Forbidden, Unavailable
from palaver_runtime.domain.values import Message
from palaver_runtime.fairness import Account, Fairness, current
from palaver_runtime.metrics import Metrics
from palaver_runtime.services.drafts import Draft, Sent
from palaver_runtime.services.outgoing import Outgoing

NOW = ManualClock().now()


def draft(content: str, conversation_id: str = "a") -> Draft:
    """Give a draft."""
    return Draft("ann", SendMessage(conversation_id=conversation_id, content=content), NOW)


def message(source: Draft) -> Message:
    """Give the message that a draft becomes."""
    return Message(
        id=source.command.content,
        conversation_id=source.command.conversation_id,
        sender_id=source.sender_id,
        content=source.command.content,
        sequence=1,
        created_revision=1,
        revision=1,
        created_at=NOW,
        updated_at=NOW,
    )


class Disk:
    """A store that commits when it is let, and a record of what it was given and of what was told."""

    def __init__(self, **limits: Any) -> None:
        self.outgoing = Outgoing(self._commit, self._told, **limits)
        self.tries: list[list[str]] = []
        self.told: list[str] = []
        self.errors: dict[str, Exception] = {}
        self.refused: dict[str, ChatError] = {}
        self.known: set[str] = set()
        self._begun = asyncio.Semaphore(0)
        self._go = asyncio.Semaphore(0)

    async def _commit(self, drafts: Sequence[Draft]) -> list[Sent | ChatError]:
        contents = [each.command.content for each in drafts]
        self.tries.append(contents)
        self._begun.release()
        await self._go.acquire()
        for content in contents:
            if content in self.errors:
                raise self.errors[content]
        return [
            self.refused.get(each.command.content) or Sent(message(each), each.command.content not in self.known)
            for each in drafts
        ]

    def _told(self, new: Message) -> None:
        self.told.append(new.content)
        if new.content == "untellable":
            raise RuntimeError("on purpose")

    async def begun(self) -> None:
        """Wait until the next transaction has begun."""
        async with asyncio.timeout(30):
            await self._begun.acquire()

    def go(self, transactions: int = 1000) -> None:
        """Let so many transactions be committed."""
        for _ in range(transactions):
            self._go.release()

    async def one(self, each: Draft) -> Sent:
        """Send a draft."""
        return await self.outgoing.send(each)

    async def send(self, *contents: str, conversation_id: str = "a") -> "list[asyncio.Task[Sent]]":
        """Begin to send; give the senders, all of which wait now."""
        senders = [asyncio.create_task(self.one(draft(each, conversation_id))) for each in contents]
        await asyncio.sleep(0)
        return senders

    async def send_everywhere(self, conversations: int) -> "list[asyncio.Task[Sent]]":
        """Begin to send to so many conversations, all in one turn of the loop."""
        places = map(str, range(conversations))
        senders = [asyncio.create_task(self.one(draft(each, each))) for each in places]
        await asyncio.sleep(0)
        return senders


@pytest.fixture
async def disk() -> AsyncIterator[Disk]:
    """A store that takes four messages in a transaction, and ten waiting ones."""
    disk = Disk(max_batch=4, max_waiting=10)
    yield disk
    disk.go()
    await disk.outgoing.close()


async def outcomes(senders: "list[asyncio.Task[Sent]]") -> list[str]:
    """Wait for the answers; give the content of each message or the name of the error."""
    async with asyncio.timeout(30):
        found = await asyncio.gather(*senders, return_exceptions=True)
    return [each.message.content if isinstance(each, Sent) else type(each).__name__ for each in found]


async def test_batch_is_what_gathered_during_the_commit_before(disk: Disk) -> None:
    """The first goes alone at once; what comes meanwhile goes together, and no more than fits."""
    senders = await disk.send("1")
    await disk.begun()
    senders += await disk.send("2", "3", "4", "5", "6")
    disk.go()
    assert await outcomes(senders) == ["1", "2", "3", "4", "5", "6"]
    assert disk.tries == [["1"], ["2", "3", "4", "5"], ["6"]]
    assert disk.told == ["1", "2", "3", "4", "5", "6"]


async def test_what_arrives_in_the_same_turn_goes_along(disk: Disk) -> None:
    """Senders whose messages are there are not split in two, as the loop comes to one of them first."""
    senders = await disk.send("1")
    senders += await disk.send("2", "3")
    disk.go()
    assert await outcomes(senders) == ["1", "2", "3"]
    assert disk.tries == [["1", "2", "3"]]


async def test_what_is_said_to_the_batch_before_goes_along(disk: Disk) -> None:
    """Its answers leave in one turn, and what those who have them send at once is there with the next."""

    async def go_on() -> Sent:
        await disk.one(draft("1"))
        await asyncio.sleep(0)
        return await disk.one(draft("3"))

    sender = asyncio.create_task(go_on())
    await disk.begun()
    senders = await disk.send("2")
    disk.go()
    assert await outcomes([*senders, sender]) == ["2", "3"]
    assert disk.tries == [["1"], ["2", "3"]]


async def test_who_is_about_to_come_is_waited_for() -> None:
    """Whose limits are being counted goes along; nobody else is waited for."""
    disk = Disk(company=lambda: disk.send("2"))
    senders = await disk.send("1")
    await disk.begun()
    assert disk.tries == [["1", "2"]]
    disk.go()
    assert await outcomes(senders) == ["1"]


async def test_nobody_is_answered_or_told_before_the_commit(disk: Disk) -> None:
    """While the transaction is open nothing is known of the message; when an answer comes, it has been told."""
    (sender,) = await disk.send("1")
    await disk.begun()
    assert (sender.done(), disk.told) == (False, [])
    sender.add_done_callback(lambda _: disk.told.append("answered"))
    disk.go()
    assert await outcomes([sender]) == ["1"]
    await asyncio.sleep(0)
    assert disk.told == ["1", "answered"]


async def test_who_is_told_is_answered_before_it_leaves(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told leaves in the next turn of the loop, and all answers of the batch come before that in it."""
    loop, done = asyncio.get_running_loop(), list[str]()

    def told(new: Message) -> None:
        done.append(f"told {new.content}")
        loop.call_soon(done.append, f"{new.content} leaves")

    monkeypatch.setattr(disk.outgoing, "_told", told)
    answers = [disk.outgoing.send(draft(each, each)) for each in ("1", "2")]
    for number, answer in enumerate(answers, start=1):
        answer.add_done_callback(lambda _, number=number: done.append(f"answered {number}"))
    disk.go()
    await asyncio.wait(answers)
    await asyncio.sleep(0)
    assert done == ["told 1", "told 2", "answered 1", "answered 2", "1 leaves", "2 leaves"]


async def test_conversations_take_turns(disk: Disk) -> None:
    """A flood in one conversation delays the others by one batch, and each keeps its own order."""
    senders = await disk.send("first")
    await disk.begun()
    senders += await disk.send(*(f"a{number}" for number in range(6)))
    senders += await disk.send("b0", "b1", conversation_id="b")
    senders += await disk.send("c0", conversation_id="c")
    disk.go()
    await outcomes(senders)
    assert disk.tries == [["first"], ["b0", "c0", "a0", "b1"], ["a1", "a2", "a3", "a4"], ["a5"]]


@pytest.fixture
async def disks() -> AsyncIterator[Disk]:
    """A store that takes two batches at once."""
    disk = Disk(at_once=2, max_batch=32)
    yield disk
    disk.go()
    await disk.outgoing.close()


async def test_two_batches_are_under_way(disks: Disk) -> None:
    """What comes while one is committed does not wait for it."""
    senders = await disks.send("a0", conversation_id="a")
    await disks.begun()
    senders += await disks.send("b0", conversation_id="b")
    await disks.begun()
    senders += await disks.send("c0", conversation_id="c")
    disks.go()
    assert await outcomes(senders) == ["a0", "b0", "c0"]
    assert disks.tries == [["a0"], ["b0"], ["c0"]]


async def test_conversation_is_in_one_batch_at_a_time(disks: Disk) -> None:
    """Its next messages wait for those before, while others need not: in a conversation the order stays."""
    senders = await disks.send("a0", conversation_id="a")
    await disks.begun()
    senders += await disks.send("a1", "a2", conversation_id="a")
    senders += await disks.send("b0", conversation_id="b")
    await disks.begun()
    senders += await disks.send("a3", conversation_id="a")
    assert disks.tries == [["a0"], ["b0"]]
    disks.go()
    assert await outcomes(senders) == ["a0", "a1", "a2", "b0", "a3"]
    assert disks.tries == [["a0"], ["b0"], ["a1", "a2", "a3"]]
    assert [each for each in disks.told if each.startswith("a")] == ["a0", "a1", "a2", "a3"]


async def test_what_waits_is_divided_among_the_free(disks: Disk) -> None:
    """Many that come together are in two batches, so that one can be answered while the other is committed."""
    senders = await disks.send_everywhere(40)
    await disks.begun()
    await disks.begun()
    assert [len(each) for each in disks.tries] == [20, 20]
    disks.go()
    assert await outcomes(senders) == list(map(str, range(40)))


async def test_few_are_not_divided(disks: Disk) -> None:
    """A batch costs something by itself."""
    senders = await disks.send_everywhere(12)
    disks.go()
    assert await outcomes(senders) == list(map(str, range(12)))
    assert [len(each) for each in disks.tries] == [12]


async def test_close_finishes_all_that_was_taken(disks: Disk) -> None:
    """Both batches are waited for; what else is sent to their conversations is told to try again."""
    senders = await disks.send("a0", conversation_id="a")
    await disks.begun()
    senders += await disks.send("b0", conversation_id="b")
    await disks.begun()
    senders += await disks.send("a1", conversation_id="a")
    closing = asyncio.create_task(disks.outgoing.close())
    disks.go(1)
    assert await outcomes(senders[:1]) == ["a0"]
    assert not closing.done()
    disks.go()
    assert await outcomes(senders) == ["a0", "b0", "Unavailable"]
    await closing


async def test_conversation_is_free_again_after_a_writer_was_cancelled(disks: Disk) -> None:
    """It is not taken for one of which something is under way."""
    senders = await disks.send("a0", conversation_id="a")
    await disks.begun()
    (writer,) = [each for each in asyncio.all_tasks() if each.get_name() == "outgoing messages"]
    writer.cancel()
    assert await outcomes(senders) == ["CancelledError"]
    disks.go()
    assert await outcomes(await disks.send("a1", conversation_id="a")) == ["a1"]


async def test_refusal_is_for_its_sender_alone(disk: Disk) -> None:
    """Who is refused is told why, what was sent before is given again and not told, the others do not notice."""
    disk.refused = {"2": Forbidden("no")}
    disk.known = {"3"}
    disk.go()
    assert await outcomes(await disk.send("1", "2", "3", "4")) == ["1", "Forbidden", "3", "4"]
    assert disk.tries == [["1", "2", "3", "4"]]
    assert disk.told == ["1", "4"]


async def test_message_that_breaks_the_transaction_fails_alone(disk: Disk) -> None:
    """The batch is done in halves, in order, until the culprit is alone with its error."""
    disk.errors = {"3": OverflowError("on purpose")}
    disk.go()
    assert await outcomes(await disk.send("1", "2", "3", "4")) == ["1", "2", "OverflowError", "4"]
    assert disk.tries == [["1", "2", "3", "4"], ["1", "2"], ["3", "4"], ["3"], ["4"]]
    assert disk.told == ["1", "2", "4"]


async def test_store_out_of_reach_is_told_to_the_whole_batch_at_once(disk: Disk) -> None:
    """Nobody's message is tried alone then, and the next batch is tried anew."""
    disk.errors = {"3": Unavailable("on purpose")}
    senders = await disk.send("1", "2", "3", "4", "5")
    disk.go()
    assert await outcomes(senders) == ["Unavailable"] * 4 + ["5"]
    assert disk.tries == [["1", "2", "3", "4"], ["5"]]
    assert disk.told == ["5"]


async def test_sender_who_goes_before_the_commit_takes_the_message_back(disk: Disk) -> None:
    """A sender who is cancelled while waiting sent nothing."""
    senders = await disk.send("1")
    await disk.begun()
    (gone,) = await disk.send("2")
    senders += await disk.send("3")
    gone.cancel()
    disk.go()
    assert await outcomes([*senders, gone]) == ["1", "3", "CancelledError"]
    assert disk.tries == [["1"], ["3"]]


async def test_sender_who_goes_during_the_commit_is_too_late(disk: Disk) -> None:
    """The message is committed and told, and those in the same batch have their answers."""
    senders = await disk.send("1", "2", "3")
    await disk.begun()
    senders[1].cancel()
    disk.go()
    assert await outcomes(senders) == ["1", "CancelledError", "3"]
    assert disk.told == ["1", "2", "3"]


async def test_sender_who_goes_during_a_commit_that_fails_does_no_harm(disk: Disk) -> None:
    """An error for a sender who is no longer there is for nobody."""
    disk.errors = {"2": OverflowError("on purpose")}
    senders = await disk.send("1", "2")
    await disk.begun()
    senders[1].cancel()
    disk.go()
    assert await outcomes(senders) == ["1", "CancelledError"]
    assert await outcomes(await disk.send("3")) == ["3"]


async def test_too_many_waiting_are_refused(disk: Disk) -> None:
    """Beyond the bound senders are told at once to try again; those who wait lose nothing by it."""
    senders = await disk.send("taken")
    await disk.begun()
    senders += await disk.send(*map(str, range(12)))
    with pytest.raises(Unavailable, match="10 messages wait"):
        await disk.outgoing.send(draft("late"))
    disk.go()
    assert await outcomes(senders) == ["taken", *map(str, range(10)), "Unavailable", "Unavailable"]
    assert await outcomes(await disk.send("again")) == ["again"]


async def test_nobody_waits_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    """Who was not taken in time is told to try again, also when the transaction before goes on for long.

    Each is counted, and the log says why, once.
    """
    metrics = Metrics()
    disk = Disk(max_wait=0.5, metrics=metrics)
    senders = await disk.send("1")
    await disk.begun()
    senders += await disk.send("2", "3")
    await asyncio.sleep(0.55)
    senders += await disk.send("4")
    disk.go()
    assert await outcomes(senders) == ["1", "Unavailable", "Unavailable", "4"]
    assert disk.tries == [["1"], ["4"]]
    assert caplog.messages == ["A message waited for the database longer than 0.5 s"]
    assert metrics.refusals.counts == {("outgoing",): 2}


async def test_message_that_cannot_be_told_is_still_sent(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    """A defect in the telling is logged; the sender has the message and the writer goes on."""
    disk.go()
    assert await outcomes(await disk.send("untellable", "2")) == ["untellable", "2"]
    assert "message untellable could not be told" in caplog.text
    caplog.clear()


async def test_close_finishes_what_was_taken_and_refuses_the_rest(disk: Disk) -> None:
    """The open transaction is waited for; those still waiting, and later ones, are told to try again."""
    senders = await disk.send("1", "2")
    await disk.begun()
    senders += await disk.send("3")
    closing = asyncio.create_task(disk.outgoing.close())
    await asyncio.sleep(0)
    assert not closing.done()
    disk.go()
    assert await outcomes(senders) == ["1", "2", "Unavailable"]
    await closing
    assert disk.tries == [["1", "2"]]
    with pytest.raises(Unavailable, match="being stopped"):
        await disk.outgoing.send(draft("4"))


async def test_writer_that_is_cancelled_leaves_nobody_waiting(disk: Disk) -> None:
    """When the loop is torn down, senders end as well: those in the transaction and those behind it."""
    senders = await disk.send("1")
    await disk.begun()
    senders += await disk.send("2")
    (writer,) = [each for each in asyncio.all_tasks() if each.get_name() == "outgoing messages"]
    writer.cancel()
    assert await outcomes(senders) == ["CancelledError", "CancelledError"]


async def test_drafts_are_not_changed_on_the_way(disk: Disk) -> None:
    """The store gets the very draft that was sent."""
    sent = replace(draft("1"), sender_id="bob")
    disk.go()
    assert (await disk.outgoing.send(sent)).message.sender_id == "bob"


async def test_a_batch_is_on_no_account() -> None:
    """Whoever is first: all others would wait for the turns of that one."""
    accounts: list[Account | None] = []

    async def commit(drafts: Sequence[Draft]) -> list[Sent | ChatError]:
        accounts.append(current())
        return [Sent(message(each), True) for each in drafts]

    outgoing = Outgoing(commit, lambda _: None)

    async def send() -> Sent:
        return await outgoing.send(draft("1"))

    await Fairness(0.2).account("one").metered(send())
    await outgoing.close()
    assert accounts == [None]
