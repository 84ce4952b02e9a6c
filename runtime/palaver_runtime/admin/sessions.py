"""`palaver sessions`."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import typer

from palaver_runtime.admin.output import AsJson, DryRun, Yes, agree, listing, moment, say
from palaver_runtime.admin.running import Administration, run
from palaver_runtime.domain.values import Session
from palaver_runtime.invocation import USAGE, DatabaseUrl, fail, read_settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_sessions(
    user: Annotated[str | None, typer.Option(help="Those of a user alone, by identifier or name.")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List the sessions that have neither ended nor expired."""

    async def work(admin: Administration) -> None:
        user_id = None if user is None else (await admin.users.find(user)).id

        async def rows() -> AsyncIterator[Mapping[str, object]]:
            async for session in admin.sessions.listing(user_id):
                yield _described(session)

        columns = {"id": 24, "user_id": 24, "created_at": 29, "expires_at": 29}
        await listing(columns, rows(), as_json=as_json, nothing="There are no live sessions.")

    run(read_settings(database_url=database_url), work)


@app.command("revoke")
def revoke_sessions(
    session_ids: Annotated[list[str] | None, typer.Argument(metavar="SESSION", help="Which to end.")] = None,
    user: Annotated[str | None, typer.Option(help="All of a user, by identifier or name.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All there are: everybody signs in again.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """End sessions: their tokens stop working, and their connections are closed on every instance.

    Running instances learn of it by Redis at once; without Redis with their next heartbeat. Tokens that another service
    issued are of no session here: that service ends them.
    """
    if sum([bool(session_ids), user is not None, every]) != 1:
        fail("say which: sessions by identifier, --user, or --all", USAGE)
    settings = read_settings(database_url=database_url)

    async def count(admin: Administration) -> int:
        if session_ids:
            return len(await admin.sessions.find(session_ids))
        user_id = None if user is None else (await admin.users.find(user)).id
        return len([each async for each in admin.sessions.listing(user_id)])

    async def revoke(admin: Administration) -> int:
        if session_ids:
            return await admin.sessions.revoke(await admin.sessions.find(session_ids))
        return await admin.sessions.revoke_all(None if user is None else (await admin.users.find(user)).id)

    if dry_run:
        say({"sessions": run(settings, count), "done": False}, as_json=as_json)
        return
    if every:
        agree(f"End all {run(settings, count)} sessions, so that everybody has to sign in again?", yes=yes)
    say({"ended_sessions": run(settings, revoke), "done": True}, as_json=as_json)


def _described(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "user_id": session.user_id,
        "created_at": moment(session.created_at),
        "expires_at": moment(session.expires_at),
    }
