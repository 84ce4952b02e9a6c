"""Where the next page of a listing of conversations starts, as a text that is opaque to clients."""

import base64
import re
from datetime import UTC, datetime

from palaver_runtime.domain.errors import Invalid
from palaver_runtime.ports import ListingPlace


def listing_cursor(place: ListingPlace) -> str:
    """Write a place."""
    milliseconds = (place.active_at - _EPOCH) // _MILLISECOND
    return base64.urlsafe_b64encode(f"{milliseconds}:{place.conversation_id}".encode()).decode()


def listing_place(cursor: str) -> ListingPlace:
    """Read the query parameter `cursor`, which `listing_cursor` made; raise Invalid for anything else."""
    try:
        match = _CURSOR.fullmatch(base64.urlsafe_b64decode(cursor.encode()).decode())
        place = match and ListingPlace(_EPOCH + int(match[1]) * _MILLISECOND, match[2])
    except (ValueError, OverflowError):
        place = None
    if place is None or listing_cursor(place) != cursor:
        raise Invalid.field("/query/cursor", "is not a cursor of this listing")
    return place


_CURSOR = re.compile(r"(-?[0-9]+):([0-9a-f]{24})")
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = datetime.resolution * 1000
