"""Use cases: check, do, and tell once it is committed."""
