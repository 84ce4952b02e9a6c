"""What is done at the end of some work."""

import asyncio

import pytest

from palaver_runtime.transports.afterwards import afterwards


@pytest.mark.parametrize("how", ["done", "failed", "cancelled"])
async def test_it_is_done_however_the_work_ends(how: str) -> None:
    """And then the work's own end is told: its result, its error, or that it was cancelled."""
    done: list[str] = []
    go, begun = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        begun.set()
        await go.wait()
        if how == "failed":
            raise ValueError("no")
        return "result"

    async def then() -> None:
        await asyncio.sleep(0)
        done.append("then")

    task = asyncio.create_task(afterwards(work(), then))
    await begun.wait()
    if how == "cancelled":
        task.cancel()
    go.set()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    assert done == ["then"]
    assert outcome == "result" if how == "done" else isinstance(outcome, (ValueError, asyncio.CancelledError))
