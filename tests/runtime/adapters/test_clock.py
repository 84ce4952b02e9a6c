"""The machine's clock."""

from datetime import UTC, datetime, timedelta

from palaver_runtime.adapters.clock import SystemClock


def test_time_is_the_machines_in_whole_milliseconds() -> None:
    """The clock gives the present in UTC, without a fraction of a millisecond."""
    before = datetime.now(UTC)
    now = SystemClock().now()
    after = datetime.now(UTC)
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert before - timedelta(milliseconds=1) < now <= after
