"""What was found: the input that shows it, as small as it can be made, and how to see it again."""

import hashlib
import shlex
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Hang(BaseException):
    """An input takes too long; no `except Exception` is to swallow that."""


@dataclass(frozen=True)
class Finding:
    """An input that a target does not take as it should. `kind` is crash, hang or leak; `sign` tells it from others."""

    target: str
    kind: str
    sign: str
    detail: str
    data: bytes = b""
    file: Path | None = None

    @property
    def again(self) -> str:
        """The command that shows it again."""
        if self.file is None:
            return f"make fuzz ARGS='--targets {self.target}'"
        return f".venv/bin/python tests/fuzz/run.py --replay {self.target} {shlex.quote(str(self.file))}"

    def saved(self, folder: Path) -> "Finding":
        """Write the input down, and return the finding with its place."""
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(self.data).hexdigest()[:12]
        file = folder / f"{self.target}-{self.kind}-{digest}"
        file.write_bytes(self.data)
        return Finding(self.target, self.kind, self.sign, self.detail, self.data, file)


def sign_of(error: BaseException) -> str:
    """Return what tells one failure from another: the kind of exception, and where in our code it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "palaver_" in each.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "nowhere"
    return f"{type(error).__name__} at {place}" + (f": {error}"[:80] if isinstance(error, AssertionError) else "")


def told(error: BaseException) -> str:
    """Return the whole traceback, shortened in the middle when it is one of a recursion."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join([*lines[:30], "…", *lines[-30:]] if len(lines) > 60 else lines)


def minimised(data: bytes, still: Callable[[bytes], bool], seconds: float) -> bytes:
    """Return the smallest input found in time that is `still` one: pieces are left out, then bytes made plain."""
    until = time.monotonic() + seconds
    size = max(1, len(data) // 2)
    while size and time.monotonic() < until:
        start, smaller = 0, False
        while start < len(data) and time.monotonic() < until:
            shorter = data[:start] + data[start + size :]
            if still(shorter):
                data, smaller = shorter, True
            else:
                start += size
        if not smaller or size > len(data):
            size //= 2
    for place in range(len(data)):
        if time.monotonic() > until:
            break
        if data[place : place + 1] not in b"a0":
            plain = data[:place] + b"a" + data[place + 1 :]
            data = plain if still(plain) else data
    return data
