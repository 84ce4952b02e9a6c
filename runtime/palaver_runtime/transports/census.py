"""What a listener asks of its connections, of whatever kind they are, and how many of them there are."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from palaver_runtime.fairness import Fairness
from palaver_runtime.transports.door import Proxies, counted_as


def _ignore(limit: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class ListenerLimits:
    """Sizes in bytes, times in seconds; `refused` is told the name of a limit each time that one is met.

    What connects from a trusted proxy counts for nobody: whose it is, only a request says.
    """

    #: A request line and its headers.
    max_header_bytes: int = 16_384
    #: From the first byte of a connection, or the first of a request, to the end of its headers; and for its body.
    request_seconds: float = 10.0
    #: A client that does not read its response for so long is cut off.
    write_seconds: float = 30.0
    #: Connections of any kind, of one address and in all.
    max_address_connections: int = 4_096
    max_connections: int = 20_096
    #: Frames and fragments of one websocket that are read in a second; the others wait.
    max_frames: int = 1_000
    #: Fragments of one message.
    max_fragments: int = 1_024
    #: Answers to pings that wait for a client to read them.
    max_pong_bytes: int = 65_536
    #: What a client goes on to send of a request that has been answered; one byte more and it is cut off.
    max_unwanted_bytes: int = 1_000_000
    proxies: Proxies = field(default_factory=Proxies)
    #: Whose turn it is to be read.
    fairness: Fairness = field(default_factory=Fairness)
    refused: Callable[[str], None] = _ignore

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, int | float) and value <= 0:
                raise ValueError(f"{each.name} must be more than 0, not {value}")


class Census:
    """How many connections there are, by address and in all."""

    def __init__(self, limits: ListenerLimits) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self._all = 0

    def enter(self, peer: str) -> str | None:
        """Count a connection and return under what it counts; None if it is one too many, and then it does not."""
        if self._all >= self._limits.max_connections:
            self._limits.refused("connections_total")
            return None
        address = counted_as(peer)
        if not self._limits.proxies.trusts(peer):
            if self._by_address[address] >= self._limits.max_address_connections:
                self._limits.refused("connections_address")
                return None
            self._by_address[address] += 1
        self._all += 1
        return address

    def leave(self, address: str) -> None:
        """Count a connection no more."""
        self._all -= 1
        if self._by_address[address] <= 1:
            del self._by_address[address]
        else:
            self._by_address[address] -= 1
