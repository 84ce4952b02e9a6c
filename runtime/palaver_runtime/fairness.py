"""The time of the loop, divided among addresses: who takes much of it waits while others want some too.

A leaf that everything may import. All run in one loop, and what one of them makes it do keeps all others waiting. So
what is done for an address is timed, step by step, and an address that has had more than its share of late gets its
next turn only when it has made up for that. An address that is alone has all there is.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import Context, ContextVar, copy_context
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Generic, TypeVar, cast

T = TypeVar("T")

_BURST: Final = 0.001
"""Seconds that an address may take at once while others want some: of all that comes from it in one moment, be it on
many connections, no turn of the loop has much more."""

_DEBT: Final = 0.2
"""Seconds of the loop that are held against an address at most, whatever it made the loop do."""

_LATE: Final = 1.0
"""Seconds for which an address that has asked for something counts as one of those who want some."""

_SPACING: Final = 0.001
"""Seconds between the turns of an address that has to wait for them: what each has cost is to be known by then."""

_PLACES: Final = 2
"""Transactions of an address at a time: enough that one goes on while another waits for the disk."""

_MOST: Final = 10_000
"""Addresses that are remembered; of more, those that were here last."""


class Account:
    """What the loop does for one address."""

    __slots__ = ("_at", "_balance", "_fairness", "_placeless", "_taken", "_timer", "_waiting", "seen")

    def __init__(self, fairness: "Fairness") -> None:
        self._fairness = fairness
        self._balance = _BURST
        self._at = fairness.now()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._taken = 0
        self._placeless: deque[asyncio.Future[None]] = deque()
        #: When it wanted something, last.
        self.seen = self._at

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def charge(self, seconds: float) -> None:
        """Note that the loop was busy for the address."""
        self._balance = max(self._settled() - seconds, -_DEBT)

    def wait(self) -> float:
        """Return the seconds until it is the turn of the address, 0.0 if it is now."""
        if self._fairness.alone(self) or (balance := self._settled()) > 0:
            return 0.0
        return max(_SPACING, -balance / self._fairness.share)

    async def turn(self) -> None:
        """Wait for the turn of the address, behind all who wait for it already."""
        self._fairness.wants(self)
        if not self._waiting and not self.wait():
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        self._schedule()
        await mine

    async def metered(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work, each step of which is charged to this account; so are the tasks that it begins by `metered`."""
        _CURRENT.set(self)
        return await _Steps(work, self)

    def take_over(self) -> None:
        """Have the running context be on this account, with the tasks that begin in it by `metered`."""
        _CURRENT.set(self)

    def place(self) -> "Place":
        """Have one of the few places that an address has where all queue, as for a connection to the database."""
        return Place(self)

    async def take_place(self) -> None:
        """Wait for a place; whoever has taken one gives it back."""
        if self._taken >= _PLACES and not self._fairness.alone(self):
            mine = asyncio.get_running_loop().create_future()
            self._placeless.append(mine)
            try:
                await mine  # whoever sets it has taken the place
            except asyncio.CancelledError:
                if mine.done() and not mine.cancelled():
                    self.give_back_place()
                raise
        else:
            self._taken += 1

    def give_back_place(self) -> None:
        """Let those have it who wait for one."""
        self._taken -= 1
        while self._placeless and (self._taken < _PLACES or self._fairness.alone(self)):
            first = self._placeless.popleft()
            if not first.done():
                self._taken += 1
                first.set_result(None)

    def _settled(self) -> float:
        now = self._fairness.now()
        self._balance = min(_BURST, self._balance + (now - self._at) * self._fairness.share)
        self._at = now
        return self._balance

    def _schedule(self) -> None:
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_later(max(self.wait(), _SPACING), self._next)

    def _next(self) -> None:
        self._timer = None
        while self._waiting and not self.wait():
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                if not self._fairness.alone(self):
                    break
        self._schedule()


class Place(AbstractAsyncContextManager[None]):
    """One of the places of an account, for the time of a block."""

    __slots__ = ("_account",)

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __aenter__(self) -> None:
        await self._account.take_place()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._account.give_back_place()


class Fairness:
    """The accounts of all addresses.

    `share` is the part of the loop's time that one of them may have in the long run while others want some; 1 gives
    all to whoever comes.
    """

    def __init__(self, share: float = 1.0, now: Callable[[], float] = perf_counter) -> None:
        self.share: Final = share
        self.now: Final = now
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        # Who wanted something last, and who did before that.
        self._latest: tuple[Account | None, Account | None] = (None, None)

    def __len__(self) -> int:
        """Give how many addresses are remembered."""
        return len(self._accounts)

    def account(self, address: str) -> Account:
        """Give the account of an address, and keep it in mind."""
        found = self._accounts.get(address)
        if found is None:
            found = self._accounts[address] = Account(self)
            if len(self._accounts) > _MOST:
                self._accounts.popitem(last=False)
        else:
            self._accounts.move_to_end(address)
        return found

    def has_turn(self, address: str) -> bool:
        """Take note that an address wants something, and tell whether it need not wait for that."""
        account = self.account(address)
        self.wants(account)
        return not account.waiting and not account.wait()

    async def turn(self, address: str) -> None:
        """Wait for the turn of an address; one that is not known has it always."""
        if address:
            await self.account(address).turn()

    def wants(self, account: Account) -> None:
        """Take note that somebody wants something."""
        account.seen = self.now()
        if self._latest[0] is not account:
            self._latest = (account, self._latest[0])

    def alone(self, account: Account) -> bool:
        """Tell whether nobody else has wanted anything of late, or all may have what they want."""
        if self.share >= 1.0:
            return True
        last, before = self._latest
        other = before if last is account else last
        return other is None or self.now() - other.seen > _LATE


async def metered(work: Coroutine[Any, Any, T]) -> T:
    """Do some work on the account on which the running code is; without one, just do it."""
    account = _CURRENT.get()
    return await (work if account is None else _Steps(work, account))


def current() -> Account | None:
    """Give the account on which the running code is, for what runs outside of its task on its behalf."""
    return _CURRENT.get()


def nobodys() -> Context:
    """Give the context of the running code without its account: for a task that goes on to work for everybody."""
    context = copy_context()
    context.run(_CURRENT.set, None)
    return context


def place() -> AbstractAsyncContextManager[None]:
    """Have one of the places of the account on which the running code is; without one there are as many as it takes."""
    account = _CURRENT.get()
    return nullcontext() if account is None else account.place()


class _Steps(Generic[T]):
    """A coroutine that can be awaited once, each step of which is charged to an account."""

    __slots__ = ("_account", "_work")

    def __init__(self, work: Coroutine[Any, Any, T], account: Account) -> None:
        self._work = work
        self._account = account

    def __await__(self) -> Generator[Any, Any, T]:
        work, charge = self._work, self._account.charge
        advance, given = work.send, None
        while True:
            began = perf_counter()
            try:
                wanted = advance(given)
            except StopIteration as end:
                return cast("T", end.value)
            finally:
                charge(perf_counter() - began)
            try:
                given = yield wanted
                advance = work.send
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:
                advance, given = work.throw, error


_CURRENT: Final[ContextVar[Account | None]] = ContextVar("account", default=None)
