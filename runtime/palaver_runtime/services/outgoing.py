"""Group commit: what is sent at the same time is made durable together."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from time import perf_counter
from typing import cast

from palaver_runtime import spans
from palaver_runtime.domain.errors import ChatError, Unavailable
from palaver_runtime.domain.values import Message
from palaver_runtime.fairness import nobodys
from palaver_runtime.metrics import Metrics
from palaver_runtime.services.drafts import Draft, Sent
from palaver_runtime.trouble import Trouble

logger = logging.getLogger(__name__)

MAX_BATCH = 64
"""Messages in one transaction: enough to make its cost small for each, few enough that nobody waits for long meanwhile.

They are stored, and told, in one go.
"""

SMALL = 16
"""Messages that are not worth being divided among several batches, each of which costs something by itself."""

MAX_WAITING = 10_000
"""Messages that may wait: some seconds of what a database takes. Who comes later is told to try again."""


MAX_WAIT = 5.0
"""Seconds that a message waits to be taken: who is still behind then has no better luck by waiting on."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A draft whose sender waits, since a time of the loop, at a place in a trace."""

    draft: Draft
    answer: asyncio.Future[Sent]
    since: float
    trace: str | None


async def _nobody() -> None:
    pass


class Outgoing:
    """Takes drafts, has them committed in batches by a few writers, and answers each sender after the commit.

    A batch is what gathered during the commit before, and what has arrived by the time that its outcome is known to who
    sent. Nobody waits for company, but for that which is about to come: `company` waits for it, returns at once where
    there is none, and does not raise. The conversations take turns in it, one draft each: a flood in one of them delays
    the others by no more than a batch. In a conversation the order is that of `send`.

    - With several writers what waits is divided among those that are free, so that the server has something to do
      while the database has. A conversation is in one batch at a time: what else is sent there waits for the next.

    - `commit` stores a batch, all or nothing, and says of each draft what became of it. `told` is called for each
      new message after the commit, in the order of the batch, before any sender wakes up with the answer.
    - When the store is out of reach, all senders of the batch are told so and may try again. Any other error is due
      to one of them: the batch, of which nothing is kept, is done in halves until that one is alone with its error.
    - So nobody waits longer than until the draft is taken, which is bounded, and then for one transaction.
    - A sender who gives up before the draft was taken takes it back; later it is too late, and the message is sent.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Draft]], Awaitable[Sequence[Sent | ChatError]]],
        told: Callable[[Message], None],
        *,
        company: Callable[[], Awaitable[None]] = _nobody,
        at_once: int = 1,
        max_batch: int = MAX_BATCH,
        max_waiting: int = MAX_WAITING,
        max_wait: float = MAX_WAIT,
        metrics: Metrics | None = None,
    ) -> None:
        self._commit = commit
        self._told = told
        self._company = company
        self._at_once = at_once
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._max_wait = max_wait
        self._metrics = metrics or Metrics()
        self._metrics.outgoing_waiting.watch(lambda: self._waiting)
        # By conversation, in the order of their turns; no queue is empty.
        self._queues: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        # Of the conversations that are in a batch under way; empty for those of which nothing more waits.
        self._under_way: dict[str, deque[_Waiting]] = {}
        self._waiting = 0
        self._trouble = Trouble("Messages are taken in time again")
        self._writers: set[asyncio.Task[None]] = set()
        self._gathering = False
        self._closed = False

    def send(self, draft: Draft) -> asyncio.Future[Sent]:
        """Give what becomes of a draft, once it is durable, or why it is refused.

        That is Unavailable when the store is out of reach, and when the draft is not taken in time. Raises Unavailable
        at once when too many wait already, and after `close`.
        """
        if self._closed:
            raise Unavailable("The server is being stopped")
        if self._waiting >= self._max_waiting:
            raise self._refused(f"{self._waiting} messages wait for the database: more are sent than it can take")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(draft, loop.create_future(), loop.time(), spans.here())
        conversation_id = draft.command.conversation_id
        queue = self._under_way.get(conversation_id)
        if queue is None:
            queue = self._queues.setdefault(conversation_id, deque())
        queue.append(waiting)
        self._waiting += 1
        self._begin()
        return waiting.answer

    async def close(self) -> None:
        """Finish the batches that are being committed; those who still wait are told to try again elsewhere."""
        self._closed = True
        for waiting in self._all_waiting():
            _fail(waiting, Unavailable("The server is being stopped"))
        if self._writers:
            await asyncio.wait(self._writers)

    def _refused(self, reason: str) -> Unavailable:
        """Count a draft that is refused for how many there are, and say so to who looks after the server."""
        self._metrics.refusals.add("outgoing")
        self._trouble.failed(reason)
        return Unavailable(reason)

    def _all_waiting(self) -> Iterator[_Waiting]:
        return chain.from_iterable(chain(self._queues.values(), self._under_way.values()))

    def _begin(self) -> None:
        """Have a writer come for what waits, unless one is about to, or there are enough."""
        if self._queues and not self._gathering and len(self._writers) < self._at_once:
            self._gathering = True
            # On the account of whoever is first, all others would wait for the turns of that one.
            context = nobodys()
            loop = asyncio.get_running_loop()
            self._writers.add(loop.create_task(self._write(), name="outgoing messages", context=context))

    async def _write(self) -> None:
        """Commit batches until nothing waits but for what others commit."""
        batch: list[_Waiting] = []
        try:
            while self._queues:
                self._gathering = True
                # What has arrived by now comes along: the event loop reads it before it comes back here.
                await asyncio.sleep(0)
                await self._company()
                batch = self._take()
                self._gathering = False
                self._begin()
                if batch:
                    await self._settle(batch)
                    self._release(batch)
                    batch = []
                    # Who has just been answered sends again: what was told leaves in one turn, and with the next one
                    # comes what is said to it.
                    await asyncio.sleep(0)
        except BaseException:
            # Nobody is left waiting for a writer that was cancelled.
            for waiting in (*batch, *self._all_waiting()):
                waiting.answer.cancel()
            self._release(batch)
            raise
        finally:
            self._gathering = False
            self._writers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _take(self) -> list[_Waiting]:
        """Take the next batch, a draft of each conversation in turn; those given up are dropped."""
        batch: list[_Waiting] = []
        oldest = asyncio.get_running_loop().time() - self._max_wait
        # Those who are answered together come back together: taken by one writer all of them would wait for the
        # database, and then the database for them.
        free = 1 + self._at_once - len(self._writers)
        most = min(self._max_batch, max(SMALL, -(-self._waiting // free)))
        while self._queues and len(batch) < most:
            conversation_id, queue = self._queues.popitem(last=False)
            waiting = queue.popleft()
            self._waiting -= 1
            if queue:
                self._queues[conversation_id] = queue
            if waiting.since < oldest:
                _fail(waiting, self._refused(f"A message waited for the database longer than {self._max_wait} s"))
            elif not waiting.answer.done():
                batch.append(waiting)
        for conversation_id in {waiting.draft.command.conversation_id for waiting in batch}:
            self._under_way[conversation_id] = self._queues.pop(conversation_id, deque())
        return batch

    def _release(self, batch: Sequence[_Waiting]) -> None:
        """Let the conversations of a batch have their next turns, behind those that wait."""
        for waiting in batch:
            conversation_id = waiting.draft.command.conversation_id
            if queue := self._under_way.pop(conversation_id, None):
                self._queues[conversation_id] = queue

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Commit a batch and answer everybody in it."""
        self._metrics.batch_messages.observe(len(batch))
        began, apart = perf_counter(), False
        try:
            with spans.joint("commit", (waiting.trace for waiting in batch), messages=len(batch)):
                outcomes = await self._commit([waiting.draft for waiting in batch])
        except Unavailable as error:
            for waiting in batch:
                _fail(waiting, error)
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0], error)
            else:
                apart = True
        else:
            self._metrics.commit_seconds.observe(perf_counter() - began)
            self._trouble.worked()
            # Who is answered wakes up in the next turn of the loop, before what is told now leaves in it: both are one
            # write to whoever is told and answered, the answer last.
            for waiting, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, ChatError):
                    _fail(waiting, outcome)
                elif not waiting.answer.done():
                    waiting.answer.set_result(outcome)
            self._tell(batch, outcomes)
        if apart:
            middle = len(batch) // 2
            await self._settle(batch[:middle])
            await self._settle(batch[middle:])

    def _tell(self, batch: Sequence[_Waiting], outcomes: Sequence[Sent | ChatError]) -> None:
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Sent) and outcome.new:
                try:
                    with spans.within(waiting.trace):
                        self._told(outcome.message)
                except Exception:
                    # A defect: telling never fails. The message is durable, and is found again by its revision.
                    logger.exception("message %s could not be told", outcome.message.id)


def _fail(waiting: _Waiting, error: Exception) -> None:
    """Answer with an error, unless the sender has gone."""
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
        # Looked at here, as the sender may be cancelled before it wakes up: asyncio would complain of a lost error.
        waiting.answer.exception()
