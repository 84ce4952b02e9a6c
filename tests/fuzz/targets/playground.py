"""An event loop for parsers that need one, and a dialect that answers whatever arrives; nothing is to be left over."""

import asyncio
import json
import logging
from collections.abc import Coroutine, Sequence
from functools import cache
from typing import Any

from fuzz.target import Broken

from palaver_runtime.transports.sockets import NOT_NOW, Acknowledgement, Handshake, NotNow
from palaver_runtime.transports.turns import Turns

_TURNS = 400
"""How often the loop goes round at most until what was begun has ended."""


class _Errors(logging.Handler):
    """Keeps what is logged as an error: whatever strangers send is none."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        why = f" {record.exc_info[1]!r}" if record.exc_info else ""
        self.records.append(f"{record.name}: {record.getMessage()}{why}")


@cache
def _errors() -> _Errors:
    handler = _Errors()
    for name in ("palaver_runtime", "uvicorn", "asyncio", "engineio"):
        logging.getLogger(name).addHandler(handler)
    return handler


@cache
def loop() -> asyncio.AbstractEventLoop:
    """Return the loop of the fuzzer."""
    return asyncio.new_event_loop()


def run(act: Coroutine[Any, Any, str], *, timers: bool = False) -> str:
    """Run something to its end; Broken when it leaves a task behind, or a timer unless it may, or logs an error."""
    errors, here = _errors(), loop()
    errors.records.clear()
    try:
        outcome = here.run_until_complete(act)
    except BaseException:
        _cleared(here)
        raise
    tasks, ticking = _cleared(here)
    if tasks:
        raise Broken(f"tasks are left over: {tasks[0].split()[0]}")
    if ticking and not timers:
        raise Broken("timers are left over")
    if errors.records:
        raise Broken(f"an error is logged: {errors.records[0]}")
    return outcome


def _cleared(here: asyncio.AbstractEventLoop) -> tuple[list[str], int]:
    """Cancel what is left over; return the names of the tasks, and how many timers there were."""
    left = asyncio.all_tasks(here)
    ticking = [each for each in getattr(here, "_scheduled", ()) if not each.cancelled()]
    for each in (*left, *ticking):
        each.cancel()
    if left:
        here.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    return sorted(each.get_name() for each in left), len(ticking)


async def settled(*tasks: asyncio.Task[Any]) -> None:
    """Let the loop go round until the tasks are done; Broken when they wait for something that does not come."""
    for _ in range(_TURNS):
        if all(each.done() for each in tasks):
            return
        await asyncio.sleep(0)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    raise Broken("a task does not end")


async def over(*sessions: Turns[Any]) -> None:
    """Let the loop go round until sessions that have ended are taken down."""
    for each in sessions:
        while each._task is not None:
            await settled(each._task)
            await asyncio.sleep(0)


class Echo:
    """A dialect of sockets that answers each event with what it carried; `S` of its connections is nothing."""

    namespace = "/"

    def __init__(self) -> None:
        self.received = 0
        self.connects = 0
        self.disconnects = 0

    async def connect(self, connection: Any, handshake: Handshake) -> bool:
        """Accept everybody but those who ask not to be."""
        self.connects += 1
        return "refuse" not in handshake.auth

    def disconnect(self, connection: Any, reason: str) -> None:
        """Count."""
        self.disconnects += 1

    def keeps_order(self, event: str) -> bool:
        """Have them one at a time."""
        return False

    def receive_at_once(
        self, connection: Any, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement | NotNow:
        """Answer those of some length without a task, and in the same way."""
        if len(event) % 2:
            return NOT_NOW
        return self._answer(connection, event, arguments)

    async def receive(
        self, connection: Any, event: str, arguments: Sequence[str], acknowledge: bool
    ) -> Acknowledgement:
        """Answer with the name and the size of the arguments, after an event that says so too."""
        return self._answer(connection, event, arguments)

    def _answer(self, connection: Any, event: str, arguments: Sequence[str]) -> Acknowledgement:
        self.received += 1
        answer = {"event": event, "sizes": [len(each) for each in arguments]}
        connection.emit("echo", answer)
        return answer

    def oversized(self, connection: Any, event: str | None, size: int, acknowledge: bool) -> Acknowledgement:
        """Tell which."""
        return {"oversized": event, "size": size}

    def binary(self, connection: Any, event: str, acknowledge: bool) -> Acknowledgement:
        """Tell which."""
        return {"binary": event}

    def failed(self, connection: Any, event: str | None, acknowledge: bool) -> Acknowledgement:
        """Fail loudly: nothing that is received may come to this."""
        raise Broken(f"the handling of {event!r} failed")


def json_of(text: str) -> object:
    """Read what a server wrote; Broken when it is not JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise Broken(f"the server writes what is not JSON: {error}") from error
