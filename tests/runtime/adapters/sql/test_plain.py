"""Values as every database holds them; their columns show the rest."""

from datetime import UTC, datetime, timedelta

from palaver_runtime.adapters.sql.plain import document, milliseconds, moment


def test_moments_are_whole_milliseconds() -> None:
    """Before 1970, too: a fraction is dropped, and what is left comes back."""
    for number in (0, -1, 1767323045678):
        assert milliseconds(moment(number)) == number
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert milliseconds(moment(5) + timedelta(microseconds=999)) == 5


def test_documents_are_short_and_ascii() -> None:
    """Nothing stands in them but what must."""
    assert document({"b": ["Ä", 1, None], "a": {}}) == r'{"b":["\u00c4",1,null],"a":{}}'
