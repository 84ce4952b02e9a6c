"""Commands that the tester writes."""

from pathlib import Path

import pytest

from palaver_conformance.commandline import CommandLine
from palaver_conformance.errors import UsageError


def test_words_environment_and_placeholders() -> None:
    """Assignments before the command are its environment, quotes keep words together, known names are filled in."""
    command = CommandLine.parse("KEY={key} X=1 make 'a token' {name} {other} A=b", Path("/tmp"))
    assert command.filled({"key": "k", "name": "alice"}) == (
        ["make", "a token", "alice", "{other}", "A=b"],
        {"KEY": "k", "X": "1"},
    )
    assert command.folder == Path("/tmp")
    assert [command.asks_for(place) for place in ("key", "name", "nobody")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "told"), [("", "empty"), ("A=1", "names no command"), ("say 'open", "cannot be read")]
)
def test_what_is_no_command(text: str, told: str) -> None:
    """Nothing, variables alone and an open quote are refused."""
    with pytest.raises(UsageError, match=told):
        CommandLine.parse(text)
