"""Memory that is not needed any more."""

import subprocess
import sys

import pytest

_PROGRAM = """
from pathlib import Path
from threading import Thread
from palaver_runtime.memory import give_back_freed

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def work():
    for _ in range(3):
        bytearray(b"x") * 8_000_000

give_back_freed()
before = held()
for _ in range(2):
    thread = Thread(target=work)
    thread.start()
    thread.join()
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc, and glibc")
def test_what_threads_have_freed_is_given_back() -> None:
    """They hold no large block that they do not use, be it as large as the one before."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) < 4_000_000
