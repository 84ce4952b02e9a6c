"""Values as every database holds them: a moment as a number, a document as text."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# json.dumps() makes such a writer anew each time.
_write: Final = json.JSONEncoder(separators=(",", ":")).encode


def milliseconds(moment: datetime) -> int:
    """Turn an aware moment into whole milliseconds since 1970; a fraction of one is dropped."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(milliseconds: int) -> datetime:
    """Turn milliseconds since 1970 into a moment, in UTC."""
    return _EPOCH + milliseconds * _MILLISECOND


def document(value: object) -> str:
    """Turn a value into JSON text, which is ASCII."""
    return _write(value)
