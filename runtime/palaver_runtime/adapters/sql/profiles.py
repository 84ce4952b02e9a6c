"""How users are called, beside what names them: a statement that reads it joins `users` and takes PROFILE along."""

from typing import Final

from palaver_runtime.adapters.sql.prepared import Row
from palaver_runtime.adapters.sql.tables import users
from palaver_runtime.domain.values import Profile

PROFILE: Final = (users.c.name.label("profile_name"), users.c.display_name.label("profile_display_name"))
"""The columns. Their names are of no table, so that a whole table can stand beside them."""


def read_profile(row: Row) -> Profile:
    """Turn a row with PROFILE into a profile."""
    return Profile(name=row["profile_name"], display_name=row["profile_display_name"])
