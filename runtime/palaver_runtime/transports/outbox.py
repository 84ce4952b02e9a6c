"""What waits to be sent to one client."""

from collections import deque


class Outbox:
    """Encoded frames in the order in which they leave, bounded by the bytes that they take."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: deque[tuple[str, int, float | None]] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._frames)

    @property
    def bytes(self) -> int:
        """How much waits."""
        return self._bytes

    def put(self, frame: str, since: float | None = None) -> bool:
        """Add a frame; tell whether what waits is still within the limit.

        `since` is the moment since when its client may have it, where somebody wants to know that.
        """
        size = len(frame) if frame.isascii() else len(frame.encode())
        self._frames.append((frame, size, since))
        self._bytes += size
        return self._bytes <= self._limit

    def first(self) -> str:
        """Return the frame that is next; it waits, and counts, until drop()."""
        return self._frames[0][0]

    def drop(self) -> float | None:
        """Forget the first frame: it has been sent. Give its moment; nothing happens when clear() has come before."""
        if not self._frames:
            return None
        _, size, since = self._frames.popleft()
        self._bytes -= size
        return since

    def take(self) -> list[tuple[str, float | None]]:
        """Return all frames with their moments, and forget them."""
        frames = [(frame, since) for frame, _, since in self._frames]
        self.clear()
        return frames

    def clear(self) -> None:
        """Forget all frames."""
        self._frames.clear()
        self._bytes = 0
