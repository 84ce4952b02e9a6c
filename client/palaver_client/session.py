"""Staying connected: connection after connection, and between two of them what was missed."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

import pydantic

from palaver_client import wording
from palaver_client.backoff import Backoff
from palaver_client.catching_up import CatchingUp
from palaver_client.channel import Channel
from palaver_client.facts import identifier
from palaver_client.marks import Marks
from palaver_client.operations import Operations
from palaver_client.requests import Requests
from palaver_client.rooms import Rooms
from palaver_client.streams import Streams
from palaver_wire.client import (
    ClientError,
    ConnectionLost,
    Dialect,
    Interrupted,
    Json,
    NoAnswer,
    NotConnected,
    NotSignedIn,
    Refused,
    Resumed,
)
from palaver_wire.contract import WireModel

_log = logging.getLogger("palaver_client")
_UNAUTHORIZED = 401
_LEAVES = frozenset({"room.leave", "participant.leave"})


@dataclass(frozen=True, slots=True)
class Options:
    """Seconds for an answer and for a connection, how often to try again, and how many events may wait in a stream."""

    timeout: float = 10.0
    connect_timeout: float = 15.0
    backoff: Backoff = field(default_factory=Backoff)
    stream_limit: int = 10_000


class Session:
    """A user's presence on a server, from `open` to `close`."""

    def __init__(self, url: str, dialect: Dialect, requests: Requests, streams: Streams, options: Options) -> None:
        self._url = url
        self._dialect = dialect
        self._requests = requests
        self._streams = streams
        self._options = options
        self._marks = Marks()
        self._rooms = Rooms(self._marks)
        self._catching_up = CatchingUp(
            dialect, Operations(dialect, self._ask_raw, self._request_raw), self._marks, self._rooms
        )
        self._channel: Channel | None = None
        self._up = asyncio.Event()
        self._failure: ClientError | None = None
        self._supervisor: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect for the first time. Raises `Refused`, `NotConnected` or `NoAnswer`."""
        if self._supervisor is not None:
            return
        if self._dialect.socket is None:
            raise NotConnected(f"{self._dialect.name} has no events: there is nothing to connect to")
        await self._catching_up.begin()
        await self._connect_signed_in(first=True)
        self._supervisor = asyncio.create_task(self._supervise())

    async def close(self) -> None:
        """End the connection and all streams."""
        self._fail(NotConnected("the client is closed"))
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._channel is not None:
            await self._channel.close()
        await self._streams.close()

    async def ask(self, name: str, payload: WireModel, timeout: float | None) -> WireModel | None:
        """Send an event, once there is a connection, and return its answer."""
        sent = self._dialect.sent[name]
        value = wording.framed(self._dialect, name, sent, payload)
        seconds = timeout or self._options.timeout
        try:
            async with asyncio.timeout(seconds):
                channel = await self._available()
                _, answer = await channel.ask(name, sent, value)
        except TimeoutError as error:
            raise NoAnswer(f"{name}: no answer in {seconds:g} s") from error
        if sent.meaning.means in _LEAVES:
            self._rooms.leave(identifier(value, sent.meaning.fields, "conversation"))
        return answer

    async def _available(self) -> Channel:
        if self._supervisor is None and self._failure is None:
            raise NotConnected("there is no connection yet: call connect() first")
        while True:
            await self._up.wait()
            if self._failure is not None:
                raise self._failure
            assert self._channel is not None
            if not self._channel.ended.done():
                return self._channel
            # The supervisor has yet to see it.
            self._up.clear()

    async def _supervise(self) -> None:
        """Replace the connection whenever it ends, until there is no hope."""
        try:
            while True:
                assert self._channel is not None
                reason = await self._channel.ended
                self._up.clear()
                self._streams.tell(Interrupted(reason))
                await self._connect_again()
        except ClientError as error:
            self._fail(error)
            self._streams.end(error)

    async def _connect_again(self) -> None:
        failures = 0
        while True:
            try:
                await self._connect_signed_in(first=False)
            except NotSignedIn:
                raise
            except Refused as error:
                if not error.retryable:
                    raise
                problem: ClientError = error
            except ClientError as error:
                problem = error
            else:
                return
            failures += 1
            wait = self._options.backoff.wait(failures)
            _log.info("attempt %d to connect failed, the next one is in %.1f s: %s", failures, wait, problem)
            await asyncio.sleep(wait)

    async def _connect_signed_in(self, *, first: bool) -> None:
        """Connect, with a new token if the server takes the present one no longer."""
        token = await self._requests.credentials.current()
        try:
            await self._connect(token, first=first)
        except Refused as error:
            if error.status != _UNAUTHORIZED or not self._requests.credentials.renewable:
                raise
            await self._connect(await self._requests.credentials.renew(token), first=first)

    async def _connect(self, token: str | None, *, first: bool) -> None:
        channel = Channel(self._url, self._dialect, self._hear, self._rooms.enter)
        try:
            try:
                async with asyncio.timeout(self._options.connect_timeout):
                    await channel.open(token)
            except TimeoutError as error:
                raise NotConnected(f"no connection in {self._options.connect_timeout:g} s") from error
            previous, self._channel = self._channel, channel
            if previous is not None:
                await previous.close()
            complete = await self._catching_up.run(self._hear, self._enter)
        except BaseException as error:
            self._let_go(channel)
            await channel.close()
            if isinstance(error, (ConnectionLost, NotConnected)) and channel.refusal is not None:
                raise channel.refusal from error
            raise
        if not first:
            self._streams.tell(Resumed(complete))
        channel.release()
        self._up.set()

    def _let_go(self, channel: Channel) -> None:
        """Tell what a connection that broke while catching up had held back; messages will be asked for anew."""
        for name, value in channel.abandon():
            if not self._dialect.received[name].meaning.means.startswith("message."):
                self._hear(name, value)

    def _hear(self, name: str, value: Json) -> None:
        received = self._dialect.received[name]
        self._rooms.hear(received.meaning, value)
        if not self._marks.admit(received.meaning, value):
            return
        try:
            event = wording.event(received, value)
        except pydantic.ValidationError as error:
            _log.warning("an event %s is not as the documents have it, and is not told: %s", name, error)
        else:
            self._streams.tell(event)

    async def _enter(self, name: str, value: Json) -> None:
        assert isinstance(value, dict)
        await self._ask_raw(name, value)

    async def _ask_raw(self, name: str, value: dict[str, Json]) -> Json:
        """Ask on the connection that is being prepared."""
        assert self._channel is not None
        try:
            async with asyncio.timeout(self._options.timeout):
                answer, _ = await self._channel.ask(name, self._dialect.sent[name], value)
        except TimeoutError as error:
            raise NoAnswer(f"{name}: no answer in {self._options.timeout:g} s") from error
        return answer

    async def _request_raw(self, operation: str, parts: dict[str, Json]) -> Json:
        answer = await self._requests.send(operation, parts)
        return answer.value

    def _fail(self, error: ClientError) -> None:
        """Let nobody wait for a connection any longer."""
        self._failure = self._failure or error
        self._up.set()
