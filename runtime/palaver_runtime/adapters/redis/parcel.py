"""What is published: events with their sender and their numbers. Pure.

A parcel is `sender number events`, with a space between them: events that follow one another, each in a line of its
own, and the number of the first. An instance tells its own by the sender without reading further, and an event that
comes twice (on two topics, or published again after an answer was lost) by the number, which grows with each event.
"""

from collections import OrderedDict
from collections.abc import Sequence

from palaver_runtime.domain.value import value

MAX_SENDERS = 1024
"""Senders whose numbers are remembered. The one longest silent is forgotten first; most of them have ended."""


@value()
class Parcel:
    """Events, still to be decoded, of a sender: an identifier without a space. `number` is that of the first."""

    sender: str
    number: int
    events: Sequence[bytes]


def seal(sender: str, number: int, events: Sequence[bytes]) -> bytes:
    """Write a parcel of events, one at least, none of which has a line break."""
    return b"%s %d %s" % (sender.encode("ascii"), number, b"\n".join(events))


def unseal(payload: bytes) -> Parcel:
    """Read a parcel; raise ValueError for anything else."""
    sender, number, events = payload.split(b" ", 2)
    return Parcel(sender.decode("ascii"), int(number), events.split(b"\n"))


class Numbers:
    """The latest number of each sender.

    A sender publishes by its number and, when in doubt, everything again from where the doubt begins. Each number
    that has been passed over is therefore one that was not meant for us, or a repetition.
    """

    def __init__(self) -> None:
        self._latest: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        """Give how many senders are remembered."""
        return len(self._latest)

    def is_new(self, sender: str, number: int) -> bool:
        """Tell whether a number is beyond all earlier ones of its sender, and remember it."""
        if number <= self._latest.get(sender, -1):
            return False
        self._latest[sender] = number
        self._latest.move_to_end(sender)
        if len(self._latest) > MAX_SENDERS:
            self._latest.popitem(last=False)
        return True
