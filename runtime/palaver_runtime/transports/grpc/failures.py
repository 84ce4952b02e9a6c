"""Calls that the transport refuses before a handler sees them, for the dialect to put into its words.

CallRefused
├── Undecodable  the bytes are no message of this kind
├── TooLarge     the message is over the limit
└── Overloaded   too many calls are being handled

A pydantic.ValidationError of the request is passed on as it is, and so is every exception of a handler.
"""


class CallRefused(Exception):
    """The client's call cannot be handled; the message is fit to be shown to the client."""


class Undecodable(CallRefused):
    """The bytes are not what the .proto file says."""

    def __init__(self) -> None:
        super().__init__("the message cannot be decoded")


class TooLarge(CallRefused):
    """The message has more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the message is larger than {limit} bytes")
        self.limit = limit


class Overloaded(CallRefused):
    """As many calls are being handled as the server takes on."""

    def __init__(self) -> None:
        super().__init__("the server handles too many calls just now")


class UndeclaredAnswer(Exception):
    """A handler returned what its document does not declare: our bug, not the client's."""
