"""SQLite's log of what was committed, moved into its database beside the commits.

SQLite does so itself, at the end of the commit that makes the log long enough: one message in a hundred waits until
pages are read, written and on the disk twice. Here nobody waits for it.
"""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

OFTEN: Final = 100
"""Commits between two checkpoints: of a message each they make the log as long as SQLite itself would let it become."""


class Checkpoints:
    """Checkpoints of one file, by a connection that does nothing else, one at a time."""

    __slots__ = ("_commits", "_connection", "_lock")

    def __init__(self, file: Path) -> None:
        """Open a file that is there, and keeps such a log."""
        self._connection: Final = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=0, check_same_thread=False
        )
        self._lock: Final = Lock()
        self._commits = 0

    def committed(self) -> None:
        """Count a commit; after every hundredth there is a checkpoint, in a thread of the loop's."""
        self._commits += 1
        if self._commits >= OFTEN and not self._lock.locked():
            self._commits = 0
            asyncio.get_running_loop().run_in_executor(None, self._take)

    def close(self) -> None:
        """Wait for what is under way, and close the connection."""
        with self._lock:
            self._connection.close()

    def _take(self) -> None:
        # What it cannot do, as on a full disk, or when the connection is closed, is left to the commit that finds the
        # log too long.
        with self._lock, suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
