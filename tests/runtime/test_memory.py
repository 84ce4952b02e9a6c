"""Memory that is not needed any more."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from palaver_runtime import memory
from palaver_runtime.memory import giving_back_gaps

_USUAL = gc.get_threshold()
_PROGRAM = """
from pathlib import Path
from threading import Thread
from palaver_runtime.memory import give_back_freed

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def work():
    for _ in range(3):
        bytearray(b"x") * 8_000_000

give_back_freed()
before = held()
for _ in range(2):
    thread = Thread(target=work)
    thread.start()
    thread.join()
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc, and glibc")
def test_what_threads_have_freed_is_given_back() -> None:
    """They hold no large block that they do not use, be it as large as the one before."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) < 4_000_000


async def test_gaps_are_looked_for_while_there_is_more_than_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not each time, and seldom where it is of no use: it takes a while."""
    monkeypatch.setattr(memory, "_PAUSE", 2)
    # What a look finds, and after each look for gaps what is held then.
    held = iter([100, 100, 104, 120, 110, 110, 110, 112, 113, 113, 103, 95, 100, 96, 96])
    levels: list[int] = []
    given: list[tuple[int, int]] = []
    over = asyncio.Event()

    def look() -> int:
        now = next(held, None)
        if now is None:
            over.set()
            return 0
        levels.append(now)
        return now * 1_048_576

    async with giving_back_gaps(0.001, look, lambda: given.append((len(levels), levels[-1]))):
        await asyncio.wait_for(over.wait(), 10)
    assert given == [(4, 120), (6, 110), (10, 113), (13, 100)]


@pytest.mark.parametrize(("grown", "looked"), [(memory._GROWN, True), (memory._GROWN - 1, False)])
async def test_garbage_is_looked_for_before_gaps(monkeypatch: pytest.MonkeyPatch, grown: int, looked: bool) -> None:
    """Where there may be some, as it holds what is between the gaps."""
    done: list[str] = []
    over = asyncio.Event()
    levels: Iterator[int] = iter([100, 120])

    def look() -> int:
        now = next(levels, None)
        if now is None:
            over.set()
            return 0
        return now * 1_048_576

    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, grown))
    monkeypatch.setattr(gc, "collect", lambda: done.append("garbage"))
    async with giving_back_gaps(0.001, look, lambda: done.append("gaps")):
        await asyncio.wait_for(over.wait(), 10)
    assert done == (["garbage", "gaps"] if looked else ["gaps"])


async def test_all_is_looked_through_more_seldom() -> None:
    """While somebody else sees to it, and not after that; what is young is looked through as before."""
    gc.set_threshold(*_USUAL)
    async with giving_back_gaps(60.0, lambda: 0, lambda: None):
        assert gc.get_threshold() == (*_USUAL[:2], memory._MUCH_GROWN)
    assert gc.get_threshold() == _USUAL


async def test_gaps_are_looked_for_when_much_has_been_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """However useless it was before: that is what makes them."""
    thousand = memory._MUCH
    # Blocks that are in use at each look, and after one for gaps.
    used = iter([9, 9, 10, 11, 10.1, 10, 10, 9.1, 9.1, 9.1])
    looks, given = 0, []
    over = asyncio.Event()

    def blocks() -> int:
        now = next(used, None)
        if now is None:
            over.set()
        return int((now or 11) * thousand)  # as many as ever, so that nothing more comes of it

    def look() -> int:
        nonlocal looks
        looks += 1
        return (100 if looks == 1 else 120) * 1_048_576

    monkeypatch.setattr(sys, "getallocatedblocks", blocks)
    async with giving_back_gaps(0.001, look, lambda: given.append(looks)):
        await asyncio.wait_for(over.wait(), 10)
    # Each look for gaps is followed by one at what it has given back.
    assert given == [2, 7]
