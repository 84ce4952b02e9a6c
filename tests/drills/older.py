"""`palaver`, as it was with the schema 0003: a double of an instance of an earlier version.

It does not know the later migrations, and its statements name no column that they added. Databases and clients cannot
tell it from one that was installed then.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy

KNOWN = ("0001", "0002", "0003")
LATER = {("users", "deleted_at"), ("changes", "content")}

_Table = sqlalchemy.Table


class OlderTable(_Table):
    """Makes tables without what came later."""

    def __new__(cls, name: str, *things: Any, **more: Any) -> Any:
        """Make one."""
        return _Table(name, *(each for each in things if (name, getattr(each, "name", None)) not in LATER), **more)


# Before the modules that declare the tables and make statements of them.
sqlalchemy.Table = OlderTable

from palaver.__main__ import main  # noqa: E402
from palaver_runtime.adapters.sql import accounts, migrating, schema, user_rows  # noqa: E402
from palaver_runtime.adapters.sql.profiles import PROFILE, read_profile  # noqa: E402
from palaver_runtime.adapters.sql.tables import users  # noqa: E402
from palaver_runtime.domain.values import Profile, User  # noqa: E402


def read_user(row: sqlalchemy.RowMapping) -> User:
    """Turn a row into a user."""
    return User(id=row["id"], name=row["name"], display_name=row["display_name"], created_at=row["created_at"])


async def profiles(self: accounts.AccountReader, user_ids: Sequence[str]) -> dict[str, Profile]:
    """Give how some users are called."""
    given = self._texts()
    result = await self._connection.execute(
        sqlalchemy.select(users.c.id, *PROFILE).where(users.c.id.in_(sqlalchemy.select(given.table))),
        given.parameters([(each,) for each in user_ids]),
    )
    return {row["id"]: read_profile(row) for row in result.mappings()}


async def deleted_users(_self: accounts.AccountReader, _user_ids: Sequence[str]) -> frozenset[str]:
    """Give nobody: users could not be deleted."""
    return frozenset()


def grow_young(folder: Path) -> None:
    """Forget what came later; `folder` takes the migrations that are known."""
    shutil.copytree(migrating.SCRIPTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / "versions").glob("v*.py"):
        if not file.name.startswith(tuple(f"v{each}" for each in KNOWN)):
            file.unlink()
    migrating.SCRIPTS = folder
    schema.REVISIONS = KNOWN
    user_rows.read_user = read_user
    accounts.AccountReader.profiles = profiles
    accounts.AccountReader.deleted_users = deleted_users


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="palaver-older-") as place:
        grow_young(Path(place))
        main()
