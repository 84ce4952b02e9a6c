"""The mock put together: sockets and REST on one port."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from starlette.types import ASGIApp

from palaver_runtime.mock.answering import Answers, Wishes
from palaver_runtime.mock.contract import Contract, Meaning
from palaver_runtime.mock.rest import rest_application
from palaver_runtime.mock.schema import Schema
from palaver_runtime.mock.sockets import MockSockets
from palaver_runtime.mock.speaking import Facts
from palaver_runtime.mock.values import NoValue
from palaver_runtime.transports.socketio import SocketIOTransport, SocketLimits
from palaver_runtime.transports.websocket import WebSocketLimits, WebSocketTransport

__all__ = ["Mock", "Wishes"]

_CLOSED = 4000
_ANYWHERE = ("*",)


class Mock:
    """A contract served as an ASGI application. Raises NoValue at once if an answer could not be made up."""

    def __init__(self, contract: Contract, wishes: Wishes | None = None) -> None:
        self.contract = contract
        self._answers = Answers(contract, wishes or Wishes())
        self._rehearse()
        self._sockets: MockSockets | None = None
        self._transport: SocketIOTransport[str] | WebSocketTransport[str] | None = None
        rest = rest_application(self._answers, self._tell)
        #: The ASGI application.
        self.app: ASGIApp = rest
        channel = contract.channel
        if channel is None:
            return
        self._sockets = MockSockets(self._answers, channel)
        if channel.namespace is not None:
            self._transport = SocketIOTransport(
                self._sockets,
                path=channel.path,
                allowed_origins=_ANYWHERE,
                limits=SocketLimits(max_event_bytes=channel.largest, max_frame_bytes=max(1_000_000, channel.largest)),
                fallback=rest,
            )
        else:
            self._transport = WebSocketTransport(
                self._sockets,
                path=channel.path,
                tag=channel.tag,
                # A code of the range that is for applications, so that the client can tell the reason.
                close_code=lambda code: _CLOSED + contract.statuses.get(code, 0),
                allowed_origins=_ANYWHERE,
                limits=WebSocketLimits(max_frame_bytes=channel.largest),
                fallback=rest,
            )
        self.app = self._transport.app

    async def close(self, deadline: float = 5.0) -> None:
        """Close all connections, within some seconds."""
        if self._transport is not None:
            await self._transport.close(deadline)

    def unknown_wishes(self) -> list[str]:
        """Return what is wrong with wishes for errors that can never be met, each with a hint to what was meant."""
        names = {name for asked in self.contract.asked.values() for name in (asked.name, asked.operation)}
        for endpoint in self.contract.endpoints:
            names |= {f"{endpoint.method} {endpoint.path}", endpoint.operation}
        wishes = self._answers.wishes.fail
        wrong = [f"nothing is called {name}{_near(name, names)}" for name in wishes if name not in names]
        codes = self.contract.statuses
        wrong += [f"there is no error {code}{_near(code, codes)}" for code in wishes.values() if code not in codes]
        return wrong

    def _tell(self, meaning: Meaning, facts: Facts) -> None:
        if self._sockets is not None:
            self._sockets.tell(meaning, facts)

    def _rehearse(self) -> None:
        """Say everything once, so that a document without what it takes is found now."""
        rehearsal = Answers(self.contract, Wishes())
        for where, schema in self._schemas():
            try:
                rehearsal.speaker.say(schema, {}, Facts())
            except NoValue as error:
                raise NoValue(f"{where}: {error}") from None

    def _schemas(self) -> Iterator[tuple[str, Schema]]:
        for event in self.contract.told:
            yield event.name, event.schema
        for asked in self.contract.asked.values():
            yield from ((f"acknowledgement of {asked.name}", each) for each in (asked.yes, asked.no) if each)
        for endpoint in self.contract.endpoints:
            for status, schema in endpoint.responses.items():
                if schema is not None:
                    yield f"{endpoint.method} {endpoint.path}, response {status}", schema


def _near(name: str, known: Collection[str]) -> str:
    """Return a hint to what may have been meant."""
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else f" (there is {', '.join(sorted(known))})"
