"""A carrier for tests, which shares nothing with others: each gets each frame at once."""

from collections.abc import Sequence
from typing import Any

from palaver_runtime.transports.gathering import Pieces
from palaver_runtime.transports.text_frame import TextFrame


class Sharing:
    """Does what is for many by `enqueue`, which is for whoever derives from this."""

    def enqueue(self, frame: TextFrame) -> None:
        """Take a frame."""
        raise NotImplementedError

    def enqueue_all(self, pieces: Pieces) -> bool:
        """Take frames."""
        for frame, _ in pieces.frames:
            self.enqueue(frame)
        return True

    def share(self, carriers: Sequence[Any], frame: TextFrame, since: float | None = None) -> None:
        """Have all take a frame."""
        for each in carriers:
            each.enqueue(frame)
