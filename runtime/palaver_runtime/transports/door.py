"""Who may come in before anybody knows who it is: the address of a client, how much it asks, how many connections."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol, TypeAlias

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver_runtime.fairness import Account, Fairness

Refused: TypeAlias = tuple[int, object, Mapping[str, str]]
"""A refusal as HTTP has it: the status, the body as JSON values, and headers."""

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_PATIENCE: Final = 0.2
"""Seconds before who asks too often is answered: an answer at once would be asked for again at once."""

_ADDRESSES: Final = 1_000
"""Addresses that are taken apart once: those that came last, each several times for every connection."""

_IPV6_SITE: Final = 64
"""The bits of an IPv6 address that one site has no choice of: whoever has the rest has 2^64 addresses."""


class Proxies:
    """The proxies that are believed when they say for whom they ask."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        """Take addresses and networks, as 10.0.0.0/8; raise ValueError for anything else."""
        self._trusted: tuple[_Network, ...] = tuple(ipaddress.ip_network(each) for each in trusted)

    def client(self, peer: str, forwarded: str) -> str:
        """Return the address of a client, given the one that connected and the X-Forwarded-For of its request.

        Each proxy adds the address that connected to it at the end. So the last that no trusted proxy has is the
        client's: what stands before that the client itself may have made up.
        """
        believed = peer
        for said in reversed(forwarded.split(",")):
            if not self.trusts(believed):
                break
            address = _parsed(said.strip())
            if address is None:
                break
            believed = str(address)
        return believed

    def trusts(self, address: str) -> bool:
        """Tell whether an address is that of a proxy that is believed."""
        if not self._trusted:
            return False
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._trusted)


@lru_cache(_ADDRESSES)
def counted_as(address: str) -> str:
    """Return under what an address is counted: itself, or in IPv6 the network that one site has."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _IPV6_SITE), strict=False))
    return address


class Late(Exception):
    """A client did not say in time who it is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Nobody has joined within {seconds:g} s")


async def _let(address: str) -> None:
    """Let everybody ask."""


class Seat(Protocol):
    """The place of a connection."""

    def joined(self) -> None:
        """Take note that the client has said who it is."""
        ...

    def leave(self) -> None:
        """Give the place back; nothing happens the second time."""
        ...


class Anywhere:
    """A place where there are places without end."""

    def joined(self) -> None:
        """Take no note."""

    def leave(self) -> None:
        """Give nothing back."""


def _at_once(_: str) -> bool:
    return True


def _seat(_: str) -> Seat:
    return Anywhere()


def _say(error: Exception) -> Refused:
    return 503, {"error": str(error)}, {}


@dataclass(frozen=True, kw_only=True)
class Door:
    """What is asked of every client that comes. Addresses are those to count by.

    `fairness` times what is done for each. `admit` counts a request and raises when there are too many; `seat` takes a
    place for a connection, or raises. What they raise `refuse` says in the words of whoever is served. `at_once` tells
    whether neither would raise, nor have anybody wait, and counts the request if that is so.
    """

    proxies: Proxies = field(default_factory=Proxies)
    fairness: Fairness = field(default_factory=Fairness)
    admit: Callable[[str], Awaitable[None]] = _let
    seat: Callable[[str], Seat] = _seat
    at_once: Callable[[str], bool] = _at_once
    refuse: Callable[[Exception], Refused] = _say

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """Return an application that only sees whom the door lets in, with the client's address in the scope."""

        async def guard(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] not in ("http", "websocket"):
                await app(scope, receive, send)
                return
            client = scope.get("client")
            address = self.address(client[0] if client else "", scope["headers"])
            counted = counted_as(address)
            await self.fairness.account(counted).metered(self._let_in(app, address, counted, scope, receive, send))

        return guard

    async def _let_in(
        self, app: ASGIApp, address: str, counted: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        refused: Refused | None = None
        try:
            await self.admit(counted)
        except Exception as error:
            refused = self.refuse(error)
        if refused is not None:
            await asyncio.sleep(_PATIENCE)
            await answer(scope, send, refused)
            return
        port = scope["client"][1] if scope.get("client") else 0
        await app({**scope, "client": (address, port)}, receive, send)

    def address(self, peer: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """Give the address of a client, given the one that connected and the headers of its request."""
        if not self.proxies.trusts(peer):
            return peer
        said = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
        return self.proxies.client(peer, ",".join(said))

    def let_in_at_once(self, address: str) -> Account | None:
        """Count a request of a client, and have the rest of the running context be on its account.

        None, and nothing done, where it has to wait or is refused; addresses are those to count by.
        """
        if not self.at_once(address):
            return None
        account = self.fairness.account(address)
        account.take_over()
        return account


async def answer(scope: Scope, send: Send, refused: Refused) -> None:
    """Refuse a request, or a websocket before it is accepted, and let go of the connection."""
    status, body, headers = refused
    content = orjson.dumps(body)
    raw = {"content-type": "application/json", "content-length": str(len(content)), "cache-control": "no-store"}
    lines = [(name.encode(), value.encode()) for name, value in {**raw, **headers}.items()]
    kind = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close"})
            return
        kind = "websocket.http.response"
    else:
        lines.append((b"connection", b"close"))
    await send({"type": f"{kind}.start", "status": status, "headers": lines})
    await send({"type": f"{kind}.body", "body": content})


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
