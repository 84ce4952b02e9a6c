"""A thread that does one thing, again and again, with as little as can be for who has it done.

A pool of threads takes two futures, two callbacks between them, a queue and a semaphore for each call: as long again as
SQLite takes for the commit of a message.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Final


class Commits:
    """Does some work in a thread of its own, once for each time that it is asked to."""

    __slots__ = ("_asked", "_work", "_worker", "busy")

    def __init__(self, work: Callable[[], object], name: str) -> None:
        self._work: Final = work
        #: Whether it is at it, be it for somebody who has given up waiting.
        self.busy = False
        self._asked: Final[SimpleQueue[asyncio.Future[None] | None]] = SimpleQueue()
        # A process that ends in between has told nobody that it is done.
        self._worker: Final = Thread(target=self._run, name=name, daemon=True)
        self._worker.start()

    def begin(self) -> asyncio.Future[None]:
        """Have the work done; what is given is to be waited for, and raises what the work raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.busy = True
        self._asked.put(done)
        return done

    def close(self) -> None:
        """Wait for the work that is under way, and end the thread."""
        self._asked.put(None)
        self._worker.join()

    def _run(self) -> None:
        while (done := self._asked.get()) is not None:
            failure: BaseException | None = None
            try:
                self._work()
            except BaseException as error:
                failure = error
            self.busy = False
            # Nobody waits any more where the loop is closed.
            with suppress(RuntimeError):
                done.get_loop().call_soon_threadsafe(_settle, done, failure)


def _settle(done: asyncio.Future[None], failure: BaseException | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)
