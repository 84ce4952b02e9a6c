"""What was found."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: in order, worth a look, or to be mended before anybody depends on the server."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do about it, unless it is in order."""

    area: str
    name: str
    level: Level
    text: str
    remedy: str | None = None

    def described(self) -> dict[str, object]:
        """Give the finding as fields."""
        return asdict(self)


def ok(area: str, name: str, text: str) -> Finding:
    """Say that something is in order."""
    return Finding(area, name, Level.OK, text)


def warning(area: str, name: str, text: str, remedy: str) -> Finding:
    """Say that something is worth a look."""
    return Finding(area, name, Level.WARNING, text, remedy)


def error(area: str, name: str, text: str, remedy: str) -> Finding:
    """Say that something is to be mended."""
    return Finding(area, name, Level.ERROR, text, remedy)
