"""The heartbeat of one connection: whether the client is still there."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from palaver_runtime.transports.timers import Timer, Timers


class Beating(Protocol):
    """Whose heartbeat it is."""

    def ping(self) -> None:
        """Send a ping."""
        ...

    def unanswered(self) -> None:
        """Take note that an answer is overdue."""
        ...


class Pulse:
    """What the heartbeats of one transport share: how often they ping, and how long they wait. Times are in seconds."""

    __slots__ = ("answers", "pings")

    def __init__(self, interval: float, timeout: float) -> None:
        self.pings: Final = Timers(interval)
        self.answers: Final = Timers(timeout)


class Heartbeat:
    """Pings the client in intervals and notices an answer that does not come."""

    __slots__ = ("_awaits_answer", "_held", "_owner", "_pulse", "_timer")

    def __init__(self, pulse: Pulse, owner: Beating) -> None:
        self._pulse = pulse
        self._owner: Beating | None = owner
        self._held = False
        self._timer: Timer | None = None
        self._awaits_answer = False

    def start(self) -> None:
        """Send the first ping after an interval."""
        self._set(self._pulse.pings, self._ping)

    def stop(self) -> None:
        """Send no more pings and expect no answer, for good: whoever was to be called is let go of."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaits_answer = False
        self._owner = None

    def answered(self) -> None:
        """Take note of an answer; one to no question means nothing."""
        if self._awaits_answer:
            self._awaits_answer = False
            self.start()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """While the block runs the server does not read: no answer is overdue."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def hold(self) -> None:
        """Note that the server does not read, until release()."""
        self._held = True

    def release(self) -> None:
        """Note that the server reads on."""
        self._held = False

    def _ping(self) -> None:
        self._awaits_answer = True
        self._set(self._pulse.answers, self._overdue)
        if self._owner is not None:
            self._owner.ping()  # last: it can end the session, which stops this heartbeat

    def _overdue(self) -> None:
        if self._held:
            # The answer may be there: it is this server that does not read, to hold the client back.
            self._set(self._pulse.answers, self._overdue)
        else:
            owner = self._owner
            self.stop()
            if owner is not None:
                owner.unanswered()

    def _set(self, timers: Timers, callback: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timers.set(callback)
