"""What a dialect works with ends as a whole."""

from dataclasses import fields

from palaver_runtime.core import Core


class Part:
    """A part that notes when it is closed."""

    def __init__(self, name: str, closed: list[str]) -> None:
        self._name = name
        self._closed = closed

    async def close(self) -> None:
        """Note it."""
        self._closed.append(self._name)


async def test_everything_with_something_due_is_closed() -> None:
    """Messages, typing, presence and the hub, which have timers and tasks; what tells goes before what delivers."""
    closed: list[str] = []
    core = Core(**{each.name: Part(each.name, closed) for each in fields(Core)})
    await core.close()
    assert closed == ["messages", "typing", "presence", "hub"]
