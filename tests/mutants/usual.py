"""The way that every request takes where nothing is begun at once: what many mutants break is on it."""

from collections.abc import Awaitable
from typing import Any

from palaver_runtime.dialects._served import Served
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.domain.commands import SendMessage
from palaver_runtime.domain.values import Caller
from palaver_runtime.services.drafts import Sent
from palaver_runtime.services.limits import Limits
from palaver_runtime.services.messages import MessageService
from palaver_runtime.transports.sockets import NOT_NOW
from palaver_wire.contract import BoundEvent


def begin_nothing_at_once() -> None:
    """Have all limits, events and messages be waited for, one after the other."""

    def begin(self: MessageService, caller: Caller, command: SendMessage) -> Awaitable[Sent]:
        return self.submit(caller, command)

    made = Served.__init__

    def one_after_the_other(self: Served, bound: BoundEvent[Any]) -> None:
        made(self, bound)
        self.keeps_order = False  # type: ignore[misc]

    Limits.at_once = lambda *_: False  # type: ignore[assignment,method-assign]
    Sockets.receive_at_once = lambda *_: NOT_NOW  # type: ignore[assignment,method-assign]
    MessageService.begin = begin
    Served.__init__ = one_after_the_other  # type: ignore[method-assign]
