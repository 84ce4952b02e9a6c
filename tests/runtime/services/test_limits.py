"""Which rates hold for whom."""

import asyncio
from collections.abc import Sequence

import pytest

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.domain.errors import ConnectionRefused, RateLimited
from palaver_runtime.domain.limits import Rate, Use
from palaver_runtime.fairness import Fairness
from palaver_runtime.metrics import Metrics
from palaver_runtime.services.limits import Asker, Limits, Rates, Seats
from palaver_runtime.services.sign_ins import SignInRates

LIMITS = Rates(messages=Rate(1, 10), requests=Rate(2, 20), sign_ins=SignInRates(pair=Rate(3, 30)))


@pytest.mark.parametrize(("kind", "count", "wait"), [("message", 1, 10), ("request", 2, 20)])
async def test_each_kind_has_its_own_rate(kind: str, count: int, wait: int) -> None:
    """A user's uses of one kind are counted apart from other kinds and users; one too many says how long to wait."""
    metrics = Metrics()
    limits = Limits(MemoryLimiter(lambda: 0), LIMITS, metrics=metrics)
    await limits.message("bob")
    spend = getattr(limits, kind)
    for _ in range(count):
        await spend("ann")
    assert metrics.refusals.values() == {}
    with pytest.raises(RateLimited, match=f"at most {count} in {wait} s") as caught:
        await spend("ann")
    assert caught.value.retry_after == wait
    assert metrics.refusals.values() == {(f"{kind}s",): 1}
    for other in {"message", "request"} - {kind}:
        await getattr(limits, other)("ann")


async def test_some_kinds_have_rates_of_their_own() -> None:
    """A kind without a rate is not counted by itself."""
    rates = Rates(
        messages=Rate(1, 10),
        requests=Rate(2, 20),
        sign_ins=SignInRates(pair=Rate(3, 30)),
        kinds={"typing.start": Rate(1, 4)},
    )
    metrics = Metrics()
    limits = Limits(MemoryLimiter(lambda: 0), rates, metrics)
    for _ in range(9):
        await limits.kind("ann", "receipt.mark")
    await limits.kind("ann", "typing.start")
    await limits.kind("bob", "typing.start")
    with pytest.raises(RateLimited, match=r"of the kind typing\.start: at most 1 in 4 s"):
        await limits.kind("ann", "typing.start")
    assert metrics.refusals.values() == {("kinds",): 1}


async def test_large_requests_count_as_several() -> None:
    """It takes as long to read them; one that is larger than all that is allowed is the only one for as long."""
    rates = Rates(messages=Rate(1, 10), requests=Rate(5, 20), sign_ins=Rate(3, 30))
    limits = Limits(MemoryLimiter(lambda: 0), rates)
    assert await limits.request("ann", 2_047) == 1
    assert await limits.request("ann", 3 * 2_048) == 4
    with pytest.raises(RateLimited):
        await limits.request("ann")
    await limits.request("bob", 1_000_000)
    with pytest.raises(RateLimited):
        await limits.request("bob")


async def test_addresses_are_counted_apart_from_users() -> None:
    """Whoever is behind it; one that is not known has no limit."""
    rates = Rates(messages=Rate(1, 1), requests=Rate(1, 1), sign_ins=Rate(1, 1), addresses=Rate(2, 5))
    metrics, elsewhere = Metrics(), MemoryLimiter(lambda: 0)
    limits = Limits(elsewhere, rates, metrics, MemoryLimiter(lambda: 0))
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "", "", ""):
        await limits.address(address)
    with pytest.raises(RateLimited, match="of this address: at most 2 in 5 s"):
        await limits.address("192.0.2.1")
    assert metrics.refusals.values() == {("addresses",): 1}
    assert len(elsewhere) == 0


def _lone(**rates: Rate) -> tuple[Limits, MemoryLimiter]:
    counts = MemoryLimiter(lambda: 0)
    given = {"requests": Rate(2, 20), "addresses": Rate(3, 30), **rates}
    rates_ = Rates(messages=Rate(1, 1), sign_ins=SignInRates(pair=Rate(3, 30)), kinds={"typing": Rate(9, 9)}, **given)
    return Limits(counts, rates_, here=counts), counts


