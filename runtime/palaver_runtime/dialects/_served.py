"""An event that clients send, with what handles it and what it is asked of each time: found out once, not each time."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from palaver_runtime.services.limits import SENDING
from palaver_wire.contract import BoundEvent, WireModel


class Served:
    """An event of the document as its requests are handled; see `BoundEvent`."""

    __slots__ = ("at_once", "call", "errors", "keeps_order", "means", "name", "payload")

    def __init__(self, bound: BoundEvent[Any]) -> None:
        event = bound.event
        self.name: Final = event.name
        self.means: Final = event.means
        self.payload: Final = event.payload
        self.errors: Final = event.errors
        self.call: Final[Callable[[Any, WireModel], Awaitable[WireModel | None]]] = bound.call
        self.at_once: Final[Callable[[Any, WireModel], WireModel | Awaitable[WireModel | None] | None] | None] = (
            bound.at_once
        )
        #: Whether such requests take effect in the order in which they are begun: messages of a conversation do.
        self.keeps_order: Final = event.means == SENDING and bound.at_once is not None
