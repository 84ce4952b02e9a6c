"""Looking for what fails, in a thread."""

import asyncio
import subprocess
import sys
import time

import pytest
from hypothesis import strategies as st

from palaver_conformance.errors import Failure, HarnessError, Unreachable
from palaver_conformance.generated.search import Bounds, Found, FromThread, search

WORDS = ("send", "edit", "drop", "connect")
BOUNDS = Bounds("a seed", 200, 20.0, 20.0)

Story = list[str]


def stories() -> st.SearchStrategy[Story]:
    """Return what people may do."""
    return st.lists(st.sampled_from(WORDS), max_size=12)


def forgetful(story: Story) -> None:
    """Fail like a server that loses an edit after a reconnect."""
    away = dropped = sent = False
    for word in story:
        sent = sent or word == "send"
        away = away or word == "drop"
        dropped = dropped or (away and word == "connect")
        if word == "edit" and sent and dropped:
            raise Failure("the edit", story)


async def test_planted_defect_is_found_and_made_small() -> None:
    """An edit that is lost after a reconnect is shown by the four deeds that it takes, and no more."""
    found = await search(stories, forgetful, BOUNDS)
    assert isinstance(found, Found)
    assert sorted(found.example) == ["connect", "drop", "edit", "send"]
    assert found.failure.arrived == tuple(found.example)
    assert 1 < found.failures < found.tried


async def test_same_seed_same_search() -> None:
    """A seed repeats what was tried, another one tries something else."""
    tried: dict[str, list[Story]] = {}
    for name, seed in (("one", "1"), ("again", "1"), ("two", "2")):
        log = tried.setdefault(name, [])
        assert await search(stories, log.append, Bounds(seed, 20, 20.0, 20.0)) is None
    assert tried["one"] == tried["again"] != tried["two"]
    assert len(tried["one"]) == 20


async def test_what_does_not_fail_again_has_failed() -> None:
    """A failure that cannot be repeated is reported, as it was."""
    failures = iter([Failure("once")])

    def flaky(story: Story) -> None:
        failure = next(failures, None) if story else None
        if failure is not None:
            raise failure

    found = await search(stories, flaky, BOUNDS)
    assert found is not None
    assert (found.failure.expected, found.failures) == ("once", 1)


async def test_server_that_is_gone_is_a_failure() -> None:
    """What cannot be connected to any more has failed."""

    def gone(_: Story) -> None:
        raise Unreachable("refused")

    found = await search(stories, gone, BOUNDS)
    assert found is not None
    assert found.failure.arrived == ("refused",)


async def test_mistakes_of_the_harness_are_raised() -> None:
    """Nothing more is tried, and what was wrong is not blamed on the server."""
    tried = 0

    def broken(_: Story) -> None:
        nonlocal tried
        tried += 1
        raise HarnessError("ours")

    with pytest.raises(HarnessError, match="ours"):
        await search(stories, broken, BOUNDS)
    assert tried == 1


async def test_time_is_bounded() -> None:
    """When the time is over, nothing more is tried, and nothing is wrong."""
    tried: list[Story] = []
    assert await search(stories, tried.append, Bounds("1", 10_000, 0.0, 0.0)) is None
    assert len(tried) == 1


async def test_machine_that_is_slow_is_no_server_without_fault() -> None:
    """However long it takes until there is something to try, it is tried."""

    def refused(_: Story) -> None:
        raise Failure("to be carried out")

    def slowly() -> st.SearchStrategy[Story]:
        time.sleep(0.02)
        return stories()

    found = await search(slowly, refused, Bounds("1", 10, 0.01, 20.0))
    assert found is not None
    assert found.failure.expected == "to be carried out"


async def test_loop_goes_on_meanwhile() -> None:
    """An example is awaited in the loop, and several searches go on side by side."""
    most = going = 0

    async def play(_: Story) -> None:
        nonlocal most, going
        going += 1
        most = max(most, going)
        await asyncio.sleep(0.001)
        going -= 1

    few = Bounds("1", 10, 20.0, 20.0)
    found = await asyncio.gather(*(search(stories, FromThread(play), few) for _ in range(3)))
    assert found == [None] * 3
    assert most > 1


async def test_cancelled_search_ends() -> None:
    """When nobody waits for it any more, what is going on is cancelled, and nothing follows."""
    begun, ended = asyncio.Event(), asyncio.Event()
    count = 0

    async def play(_: Story) -> None:
        nonlocal count
        count += 1
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    playing = FromThread(play)
    task = asyncio.create_task(search(stories, playing, BOUNDS))
    await begun.wait()
    start = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    playing.cancel()
    await asyncio.wait_for(ended.wait(), 30)
    assert time.monotonic() - start < 30
    assert count == 1


def test_what_draws_is_imported_beside() -> None:
    """Getting ready returns at once, and what draws is there when the thread has ended."""
    program = """
import sys, threading
from palaver_conformance.generated.search import get_ready
assert "schemathesis" not in sys.modules
get_ready()
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
assert {"hypothesis.stateful", "schemathesis"} <= sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