async def test_event_is_counted_at_once_where_nobody_has_to_be_asked() -> None:
    """As by the two that wait, larger ones several times; a refusal counts nothing, and is for them to tell."""
    limits, _ = _lone()
    assert limits.at_once(Asker("192.0.2.1", "ann"), 10, "ping")
    assert not limits.at_once(Asker("192.0.2.1", "ann"), 5_000, "ping")
    assert limits.at_once(Asker("192.0.2.1", "ann"), 10, "ping")
    assert not limits.at_once(Asker("192.0.2.1", "ann"), 10, "ping")
    with pytest.raises(RateLimited):
        await limits.request("ann")
    await limits.address("192.0.2.1")  # the third one
    with pytest.raises(RateLimited):
        await limits.address("192.0.2.1")
    assert not limits.at_once(Asker("192.0.2.1", "bob"), 10, "ping")
    assert limits.at_once(Asker("192.0.2.2", "bob"), 10, "ping")


async def test_a_request_of_an_address_is_counted_at_once_where_it_need_not_wait() -> None:
    """As it would be otherwise. Who is to be refused, or to wait, is not; an address that is not known has no limit."""
    now = 0.0
    fairness, counts = Fairness(0.5, lambda: now), MemoryLimiter(lambda: 0)
    rates = Rates(messages=Rate(1, 1), requests=Rate(1, 1), sign_ins=Rate(1, 1), addresses=Rate(2, 5))
    limits = Limits(Distant(), rates, here=counts, fairness=fairness)
    await limits.address("192.0.2.1")
    assert limits.address_at_once("192.0.2.1")
    assert not limits.address_at_once("192.0.2.1")
    with pytest.raises(RateLimited):
        await limits.address("192.0.2.1")
    assert limits.address_at_once("")
    assert len(counts) == 1
    fairness.wants(fairness.account("192.0.2.3"))
    fairness.account("192.0.2.2").charge(1.0)
    assert not limits.address_at_once("192.0.2.2")
    assert len(counts) == 1
    assert not Limits(Distant(), rates).address_at_once("192.0.2.1")


async def test_nothing_is_counted_at_once_where_somebody_has_to_be_asked_or_waited_for() -> None:
    """Others who count, a rate of its own, an address that is not known, or one that has had more than its share."""
    limits, counts = _lone()
    assert not limits.at_once(Asker("192.0.2.1", "ann"), 10, "typing")
    assert not limits.at_once(Asker("", "ann"), 10, "ping")
    shared = Limits(MemoryLimiter(lambda: 0), LIMITS, here=counts)
    assert not shared.at_once(Asker("192.0.2.1", "ann"), 10, "ping")
    now = 0.0
    fairness = Fairness(0.5, lambda: now)
    waiting = Limits(counts, LIMITS, here=counts, fairness=fairness)
    fairness.wants(fairness.account("192.0.2.9"))
    assert fairness.has_turn("192.0.2.1")
    fairness.account("192.0.2.1").charge(1.0)
    assert not waiting.at_once(Asker("192.0.2.1", "ann"), 10, "ping")
    assert len(counts) == 0


class Distant(MemoryLimiter):
    """Counts a while later: when somebody waits for that."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[asyncio.Future[None]] = []

    async def spend(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Wait until it is counted."""
        self.asked.append(asyncio.get_running_loop().create_future())
        await self.asked[-1]
        return await super().spend(key, rate, cost)

    async def spend_all(self, uses: Sequence[Use]) -> list[float]:
        """Wait until all are counted."""
        self.asked.append(asyncio.get_running_loop().create_future())
        await self.asked[-1]
        return await super().spend_all(uses)

    async def settled(self) -> None:
        """Count what is asked."""
        for each in self.asked:
            each.set_result(None)
        self.asked.clear()
        await asyncio.sleep(0)


async def test_messages_are_waited_for_from_their_request_on() -> None:
    """Who sends is counted twice, one after the other, and is then through."""
    limits = Limits(Distant(), LIMITS)

    async def send() -> None:
        await limits.request("ann")
        await limits.message("ann")

    sending = asyncio.create_task(send())
    await asyncio.sleep(0)
    await limits.settled()
    assert sending.done()


