"""Keeps workers."""

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from servers.palaver import serving

from palaver_runtime.dialects import gateway
from palaver_runtime.serving import Addresses, Wish
from palaver_runtime.settings import Settings
from palaver_runtime.workers import supervisor as module
from palaver_runtime.workers.assignment import Assignment
from palaver_runtime.workers.process import WorkerFailed
from palaver_runtime.workers.supervisor import Supervisor

PATIENCE = 30.0


class Worker:
    """A worker that runs until the test, or its supervisor, ends it."""

    def __init__(self, number: int, *, stubborn: bool) -> None:
        self.number = number
        self.calls: dict[str, int] = {}
        self.told: list[str] = []
        self._stubborn = stubborn
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ready(self) -> None:
        """Do nothing: it serves at once."""

    def stop(self) -> None:
        """End, unless it does not listen."""
        self.told.append("stop")
        if not self._stubborn:
            self.end(0)

    def kill(self) -> None:
        """End."""
        self.told.append("kill")
        self.end(-9)

    def end(self, code: int) -> None:
        """End by itself."""
        if not self._code.done():
            self._code.set_result(code)

    async def ended(self) -> int:
        """Give the exit code."""
        return await asyncio.shield(self._code)


class Workers:
    """In place of processes: those that were started, in order; `failures` start none."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[Worker] = asyncio.Queue()
        self.assignments: list[Assignment] = []
        self.failures = 0
        self.stubborn = False

    async def start(self, assignment: Assignment, descriptors: Sequence[int]) -> Worker:
        """Start one."""
        self.assignments.append(assignment)
        assert set(assignment.sockets.values()) == set(descriptors)
        if self.failures:
            self.failures -= 1
            raise WorkerFailed("no luck")
        worker = Worker(assignment.number, stubborn=self.stubborn)
        self.started.put_nowait(worker)
        return worker

    async def next(self) -> Worker:
        """Wait for the next one that is started."""
        async with asyncio.timeout(PATIENCE):
            return await self.started.get()


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Workers that are no processes, started anew without a pause."""
    workers = Workers()
    monkeypatch.setattr(module.WorkerProcess, "start", workers.start)
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    return workers


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    """A supervisor of two workers."""
    settings = Settings(
        workers=2,
        redis_url="redis://nobody:1/0",
        database_url=f"sqlite:///{tmp_path}/palaver.db",
        shutdown_seconds=0.001,
    )
    wish = Wish(settings=settings, dialects={"gateway": gateway}, port=0)
    return Supervisor(wish, {"host": None, "workers": 2})


async def _begun(supervisor: Supervisor) -> tuple[asyncio.Task[None], Addresses]:
    ready: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(supervisor.run(ready.set_result))
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    return task, ready.result()


async def _stopped(task: asyncio.Task[None]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        await task


async def test_workers_share_sockets_and_a_secret(supervisor: Supervisor, workers: Workers) -> None:
    """Each worker is told its number, and all the same sockets and the same secret; SIGTERM ends them."""
    task, addresses = await _begun(supervisor)
    first, second = [await workers.next() for _ in range(2)]
    assert [each.number for each in workers.assignments] == [1, 2]
    one, other = workers.assignments
    assert one.sockets == other.sockets
    assert one.flags == other.flags
    assert len(str(one.flags["jwt_secret"])) >= 32
    assert "host" not in one.flags
    assert addresses.places["gateway"].port > 0
    await _stopped(task)
    assert first.told[0] == second.told[0] == "stop"
    assert "kill" not in first.told + second.told


async def test_worker_that_ends_is_started_anew(
    supervisor: Supervisor, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes again under its number, also after starts that failed; the other goes on."""
    task, _ = await _begun(supervisor)
    first, second = [await workers.next() for _ in range(2)]
    workers.failures = 2
    second.end(1)
    third = await workers.next()
    assert third.number == second.number == 2
    assert "worker 2 ended with 1" in caplog.text
    assert caplog.text.count("worker 2 cannot be started: no luck") == 2
    assert first.told == []
    await _stopped(task)
    assert first.told[0] == third.told[0] == "stop"


async def test_worker_that_does_not_end_is_killed(
    supervisor: Supervisor, workers: Workers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The end is bounded, whatever a worker does."""
    monkeypatch.setattr(module, "GRACE", 0.001)
    workers.stubborn = True
    task, _ = await _begun(supervisor)
    both = [await workers.next() for _ in range(2)]
    await _stopped(task)
    assert all(each.told[-1] == "kill" for each in both)
    assert "worker 2 did not end within" in caplog.text


async def test_failed_start_ends_it_all(supervisor: Supervisor, workers: Workers) -> None:
    """When the first worker cannot begin nobody else is started, and whoever asked is told why."""
    workers.failures = 1
    with pytest.raises(WorkerFailed, match="no luck"):
        await _begun(supervisor)
    assert len(workers.assignments) == 1


async def test_second_signal_ends_at_once(supervisor: Supervisor, workers: Workers) -> None:
    """Who asks twice does not wait for the deadline."""
    workers.stubborn = True
    task, _ = await _begun(supervisor)
    first = await workers.next()
    os.kill(os.getpid(), signal.SIGTERM)
    while "stop" not in first.told:  # noqa: ASYNC110 - a signal comes when it comes
        await asyncio.sleep(0)
    await _stopped(task)
    assert "kill" in first.told


async def test_real_workers_serve_one_port(redis_url: str) -> None:
    """Two processes answer on one port; one that is killed comes again, and operators see both; polling is refused."""
    arguments = ("--dialect", "gateway", "--workers", "2", "--operations-port", "0")
    async with (
        serving(*arguments, env={"PALAVER_REDIS_URL": redis_url}) as server,
        httpx.AsyncClient(timeout=PATIENCE) as client,
    ):
        found = re.search(r"figures are at (http://\S+?)/", server.output)
        assert found is not None
        operators = found[1]

        async def ready() -> bool:
            return bool((await client.get(f"{operators}/readyz")).json()["status"] == "ready")

        async def running() -> set[str]:
            text = (await client.get(f"{operators}/metrics")).text
            return {each for each in text.splitlines() if each.startswith("process_start_time_seconds")}

        async with asyncio.timeout(PATIENCE):
            while not await ready():  # noqa: ASYNC110 - the bus connects when it connects
                await asyncio.sleep(0.05)
        before = await running()
        assert len(before) == 2
        assert (await client.get(f"{server.url}/metrics")).status_code == 404
        polled = await client.get(f"{server.url}/socket.io/?EIO=4&transport=polling")
        assert polled.status_code == 400
        assert "WebSocket alone" in polled.text
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while len(await running() - before) != 1 or not await ready():  # noqa: ASYNC110 - it starts when it starts
                await asyncio.sleep(0.05)
        assert (await client.get(f"{server.url}/healthz")).status_code == 200
