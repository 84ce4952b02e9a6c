"""How much a reference server takes, and what is known of it: each limit is small somewhere, so that it can be met."""

from collections.abc import Sequence
from dataclasses import dataclass

from palaver_conformance.limits import Limits

Settings = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Conditions:
    """Settings of a server, by their names in lower case, and what it takes with them.

    Tokens are those of an issuer with keys of its own if it is to be one that changes its key after so many.
    """

    name: str
    settings: Settings
    limits: Limits
    key_changes_after: int | None = None

    @property
    def environment(self) -> Sequence[str]:
        """The settings as they stand before a command."""
        return [f"PALAVER_{name.upper()}={value}" for name, value in self.settings]


USUAL = Conditions(
    "usual limits",
    (("handshake_seconds", 5), ("max_address_connections", 30)),
    Limits(
        messages=40,
        connections=5,
        typing=40,
        handshake=5,
        depth=32,
        attachments=10,
        metadata=16_384,
        headers=16_384,
        address=30,
    ),
)
"""What a server takes by default; some less, which no scenario is in the way of."""

SMALL = Conditions(
    "small limits",
    (
        ("handshake_seconds", 1),
        ("max_members", 4),
        ("max_page", 3),
        ("max_frame_bytes", 70_000),
        ("max_attachment_bytes", 2_000),
        ("max_pending_bytes", 20_000),
        # Messages by which a reader falls behind are not to be too many.
        ("limit_messages", "1000/1s"),
        ("limit_requests", "1000/1s"),
    ),
    Limits(
        handshake=1,
        members=4,
        page=3,
        frame=70_000,
        fragments=1_024,
        packets=256,
        attachment_bytes=2_000,
        unread=20_000,
    ),
)
"""What shows only where it is small, and leaves too little for other scenarios."""

SCARCE = Conditions(
    "little for all",
    (("max_total_connections", 4), ("limit_address", "20/2s")),
    Limits(total=4, address_requests=20),
)
"""What all share is used up by a few."""

STRICT = Conditions(
    "few requests, and few who are yet to join",
    (("limit_requests", "60/10s"), ("max_address_joining", 6)),
    Limits(requests=60, joining=6),
)
"""How many requests a user makes is met on any machine, however slow; so is how many connections nobody joins."""

ISSUED = Conditions("tokens of an issuer", (), Limits(), key_changes_after=1_000)
"""Users come from an issuer, whose key stays the same."""

ROTATED = Conditions("keys that change", (), Limits(), key_changes_after=1)
"""Users come from an issuer, of whom all but the first have tokens by a new key."""
