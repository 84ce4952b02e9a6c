"""A TCP proxy that delays, drops, freezes and cuts connections by rule."""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import cast


class Fate(Enum):
    """What becomes of the bytes of a connection."""

    PASS = "pass"  # noqa: S105 - a fate, not a password
    DROP = "drop"
    FREEZE = "freeze"
    CUT = "cut"


@dataclass(frozen=True)
class Rule:
    """How a proxy treats its connections, from the moment that the rule is set.

    `PASS`: bytes go on, `delay` seconds late. `DROP`: they are swallowed, for good. `FREEZE`: they are held back until
    another rule is set, and new connections are accepted and silent. `CUT`: connections are reset, and new ones too.
    """

    fate: Fate = Fate.PASS
    delay: float = 0.0


PASS = Rule()
DROP = Rule(Fate.DROP)
FREEZE = Rule(Fate.FREEZE)
CUT = Rule(Fate.CUT)


class Proxy:
    """Listens on a free port and passes on to another, as the rule has it."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._host = host
        self._target = target
        self._rule = PASS
        self._pairs: set[_Pair] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the proxy is not listening")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def rule(self) -> Rule:
        """The rule in force."""
        return self._rule

    @property
    def connections(self) -> int:
        """How many connections it holds."""
        return len(self._pairs)

    async def open(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, "127.0.0.1", 0)

    def lead_to(self, target: int) -> None:
        """Pass new connections on to another port from now on; `cut` ends those of before."""
        self._target = target

    def obey(self, rule: Rule) -> None:
        """Set the rule for all connections, present and future."""
        self._rule = rule
        for pair in list(self._pairs):
            pair.obey(rule)

    def cut(self) -> None:
        """Reset the connections of this moment; new ones are treated by the rule."""
        for pair in list(self._pairs):
            pair.abort()

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    def _accept(self) -> asyncio.Protocol:
        pair = _Pair(self._rule, self._pairs, self._host, self._target)
        return pair.near


class _Pair:
    """A connection of a client, and the one to the target that belongs to it."""

    def __init__(self, rule: Rule, others: "set[_Pair]", host: str, target: int) -> None:
        self.rule = rule
        self._others = others
        self._host = host
        self._target = target
        self.near = _End(self)
        self.far = _End(self)
        self.near.peer, self.far.peer = self.far, self.near
        self._dialling: asyncio.Task[None] | None = None

    def dial(self) -> None:
        """Connect to the target, as the client has connected to us."""
        self._others.add(self)
        if self.rule.fate is Fate.CUT:
            self.abort()
            return
        self._dialling = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self.far, self._host, self._target)
        except OSError:
            self.abort()

    def obey(self, rule: Rule) -> None:
        self.rule = rule
        if rule.fate is Fate.CUT:
            self.abort()
            return
        for end in (self.near, self.far):
            end.flush()

    def abort(self) -> None:
        self._others.discard(self)
        for end in (self.near, self.far):
            end.abort()


class _End(asyncio.Protocol):
    """One side of a pair: what it hears is written to its peer, in order."""

    def __init__(self, pair: _Pair) -> None:
        self.peer: _End = self
        self._pair = pair
        self._transport: asyncio.Transport | None = None
        self._ended = False
        # For the peer: (when it is due, bytes); None is the end of the stream.
        self._held: deque[tuple[float, bytes | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # That of uvloop is one in all but its class.
        self._transport = cast("asyncio.Transport", transport)
        if self._ended:
            self._transport.abort()
        elif self is self._pair.near:
            self._pair.dial()
        else:
            self.peer.flush()

    def data_received(self, data: bytes) -> None:
        self._hold(data)

    def eof_received(self) -> bool:
        self._hold(None)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        if exc is not None or self.peer._ended:
            self._pair.abort()
        else:
            self._hold(None)

    def pause_writing(self) -> None:
        """Our own buffer is full: whoever feeds it is to wait."""
        self.peer._reading(wanted=False)

    def resume_writing(self) -> None:
        self.peer._reading(wanted=True)

    def abort(self) -> None:
        self._ended = True
        self._held.clear()
        if self._transport is not None:
            self._transport.abort()

    def flush(self) -> None:
        """Write to the peer what is due, as far as the rule allows."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._held and self.peer._transport is not None and self._pair.rule.fate is not Fate.FREEZE:
            due, data = self._held[0]
            if due > loop.time():
                self._timer = loop.call_at(due, self.flush)
                return
            self._held.popleft()
            if self._pair.rule.fate is not Fate.DROP or data is None:
                self.peer._write(data)

    def _hold(self, data: bytes | None) -> None:
        now = asyncio.get_running_loop().time()
        self._held.append((now + self._pair.rule.delay, data))
        self.flush()

    def _write(self, data: bytes | None) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if data is None:
            self._transport.close()
        else:
            self._transport.write(data)

    def _reading(self, *, wanted: bool) -> None:
        if self._transport is not None and not self._transport.is_closing():
            if wanted:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()
