"""Python source as formatters leave it."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH = 120


def fitted(head: str, parts: Sequence[str], tail: str) -> str:
    """Return `head`, the parts with commas between, and `tail`: on one line if that fits, else a line for each part.

    `head` is indented and ends with the opening bracket, `tail` begins with the closing one.
    """
    line = f"{head}{', '.join(parts)}{tail}"
    if len(line) <= _WIDTH:
        return line
    indent = " " * (len(head) - len(head.lstrip()))
    return "\n".join([head, *(f"{indent}    {part}," for part in parts), f"{indent}{tail}"])


def united(head: str, members: Sequence[str]) -> str:
    """Return `head` and a union: on one line if that fits, else in brackets with a line for each member."""
    line = f"{head}{' | '.join(members)}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{head}(", f"    {members[0]}", *(f"    | {member}" for member in members[1:]), ")"])
