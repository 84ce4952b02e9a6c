"""REST over Starlette, from the generated table of routes."""

from palaver_runtime.transports.http.application import HttpTransport
from palaver_runtime.transports.http.dialect import BoundRoute, HttpDialect, HttpRefusal, Route
from palaver_runtime.transports.http.failures import (
    BadRequest,
    NoSuchPath,
    RequestRefused,
    TooDeep,
    TooLarge,
    TooMany,
    UndeclaredResponse,
    UnsupportedMediaType,
    WrongMethod,
)

__all__ = [
    "BadRequest",
    "BoundRoute",
    "HttpDialect",
    "HttpRefusal",
    "HttpTransport",
    "NoSuchPath",
    "RequestRefused",
    "Route",
    "TooDeep",
    "TooLarge",
    "TooMany",
    "UndeclaredResponse",
    "UnsupportedMediaType",
    "WrongMethod",
]
