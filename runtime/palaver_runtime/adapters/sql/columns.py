"""Column types that give the same values on every database."""

import json
from datetime import datetime

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

from palaver_runtime.adapters.sql.plain import document, milliseconds, moment


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as whole milliseconds since 1970 and given back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn a moment into milliseconds."""
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn milliseconds into a moment."""
        return None if value is None else moment(value)


class Document(TypeDecorator[object]):
    """Any JSON value, kept as text.

    The databases' own JSON types are not exact: PostgreSQL's jsonb refuses an escaped NUL and forgets the order
    of keys. The text is ASCII, so everything that JSON can escape can be stored.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str:  # noqa: ARG002
        """Turn a value into JSON text."""
        return document(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Turn JSON text into a value."""
        return None if value is None else json.loads(value)
