"""Looking for what breaks a server: Hypothesis draws examples in a thread, which are tried in the event loop.

Hypothesis is synchronous, and so is what shrinks a failure to the smallest one. It is imported when it is needed.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from palaver_conformance.errors import Failure, Unreachable

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

E = TypeVar("E")


@dataclass(frozen=True)
class Bounds:
    """How far to look: how many examples, for how many seconds until one fails, and for how many after that.

    The same `seed` draws the same examples.
    """

    seed: str
    examples: int
    seconds: float
    shrinking: float


@dataclass
class Found(Generic[E]):
    """The smallest example that failed, and how; `failures` is how many of all that were `tried` failed."""

    example: E
    failure: Failure
    tried: int
    failures: int


@dataclass
class _Trying(Generic[E]):
    """What is going on, seen from both sides."""

    loop: asyncio.AbstractEventLoop
    attempt: Callable[[E], Awaitable[None]]
    bounds: Bounds
    began: float = field(default_factory=time.monotonic)
    found: Found[E] | None = None
    tried: int = 0
    failures: int = 0
    size: float = float("inf")
    broken: BaseException | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be tried."""
        allowed = self.bounds.seconds if self.found is None else self.bounds.shrinking
        return self.stopped.is_set() or self.broken is not None or time.monotonic() - self.began > allowed

    def fails(self, example: E) -> bool:
        """Try an example in the loop, from the thread."""
        if self.over:
            return False
        self.tried += 1
        try:
            asyncio.run_coroutine_threadsafe(_awaited(self.attempt(example)), self.loop).result()
        except (Failure, Unreachable) as error:
            failure = error if isinstance(error, Failure) else Failure("a connection", (str(error),))
            self.failures += 1
            # Hypothesis tries smaller and smaller ones: the last that failed is the smallest.
            if self.found is None:
                self.began = time.monotonic()
            self.found = Found(example, failure, 0, 0)
            return True
        except BaseException as error:  # noqa: BLE001 - it is raised where the loop waits for it
            self.broken = error
        return False


class _Fails(Exception):
    """What Hypothesis is to make smaller."""


async def search(
    strategy: "Callable[[], SearchStrategy[E]]", attempt: Callable[[E], Awaitable[None]], bounds: Bounds
) -> Found[E] | None:
    """Try examples of a strategy, and return the smallest that makes `attempt` raise Failure; None when none does.

    `strategy` is called in the thread. `attempt` is awaited for one example after the other; anything else that it
    raises ends the search and is raised here. When this is cancelled, nothing more is tried.
    """
    trying = _Trying(asyncio.get_running_loop(), attempt, bounds)
    thread = asyncio.ensure_future(asyncio.to_thread(_draw, strategy, trying))
    try:
        await asyncio.shield(thread)
    finally:
        trying.stopped.set()
    if trying.broken is not None:
        raise trying.broken
    if trying.found is not None:
        trying.found.tried, trying.found.failures = trying.tried, trying.failures
    return trying.found


def _draw(strategy: "Callable[[], SearchStrategy[E]]", trying: _Trying[E]) -> None:
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
    from hypothesis.errors import HypothesisException

    @seed(trying.bounds.seed)
    @settings(
        max_examples=trying.bounds.examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(strategy())
    def holds(example: E) -> None:
        if trying.fails(example):
            raise _Fails

    try:
        holds()
    except _Fails:
        pass
    except HypothesisException:
        # What failed once and then did not is a failure all the same.
        if trying.found is None:
            raise


async def _awaited(attempt: Awaitable[None]) -> None:
    await attempt
