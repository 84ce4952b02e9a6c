"""Column types that give the same values on every database."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# json.dumps() makes such a writer anew each time.
_write = json.JSONEncoder(separators=(",", ":")).encode


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as whole milliseconds since 1970 and given back in UTC."""

    impl = BigInteger
    cache_ok = True

    @staticmethod
    def milliseconds(value: datetime) -> int:
        """Turn a moment into milliseconds; a fraction of one is dropped."""
        return (value - _EPOCH) // _MILLISECOND

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn a moment into milliseconds."""
        return None if value is None else self.milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn milliseconds into a moment."""
        return None if value is None else _EPOCH + value * _MILLISECOND


class Document(TypeDecorator[object]):
    """Any JSON value, kept as text.

    The databases' own JSON types are not exact: PostgreSQL's jsonb refuses an escaped NUL and forgets the order
    of keys. The text is ASCII, so everything that JSON can escape can be stored.
    """

    impl = Text
    cache_ok = True

    @staticmethod
    def text(value: object) -> str:
        """Turn a value into JSON text."""
        return _write(value)

    def process_bind_param(self, value: object, dialect: Dialect) -> str:  # noqa: ARG002
        """Turn a value into JSON text."""
        return self.text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Turn JSON text into a value."""
        return None if value is None else json.loads(value)
