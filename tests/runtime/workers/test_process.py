"""One worker, as its supervisor sees it."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from palaver_runtime.workers import process as module
from palaver_runtime.workers.assignment import LIMIT, Assignment, line, read_line
from palaver_runtime.workers.process import WorkerFailed, WorkerProcess

Far = tuple[WorkerProcess, asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    """A worker whose side of the channel the test plays, beside a process that only waits."""
    ours, theirs = socket.socketpair()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import sys; sys.stdin.read()", stdin=asyncio.subprocess.PIPE
    )
    worker = WorkerProcess(1, child, ours)
    worker._streams = await asyncio.open_unix_connection(sock=ours, limit=LIMIT)
    reader, writer = await asyncio.open_unix_connection(sock=theirs, limit=LIMIT)
    yield worker, reader, writer
    worker.kill()
    await worker.ended()
    writer.close()


async def test_it_is_ready_when_it_says_so(far: Far) -> None:
    """What it says first is where it takes calls."""
    worker, _, writer = far
    writer.write(line({"calls": {"bell": 50_051}}))
    await worker.ready()
    assert worker.calls == {"bell": 50_051}


async def test_it_is_asked_one_thing_after_another(far: Far) -> None:
    """Each question has its own answer, however many ask at once."""
    worker, reader, writer = far

    async def answer() -> None:
        for _ in range(2):
            asked = await read_line(reader)
            assert asked is not None
            writer.write(line({"number": asked["number"], "said": asked["ask"]}))

    answering = asyncio.create_task(answer())
    answers = await asyncio.gather(worker.ask("one"), worker.ask("two"))
    await answering
    assert [each and each["said"] for each in answers] == ["one", "two"]


async def test_late_answer_is_not_taken_for_the_next(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not answer in time gives nothing; what comes then is passed over."""
    worker, reader, writer = far
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    assert await worker.ask("one") is None
    monkeypatch.setattr(module, "PATIENCE", 10.0)
    first = await read_line(reader)
    assert first is not None
    writer.write(line({"number": first["number"], "said": "late"}))
    asking = asyncio.create_task(worker.ask("two"))
    second = await read_line(reader)
    assert second is not None
    writer.write(line({"number": second["number"], "said": "new"}))
    answer = await asking
    assert answer is not None
    assert answer["said"] == "new"
    writer.close()
    assert await worker.ask("three") is None


async def test_reason_of_a_failed_start_is_told(far: Far) -> None:
    """Why a worker cannot begin reaches whoever started it."""
    worker, _, writer = far
    writer.write(line({"failed": "no such folder"}))
    worker.stop()
    with pytest.raises(WorkerFailed, match="no such folder"):
        await worker.ready()


async def test_worker_that_ends_without_a_word(far: Far) -> None:
    """Its exit code is told."""
    worker, _, writer = far
    worker.kill()
    writer.close()
    with pytest.raises(WorkerFailed, match="worker 1 ended before it served, with exit code -9"):
        await worker.ready()


async def test_a_real_one_says_why_it_cannot_begin() -> None:
    """A worker is a process of its own; an assignment that cannot be done ends it with the reason."""
    assignment = Assignment(
        number=1,
        flags={"database_url": "sqlite:////no/such/folder/palaver.db"},
        dialects=(),
        apps=(),
        app_dirs=(),
        port=None,
        grpc_port=None,
        sockets={},
    )
    worker = await WorkerProcess.start(assignment, [])
    with pytest.raises(WorkerFailed, match="/no/such/folder"):
        await worker.ready()
    assert await worker.ended() == 3
