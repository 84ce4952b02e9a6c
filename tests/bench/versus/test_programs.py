"""Peers are started, and end with whoever started them."""

import sys

import psutil
import pytest
from versus.programs import StartError, program

_READY = "import sys; print('Starting', flush=True); print('READY 4711', flush=True); sys.stdin.read()"


async def test_a_peer_says_its_port_and_ends_with_the_block() -> None:
    """What it says before is passed over; it ends by itself when its standard input closes."""
    async with program(sys.executable, "-c", _READY) as running:
        assert running.port == 4711
        assert psutil.pid_exists(running.pid)
    assert not psutil.pid_exists(running.pid)


async def test_a_peer_that_does_not_start_is_told_with_its_words() -> None:
    """The message has what it said last."""
    with pytest.raises(StartError, match=r"ended before it was ready; it said: .*no such module"):
        async with program(sys.executable, "-c", "raise SystemExit('no such module')"):
            pass
