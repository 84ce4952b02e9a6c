"""What a subject file can say: every key, with the form of its value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Form(StrEnum):
    """What a value has to be; each says what is wrong with one that is not."""

    TEXT = "a text"
    TEXTS = "a list of texts"
    SWITCH = "true or false"
    COUNT = "a whole number from 1 on"
    NUMBER = "a number above 0"
    TABLE = "a group of keys"
    TABLES = "a list of groups of keys"


@dataclass(frozen=True)
class Key:
    """A key: the form of its value, what it is for, and the keys of its groups if it has some.

    The value of a `secret` one is not shown, not even where it is wrong.
    """

    form: Form
    says: str
    keys: Mapping[str, "Key"] | None = None
    secret: bool = False


_TOKEN: Final = {
    "user": Key(Form.TEXT, "The user's identifier on the wire."),
    "token": Key(Form.TEXT, "The user's access token.", secret=True),
    "token_env": Key(Form.TEXT, "Name of the environment variable that has the token."),
    "admin": Key(Form.SWITCH, "Whether the token is an administrator's."),
}

_ACCOUNTS: Final = {
    "register": Key(Form.SWITCH, "Make users by the operation that means `account.register`."),
    "secret": Key(
        Form.TEXT, "The key that the server checks tokens with; tokens are signed with it (HS256).", secret=True
    ),
    "secret_env": Key(Form.TEXT, "Name of the environment variable that has this key."),
    "tokens": Key(Form.TABLES, "Users who are there already, with their tokens.", _TOKEN),
    "command": Key(Form.TEXT, "Prints a token for the user `{name}`, and for the role `{role}` (user or admin)."),
}

_LAUNCH: Final = {
    "command": Key(Form.TEXT, "Starts an instance; see --launch for the names in braces."),
    "instances": Key(Form.COUNT, "How many instances are started."),
    "patience": Key(Form.NUMBER, "Seconds within which an instance has to answer."),
}

LIMITS: Final = {
    "messages": Key(Form.COUNT, "How many messages one user may send at once."),
    "connections": Key(Form.COUNT, "How many connections one user may have."),
    "typing": Key(Form.COUNT, "How often one user may start to type at once."),
    "handshake": Key(Form.COUNT, "Seconds that a connection may take to join."),
    "depth": Key(Form.COUNT, "How deep a payload may be nested."),
    "attachments": Key(Form.COUNT, "How many binary attachments an event may have."),
    "metadata": Key(Form.COUNT, "Bytes of the metadata of a message."),
    "headers": Key(Form.COUNT, "Bytes of the headers of a request."),
    "address": Key(Form.COUNT, "How many connections one address may have; met only if it is given, as all below."),
    "total": Key(Form.COUNT, "How many connections there may be in all."),
    "joining": Key(Form.COUNT, "How many connections of one address may wait to be joined."),
    "requests": Key(Form.COUNT, "How many requests over HTTP one user may make at once."),
    "address_requests": Key(Form.COUNT, "How many requests one address may make at once."),
    "frame": Key(Form.COUNT, "Bytes of a WebSocket message; a larger one ends the connection."),
    "fragments": Key(Form.COUNT, "In how many fragments a WebSocket message may come."),
    "packets": Key(Form.COUNT, "How many packets a request that polls may have."),
    "attachment_bytes": Key(Form.COUNT, "Bytes of all binary attachments of an event."),
    "unread": Key(Form.COUNT, "Bytes that may wait for a client which does not read."),
    "page": Key(Form.COUNT, "How many messages are on a page at most."),
    "members": Key(Form.COUNT, "How many may be in a conversation."),
}

KEYS: Final[Mapping[str, Key]] = {
    "name": Key(Form.TEXT, "What the server is called in reports."),
    "spec": Key(Form.TEXT, "Name of a shipped specification, or a folder with documents."),
    "overlays": Key(Form.TEXTS, "Overlay documents that add meaning to the documents in the folder."),
    "urls": Key(Form.TEXTS, "Where the server listens: one address for each instance."),
    "grpc": Key(Form.TEXTS, "HOST:PORT at which the server is called over gRPC: one for each instance."),
    "launch": Key(Form.TABLE, "How the server is started, in place of urls.", _LAUNCH),
    "accounts": Key(Form.TABLE, "How the scenarios get users: one of these.", _ACCOUNTS),
    "reset": Key(Form.TEXT, "A command that is run once before everything else."),
    "limits": Key(Form.TABLE, "What the server is expected to take.", LIMITS),
    "origin": Key(Form.TEXT, "An origin whose pages alone may use the server; without it that is not demanded."),
    "time_factor": Key(Form.NUMBER, "Every wait is multiplied by this."),
    "ledger": Key(Form.TEXT, "The file of known failures."),
}
