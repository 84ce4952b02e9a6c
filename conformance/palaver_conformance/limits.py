"""What a server is expected to take before it says that it is too much."""

from dataclasses import dataclass

_FLOOD = 600
_DEVICES = 20


@dataclass(frozen=True)
class Limits:
    """What is known of a server's limits; None where nothing is, and they are then sought within bounds.

    `messages` is how many one user may send at once, `connections` how many one user may have open, and `typing` how
    often one may start to type at once. `handshake` are the seconds that a connection may take to join, `depth` how
    deep a payload may be nested, `attachments` how many binary ones an event may have; `metadata` and `headers` are
    bytes.

    What follows is met only where it is known. `address` is how many connections one address may have, `total` how many
    all have together, `joining` how many of one address may wait to be joined, `requests` how many one user may make at
    once over HTTP, and `address_requests` one address. `frame` are the bytes of a WebSocket message, `fragments` its
    pieces, `packets` those of a request that polls, and `attachment_bytes` those of all binary attachments of an event.
    `unread` are the bytes that may wait for a client which does not read. `page` is how many messages are on a page,
    and `members` how many are in a conversation.
    """

    messages: int | None = None
    connections: int | None = None
    typing: int | None = None
    handshake: int | None = None
    depth: int | None = None
    attachments: int | None = None
    metadata: int | None = None
    headers: int | None = None
    address: int | None = None
    total: int | None = None
    joining: int | None = None
    requests: int | None = None
    address_requests: int | None = None
    frame: int | None = None
    fragments: int | None = None
    packets: int | None = None
    attachment_bytes: int | None = None
    unread: int | None = None
    page: int | None = None
    members: int | None = None

    @property
    def flood(self) -> int:
        """How many messages, sent at once, have to meet the limit."""
        # Twice as many: the limit may be lifted a little already while they arrive.
        return _FLOOD if self.messages is None else 2 * self.messages

    @property
    def devices(self) -> int:
        """With how many connections of one user the limit has to be met, if there is one."""
        return _DEVICES if self.connections is None else self.connections + 1
