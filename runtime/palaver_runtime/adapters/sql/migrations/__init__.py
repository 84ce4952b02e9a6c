"""Alembic's scripts: env.py runs the migrations in versions/, by `alembic.command` and on a given connection."""
