"""The open files of the process."""

import subprocess
import sys

import pytest

_PROGRAM = """
import os, resource, sys
from pathlib import Path
from palaver_runtime import files

def room():
    return int(Path("/proc/self/status").read_text().partition("FDSize:")[2].split()[0])

def opened():
    return len(os.listdir("/proc/self/fd"))

most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), most))
before = opened()
files.make_room(2_000)
large = room()
files.make_room(1)
print(large, before == opened(), room() == large)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize(("may", "room"), [(3_000, 4_096), (600, 1_024)])
def test_room_for_open_files_is_made_at_once(may: int, room: int) -> None:
    """As much as connections and other files need, or as there may be; nothing stays open, and what is there stays."""
    program = [sys.executable, "-c", _PROGRAM, str(may)]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [str(room), "True", "True"]
