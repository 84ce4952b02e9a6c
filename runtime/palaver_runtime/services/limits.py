"""Which rates hold for whom, and how many connections there may be."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from palaver_runtime.domain.errors import ConnectionRefused, RateLimited
from palaver_runtime.domain.limits import Rate, Use
from palaver_runtime.fairness import Fairness
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Limiter, LocalLimiter
from palaver_runtime.services.sign_ins import SignInRates, SignIns, asking


def _ignore(limit: str) -> None:
    pass


_UNIT: Final = 2_048
"""Bytes that count as one request more."""

_ANY: Final = Rate(1_000_000, 1)

SENDING: Final = "message.send"
"""The meaning of the one request that counts as something else besides, as a message."""

_counted: Final[ContextVar[str | None]] = ContextVar("counted", default=None)
"""Whose message was counted with the request that is being handled, and is yet to be sent."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a server.

    By user: messages, requests of any kind, and requests of some kinds, which are meanings of the vocabulary. By name
    and address: attempts to sign in. By address: requests of any kind, whoever is behind them.
    """

    messages: Rate
    requests: Rate
    sign_ins: SignInRates
    kinds: Mapping[str, Rate] = field(default_factory=dict)
    addresses: Rate = _ANY


class Asker:
    """Whom requests count for, a user at an address, with the keys by which they are counted."""

    __slots__ = ("address", "address_key", "request_key", "user_id")

    def __init__(self, address: str, user_id: str) -> None:
        self.address: Final = address
        self.user_id: Final = user_id
        self.address_key: Final = _of_address(address)
        self.request_key: Final = _of_user(user_id)


class Limits:
    """Counts what people do and refuses what is too much, over all of a user's connections.

    `here` counts addresses, for this instance alone: what they ask for must cost less than to ask somebody else.
    `fairness` has those wait that have had more than their share.
    """

    def __init__(
        self,
        limiter: Limiter,
        rates: Rates,
        metrics: Metrics | None = None,
        here: LocalLimiter | None = None,
        fairness: Fairness | None = None,
    ) -> None:
        self._limiter = limiter
        self._here = limiter if here is None else here
        self._local = here
        # Where both are one, nobody has to be asked.
        self._alone = here if here is limiter else None
        self._rates = rates
        self._fairness = Fairness() if fairness is None else fairness
        self._metrics = metrics or Metrics()
        #: How often somebody may try to sign in.
        self.sign_ins: Final = SignIns(self._spend, rates.sign_ins)

    async def message(self, user_id: str) -> None:
        """Count a message, unless that was done with the request; raise RateLimited for one too many."""
        if _counted.get() == user_id:
            _counted.set(None)
        else:
            await self._spend(f"message:{user_id}", self._rates.messages, "messages")

    def message_at_once(self, user_id: str) -> bool:
        """Count a message as `message` does, unless somebody else has to be asked; tell whether it is counted."""
        if _counted.get() == user_id:
            _counted.set(None)
            return True
        if self._alone is None:
            return False
        wait = self._alone.count(f"message:{user_id}", self._rates.messages)
        if wait > 0:
            self._over("messages", "messages", self._rates.messages, wait)
        return True

    async def request(self, user_id: str, size: int = 0, means: str = "") -> int:
        """Count an event or a request of any kind, and give as how many; raise RateLimited for one too many.

        One of many bytes counts as several: it takes as long to read. One that is valid and `means` to send a message
        is counted as that, too: whoever counts is asked once. The caller goes on in the same task to send it.
        """
        cost = 1 + size // _UNIT
        _counted.set(None)
        key, rates = _of_user(user_id), self._rates
        if means != SENDING or means in rates.kinds:
            await self._spend(key, rates.requests, "requests", cost=cost)
            return cost
        message = Use(f"message:{user_id}", rates.messages)
        waits = await self._limiter.spend_all((Use(key, rates.requests, cost), message))
        if waits[-1] > 0:
            if len(waits) > 1:
                self._over("messages", "messages", rates.messages, waits[-1])
            self._over("requests", "requests", rates.requests, waits[-1])
        _counted.set(user_id)
        return cost

    async def kind(self, user_id: str, means: str) -> None:
        """Count a request by what it means; raise RateLimited for one too many of a kind that is limited."""
        rate = self._rates.kinds.get(means)
        if rate is not None:
            await self._spend(f"kind:{means}:{user_id}", rate, "kinds", f"requests of the kind {means}")

    async def settled(self) -> None:
        """Wait for those who are being counted, some milliseconds at most: a message is twice, as a request before."""
        await self._limiter.settled()
        await self._limiter.settled()

    async def address(self, address: str) -> None:
        """Count a request of an address, and wait for its turn; raise RateLimited for one too many.

        An address that is not known has no limit. Who tries to sign in by the request is counted by that address, too.
        """
        asking.set(address)
        if not address:
            return
        wait = await self._here.spend(_of_address(address), self._rates.addresses)
        if wait > 0:
            self._over("addresses", "requests of this address", self._rates.addresses, wait)
        await self._fairness.turn(address)

    def address_at_once(self, address: str) -> bool:
        """Count a request of an address as `address` does, where that is within the limit and it need not wait.

        Tell whether it is so; else nothing is counted.
        """
        asking.set(address)
        if not address:
            return True
        if self._local is None or not self._fairness.has_turn(address):
            return False
        return self._local.count(_of_address(address), self._rates.addresses) <= 0

    def at_once(self, asker: Asker, size: int, means: str) -> bool:
        """Count an event as `address`, `request` and `kind` do, where that is within the limits and nobody waits.

        Tell whether it is so; else nothing is counted, and whoever asks has to ask them.
        """
        alone, address, rates = self._alone, asker.address, self._rates
        if alone is None or means in rates.kinds or not (address and self._fairness.has_turn(address)):
            return False
        if alone.count(asker.address_key, rates.addresses) > 0:
            return False
        if alone.count(asker.request_key, rates.requests, 1 + size // _UNIT) > 0:
            alone.give_back(asker.address_key)
            return False
        asking.set(address)
        return True

    async def _spend(self, key: str, rate: Rate, limit: str, what: str = "", cost: int = 1) -> None:
        wait = await self._limiter.spend(key, rate, cost)
        if wait > 0:
            self._over(limit, what or limit, rate, wait)

    def _over(self, limit: str, what: str, rate: Rate, wait: float) -> None:
        self._metrics.refusals.add(limit)
        raise RateLimited(f"Too many {what}: at most {rate.count} in {rate.seconds} s", wait)


def _of_address(address: str) -> str:
    return f"address:{address}"


def _of_user(user_id: str) -> str:
    return f"request:{user_id}"


class Seats:
    """Places for the connections of one instance, before anybody knows whose they are: by address and in all.

    Of one address only so many, `joining`, may be those of clients that have yet to say who they are.
    """

    def __init__(
        self, by_address: int, total: int, refused: Callable[[str], None] = _ignore, joining: int | None = None
    ) -> None:
        self._most_by_address = by_address
        self._most = total
        self._most_joining = by_address if joining is None else joining
        self._refused = refused
        self._by_address: Counter[str] = Counter()
        self._joining: Counter[str] = Counter()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken

    def free(self, address: str) -> bool:
        """Tell whether there is one; of those that are refused by this nobody hears."""
        return self._taken < self._most and not (
            address
            and (self._by_address[address] >= self._most_by_address or self._joining[address] >= self._most_joining)
        )

    def take(self, address: str) -> "Seat":
        """Take a place; raise ConnectionRefused when there is none."""
        if self._taken >= self._most:
            self._refused("connections_total")
            raise ConnectionRefused(f"The server takes at most {self._most} connections; try again later")
        if address and self._by_address[address] >= self._most_by_address:
            self._refused("connections_address")
            raise ConnectionRefused(f"An address can have at most {self._most_by_address} connections")
        if address and self._joining[address] >= self._most_joining:
            self._refused("connections_joining")
            raise ConnectionRefused(
                f"An address can have at most {self._most_joining} connections that nobody has joined; try again later"
            )
        self._taken += 1
        self._by_address[address] += 1
        self._joining[address] += 1
        return Seat(self, address)

    def joined(self, address: str) -> None:
        """Take note that a client has said who it is; for seats alone."""
        _less(self._joining, address)

    def left(self, address: str) -> None:
        """Take a place back; for seats alone."""
        self._taken -= 1
        _less(self._by_address, address)


class Seat:
    """The place of one connection."""

    __slots__ = ("_address", "_joins", "_seats")

    def __init__(self, seats: Seats, address: str) -> None:
        self._seats: Seats | None = seats
        self._address = address
        self._joins = True

    def joined(self) -> None:
        """Take note that the client has said who it is."""
        if self._joins and self._seats is not None:
            self._joins = False
            self._seats.joined(self._address)

    def leave(self) -> None:
        """Give the place back; nothing happens the second time."""
        self.joined()
        if self._seats is not None:
            self._seats.left(self._address)
            self._seats = None


def _less(counts: Counter[str], address: str) -> None:
    """Count one less. Addresses come and go: what counts nothing is not to stay."""
    counts[address] -= 1
    if counts[address] <= 0:
        del counts[address]
