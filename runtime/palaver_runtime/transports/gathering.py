"""What is told to the same clients in one turn of the event loop is handed to each of them in one piece."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, NamedTuple, Protocol

from palaver_runtime.transports.text_frame import TextFrame

logger = logging.getLogger(__name__)


class Pieces(NamedTuple):
    """Frames in their order, each with the moment since when clients may have it, and the bytes of all of them."""

    frames: Sequence[tuple[TextFrame, float | None]]
    wire: bytes


class Carrier(Protocol):
    """The transport below one client."""

    def enqueue_all(self, pieces: Pieces) -> bool:
        """Send or queue frames; never blocks. Tell whether they are sent, and not for somebody to fetch."""
        ...


class Gathering:
    """Broadcasts of one turn, which leave before anything else that is sent to one of their clients.

    To hand a frame to each of a hundred clients takes longer than to make it, and messages that were committed together
    are for the same ones. `delivered` is told how many seconds after its moment a frame was sent, and to how many.

    Whoever sends to a client, or closes it, calls `spread` before that: so all that it gets is in order.
    """

    __slots__ = ("_carriers", "_frames", "delivered")

    def __init__(self, delivered: Callable[[float, int], None]) -> None:
        #: What is told; for those who send by themselves, too.
        self.delivered: Final = delivered
        self._carriers: Sequence[Carrier] = ()
        self._frames: list[tuple[TextFrame, float | None]] = []

    def put(self, carriers: Sequence[Carrier], frame: TextFrame, since: float | None) -> None:
        """Send a frame to some clients, soon; the sequence of them is not changed any more.

        `since` is the moment of perf_counter() since when they may have it, where somebody wants to know that.
        """
        if self._frames and carriers != self._carriers:
            self.spread()
        if not self._frames:
            self._carriers = carriers
            asyncio.get_running_loop().call_soon(self.spread)
        self._frames.append((frame, since))

    def spread(self) -> None:
        """Hand over what was gathered, now."""
        frames = self._frames
        if not frames:
            return
        carriers, self._carriers, self._frames = self._carriers, (), []
        pieces = Pieces(frames, frames[0][0].wire if len(frames) == 1 else b"".join(each.wire for each, _ in frames))
        sent = 0
        for carrier in carriers:
            try:
                sent += carrier.enqueue_all(pieces)
            except Exception:
                logger.exception("what is for many could not be handed to one of them")
        now = perf_counter()
        for _, since in frames if sent else ():
            if since is not None:
                self.delivered(now - since, sent)
