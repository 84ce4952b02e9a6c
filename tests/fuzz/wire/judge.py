"""What a server may answer to anything: what its documents say, a close, or nothing where nothing is due."""

import re

from fuzz.target import Broken

#: Close codes of RFC 6455 that blame the peer or nobody. Those of the documents begin at 4000; from 3000 on it may be
#: what the peer itself has closed with.
_BLAMELESS = frozenset({1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1012})
_FAULTS = ("INTERNAL_ERROR", "Traceback (most recent call last)", "Internal Server Error")
_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)
_CALL_STATUSES = frozenset(
    {
        *("OK", "INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND", "RESOURCE_EXHAUSTED"),
        *("FAILED_PRECONDITION", "UNIMPLEMENTED"),
    }
)
_LOGGED = re.compile(
    r"Traceback \(most recent call last\)|\bERROR\b|\bCRITICAL\b|Exception in|Fatal error|never retrieved"
)


def text(frame: str) -> None:
    """Judge a text that a server sent."""
    for fault in _FAULTS:
        if fault in frame:
            raise Broken(f"the server owns up to a failure: {frame[:300]}")


def close_code(code: int) -> None:
    """Judge the code with which a websocket was closed."""
    if code not in _BLAMELESS and not 3000 <= code < 5000:
        raise Broken(f"the websocket is closed with {code}")


def responses(raw: bytes) -> list[int]:
    """Judge the responses to requests; return their statuses."""
    statuses = [int(each) for each in _STATUS.findall(raw)]
    for status in statuses:
        if status >= 500:
            raise Broken(f"the status {status}: {raw[-300:]!r}")
    text(raw.decode("latin-1"))
    return statuses


def call_status(name: str, details: str) -> None:
    """Judge the status of a call."""
    if name not in _CALL_STATUSES:
        raise Broken(f"the call ends with {name}: {details[:200]}")


def log(lines: list[str]) -> list[str]:
    """Return the lines of a server's log that no stranger may bring about."""
    return [each for each in lines if _LOGGED.search(each)]
