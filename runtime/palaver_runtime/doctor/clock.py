"""Compares the clock of this machine with others."""

from collections.abc import Iterator

from palaver_runtime.doctor.finding import Finding, error, ok, warning

AREA = "clock"
_WORTH_A_LOOK = 1.0
_WRONG = 300.0


def compared(other: str, offset: float) -> Iterator[Finding]:
    """Judge by how many seconds another clock is ahead of ours."""
    said = f"{offset:+.3f} s from that of this machine"
    remedy = "Let both machines follow the time of a server (NTP): tokens of other services are judged by the clock."
    if abs(offset) >= _WRONG:
        yield error(AREA, other, said, remedy)
    elif abs(offset) >= _WORTH_A_LOOK:
        yield warning(AREA, other, said, remedy)
    else:
        yield ok(AREA, other, said)
