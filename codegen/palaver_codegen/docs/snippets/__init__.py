"""Code to start from, in TypeScript and in Python, for every operation; the tests run all of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Snippet:
    """The same in both languages. What stands in one setup is not repeated in the snippets that need it."""

    typescript: str
    python: str
