"""A judgement that goes on by itself while pytest asks for one outcome after the other."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field

from palaver_conformance import event_loop
from palaver_conformance.errors import Unreachable
from palaver_conformance.evidence.verdict import Outcome
from palaver_conformance.report.summary import Run
from palaver_conformance.running.judging import Terms, judge
from palaver_conformance.running.plan import Plan
from palaver_conformance.scenario import Scenario


class NoOutcome(Exception):
    """There is nothing to wait for: `why` is what was raised by `judge`, or Unreachable when the server went."""

    def __init__(self, why: BaseException) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass
class Judgement:
    """Scenarios that are run against a server at once, as by `palaver conform`, in a thread of its own.

    It begins with the first question. A thread, because pytest takes its time between two items, for a debugger as long
    as it likes, and what a scenario waits for would be found too late. Afterwards `run` is there, unless there were no
    outcomes to speak of.
    """

    plan: Plan
    scenarios: Sequence[Scenario]
    terms: Terms
    run: Run | None = field(default=None, init=False)
    _outcomes: dict[str, Future[Outcome]] = field(init=False)
    _begun: Future[None] = field(default_factory=Future, init=False)
    _ended: Future[Run] = field(default_factory=Future, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _task: Future[asyncio.Task[Run]] = field(default_factory=Future, init=False)

    def __post_init__(self) -> None:
        self._outcomes = {each.id: Future() for each in self.scenarios}

    @property
    def asked(self) -> bool:
        """Whether it has begun."""
        return self._thread is not None

    def begun(self) -> None:
        """Wait until the server has proven to be the one that is meant; raises NoOutcome."""
        self._start()
        self._begun.result()

    def outcome(self, scenario: Scenario) -> Outcome:
        """Wait for the outcome of a scenario; raises NoOutcome."""
        self._start()
        return self._outcomes[scenario.id].result()

    def whole(self) -> Run:
        """Wait for the whole run; raises NoOutcome."""
        self._start()
        return self._ended.result()

    def close(self) -> None:
        """Wait until everything that was launched for it is stopped; if outcomes are lacking, end it at once."""
        if self._thread is None:
            return
        if not (self._begun.done() and all(each.done() for each in self._outcomes.values())):
            # That it never began, or that its loop is closed, means that it has just ended.
            with suppress(CancelledError, RuntimeError):
                task = self._task.result()
                task.get_loop().call_soon_threadsafe(task.cancel)
        self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._go, name="palaver")
            self._thread.start()

    def _go(self) -> None:
        try:
            self.run = event_loop.run(self._judge())
        except BaseException as error:
            # Whatever it is: somebody waits for it in the other thread.
            self._end(NoOutcome(error))
        else:
            self._end(NoOutcome(Unreachable(self.run.stopped)))

    async def _judge(self) -> Run:
        task = asyncio.current_task()
        assert task is not None
        self._task.set_result(task)
        return await judge(self.plan, self.scenarios, self.terms, self._take)

    def _take(self, outcome: Outcome) -> None:
        if not self._begun.done():
            self._begun.set_result(None)
        self._outcomes[outcome.scenario.id].set_result(outcome)

    def _end(self, why: NoOutcome) -> None:
        """Answer whoever still waits."""
        self._task.cancel()
        for future in self._outcomes.values():
            if not future.done():
                future.set_exception(why)
        if self.run is None:
            self._ended.set_exception(why)
        else:
            self._ended.set_result(self.run)
        if not self._begun.done():
            if self.run is None:
                self._begun.set_exception(why)
            else:
                self._begun.set_result(None)
