"""A server of this project, on a free port and an empty database."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server is."""
    palaver = shlex.split(os.environ.get("PALAVER", f"{shlex.quote(sys.executable)} -m palaver"))
    database = tmp_path_factory.mktemp("server") / "palaver.db"
    server = subprocess.Popen(
        [*palaver, "serve", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "PALAVER_DATABASE_URL": f"sqlite:///{database}", "DESK_AGENTS": "ada, bea"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    for line in server.stdout:
        served = re.search(r"is served at (\S+)", line)
        if served:
            yield served[1]
            break
    else:
        pytest.fail("the server did not start; what it said is above")
    server.terminate()
    server.wait(timeout=15)
    server.stdout.close()
