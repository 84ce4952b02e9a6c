"""Presence over all instances, in Redis, held by leases."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from palaver_runtime.adapters.redis import registry
from palaver_runtime.adapters.redis.link import Away, Link
from palaver_runtime.adapters.redis.wire import Command, Reply
from palaver_runtime.ports import Clock

logger = logging.getLogger(__name__)

BATCH = 200
"""Commands in one exchange."""


@dataclass(frozen=True, slots=True)
class _Socket:
    """A connection of this instance."""

    user_id: str
    connected_at: str


@dataclass(frozen=True, slots=True)
class _Request:
    """A command, and where its reply goes: None when there will be none."""

    command: Command
    reply: asyncio.Future[Reply]


class RedisPresence:
    """Who is connected, over all instances.

    What this instance knows of its own connections is the truth. One task brings Redis in line with it: it sends
    everything, in order, and renews the lease. While Redis is away nothing waits for it, and the answers are those
    of this instance alone; when it is back, everything is registered again.

    An instance whose lease has run out, after `lease` seconds without a renewal, loses its sockets. On one of the
    others `on_gone` is called then, with those users to `withdraw` who have none left. Should the lost one still
    live, it registers its sockets when it notices, and `on_back` is called there with the users to `announce`. So
    it is for users who were withdrawn while Redis was away, and turn out to be connected to another instance.
    Neither call is to block, and each may name a user for whom there is nothing to do any more.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        on_gone: Callable[[frozenset[str]], None],
        on_back: Callable[[frozenset[str]], None],
        timeout: float = 0.5,
        lease: float = 9.0,
        renew_interval: float = 3.0,
        retry: float = 1.0,
    ) -> None:
        self._instance = secrets.token_hex(8)
        self._clock = clock
        self._on_gone = on_gone
        self._on_back = on_back
        self._timeout = timeout
        self._lease = lease
        self._renew_interval = renew_interval
        self._retry = retry
        self._link = Link(url, timeout=timeout)
        self._sockets: dict[str, _Socket] = {}
        self._connections: dict[str, set[str]] = {}
        # Those users here, or just gone from here, who are known to be online.
        self._announced: set[str] = set()
        # Those who were withdrawn while only the connections to this instance were known.
        self._guessed: set[str] = set()
        self._requests: deque[_Request] = deque()
        self._news = asyncio.Event()
        self._answering = False
        self._complained = False
        self._refresh_at = self._inherit_from = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether the answers are those of all instances."""
        return self._answering and self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin to connect, in the background: Redis may come later."""
        if self._task is not None:
            raise RuntimeError("presence is started already")
        self._task = asyncio.create_task(self._run(), name="redis presence")

    async def close(self) -> None:
        """Disconnect. What is still registered is left to the other instances, once the lease has run out."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def arrive(self, user_id: str, connection_id: str) -> int:
        """Note a connection; give how many the user now has."""
        now = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        socket = self._sockets.setdefault(connection_id, _Socket(user_id, now))
        connections = self._connections.setdefault(user_id, set())
        connections.add(connection_id)
        here = len(connections)
        everywhere = await self._ask(self._arrival(connection_id, socket))
        return max(here, everywhere) if isinstance(everywhere, int) else here

    async def announce(self, user_id: str) -> bool:
        """Note that a user is online; True when that is news."""
        news_here = user_id not in self._announced
        if user_id in self._connections:
            self._announced.add(user_id)
        self._guessed.discard(user_id)
        news = await self._ask(registry.announce(user_id))
        return news_here if news is None else news == 1

    async def depart(self, connections: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Forget connections, each given after its user, and not those unknown; give the users of whom none is left."""
        # They leave together, and each is answered by itself.
        last = await asyncio.gather(*(self._forget(*each) for each in connections))
        return tuple(user_id for (user_id, _), was_last in zip(connections, last, strict=True) if was_last)

    async def _forget(self, user_id: str, connection_id: str) -> bool:
        """Forget a connection; tell whether it was the last one of the user."""
        if self._sockets.pop(connection_id, None) is None:
            return False
        connections = self._connections[user_id]
        connections.remove(connection_id)
        last_here = not connections
        if last_here:
            del self._connections[user_id]
        left = await self._ask(registry.depart(self._instance, user_id, connection_id))
        if not last_here or user_id in self._connections:
            return False
        if left in (0, None):
            return True
        # Another instance has the last connection, and will withdraw the user.
        self._announced.discard(user_id)
        return False

    async def withdraw(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Note that users are offline, but for those with a connection; give those of whom that is news."""
        away = [each for each in user_ids if each not in self._connections]
        news_here = self._announced.intersection(away)
        self._announced -= news_here
        # They leave together, and each is answered by itself.
        told = await asyncio.gather(*(self._ask(registry.withdraw(each)) for each in away))
        unanswered = news_here.intersection(each for each, news in zip(away, told, strict=True) if news is None)
        self._guessed |= unanswered
        return frozenset(unanswered.union(each for each, news in zip(away, told, strict=True) if news == 1))

    async def online(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Give those of the users who are online."""
        here = self._announced.intersection(user_ids)
        others = [each for each in user_ids if each not in here]
        flags = await self._ask(registry.online(others)) if others else None
        if not isinstance(flags, list):
            return frozenset(here)
        return frozenset(here.union(each for each, flag in zip(others, flags, strict=True) if flag))

    def _arrival(self, connection_id: str, socket: _Socket) -> Command:
        return registry.arrive(self._instance, socket.user_id, connection_id, socket.connected_at)

    async def _ask(self, command: Command) -> Reply:
        """Have a command sent after all earlier ones; give its reply, or None when Redis is away or slow.

        Once it is queued it is sent, whoever still waits: Redis has to learn what became of a connection.
        """
        if not self._answering:
            return None
        request = _Request(command, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        self._news.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                return await request.reply
        return None

    async def _run(self) -> None:
        """Serve Redis, until cancelled."""
        try:
            while True:
                try:
                    await self._serve()
                except Away as error:
                    self._complain(error)
                except Exception:
                    logger.exception("keeping presence in Redis failed")
                self._let_go()
                self._inherit_from = asyncio.get_running_loop().time() + self._lease
                await asyncio.sleep(self._retry)
        finally:
            self._let_go()
            self._link.close()

    async def _serve(self) -> None:
        """Register everything, then send what is asked and renew the lease, until Redis is away."""
        loop = asyncio.get_running_loop()
        renewal = await self._renew()
        await self._register_all(renewal)
        while True:
            renew_at = loop.time() + self._renew_interval
            while (wait := renew_at - loop.time()) > 0:
                if not self._requests:
                    self._news.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait):
                            await self._news.wait()
                await self._send_requests()
            expected = len(self._sockets)
            renewal = await self._renew()
            # With something still to be sent the numbers cannot agree.
            agreed = self._requests or renewal.sockets == expected
            if not renewal.held or renewal.buried or not agreed or loop.time() >= self._refresh_at:
                await self._register_all(renewal)
            # One renewal after Redis came back, the others have registered their connections too.
            await self._review_guesses()
            if loop.time() >= self._inherit_from:
                for instance in renewal.ended:
                    await self._inherit(instance)

    async def _send_requests(self) -> None:
        """Send the next batch of what is asked."""
        batch = [self._requests.popleft() for _ in range(min(BATCH, len(self._requests)))]
        if not batch:
            return
        try:
            replies = await self._link.exchange([each.command for each in batch])
        except Away:
            self._requests.extendleft(reversed(batch))
            raise
        for request, reply in zip(batch, replies, strict=True):
            if not request.reply.done():
                request.reply.set_result(reply)

    async def _renew(self) -> registry.Renewal:
        (reply,) = await self._link.exchange([registry.renew(self._instance, self._lease)])
        return registry.renewal(reply)

    async def _register_all(self, renewal: registry.Renewal) -> None:
        """Make Redis hold the connections of this instance, and no others of it."""
        (reply,) = await self._link.exchange([registry.registered(self._instance)])
        pairs = registry.texts(reply if isinstance(reply, list) else [])
        # From here on what comes and goes is queued, and sent after what is sent here.
        self._answer()
        sockets = dict(self._sockets)
        stale = [(socket, user) for socket, user in zip(pairs[::2], pairs[1::2], strict=True) if socket not in sockets]
        await self._exchange_all(registry.depart(self._instance, user, socket) for socket, user in stale)
        await self._exchange_all(self._arrival(name, socket) for name, socket in sockets.items())
        self._refresh_at = asyncio.get_running_loop().time() + registry.SOCKET_SECONDS / 4
        if renewal.buried:
            await self._return()
        else:
            await self._exchange_all(registry.announce(each) for each in list(self._announced))

    async def _return(self) -> None:
        """Have those announced whom the others have withdrawn. From now on they have sockets, and stay."""
        here = sorted(self._announced.intersection(self._connections))
        if here:
            (flags,) = await self._link.exchange([registry.online(here)])
            known = flags if isinstance(flags, list) else []
            back = frozenset(each for each, flag in zip(here, known, strict=True) if not flag)
            logger.warning("this instance was given up by the others; %d users are back", len(back))
            self._tell_back(back)

    async def _review_guesses(self) -> None:
        """Have those announced who were said to be offline while Redis was away, and are connected elsewhere."""
        guessed = sorted(self._guessed)
        flags = await self._exchange_all(registry.recant(each) for each in guessed)
        self._guessed.difference_update(guessed)
        self._tell_back(frozenset(each for each, flag in zip(guessed, flags, strict=True) if flag))

    async def _inherit(self, instance: str) -> None:
        """Clear up after an instance that has ended, unless another does."""
        (reply,) = await self._link.exchange([registry.inherit(instance, self._instance, self._lease)])
        if not isinstance(reply, list):
            return
        gone = frozenset(registry.texts(reply)).difference(self._connections)
        logger.info("instance %s has ended; %d users have no connection left", instance, len(gone))
        if gone:
            _tell(self._on_gone, gone)
        await self._link.exchange([registry.forget(instance)])

    async def _exchange_all(self, commands: Iterable[Command]) -> list[Reply]:
        every = list(commands)
        replies: list[Reply] = []
        for start in range(0, len(every), BATCH):
            replies += await self._link.exchange(every[start : start + BATCH])
        return replies

    def _tell_back(self, user_ids: frozenset[str]) -> None:
        if user_ids:
            # What is known here is what the others were told: it is to be news again.
            self._announced.difference_update(user_ids)
            _tell(self._on_back, user_ids)

    def _answer(self) -> None:
        if self._complained:
            logger.info("presence is kept in Redis again")
        self._complained = False
        self._answering = True

    def _let_go(self) -> None:
        """Redis is away: whoever waits is answered from memory."""
        self._answering = False
        for request in self._requests:
            if not request.reply.done():
                request.reply.set_result(None)
        self._requests.clear()

    def _complain(self, error: Away) -> None:
        """Say once that Redis is away, until it is back."""
        if not self._complained:
            logger.warning("presence is that of this instance alone for now: %s", error)
        self._complained = True


def _tell(listener: Callable[[frozenset[str]], None], user_ids: frozenset[str]) -> None:
    try:
        listener(user_ids)
    except Exception:
        logger.exception("a change of presence could not be told")
