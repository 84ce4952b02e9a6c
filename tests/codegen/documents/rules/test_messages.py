"""Messages and events: every breach is found where it is."""

from collections.abc import Callable
from pathlib import Path

from palaver_codegen.documents import Problem

RULES = (
    "message-channel",
    "message-count",
    "reply-count",
    "event-nameless",
    "event-reserved",
    "event-duplicate",
    "not-an-object",
)


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_other_transports_reserve_no_names(
    edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]
) -> None:
    """Only on a Socket.IO channel is `disconnect` somebody else's event."""
    edit("toy/asyncapi.yaml", "name: 'hush!'", "name: disconnect")
    assert [problem.rule for problem in found()] == ["event-reserved"]
    edit("toy/asyncapi.yaml", "x-socketio:", "x-other:")
    assert found() == []
