"""The durable memory, in SQLite or PostgreSQL."""

from palaver_runtime.adapters.sql.errors import StoreUnavailable
from palaver_runtime.adapters.sql.schema import REVISIONS
from palaver_runtime.adapters.sql.store import SqlStore, migrate, revert

__all__ = ["REVISIONS", "SqlStore", "StoreUnavailable", "migrate", "revert"]
