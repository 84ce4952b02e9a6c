"""The durable memory, in SQLite or PostgreSQL."""

from palaver_runtime.adapters.sql.errors import StoreUnavailable
from palaver_runtime.adapters.sql.store import SqlStore, migrate

__all__ = ["SqlStore", "StoreUnavailable", "migrate"]
