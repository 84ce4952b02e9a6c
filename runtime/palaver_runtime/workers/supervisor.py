"""Keeps workers: starts them on shared sockets, starts anew those that end, and ends all."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import Final, TypeVar

from palaver_runtime.secret import signing_secret
from palaver_runtime.serving import Addresses, Wish, real_places
from palaver_runtime.transports.listener import Listener, bound_socket, serving
from palaver_runtime.workers.assignment import Assignment
from palaver_runtime.workers.pages import Pages
from palaver_runtime.workers.process import WorkerFailed, WorkerProcess

__all__ = ["Supervisor", "WorkerFailed"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 30.0
"""Seconds before a worker that ended is started anew: at first, and at the most; each time they double."""

WELL: Final = 10.0
"""Seconds after which a worker that ends has ended for the first time again."""

GRACE: Final = 5.0
"""Seconds beyond the deadline of a worker's own in which it may end, before it is killed."""


class Supervisor:
    """Serves a wish by several workers.

    The sockets are bound here and shared, so that a connection which waits to be accepted is not lost with a worker.
    `flags` are settings that go before the environment, None for those that do not; `apps` and `app_dirs` are where the
    workers find the dialects that are not ours.
    """

    def __init__(
        self, wish: Wish, flags: Mapping[str, object], apps: Sequence[str] = (), app_dirs: Sequence[str] = ()
    ) -> None:
        self._wish = wish
        self._settings = wish.settings
        self._apps = tuple(apps)
        self._app_dirs = tuple(app_dirs)
        # Workers that each made up a secret of their own would not take each other's tokens.
        self._flags = {name: value for name, value in flags.items() if value is not None} | {
            "jwt_secret": signing_secret(wish.settings),
            "operations_port": None,
        }
        self._workers: dict[int, WorkerProcess] = {}
        self._restarts = 0
        self._stopping = asyncio.Event()
        self._pages = Pages(lambda: list(self._workers.values()), self._settings.workers, lambda: self._restarts)

    async def run(self, ready: Callable[[Addresses], None]) -> None:
        """Serve until SIGTERM or SIGINT; `ready` is called when every worker does.

        A second signal ends the workers at once. Raises AddressInUse, AddressUnavailable, and WorkerFailed when a
        worker cannot begin: later, that is logged, and tried again.
        """
        with ExitStack() as sockets:
            wanted = self._wish.places
            bound = {port: bound_socket(self._settings.host, port) for port in self._ports()}
            for each in bound.values():
                sockets.enter_context(each)
            calls = self._reserved(sockets)
            async with AsyncExitStack() as stack:
                operations_port = None
                if self._settings.operations_port is not None:
                    listener = Listener(self._pages.app, self._settings.operations_host, self._settings.operations_port)
                    operations_port = listener.port
                    await stack.enter_async_context(serving([listener]))
                await self._serve(
                    bound,
                    calls,
                    lambda spoken: ready(
                        Addresses(
                            places=real_places(wanted, {port: _port(each) for port, each in bound.items()}),
                            calls=spoken,
                            operations_port=operations_port,
                        )
                    ),
                )

    async def _serve(
        self,
        bound: Mapping[int, socket.socket],
        calls: int | None,
        ready: Callable[[Mapping[str, int]], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked)
        numbers = range(1, self._settings.workers + 1)
        assignments = [self._assignment(number, bound, calls) for number in numbers]
        descriptors = [each.fileno() for each in bound.values()]
        try:
            try:
                # The first brings the database up to date.
                await self._start(assignments[0], descriptors)
                await asyncio.gather(*(self._start(each, descriptors) for each in assignments[1:]))
                if self._stopping.is_set():
                    return
                ready(next(iter(self._workers.values())).calls)
                async with asyncio.TaskGroup() as tasks:
                    for each in assignments:
                        tasks.create_task(self._keep(each, descriptors))
            finally:
                await self._end()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    async def _start(self, assignment: Assignment, descriptors: Sequence[int]) -> WorkerProcess:
        worker = await WorkerProcess.start(assignment, descriptors)
        try:
            await worker.ready()
        except BaseException:
            worker.kill()
            await worker.ended()
            raise
        self._workers[assignment.number] = worker
        logger.info("worker %d serves", assignment.number)
        return worker

    async def _keep(self, assignment: Assignment, descriptors: Sequence[int]) -> None:
        """Start a worker anew whenever it ends, until all are to stop."""
        loop = asyncio.get_running_loop()
        number, pause = assignment.number, FIRST_PAUSE
        while True:
            began = loop.time()
            code = await self._unless_stopping(self._workers[number].ended())
            if code is None:
                return
            del self._workers[number]
            if loop.time() - began > WELL:
                pause = FIRST_PAUSE
            logger.error("worker %d ended with %d", number, code)
            while number not in self._workers:
                logger.info("worker %d is started anew in %g s", number, pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stopping.wait()
                pause = min(2 * pause, LONGEST_PAUSE)
                self._restarts += 1
                try:
                    if await self._unless_stopping(self._start(assignment, descriptors)) is None:
                        return
                except WorkerFailed as error:
                    logger.error("worker %d cannot be started: %s", number, error)  # noqa: TRY400 - it says all

    async def _unless_stopping(self, work: Coroutine[object, object, T]) -> T | None:
        """Give what comes of work, or None, and have it cancelled, when all are to stop."""
        task = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                task.cancel()
                await asyncio.wait([task])
                return None
            return await task
        finally:
            stopping.cancel()

    def _asked(self) -> None:
        """Stop, or if that was asked before, end the workers at once."""
        if self._stopping.is_set():
            for worker in self._workers.values():
                worker.kill()
            return
        logger.info("stopping")
        self._pages.drain()
        self._stopping.set()
        for worker in self._workers.values():
            worker.stop()

    async def _end(self) -> None:
        """See all workers end, within the deadline."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.stop()
        deadline = self._settings.drain_delay_seconds + self._settings.shutdown_seconds + GRACE
        if workers:
            endings = [asyncio.create_task(each.ended()) for each in workers]
            _, late = await asyncio.wait(endings, timeout=deadline)
            for worker, ending in zip(workers, endings, strict=True):
                if ending in late:
                    logger.error("worker %d did not end within %g s, and is killed", worker.number, deadline)
                    worker.kill()
            await asyncio.wait(endings)

    def _ports(self) -> list[int]:
        return list(dict.fromkeys(place.port for place in self._wish.places.values()))

    def _reserved(self, sockets: ExitStack) -> int | None:
        """Give the port for gRPC; if any will do, one that is kept for the workers to share."""
        if self._wish.grpc_port != 0:
            return self._wish.grpc_port
        held = sockets.enter_context(
            socket.socket(socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET, socket.SOCK_STREAM)
        )
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((self._settings.host, 0))
        return _port(held)

    def _assignment(self, number: int, bound: Mapping[int, socket.socket], calls: int | None) -> Assignment:
        return Assignment(
            number=number,
            flags=self._flags,
            dialects=tuple(self._wish.dialects),
            apps=self._apps,
            app_dirs=self._app_dirs,
            port=self._wish.port,
            grpc_port=calls,
            sockets={port: each.fileno() for port, each in bound.items()},
        )


def _port(bound: socket.socket) -> int:
    port: int = bound.getsockname()[1]
    return port
