"""The open files of the process, each connection being one."""

import os
import sys
from pathlib import Path
from typing import Final

_OTHERS: Final = 1_000
"""Files that are open beside the connections, at most."""


def make_room(connections: int) -> None:
    """Have the system make its table of open files as large as so many connections need, and not when they come.

    Linux doubles it when it is full, and with threads in the process that takes ten milliseconds and more, in which
    nobody is served: four times while the first thousand connections come. Elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    import fcntl
    import resource

    most = min(connections + _OTHERS, resource.getrlimit(resource.RLIMIT_NOFILE)[0]) - 1
    with Path(os.devnull).open("rb") as file:
        if file.fileno() < most:
            os.close(fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, most))
