"""The cursor of a listing is what the server made, or refused."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.dialects._cursor import listing_cursor, listing_place
from palaver_runtime.domain.errors import Invalid
from palaver_runtime.ports import ListingPlace

C = "6565f1a2b3c4d5e6f7a8b901"


@given(
    milliseconds=st.integers(min_value=-(10**11), max_value=10**14),
    conversation_id=st.text("0123456789abcdef", min_size=24, max_size=24),
)
def test_cursor_comes_back(milliseconds: int, conversation_id: str) -> None:
    """The cursor of a place is read as that place, to the millisecond, and fits a query."""
    place = ListingPlace(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds), conversation_id)
    cursor = listing_cursor(place)
    assert cursor.isascii()
    assert len(cursor) <= 255
    assert listing_place(cursor) == place


def _encoded(text: str | bytes) -> str:
    return base64.urlsafe_b64encode(text.encode() if isinstance(text, str) else text).decode()


GOOD = _encoded(f"1795000000000:{C}")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "ä",
        "\udcff",
        GOOD + "!",
        GOOD[:-4],
        GOOD + "\n",
        _encoded(b"\xff\xfe"),
        _encoded("1795000000000"),
        _encoded(f":{C}"),
        _encoded(f"soon:{C}"),
        _encoded(f"1e3:{C}"),
        _encoded(f"+1:{C}"),
        _encoded(f"01:{C}"),
        _encoded(f"1_0:{C}"),
        _encoded(f"\u0661:{C}"),
        _encoded(f"{10**18}:{C}"),
        _encoded(f"{'9' * 150}:{C}"),
        _encoded("1:"),
        _encoded("1:\x00"),
        _encoded(f"1:{C.upper()}"),
        _encoded(f"1:{C}\n"),
    ],
)
def test_made_up_cursor_is_refused(cursor: str) -> None:
    """Whatever the server has not made is the client's mistake, and never reaches the store."""
    assert listing_place(GOOD).conversation_id == C
    with pytest.raises(Invalid) as caught:
        listing_place(cursor)
    assert [each.field for each in caught.value.problems] == ["/query/cursor"]
