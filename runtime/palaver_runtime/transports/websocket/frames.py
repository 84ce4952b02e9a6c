"""Text frames, without I/O: each is one JSON object, and a tag in it says what it is."""

import re
from typing import Final

import orjson

_TAG_LENGTH: Final = 255


class Tags:
    """Finds the tag of a frame, at a JSON Pointer such as /type.

    The frame as such stays the text that came: the receiver validates it in one pass, and refuses it in its own words.
    """

    def __init__(self, pointer: str) -> None:
        """Raise ValueError for what is not a pointer to something within the frame."""
        if not pointer.startswith("/"):
            raise ValueError(f"{pointer!r} does not point into the frame")
        self._steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
        first = re.escape(orjson.dumps(self._steps[0]).decode())
        self._opening = re.compile(rf'\s*{{\s*{first}\s*:\s*"([^"\\\x00-\x1f]{{1,{_TAG_LENGTH}}})"')

    def find(self, frame: str) -> str:
        """Return the tag, or "" for what is no JSON object or has no string there."""
        try:
            value: object = orjson.loads(frame)
        except ValueError:
            return ""
        for step in self._steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def glance(self, frame: str) -> str:
        """Return the tag of a frame that is too long to be read, if it is the first that stands there, else ""."""
        if len(self._steps) > 1:
            return ""
        match = self._opening.match(frame)
        return match[1] if match else ""


def size(frame: str) -> int:
    """Return how many bytes a text frame has on the wire."""
    return len(frame) if frame.isascii() else len(frame.encode())
