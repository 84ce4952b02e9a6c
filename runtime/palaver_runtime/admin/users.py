"""`palaver users`."""

import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from secrets import token_urlsafe
from typing import Annotated

import typer

from palaver_runtime.admin.output import AsJson, DryRun, Progress, Yes, agree, listing, moment, say
from palaver_runtime.admin.running import Administration, run
from palaver_runtime.domain.values import User
from palaver_runtime.invocation import USAGE, DatabaseUrl, fail, read_settings
from palaver_runtime.services.administration.users import Belongings

_MIN_PASSWORD, _MAX_PASSWORD = 8, 128

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_Who = Annotated[str, typer.Argument(metavar="USER", help="The identifier of a user, or the name.")]
_Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
_Generate = Annotated[bool, typer.Option("--generate", help="Make a password up, and print it once.")]


@app.command("list")
def list_users(
    deleted: Annotated[bool, typer.Option("--deleted", help="Those who were deleted, too.")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List the users, by identifier."""

    async def work(admin: Administration) -> None:
        async def rows() -> AsyncIterator[Mapping[str, object]]:
            async for user in admin.users.listing(deleted=deleted):
                yield described(user)

        columns = {"id": 24, "name": 20, "display_name": 20, "created_at": 29}
        if deleted:
            columns["deleted_at"] = 29
        await listing(columns, rows(), as_json=as_json, nothing="There are no users.")

    run(read_settings(database_url=database_url), work)


@app.command("show")
def show_user(who: _Who, as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """Show a user, and how much belongs to them."""

    async def work(admin: Administration) -> tuple[User, Belongings]:
        user = await admin.users.find(who)
        return user, await admin.users.belongings(user.id)

    user, belongings = run(read_settings(database_url=database_url), work)
    say(described(user) | asdict(belongings), as_json=as_json)


@app.command("create")
def create_user(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")],
    display_name: Annotated[str | None, typer.Option(help="The name to show to others.")] = None,
    password_stdin: _Stdin = False,
    generate: _Generate = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a user who signs in here. The password is asked for, and never an argument."""
    settings = read_settings(database_url=database_url)
    password = _password(from_stdin=password_stdin, generate=generate)
    user = run(settings, lambda admin: admin.users.create(name, password, display_name))
    say(described(user) | ({"password": password} if generate else {}), as_json=as_json)


@app.command("rename")
def rename_user(
    who: _Who,
    name: Annotated[str | None, typer.Option(help="Another name to sign in with.")] = None,
    display_name: Annotated[str | None, typer.Option(help="Another name to show to others.")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Change the names of a user; who shares a conversation is told."""
    if name is None and display_name is None:
        fail("say what to change: --name, --display-name, or both", USAGE)
    user = run(read_settings(database_url=database_url), lambda admin: admin.users.rename(who, name, display_name))
    say(described(user), as_json=as_json)


@app.command("reset-password")
def reset_password(
    who: _Who,
    password_stdin: _Stdin = False,
    generate: _Generate = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a user another password and end all their sessions, on every instance."""
    settings = read_settings(database_url=database_url)
    password = _password(from_stdin=password_stdin, generate=generate)
    user, ended = run(settings, lambda admin: admin.users.reset_password(who, password))
    given = {"password": password} if generate else {}
    say(described(user) | {"ended_sessions": ended} | given, as_json=as_json)


@app.command("delete")
def delete_user(
    who: _Who,
    erase: Annotated[bool, typer.Option("--erase-messages", help="Erase all that they said, too.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Delete a user: end all sessions, leave all groups, and forget names and password, for ever.

    Direct conversations stay with the other one, and what the user said stays under an identifier that names nobody,
    unless --erase-messages. The identifier stays, and no token brings it back. Export the user's data before, if they
    are to have it.
    """
    settings = read_settings(database_url=database_url)

    async def look(admin: Administration) -> tuple[User, Belongings]:
        user = await admin.users.find(who)
        return user, await admin.users.belongings(user.id)

    user, belongings = run(settings, look)
    facts = described(user) | asdict(belongings) | {"erase_messages": erase}
    if dry_run:
        say(facts | {"done": False}, as_json=as_json)
        return
    said = f"erase {belongings.messages} messages" if erase else f"leave {belongings.messages} messages without a name"
    agree(
        f"Delete {user.name or user.id} for ever: end {belongings.sessions} sessions, leave {belongings.groups} groups,"
        f" and {said}?",
        yes=yes,
    )
    progress = Progress()
    try:
        gone = run(settings, lambda admin: admin.users.delete(user.id, erase=erase, progress=progress))
    finally:
        progress.close()
    say(facts | described(gone) | {"done": True}, as_json=as_json)


def described(user: User) -> dict[str, object]:
    """Give a user as fields."""
    return {
        "id": user.id,
        "name": user.name,
        "display_name": user.display_name,
        "created_at": moment(user.created_at),
        "deleted_at": moment(user.deleted_at),
    }


def _password(*, from_stdin: bool, generate: bool) -> str:
    """Get a password, by one of the ways that leave it neither in a history nor in a list of processes."""
    if from_stdin and generate:
        fail("--password-stdin and --generate contradict each other: give one of them", USAGE)
    if generate:
        return token_urlsafe(18)
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        fail("there is nobody to ask for the password: give --password-stdin or --generate", USAGE)
    if not _MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
        fail(f"a password has {_MIN_PASSWORD} to {_MAX_PASSWORD} characters", USAGE)
    return password
