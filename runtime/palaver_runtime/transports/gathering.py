"""What is told to the same clients in one turn of the event loop is handed to each of them in one piece."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Final, Protocol, TypeAlias

from palaver_runtime.transports.text_frame import TextFrame

logger = logging.getLogger(__name__)

_Frames: TypeAlias = list[tuple[TextFrame, float | None]]


class Pieces:
    """Frames in their order, each with the moment since when clients may have it, and the bytes of all of them.

    What leaves `at_once` is not kept for the end of the turn, for what else is written to the same client.
    """

    __slots__ = ("at_once", "frames", "wire")

    def __init__(self, frames: Sequence[tuple[TextFrame, float | None]], wire: bytes, *, at_once: bool = False) -> None:
        self.frames: Final = frames
        self.wire: Final = wire
        self.at_once: Final = at_once


class Carrier(Protocol):
    """The transport below one client."""

    def enqueue_all(self, pieces: Pieces) -> bool:
        """Send or queue frames; never blocks. Tell whether they are sent, and not for somebody to fetch."""
        ...


class Gathering:
    """Broadcasts of one turn, which leave when those who sent them have been answered.

    To hand a frame to each of a hundred clients takes longer than to make it, and messages that were committed together
    are for the same ones. Whoever is sent something by itself meanwhile, as those are who are answered, has both in one
    write; everybody else is touched only once, when it leaves.

    Whoever sends to a client, or closes it, calls `precede` before that: so all that it gets is in order. `delivered`
    is told how many seconds after its moment a frame was sent, and to how many.
    """

    __slots__ = ("_carriers", "_frames", "_left", "_pieces", "_sent", "delivered")

    def __init__(self, delivered: Callable[[float, int], None]) -> None:
        #: What is told; for those who send by themselves, too.
        self.delivered: Final = delivered
        self._carriers: Sequence[Carrier] = ()
        self._frames: _Frames = []
        # Once somebody has them there are no more: what they have, how many of them were sent it, and who is left.
        self._pieces: Pieces | None = None
        self._sent = 0
        self._left: dict[Carrier, None] = {}

    def put(self, carriers: Sequence[Carrier], frame: TextFrame, since: float | None) -> None:
        """Send a frame to some clients, soon; each is named once, and the sequence of them is not changed any more.

        `since` is the moment of perf_counter() since when they may have it, where somebody wants to know that.
        """
        if self._frames and (self._pieces is not None or carriers != self._carriers):
            # They may get more in this turn: what comes of several rooms is one write, too.
            self._hand_over(at_once=False)
        if not self._frames:
            self._carriers = carriers
            asyncio.get_running_loop().call_soon(self._leave, self._frames)
        self._frames.append((frame, since))

    def precede(self, carrier: Carrier) -> None:
        """Hand over to a client what was gathered for it, if it was: something else is about to be sent to it."""
        if not self._frames:
            return
        if self._pieces is None:
            self._pieces = Pieces(self._frames, _joined(self._frames))
            self._left = dict.fromkeys(self._carriers)
        if carrier in self._left:
            del self._left[carrier]
            self._sent += _handed((carrier,), self._pieces)

    def _leave(self, frames: _Frames) -> None:
        if frames is self._frames:
            self._hand_over(at_once=True)

    def _hand_over(self, *, at_once: bool) -> None:
        """Hand over what was gathered to all who do not have it yet."""
        frames, pieces, sent = self._frames, self._pieces, self._sent
        carriers, wire = (self._carriers, _joined(frames)) if pieces is None else (self._left, pieces.wire)
        self._carriers, self._frames, self._pieces, self._sent, self._left = (), [], None, 0, {}
        sent += _handed(carriers, Pieces(frames, wire, at_once=at_once))
        now = perf_counter()
        for _, since in frames if sent else ():
            if since is not None:
                self.delivered(now - since, sent)


def _joined(frames: _Frames) -> bytes:
    return frames[0][0].wire if len(frames) == 1 else b"".join([each.wire for each, _ in frames])


def _handed(carriers: Iterable[Carrier], pieces: Pieces) -> int:
    """Hand pieces to some, and give to how many they are sent."""
    sent = 0
    for carrier in carriers:
        try:
            sent += carrier.enqueue_all(pieces)
        except Exception:
            logger.exception("what is for many could not be handed to one of them")
    return sent
