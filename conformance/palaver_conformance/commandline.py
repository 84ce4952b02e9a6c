"""Commands that the tester writes: words as in a shell, and placeholders, but no shell."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from palaver_conformance.errors import UsageError

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class CommandLine:
    """A command: as in a shell, words of the form NAME=value before it are its environment.

    It runs in `folder`, which is the current one where there is none. Names in braces are placeholders.
    """

    environment: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    folder: Path | None = None

    @classmethod
    def parse(cls, template: str, folder: Path | None = None) -> Self:
        """Read a command; raises UsageError when it cannot be used."""
        try:
            words = shlex.split(template)
        except ValueError as error:
            raise UsageError(f"the command cannot be read: {error}") from error
        count = next((number for number, word in enumerate(words) if not _ASSIGNMENT.match(word)), len(words))
        if count == len(words):
            raise UsageError("it sets variables and names no command" if words else "the command is empty")
        pairs = [word.partition("=") for word in words[:count]]
        return cls(tuple((name, value) for name, _, value in pairs), tuple(words[count:]), folder)

    def asks_for(self, place: str) -> bool:
        """Tell whether the command has this placeholder."""
        return any(f"{{{place}}}" in text for text in (*self.words, *(value for _, value in self.environment)))

    def filled(self, values: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        """Return the words and the environment with the values in their places; other braces are left alone."""
        words = [_fill(word, values) for word in self.words]
        return words, {name: _fill(value, values) for name, value in self.environment}


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), text)
