"""The services' rules do not depend on the database, so their tests use one."""

import pytest


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """The URL of an SQLite database of the test's own, with tables."""
    return sqlite_url
