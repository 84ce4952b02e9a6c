"""`palaver`, as it was with the schema 0003: a double of an instance of an earlier version.

It does not know the later migrations, and its statements name no column that they added. Databases and clients cannot
tell it from one that was installed then.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import RowMapping, select

from palaver.__main__ import main
from palaver_runtime.adapters.sql import accounts, schema, tables
from palaver_runtime.adapters.sql.profiles import PROFILE, read_profile
from palaver_runtime.domain.values import Profile, User

KNOWN = ("0001", "0002", "0003")
LATER = ((tables.users, "deleted_at"), (tables.changes, "content"))


def read_user(row: RowMapping) -> User:
    """Turn a row into a user."""
    return User(id=row["id"], name=row["name"], display_name=row["display_name"], created_at=row["created_at"])


async def profiles(self: accounts.AccountReader, user_ids: Sequence[str]) -> dict[str, Profile]:
    """Give how some users are called."""
    users, given = tables.users, self._texts()
    result = await self._connection.execute(
        select(users.c.id, *PROFILE).where(users.c.id.in_(select(given.table))),
        given.parameters([(each,) for each in user_ids]),
    )
    return {row["id"]: read_profile(row) for row in result.mappings()}


async def deleted_users(_self: accounts.AccountReader, _user_ids: Sequence[str]) -> frozenset[str]:
    """Give nobody: users could not be deleted."""
    return frozenset()


def grow_young(folder: Path) -> None:
    """Forget what came later; `folder` takes the migrations that are known."""
    shutil.copytree(schema._SCRIPTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / "versions").glob("v*.py"):
        if not file.name.startswith(tuple(f"v{each}" for each in KNOWN)):
            file.unlink()
    schema._SCRIPTS = folder
    schema.REVISIONS = KNOWN
    for table, name in LATER:
        table._columns.remove(table.c[name])
    accounts.read_user = read_user
    accounts.AccountReader.profiles = profiles
    accounts.AccountReader.deleted_users = deleted_users


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="palaver-older-") as place:
        grow_young(Path(place))
        main()
