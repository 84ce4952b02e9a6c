"""Column types."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from palaver_runtime.adapters.sql.columns import Document, Moment

DIALECT = sqlite.dialect()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.datetimes(timezones=st.just(UTC)))
def test_moment_keeps_its_milliseconds(moment: datetime) -> None:
    """A moment comes back in UTC with whole milliseconds, never later than it was."""
    kept = Moment().process_bind_param(moment, DIALECT)
    found = Moment().process_result_value(kept, DIALECT)
    assert found is not None
    assert found.tzinfo is UTC
    assert timedelta(0) <= moment - found < timedelta(milliseconds=1)
    assert found.microsecond % 1000 == 0


def test_moment_is_the_same_in_every_zone() -> None:
    """The zone in which a moment is given makes no difference."""
    there = datetime(2026, 1, 2, 5, tzinfo=timezone(timedelta(hours=2)))
    assert Moment().process_bind_param(there, DIALECT) == 1767322800000
    assert Moment().process_bind_param(None, DIALECT) is None
    assert Moment().process_result_value(None, DIALECT) is None


def test_moment_without_a_zone_is_refused() -> None:
    """A naive time is nobody's moment."""
    with pytest.raises(TypeError):
        Moment().process_bind_param(datetime(2026, 1, 2), DIALECT)  # noqa: DTZ001


@given(JSON)
def test_document_keeps_any_json(value: object) -> None:
    """Any JSON value comes back equal, from text that every database can hold."""
    text = Document().process_bind_param(value, DIALECT)
    assert "\0" not in text
    assert text.isascii()
    assert Document().process_result_value(text, DIALECT) == value


def test_document_keeps_the_order_of_keys() -> None:
    """Keys come back in the order in which they were written."""
    text = Document().process_bind_param({"b": 1, "a": 2}, DIALECT)
    found = Document().process_result_value(text, DIALECT)
    assert isinstance(found, dict)
    assert list(found) == ["b", "a"]
