"""Series are consistent with who runs them."""

import pytest
from scaling.series import COST, ELSEWHERE, PARTS, SERIES, SERVERS


@pytest.mark.parametrize("name", SERIES)
def test_a_series_has_points_that_its_server_can_run(name: str) -> None:
    """Numbers rise, workloads have the server of the series, and rooms that are apart have an instance each."""
    series = SERIES[name]
    assert list(series.points) == sorted(series.points)
    assert len(series.points) > 1
    for workload in series.points.values():
        assert workload.contestants == (series.server,)
        assert workload.storage in SERVERS[series.server].storages
        if workload.crowd.apart:
            assert len(workload.crowd.rooms) == workload.instances
    assert (ELSEWHERE in series.figures) <= (COST in series.figures)


def test_each_series_is_of_one_part() -> None:
    """`--only` reaches all of them."""
    assert sorted(name for part in PARTS.values() for name in part) == sorted(SERIES)
