"""Requests that were begun where they were read, and are not done yet."""

from collections.abc import Awaitable, Callable
from time import perf_counter

from palaver_runtime.dialects._later import later
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.fairness import current
from palaver_runtime.transports.sockets import Acknowledgement, Pending
from palaver_wire.contract import WireModel


class Begun(Pending):
    """A request the answer to which is to come; `acknowledge` makes the acknowledgement of that, or of a refusal.

    `slow` tells that whoever asks is to be held back by it.
    """

    __slots__ = ("_acknowledge", "_alone", "_answer", "_future", "_told")

    def __init__(
        self,
        answer: WireModel | Awaitable[WireModel | None] | None,
        acknowledge: Callable[[WireModel | ChatError | None], Acknowledgement],
        *,
        slow: bool = False,
    ) -> None:
        self._answer = later(answer)
        self._acknowledge = acknowledge
        # Before a coroutine does what keeps the order, others that are begun after it might.
        self._alone = slow or not self._answer.under_way
        self._future = self._answer.future
        self._told: Callable[[], None] | None = None

    @property
    def alone(self) -> bool:
        return self._alone

    @property
    def done(self) -> bool:
        return self._future.done()

    def when_done(self, told: Callable[[], None]) -> None:
        self._told = told
        self._future.add_done_callback(self._done)

    def result(self) -> Acknowledgement:
        outcome: WireModel | ChatError | None
        try:
            outcome = self._answer.result()
        except ChatError as error:
            outcome = error
        return self._acknowledge(outcome)

    def cancel(self) -> None:
        self._future.cancel()

    def _done(self, _: object) -> None:
        """Have it answered, on the account of whoever has asked."""
        began, account, told = perf_counter(), current(), self._told
        assert told is not None, "whoever is told comes before"
        told()
        if account is not None:
            account.charge(perf_counter() - began)
