"""What one Socket.IO client may take of the server."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SocketLimits:
    """Sizes in bytes, times in seconds."""

    #: A larger event is not read but reported to the dialect; the connection stays.
    max_event_bytes: int = 65_536
    #: A larger frame, or body of a polling request, ends the connection.
    max_frame_bytes: int = 1_000_000
    #: What may wait for one client to read it; one byte more and the client is cut off.
    max_pending_bytes: int = 1_000_000
    #: Events of one client that wait for their turn; when it is full, that client is not read any further.
    inbound_queue: int = 64
    #: From the opening of the transport to its CONNECT packet, and to the end of an upgrade that has begun.
    handshake_timeout: float = 10.0
    ping_interval: float = 25.0
    ping_timeout: float = 60.0
    #: How long a closing connection may take to read what was sent before the close.
    drain_timeout: float = 5.0
    #: Arrays and objects in one another, in what an event carries.
    max_depth: int = 32
    #: Binary attachments of one event, and their bytes together; more end the connection.
    max_attachments: int = 10
    max_attachment_bytes: int = 1_000_000
    #: Packets in one polling request.
    max_packets: int = 256

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name} must be more than 0, not {value}")
        if self.max_event_bytes > self.max_frame_bytes:
            raise ValueError("max_event_bytes must not be more than max_frame_bytes: a frame holds an event")
