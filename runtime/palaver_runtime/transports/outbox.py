"""What waits to be sent to one client."""

from collections import deque

from palaver_runtime.transports.text_frame import TextFrame


class Outbox:
    """Encoded frames in the order in which they leave, bounded by the bytes that they take.

    An empty one takes hardly any memory: most clients have frames written at once.
    """

    __slots__ = ("_bytes", "_frames", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: deque[tuple[TextFrame, float | None]] | None = None
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._frames)

    @property
    def bytes(self) -> int:
        """How much waits."""
        return self._bytes

    def put(self, frame: TextFrame, since: float | None = None) -> bool:
        """Add a frame; tell whether what waits is still within the limit.

        `since` is the moment since when its client may have it, where somebody wants to know that.
        """
        if self._frames is None:
            self._frames = deque()
        self._frames.append((frame, since))
        self._bytes += frame.size
        return self._bytes <= self._limit

    def first(self) -> TextFrame:
        """Return the frame that is next; it waits, and counts, until drop()."""
        if self._frames is None:
            raise IndexError("nothing waits")
        return self._frames[0][0]

    def drop(self) -> float | None:
        """Forget the first frame: it has been sent. Give its moment; nothing happens when clear() has come before."""
        if not self._frames:
            return None
        frame, since = self._frames.popleft()
        self._bytes -= frame.size
        return since

    def take(self) -> list[tuple[TextFrame, float | None]]:
        """Return all frames with their moments, and forget them."""
        frames = list(self._frames or ())
        self.clear()
        return frames

    def clear(self) -> None:
        """Forget all frames."""
        self._frames = None
        self._bytes = 0
