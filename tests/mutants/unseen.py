"""Mutants that no client can tell from the reference server, or only by what it has to bear: a test is their killer.

What is broken is broken in the process of the test, which has to fail, and for the reason that is named.
"""

import asyncio
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from mutants.broken import VARIABLE
from mutants.catalogue import unseen_credentials, unseen_operation, unseen_transports
from mutants.mutant import Mutant

_FOLDER = "tests/"

UNSEEN = {
    each.name: each
    for module in (unseen_credentials, unseen_transports, unseen_operation)
    for each in vars(module).values()
    # Others are there because these do what they do.
    if isinstance(each, Mutant) and each.killer.startswith(_FOLDER)
}
"""All of them, by name."""

PATIENCE = 120.0
"""Seconds after which a test hangs."""

HANGS = "it hangs"

_TESTS = Path(__file__).parents[1]
_PASSED, _FAILED = 0, 1
_FAILURE = re.compile(r"^FAILED (\S+)", re.MULTILINE)


async def survives(mutant: Mutant) -> str | None:
    """Say how a mutant comes through its test; None when that has killed it."""
    code, said = await _run(mutant.handle, (mutant.killer,))
    if code == _PASSED:
        return f"{mutant.killer}: passes"
    if code != _FAILED:
        return f"{mutant.killer} could not be run: {said}"
    if mutant.because not in said:
        return f"{mutant.killer} fails, but not because of {mutant.because!r}: {said}"
    return None


async def false_alarms(handle: str, killers: Sequence[str]) -> list[str]:
    """Run tests on code with a defect that is none; give those that find something all the same."""
    code, said = await _run(handle, killers)
    return [] if code == _PASSED else _FAILURE.findall(said) or [said]


async def _run(handle: str, tests: Sequence[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "mutants.broken", "-p", "no:cacheprovider"),
        *tests,
        cwd=_TESTS.parent,
        env={**os.environ, "PYTHONPATH": str(_TESTS), VARIABLE: handle},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE * len(tests)):
            said, _ = await process.communicate()
    except TimeoutError:
        return _FAILED, HANGS
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")
