"""What waits to be sent to one client."""

from collections import deque


class Outbox:
    """Encoded frames in the order in which they leave, bounded by the bytes that they take."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: deque[tuple[str, int]] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._frames)

    @property
    def bytes(self) -> int:
        """How much waits."""
        return self._bytes

    def put(self, frame: str) -> bool:
        """Add a frame; tell whether what waits is still within the limit."""
        size = len(frame) if frame.isascii() else len(frame.encode())
        self._frames.append((frame, size))
        self._bytes += size
        return self._bytes <= self._limit

    def first(self) -> str:
        """Return the frame that is next; it waits, and counts, until drop()."""
        return self._frames[0][0]

    def drop(self) -> None:
        """Forget the first frame: it has been sent. Nothing happens when clear() has come before."""
        if self._frames:
            self._bytes -= self._frames.popleft()[1]

    def take(self) -> list[str]:
        """Return all frames and forget them."""
        frames = [frame for frame, _ in self._frames]
        self.clear()
        return frames

    def clear(self) -> None:
        """Forget all frames."""
        self._frames.clear()
        self._bytes = 0
