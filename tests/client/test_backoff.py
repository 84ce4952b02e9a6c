"""Waits between attempts."""

from palaver_client.backoff import Backoff


def test_waits_double_up_to_the_limit() -> None:
    """Each is between half and the whole of its longest; there is none before the first attempt."""
    backoff = Backoff(first=1.0, limit=5.0)
    assert backoff.wait(0) == 0.0
    for failures, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (1000, 5.0)):
        waits = [backoff.wait(failures) for _ in range(50)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
