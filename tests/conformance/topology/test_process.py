"""One server process."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from palaver_conformance.errors import Unreachable
from palaver_conformance.topology import process as module
from palaver_conformance.topology.process import Identity, Process, free_port, listening

FOREVER = "import time; print('up', flush=True); time.sleep(60)"
LISTENING = (
    "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
    "while True: s.accept()[0].sendall(b'hello')"
)


def process(folder: Path, program: str, *arguments: str) -> Process:
    """Return a process that runs a Python program."""
    return Process("the server", [sys.executable, "-c", program, *arguments], folder / "log")


async def test_stop_ends_children_too(tmp_path: Path) -> None:
    """Stopping reaches the whole process group, and is remembered as an end."""
    running = process(tmp_path, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {FOREVER!r}])")
    await running.start()
    group = running.group
    await _printed(running, "up")
    await running.stop()
    assert not running.alive
    assert running.returncode == -signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        await _gone(group)


async def test_kill_reaches_children_that_left_the_group(tmp_path: Path) -> None:
    """A child in a session of its own is ended with its parent."""
    child = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], start_new_session=True)"
    running = process(tmp_path, parent)
    await running.start()
    number = int(await _printed(running, ""))
    await running.kill()
    assert running.returncode == -signal.SIGKILL
    async with asyncio.timeout(30):
        while Path(f"/proc/{number}").exists() and "Z" not in _state(number):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


async def test_it_starts_again(tmp_path: Path) -> None:
    """After an end the same command is started anew; a second start of a running one changes nothing."""
    running = process(tmp_path, FOREVER)
    await running.start()
    first = running.group
    await running.start()
    assert running.group == first
    await running.kill()
    await running.start()
    assert running.group != first
    await running.stop()


async def test_paused_server_is_silent_until_it_goes_on(tmp_path: Path) -> None:
    """A frozen process accepts in its kernel and says nothing; a continued one answers what was asked meanwhile."""
    port = free_port()
    running = process(tmp_path, LISTENING, str(port))
    await running.start()
    await listening(running, port, 10)
    running.pause()
    async with asyncio.timeout(30):
        while _state(running.group) != "T":  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    running.resume()
    assert await asyncio.wait_for(reader.readexactly(5), 30) == b"hello"
    writer.close()
    await writer.wait_closed()
    await running.kill()


async def test_stop_reaches_a_paused_one(tmp_path: Path) -> None:
    """A frozen process is let go on, so that it can end as it should."""
    running = process(tmp_path, FOREVER)
    await running.start()
    running.pause()
    await running.stop()
    assert running.returncode == -signal.SIGTERM


async def test_environment_folder_and_log(tmp_path: Path) -> None:
    """Variables are added, the folder is where it runs, and what it prints is kept."""
    program = "import os; print(os.environ['COLOUR'], os.environ['PATH'] != '', os.getcwd())"
    words = [sys.executable, "-c", program]
    running = Process("x", words, tmp_path / "log", {"COLOUR": "green"}, tmp_path)
    await running.start()
    assert f"green True {tmp_path}" in await _printed(running, "green")
    assert running.tail().endswith(f"  | green True {tmp_path}")


async def test_what_cannot_be_started_is_told(tmp_path: Path) -> None:
    """A command that does not exist is named; a process that never was has neither group nor log."""
    running = Process("x", ["no-such-command-anywhere"], tmp_path / "log")
    assert running.tail() == "  | (it printed nothing)"
    with pytest.raises(Unreachable, match="never started"):
        _ = running.group
    with pytest.raises(
        Unreachable, match="no-such-command-anywhere' cannot be started: No such file or directory; name"
    ):
        await running.start()
    await running.kill()


async def test_waiting_for_a_server_that_ends_or_is_deaf(tmp_path: Path) -> None:
    """The wait ends with the process, or in time, and shows the log."""
    ended = process(tmp_path, "print('the port is taken'); raise SystemExit(7)")
    await ended.start()
    with pytest.raises(Unreachable, match=r"(?s)exit code 7.*the port is taken"):
        await listening(ended, free_port(), 10)
    deaf = process(tmp_path, FOREVER)
    await deaf.start()
    with pytest.raises(Unreachable, match=r"did not listen within 0\.1 s"):
        await listening(deaf, free_port(), 0.1)
    await deaf.kill()


def test_free_port_is_given_to_nobody_else() -> None:
    """Of many ports none is given twice, in this process or another, nor is one that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = [free_port() for _ in range(100)]
        assert len(set(given)) == 100
        assert listener.getsockname()[1] not in given
        for port in given:
            # It can be listened on, and is no other's who claims it.
            socket.create_server(("127.0.0.1", port)).close()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", port))


@pytest.mark.parametrize(("told", "below"), [("20000\t60999\n", 20_000), ("1024 65535", 32_768), (None, 32_768)])
def test_free_port_is_none_that_the_system_gives_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str | None, below: int
) -> None:
    """A server that is started a little later does not find its port taken by somebody who asked for any."""
    monkeypatch.setattr(module, "RANGE", tmp_path / "range")
    if told is not None:
        module.RANGE.write_text(told)
    assert all(10_000 <= free_port() < below for _ in range(50))


def test_identity_gives_folders_away(tmp_path: Path) -> None:
    """A folder belongs to the user that is named, and stays with the current one otherwise."""
    Identity().own(tmp_path)
    assert tmp_path.stat().st_uid == os.geteuid()
    Identity(os.geteuid(), os.getegid()).own(tmp_path)
    assert tmp_path.stat().st_uid == os.geteuid()


async def _printed(running: Process, wanted: str) -> str:
    """Return the log once it has a line with the text."""
    async with asyncio.timeout(30):
        while True:
            text = running.log.read_text() if running.log.exists() else ""
            if "\n" in text and wanted in text:
                return text
            await asyncio.sleep(0.01)


async def _gone(group: int) -> None:
    """Return never; raise ProcessLookupError once the group has no process."""
    async with asyncio.timeout(30):
        while True:
            os.killpg(group, 0)
            await asyncio.sleep(0.01)


def _state(number: int) -> str:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
