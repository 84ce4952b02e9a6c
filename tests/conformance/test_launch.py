"""Starting and stopping servers."""

import asyncio
import os
import shlex
import sys

import pytest
from samples import contract

from palaver_conformance.errors import Unreachable, UsageError
from palaver_conformance.launch import commands, launched
from palaver_conformance.subject import Subject
from palaver_conformance.timing import Timing

PYTHON = shlex.quote(sys.executable)


def test_template_is_filled_in() -> None:
    """Each instance has a port and a number of its own, in the command and in the address."""
    (first, one), (second, two) = commands("serve 'a b' --port {port} --name=n{instance}", 2)
    assert first[:2] == ["serve", "a b"]
    assert one == f"http://127.0.0.1:{first[3]}"
    assert one != two
    assert (first[4], second[4]) == ("--name=n1", "--name=n2")


@pytest.mark.parametrize("template", ["serve --port 4001", "serve {port} 'open"])
def test_bad_templates_are_usage_errors(template: str) -> None:
    """A command without {port}, and one whose quotes do not close, are refused."""
    with pytest.raises(UsageError, match="--launch"):
        commands(template, 1)


async def test_processes_are_stopped_whatever_happens() -> None:
    """An exception inside the block leaves no process, children included."""
    program = "import subprocess,sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    groups: list[int] = []
    with pytest.raises(ZeroDivisionError):
        await _failing([sys.executable, "-c", program], groups)
    with pytest.raises(ProcessLookupError):
        await _gone(groups[0])


async def _failing(words: list[str], groups: list[int]) -> None:
    async with launched([words]) as servers:
        groups += servers.groups
        os.killpg(groups[0], 0)
        raise ZeroDivisionError


async def _gone(group: int) -> None:
    """Return never; raise ProcessLookupError once the group has no process."""
    async with asyncio.timeout(5):
        while True:
            os.killpg(group, 0)
            await asyncio.sleep(0.01)


async def test_command_that_does_not_exist() -> None:
    """What cannot be started is told with its name."""
    with pytest.raises(Unreachable, match="no-such-command"):
        async with launched([["no-such-command-anywhere"]]):
            pytest.fail("it started")


async def test_server_that_ends_at_once_shows_its_log() -> None:
    """The harness does not wait for a process that is gone, and says what it printed and how it ended."""
    words = [sys.executable, "-c", "print('the port is taken'); raise SystemExit(7)"]
    with pytest.raises(Unreachable, match=r"(?s)exit code 7.*the port is taken"):
        await _ready(words, Timing())


async def test_server_that_never_answers_shows_its_log() -> None:
    """The wait has an end, even while the process lives."""
    words = [sys.executable, "-uc", "print('starting'); import time; time.sleep(60)"]
    with pytest.raises(Unreachable, match="did not answer within"):
        await _ready(words, Timing(0.02))


async def _ready(words: list[str], timing: Timing) -> None:
    subject = Subject(("http://127.0.0.1:1",), contract(), timing)
    try:
        async with launched([words]) as servers:
            await servers.ready(subject)
    finally:
        await subject.close()
