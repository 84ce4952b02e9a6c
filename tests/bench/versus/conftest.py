"""What the tests of the comparison share: its programs in C, compiled once, and a crowd."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from versus.building import LIMIT, LOAD_CLIENT, build
from versus.crowd import Crowd, imagined, write_people
from versus.figures import Report
from versus.race import Outcome


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the load client and the loop in C. Without a C compiler this fails, and says so."""
    folder = tmp_path_factory.mktemp("compiled")
    for source in (LOAD_CLIENT, LIMIT):
        build(source, folder)
    assert shutil.which("load", path=str(folder))
    return folder


@pytest.fixture
def people(tmp_path: Path) -> Callable[[Crowd], Path]:
    """Return what writes a crowd of peers to a file."""

    def written(crowd: Crowd) -> Path:
        file = tmp_path / "people"
        write_people(crowd, imagined(crowd), file)
        return file

    return written


@pytest.fixture
def report() -> Report:
    """Return a report with a bit of everything."""
    return Report(
        machine={"python": "3.11.7", "processors": 2},
        workloads={
            "fan-100": Outcome(
                rounds={
                    "palaver": [{"rate": 20_000.0, "per_cpu_second": 40_000.0, "client_load": 0.12}] * 2
                    + [{"rate": 30_000.0}],
                    "node": [{"rate": 10_000.0, "per_cpu_second": 80_000.0}] * 3,
                    "limit": [{"rate": 100_000.0, "per_cpu_second": 200_000.0}] * 3,
                },
                failures={"nest": "it ended before it was ready\nand said more"},
                seconds=0.6,
                load=0.4,
            ),
            "idle": Outcome(
                rounds={"palaver": [{"memory": 50.0}], "node": [{"memory": 25.0}]}, failures={}, seconds=0.6, load=3.0
            ),
        },
    )
