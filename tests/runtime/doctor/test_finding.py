"""What was found."""

import json

from palaver_runtime.doctor.finding import Level, error, ok, warning


def test_finding_goes_into_json() -> None:
    """With its level and remedy."""
    found = [ok("a", "b", "c"), warning("a", "b", "c", "d"), error("a", "b", "c", "d")]
    assert [each.level for each in found] == list(Level)
    assert json.loads(json.dumps(found[2].described())) == {
        "area": "a",
        "name": "b",
        "level": "error",
        "text": "c",
        "remedy": "d",
    }
    assert found[0].remedy is None
