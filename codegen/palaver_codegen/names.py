"""How names in documents become names in Python."""

from __future__ import annotations

import keyword
import re

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")


def words(name: str) -> list[str]:
    """Return the words of a name: `message:send`, `sendMessage` and `send_message` all have two."""
    return [word for part in _SEPARATOR.split(name) for word in _BOUNDARY.split(part) if word]


def snake(name: str) -> str:
    """Return an attribute or method name: `messages:sync` becomes `messages_sync`, `class` becomes `class_`."""
    joined = "_".join(word.lower() for word in words(name)) or "_"
    if joined[0].isdigit():
        joined = "_" + joined
    return joined + "_" if keyword.iskeyword(joined) else joined


def method(rpc: str) -> str:
    """Return the name of the coroutine for an rpc: `package.Service/SendMessage` becomes `send_message`."""
    return snake(rpc.rpartition("/")[2])


def constant(name: str) -> str:
    """Return the name of a module constant: `message:new` becomes `MESSAGE_NEW`."""
    return snake(name).rstrip("_").upper()


def pascal(name: str) -> str:
    """Return a class name: `editMessage` becomes `EditMessage`; capitals inside a word are kept."""
    return "".join(word[0].upper() + word[1:] for word in words(name))


def singular(name: str) -> str:
    """Return the name of one of these: `attachments` becomes `attachment`; what is no plural stays as it is."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
