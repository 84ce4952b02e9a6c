"""How often somebody may try to sign in: by name, by address, and by both."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeAlias

from palaver_runtime.domain.limits import Rate

Spend: TypeAlias = Callable[[str, Rate, str, str], Awaitable[None]]
"""Counts one use: the key, its rate, the limit's name among the figures, and what there is too much of."""

_NAME: Final = Rate(100, 60)
_ADDRESS: Final = Rate(300, 60)
_LIMIT: Final = "sign_ins"
_WHAT: Final = "attempts"
_MOST_FAMILIAR: Final = 100_000

asking: ContextVar[str] = ContextVar("asking", default="")
"""The address that the present request comes from, "" where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRates:
    """How often: of one name from one address, of one name from everywhere, and of any names from one address."""

    pair: Rate
    name: Rate = _NAME
    address: Rate = _ADDRESS


class SignIns:
    """Counts attempts before anybody looks whether there is such a user, so that a refusal says nothing of that.

    Whoever guesses from one address uses up what that address has for the name, and nobody else's chances. Whoever
    guesses from many is held to what one name has from everywhere; that does not hold where the user has signed in
    from before, so that an attack, however long, keeps nobody out of an account of theirs. Those places are known to
    this instance alone, the last hundred thousand.
    """

    def __init__(self, spend: Spend, rates: SignInRates) -> None:
        self._spend = spend
        self._rates = rates
        self._familiar: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def attempt(self, name: str) -> None:
        """Count an attempt to sign in; raise RateLimited for one too many."""
        name, address = name.lower(), asking.get()
        if address:
            await self._spend(f"sign-in-address:{address}", self._rates.address, _LIMIT, _WHAT)
        await self._spend(f"sign-in:{address}:{name}", self._rates.pair, _LIMIT, _WHAT)
        if not address or (name, address) not in self._familiar:
            await self._spend(f"sign-in-name:{name}", self._rates.name, _LIMIT, _WHAT)

    async def registration(self, name: str) -> None:
        """Count an attempt to take a name; raise RateLimited for one too many."""
        await self._spend(f"sign-in:{asking.get()}:{name.lower()}", self._rates.pair, _LIMIT, _WHAT)

    def succeeded(self, name: str) -> None:
        """Take note that the attempt was the user's."""
        address = asking.get()
        if address:
            place = (name.lower(), address)
            self._familiar[place] = None
            self._familiar.move_to_end(place)
            if len(self._familiar) > _MOST_FAMILIAR:
                self._familiar.popitem(last=False)
