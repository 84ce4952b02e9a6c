"""The commands of those who look after a server."""

import inspect
from typing import Final

import typer

from palaver_runtime.admin import conversations, sessions, users
from palaver_runtime.admin.archives import export, import_
from palaver_runtime.admin.retention import retention

_CODES: Final = """
\b
Exit codes: 0 done; 1 the answer is no (no such user, a name that is taken, nobody agreed); 2 wrong usage;
3 the database cannot be used, or a file.
"""
_USERS: Final = """\b
Examples:
  palaver users list
  palaver users create alice --generate      with a password that is made up, and shown once
  palaver users reset-password alice         asks for it
  palaver users delete alice --dry-run       what would be deleted
"""
_SESSIONS: Final = """\b
Examples:
  palaver sessions list --user alice
  palaver sessions revoke --user alice       she signs in again, everywhere
  palaver sessions revoke --all --yes        after a leak: everybody does
"""
_CONVERSATIONS: Final = """\b
Examples:
  palaver conversations list --user alice
  palaver conversations show CONVERSATION    who is in it
  palaver conversations delete CONVERSATION --dry-run
"""
_RETENTION: Final = """\b
Examples:
  palaver retention --older-than 365d --dry-run
  palaver retention --keep 10000 --yes
"""
_EXPORT: Final = """\b
Examples:
  palaver export backup.jsonl                the whole server
  palaver export - | gzip > backup.jsonl.gz
  palaver export alice.jsonl --user alice    what is hers, to give to her
"""
_IMPORT: Final = """\b
Examples:
  palaver import backup.jsonl --dry-run      would it go?
  palaver migrate && palaver import backup.jsonl
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for group in (users.app, sessions.app, conversations.app):
        for each in group.registered_commands:
            # Whole, where Typer would cut it.
            each.short_help = " ".join((inspect.getdoc(each.callback) or "").partition("\n\n")[0].split())
    app.add_typer(
        users.app,
        name="users",
        help="List, create, rename and delete users, and reset their passwords.",
        epilog=_USERS + _CODES,
    )
    app.add_typer(
        sessions.app, name="sessions", help="List sessions, and end them on every instance.", epilog=_SESSIONS + _CODES
    )
    app.add_typer(
        conversations.app,
        name="conversations",
        help="List, show and delete conversations.",
        epilog=_CONVERSATIONS + _CODES,
    )
    app.command(epilog=_RETENTION + _CODES)(retention)
    app.command(epilog=_EXPORT + _CODES)(export)
    app.command("import", epilog=_IMPORT + _CODES)(import_)
