"""Requests that were begun where they were read, and are not done yet."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from palaver_runtime.dialects._later import Later
from palaver_runtime.domain.errors import ChatError
from palaver_runtime.fairness import current
from palaver_runtime.transports.sockets import Acknowledgement, Pending
from palaver_wire.contract import WireModel


class Begun(Pending):
    """A request the answer to which is to come; `acknowledge` makes the acknowledgement of that, or of a refusal."""

    __slots__ = ("_acknowledge", "_answer", "_told")

    def __init__(
        self,
        answer: Later[Any, WireModel | None],
        acknowledge: Callable[[WireModel | ChatError | None], Acknowledgement],
    ) -> None:
        self._answer = answer
        self._acknowledge = acknowledge
        self._told: Callable[[], None] | None = None

    def when_done(self, told: Callable[[], None]) -> None:
        self._told = told
        self._answer.future.add_done_callback(self._done)

    def result(self) -> Acknowledgement:
        outcome: WireModel | ChatError | None
        try:
            outcome = self._answer.result()
        except ChatError as error:
            outcome = error
        return self._acknowledge(outcome)

    def cancel(self) -> None:
        self._answer.future.cancel()

    def _done(self, _: object) -> None:
        """Have it answered, on the account of whoever has asked."""
        began, account, told = perf_counter(), current(), self._told
        assert told is not None, "whoever is told comes before"
        told()
        if account is not None:
            account.charge(perf_counter() - began)
