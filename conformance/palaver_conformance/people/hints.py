"""What a failure of this kind most often comes from, in words that lead to the line to change."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from palaver_conformance.errors import Failure, Missed, Unanswered
from palaver_conformance.people.inbox import Received

_REFUSED = "session.error"


class Listening(Protocol):
    """A connection, as far as hints need it; see Device."""

    name: str
    instance: int
    silent: bool

    @property
    def open_still(self) -> bool:
        """Whether neither side has closed the connection."""

    def received(self, means: str, where: Mapping[str, object] = ..., /) -> list[Received]:
        """Return all events so far that fit."""


def hints(failure: Failure, connections: Sequence[Listening]) -> list[str]:
    """Return what may have led to a failure, by what all connections of the scenario have received when it comes."""
    owners = [each for each in connections if each.name == getattr(failure, "owner", None)]
    if not owners:
        return []
    match failure:
        case Unanswered():
            return list(_acknowledged_by_nobody(failure, owners[-1]))
        case Missed():
            return [*_not_asked_at_the_door(failure, owners[-1]), *_not_carried_over(failure, owners[-1], connections)]
        case _:
            return []


def _acknowledged_by_nobody(failure: Unanswered, owner: Listening) -> Iterator[str]:
    for event in owner.received(_REFUSED, {"error.original_event": failure.asked})[-1:]:
        yield (
            f"{failure.asked} was refused by the event `{event.name}`, and its acknowledgement was never called. "
            f"Whatever catches what a handler throws and sends `{event.name}` (an exception filter, say) has to call "
            "it as well."
        )


def _not_asked_at_the_door(failure: Missed, owner: Listening) -> Iterator[str]:
    if _REFUSED in failure.meanings and owner.silent and owner.open_still:
        yield (
            "The connection was accepted and left open. A guard of events does not run when somebody connects: the "
            "token has to be checked there too (in a middleware, or where connections are handled), and who has no "
            "good one be told and disconnected."
        )


def _not_carried_over(failure: Missed, owner: Listening, connections: Sequence[Listening]) -> Iterator[str]:
    heard = [
        each
        for each in connections
        if each.instance != owner.instance and any(each.received(means, failure.where) for means in failure.meanings)
    ]
    for other in heard[:1]:
        yield (
            f"{other.name} received it from instance {other.instance + 1}; instance {owner.instance + 1} did not send "
            f"it to {owner.name}. What carries events from one instance to the others (the Redis adapter of Socket.IO, "
            "say) has to be connected, and that be awaited, before the server is made and listens."
        )
