"""Requests that the transport refuses before a handler sees them, for the dialect to put into its words.

RequestRefused
├── BadRequest            the path, the query or the body is not what the document says
│   ├── TooDeep           the body is nested too deep
│   └── TooMany           the body has too many values
├── UnsupportedMediaType  the body is not JSON
├── TooLarge              the body is over the limit
├── NoSuchPath            no operation has this path
└── WrongMethod           the path has operations, none with this method

A pydantic.ValidationError of the body is passed on as it is, and so is every exception of a handler.
"""

from collections.abc import Sequence

from palaver_runtime.transports import depth, values


class RequestRefused(Exception):
    """The client's request cannot be handled; the message is fit to be shown to the client."""


class BadRequest(RequestRefused):
    """The request is malformed: `problems` are JSON Pointers into {path, query, body} and what is wrong there."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer}: {problem}" for pointer, problem in problems))
        self.problems = tuple(problems)


class UnsupportedMediaType(RequestRefused):
    """The body has another content type than application/json in UTF-8, or is compressed."""

    def __init__(self) -> None:
        super().__init__("the body must be application/json in UTF-8")


class TooDeep(BadRequest):
    """The body has arrays and objects in one another more than so many levels deep."""

    def __init__(self, limit: int) -> None:
        super().__init__([("/body", depth.refusal(limit))])


class TooMany(BadRequest):
    """The body has more values than are read."""

    def __init__(self) -> None:
        super().__init__([("/body", values.REFUSAL)])


class TooLarge(RequestRefused):
    """The body has more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit


class NoSuchPath(RequestRefused):
    """There is nothing at this path."""

    def __init__(self) -> None:
        super().__init__("there is nothing at this path")


class WrongMethod(RequestRefused):
    """The path does not have this method; `allowed` are those that it has."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"this path has only {', '.join(allowed)}")
        self.allowed = tuple(allowed)


class UndeclaredResponse(Exception):
    """A handler returned what its document does not declare: our bug, not the client's."""
