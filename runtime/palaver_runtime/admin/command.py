"""The commands of those who look after a server."""

import typer

from palaver_runtime.admin import conversations, sessions, users
from palaver_runtime.admin.archives import export, import_
from palaver_runtime.admin.retention import retention


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users.app, name="users", help="List, create, rename and delete users, and reset their passwords.")
    app.add_typer(sessions.app, name="sessions", help="List sessions, and end them on every instance.")
    app.add_typer(conversations.app, name="conversations", help="List, show and delete conversations.")
    app.command()(retention)
    app.command()(export)
    app.command("import")(import_)
