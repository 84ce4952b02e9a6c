"""Looking for what breaks a server: Hypothesis draws examples in a thread, and makes what fails as small as it can.

Hypothesis is synchronous, and imported when it is needed. What an example needs of the event loop, the thread asks for.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar

from palaver_conformance.errors import Failure, Unreachable
from palaver_conformance.generated.drawing import settings_for_drawing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

E = TypeVar("E")

# Hypothesis reads the source of functions, and of several threads that do so at once Python 3.11 lets one fail. What an
# example does to the server goes on beside what others draw.
_DRAWING = threading.Lock()


@dataclass(frozen=True)
class Bounds:
    """How far to look: how many examples, for how many seconds until one fails, and for how many after that.

    The same `seed` draws the same examples.
    """

    seed: str
    examples: int
    seconds: float
    shrinking: float


@dataclass(frozen=True)
class Found(Generic[E]):
    """The smallest example that failed, and how; of all that were `tried`, so many were `failures`."""

    example: E
    failure: Failure
    tried: int
    failures: int


@dataclass
class Trial(Generic[E]):
    """What was tried so far, in a thread; whoever waits for the thread may stop it."""

    bounds: Bounds
    found: Found[E] | None = None
    tried: int = 0
    failures: int = 0
    broken: BaseException | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    _began: float | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is to be tried."""
        allowed = self.bounds.seconds if self.found is None else self.bounds.shrinking
        late = self._began is not None and time.monotonic() - self._began > allowed
        return self.stopped.is_set() or self.broken is not None or late

    def fails(self, example: E, attempt: Callable[[E], None]) -> bool:
        """Try an example: it fails when `attempt` raises Failure, or the server is gone."""
        self.go_on()
        self.tried += 1
        try:
            with meanwhile():
                attempt(example)
        except (Failure, Unreachable) as error:
            self.fail(example, error if isinstance(error, Failure) else Failure("a connection", (str(error),)))
            return True
        except BaseException as error:
            self.broken = error
            raise Over from None
        return False

    def go_on(self) -> None:
        """Raise Over when nothing more is to be tried.

        The time begins with the first example: one that is over before it has found no fault in nothing.
        """
        if self.over:
            raise Over
        if self._began is None:
            self._began = time.monotonic()

    def fail(self, example: E, failure: Failure) -> None:
        """Take note of an example that failed: Hypothesis goes on with smaller ones, so the last is the smallest."""
        self.failures += 1
        if self.found is None:
            self._began = time.monotonic()
        self.found = Found(example, failure, self.tried, self.failures)


def get_ready() -> None:
    """Begin to import what draws, beside whatever is waited for: a server that starts has seconds to give."""

    def work() -> None:
        # Whoever is without one of them is told by those who need it.
        with _DRAWING, suppress(ImportError):
            import_module("hypothesis.stateful")
            import_module("schemathesis")

    threading.Thread(target=work, name="getting ready to search", daemon=True).start()


@contextmanager
def meanwhile() -> Iterator[None]:
    """Let other threads draw while this one waits for the server."""
    _DRAWING.release()
    try:
        yield
    finally:
        _DRAWING.acquire()


class Fails(Exception):
    """What Hypothesis is to make smaller."""


class Over(BaseException):
    """The end of a search: Hypothesis lets pass what is no Exception, and draws nothing more."""


async def search(
    strategy: "Callable[[], SearchStrategy[E]]", attempt: Callable[[E], None], bounds: Bounds
) -> Found[E] | None:
    """Try examples of a strategy, and return the smallest that makes `attempt` raise Failure; None when none does.

    Both are called in a thread. Anything else that `attempt` raises ends the search and is raised here.
    """
    trial: Trial[E] = Trial(bounds)
    return await searched(trial, lambda: _draw(strategy, attempt, trial))


async def searched(trial: Trial[E], work: Callable[[], None]) -> Found[E] | None:
    """Have a thread do the work of a trial, and return what was found. When this is cancelled, the trial is over."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        try:
            with _DRAWING:
                _quietly(trial, work)
        except BaseException as error:
            trial.broken = trial.broken or error
        # Nobody waits any more when the loop has ended.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, done)

    threading.Thread(target=run, name="search", daemon=True).start()
    try:
        await done
    finally:
        trial.stopped.set()
    if trial.broken is not None:
        raise trial.broken
    return trial.found


def _settle(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


class FromThread(Generic[E]):
    """Something to await in the event loop, as a function for another thread, which waits for its end."""

    def __init__(self, function: Callable[[E], Awaitable[None]]) -> None:
        self._function = function
        self._loop = asyncio.get_running_loop()
        self._going: asyncio.Task[object] | None = None

    def __call__(self, example: E) -> None:
        """Run it and raise what it raises."""
        asyncio.run_coroutine_threadsafe(self._run(example), self._loop).result()

    def cancel(self) -> None:
        """Cancel what is going on; to be called in the loop."""
        if self._going is not None:
            self._going.cancel()

    async def _run(self, example: E) -> None:
        self._going = asyncio.current_task()
        await self._function(example)


def _quietly(trial: Trial[E], work: Callable[[], None]) -> None:
    from hypothesis.errors import HypothesisException

    try:
        work()
    except (Fails, Over):
        pass
    except HypothesisException:
        # What failed once and not again is a failure all the same.
        if trial.found is None:
            raise


def _draw(strategy: "Callable[[], SearchStrategy[E]]", attempt: Callable[[E], None], trial: Trial[E]) -> None:
    from hypothesis import given, seed

    @seed(trial.bounds.seed)
    @settings_for_drawing(trial.bounds.examples)
    @given(strategy())
    def holds(example: E) -> None:
        if trial.fails(example, attempt):
            raise Fails

    holds()
