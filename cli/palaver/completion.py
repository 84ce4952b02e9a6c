"""What a shell asks for when somebody presses Tab: how the line that begins with `palaver` could go on.

Shells ask by running the command with `_PALAVER_COMPLETE` set and the line in another variable. Typer answers; which
room is to be imported for the answer is found out here.
"""

import os

_VARIABLE = "_PALAVER_COMPLETE"
# Of bash, and of the others.
_LINES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")


def asked() -> list[str] | None:
    """Return the words behind `palaver` on the line that a shell wants to go on with; None where none asks."""
    if not os.environ.get(_VARIABLE):
        return None
    line = next((found for name in _LINES if (found := os.environ.get(name))), "")
    return line.split()[1:]