async def test_message_is_counted_with_its_request() -> None:
    """Both at once where a request means to send one, which then counts no second time, and the next one does."""
    counts = Distant()
    rates = Rates(messages=Rate(2, 10), requests=Rate(3, 20), sign_ins=SignInRates(pair=Rate(3, 30)))
    limits = Limits(counts, rates)

    async def send() -> None:
        await limits.request("ann", means="message.send")
        assert counts.asked == []
        await limits.message("ann")

    for _ in range(2):
        sending = asyncio.create_task(send())
        await asyncio.sleep(0)
        await counts.settled()
        await sending
    sending = asyncio.create_task(send())
    await asyncio.sleep(0)
    await counts.settled()
    with pytest.raises(RateLimited, match="Too many messages: at most 2 in 10 s"):
        await sending
    # A message that is refused was a request nevertheless.
    sending = asyncio.create_task(send())
    await asyncio.sleep(0)
    await counts.settled()
    with pytest.raises(RateLimited, match="Too many requests: at most 3 in 20 s"):
        await sending


async def test_message_that_was_counted_is_that_of_one_request() -> None:
    """What a request has counted is good for one message of its own, and for none of the request after it."""
    rates = Rates(messages=Rate(2, 10), requests=Rate(9, 20), sign_ins=SignInRates(pair=Rate(3, 30)))
    limits = Limits(MemoryLimiter(lambda: 0), rates)
    await limits.request("ann", means="message.send")
    await limits.message("ann")
    await limits.message("ann")
    with pytest.raises(RateLimited):
        await limits.message("ann")
    limits = Limits(MemoryLimiter(lambda: 0), rates)
    await limits.request("ann", means="message.send")
    await limits.request("ann")
    await limits.message("ann")
    with pytest.raises(RateLimited):
        await limits.message("ann")
    limits = Limits(MemoryLimiter(lambda: 0), rates)
    await limits.request("ann", means="message.send")
    await limits.message("bob")
    await limits.message("bob")
    with pytest.raises(RateLimited):
        await limits.message("bob")
    await limits.request("ann")


async def test_message_with_a_rate_of_its_kind_is_counted_after_that() -> None:
    """Who may not do what a request means has sent nothing."""
    rates = Rates(
        messages=Rate(1, 10),
        requests=Rate(9, 20),
        sign_ins=SignInRates(pair=Rate(3, 30)),
        kinds={"message.send": Rate(1, 5)},
    )
    limits = Limits(MemoryLimiter(lambda: 0), rates)
    await limits.request("ann", means="message.send")
    await limits.kind("ann", "message.send")
    await limits.request("ann", means="message.send")
    with pytest.raises(RateLimited, match="of the kind"):
        await limits.kind("ann", "message.send")
    await limits.message("ann")


def test_seats_are_taken_by_address_and_in_all() -> None:
    """A place that is given back, once or twice, is one place; addresses without any are forgotten."""
    met: list[str] = []
    seats = Seats(2, 3, met.append)
    first = seats.take("a")
    seats.take("a")
    with pytest.raises(ConnectionRefused, match="address can have at most 2"):
        seats.take("a")
    other = seats.take("b")
    with pytest.raises(ConnectionRefused, match="at most 3 connections"):
        seats.take("c")
    assert met == ["connections_address", "connections_total"]
    assert not seats.free("c")
    first.leave()
    first.leave()
    other.leave()
    assert seats.taken == 1
    assert seats.free("a")
    seats.take("a")
    assert not seats.free("a")
    assert seats.free("")
    seats.take("")
    assert seats.taken == 3


def test_of_an_address_so_many_may_not_have_joined() -> None:
    """Who joins, or leaves without, makes room for another; other addresses have room of their own."""
    met: list[str] = []
    seats = Seats(10, 10, met.append, joining=2)
    first, second = seats.take("a"), seats.take("a")
    seats.take("b")
    with pytest.raises(ConnectionRefused, match="at most 2 connections that nobody has joined"):
        seats.take("a")
    assert not seats.free("a")
    assert seats.free("b")
    assert met == ["connections_joining"]
    first.joined()
    first.joined()
    first.leave()
    seats.take("a")
    with pytest.raises(ConnectionRefused):
        seats.take("a")
    second.leave()
    seats.take("a")
    assert seats.taken == 3
