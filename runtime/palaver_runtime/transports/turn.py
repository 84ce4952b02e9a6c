"""Whether a connection's handler is at work, for those who wait until it has finished."""

import asyncio
from types import TracebackType


class Turn:
    """Entered while one thing that the client sent is handled; one at a time."""

    __slots__ = ("_over", "_taken")

    def __init__(self) -> None:
        self._taken = False
        self._over: asyncio.Future[None] | None = None

    def __enter__(self) -> None:
        self._taken = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._taken = False
        if self._over is not None and not self._over.done():
            self._over.set_result(None)

    @property
    def taken(self) -> bool:
        """Whether something is handled now."""
        return self._taken

    async def over(self) -> None:
        """Wait until what is handled now has been handled; for one who waits."""
        if self._taken:
            self._over = asyncio.get_running_loop().create_future()
            await self._over
