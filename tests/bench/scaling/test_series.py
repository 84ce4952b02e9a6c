"""Series are consistent with who runs them."""

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from scaling import series
from scaling.series import COST, ELSEWHERE, IDLE, IDLE_SECONDS, PARTS, SERIES, SERVERS, idle
from sqlalchemy import make_url
from versus.building import LOAD_CLIENT, build
from versus.contestants import CONTESTANTS, OURS, Running
from versus.cores import Cores
from versus.race import Place, race
from versus.workloads import MEMORY


@pytest.mark.parametrize("name", SERIES)
def test_a_series_has_points_that_its_server_can_run(name: str) -> None:
    """Numbers rise, workloads have the server of the series, and rooms that are apart have an instance each."""
    one = SERIES[name]
    assert list(one.points) == sorted(one.points)
    assert len(one.points) > 1
    for workload in one.points.values():
        assert workload.contestants == (one.server,)
        assert workload.storage in SERVERS[one.server].storages
        if workload.crowd.apart:
            assert len(workload.crowd.rooms) == workload.instances
    assert (ELSEWHERE in one.figures) <= (COST in one.figures)


def test_each_series_is_of_one_part() -> None:
    """`--only` reaches all of them."""
    assert sorted(name for part in PARTS.values() for name in part) == sorted(SERIES)


async def test_idle_users_are_in_so_many_conversations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are so before they connect, and each figure of the series comes of them."""
    monkeypatch.setattr(Cores, "give_to_server", lambda *_: None)
    workload, found = idle(3, 5), dict[str, int]()

    async def furnish(url: str, running: Running) -> None:
        assert workload.furnish is not None
        await workload.furnish(url, running)
        with closing(sqlite3.connect(str(make_url(url).database))) as connection:
            found.update(connection.execute("SELECT user_id, count(*) FROM participants GROUP BY user_id"))

    used = iter((3.0, 3.5))
    monkeypatch.setattr(series, "spent", lambda _: next(used))
    place = Place(Cores(0, 0), build(LOAD_CLIENT, tmp_path), tmp_path)
    furnished = dataclasses.replace(workload, furnish=furnish)
    servers = {OURS: CONTESTANTS["interpreted"]}
    outcome = await race(furnished, workload.contestants, 1, 0.01, place, lambda _: None, servers)
    assert outcome.failures == {}
    assert found == {"user 0": 5, "user 1": 5, "user 2": 5}
    (figures,) = outcome.rounds[OURS]
    assert set(figures) == set(SERIES["idle"].figures)
    assert 0 < figures[IDLE] <= 500 / (0.01 * IDLE_SECONDS)
    assert figures[MEMORY] > 0
