"""What a process holds: memory and file descriptors."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Resources:
    """Bytes of memory, open file descriptors, and the sockets among them; 0 where the system does not tell."""

    memory: int
    files: int
    sockets: int

    @staticmethod
    def now() -> "Resources":
        """Measure this process."""
        return Resources.of(os.getpid())

    @staticmethod
    def of(process: int) -> "Resources":
        """Measure a process by its number."""
        folder = Path(f"/proc/{process}")
        if not folder.is_dir():
            return Resources(_peak() if process == os.getpid() else 0, 0, 0)
        pages = int((folder / "statm").read_text().split()[1])
        kinds = [_kind(each) for each in (folder / "fd").iterdir()]
        return Resources(pages * os.sysconf("SC_PAGE_SIZE"), len(kinds), kinds.count("socket"))


def _kind(descriptor: Path) -> str:
    try:
        return descriptor.readlink().name.partition(":")[0]
    except OSError:
        return ""  # it was that of this very listing


def _peak() -> int:
    """Return the most memory so far, where /proc is not there to say how much it is now."""
    import resource  # has no build for Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
