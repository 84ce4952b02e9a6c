"""A thread that does one thing, again and again."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from palaver_runtime.adapters.sql.commits import Commits


class Work:
    """What is done when it may be, and what it then raises."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.raised: BaseException | None = None
        self.threads: list[threading.Thread] = []

    def __call__(self) -> None:
        """Do it."""
        self.threads.append(threading.current_thread())
        self.begun.set()
        self.may_end.wait(30)
        if self.raised is not None:
            raise self.raised


@pytest.fixture
def work() -> Work:
    """What is done."""
    return Work()


@pytest.fixture
def commits(work: Work) -> Iterator[Commits]:
    """The thread that does it."""
    commits = Commits(work, "work")
    yield commits
    work.may_end.set()
    commits.close()


async def test_work_is_done_in_one_thread_and_waited_for(commits: Commits, work: Work) -> None:
    """The loop goes on meanwhile; each time it is that thread, which ends with `close`."""
    for _ in range(3):
        work.may_end.clear()
        done = commits.begin()
        await asyncio.to_thread(work.begun.wait, 30)
        assert commits.busy
        assert not done.done()
        work.may_end.set()
        async with asyncio.timeout(30):
            await done
        assert not commits.busy
    (thread,) = set(work.threads)
    assert thread is not threading.current_thread()
    commits.close()
    assert not thread.is_alive()


async def test_what_the_work_raises_is_raised(commits: Commits, work: Work) -> None:
    """And the thread goes on."""
    work.may_end.set()
    work.raised = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await commits.begin()
    work.raised = None
    await commits.begin()
    assert len(work.threads) == 2


async def test_whoever_gives_up_leaves_it_at_work(commits: Commits, work: Work) -> None:
    """Whoever comes then is told that it is busy, until it has done it; nothing is said to who has gone."""
    gone = commits.begin()
    await asyncio.to_thread(work.begun.wait, 30)
    gone.cancel()
    assert commits.busy
    work.may_end.set()
    async with asyncio.timeout(30):
        await commits.begin()
    assert len(work.threads) == 2


async def test_end_waits_for_what_is_under_way(commits: Commits, work: Work) -> None:
    """It is done, and told."""
    done = commits.begin()
    await asyncio.to_thread(work.begun.wait, 30)
    closing = asyncio.create_task(asyncio.to_thread(commits.close))
    work.may_end.set()
    async with asyncio.timeout(30):
        await done
        await closing


def test_loop_that_is_closed_is_no_trouble(commits: Commits, work: Work) -> None:
    """There is nobody any more to whom the end could be told, and the thread goes on."""

    async def begin() -> None:
        commits.begin()

    asyncio.run(begin())
    work.may_end.set()

    async def again() -> None:
        async with asyncio.timeout(30):
            await commits.begin()

    asyncio.run(again())
    assert len(work.threads) == 2
