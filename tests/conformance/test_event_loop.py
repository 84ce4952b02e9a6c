"""The loop of a run."""

import asyncio
import sys

import pytest

from palaver_conformance import event_loop


async def _loop() -> str:
    await asyncio.sleep(0)
    return type(asyncio.get_running_loop()).__module__


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_it_is_the_fastest() -> None:
    """What is to be done is done in a loop of uvloop's, which is closed afterwards."""
    assert event_loop.run(_loop()) == "uvloop"


def test_errors_come_through() -> None:
    """What the work raises is raised."""

    async def failing() -> None:
        raise LookupError("nothing here")

    with pytest.raises(LookupError, match="nothing here"):
        event_loop.run(failing())
