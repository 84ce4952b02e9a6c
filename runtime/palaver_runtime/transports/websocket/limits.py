"""What one client of a raw WebSocket may take of the server."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class WebSocketLimits:
    """Sizes in bytes, times in seconds. How large a frame may be before it ends the connection, the listener says."""

    #: A larger frame is not read but reported to the dialect; the connection stays.
    max_frame_bytes: int = 65_536
    #: What may wait for one client to read it; one byte more and the client is cut off.
    max_pending_bytes: int = 1_000_000
    #: Frames of one client that wait for their turn; when it is full, that client is not read any further.
    inbound_queue: int = 64
    #: From one answered ping to the next, and from a ping to when its answer is overdue.
    ping_interval: float = 30.0
    ping_timeout: float = 30.0
    #: How long a closing connection may take to read what was sent before the close.
    drain_timeout: float = 5.0
    #: Arrays and objects in one another, in a frame.
    max_depth: int = 32

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"{name} must be more than 0, not {value}")
