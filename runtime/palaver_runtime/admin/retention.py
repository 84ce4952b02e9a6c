"""`palaver retention`."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from palaver_runtime.admin.output import AsJson, DryRun, Progress, Yes, agree, say
from palaver_runtime.admin.running import Administration, run
from palaver_runtime.invocation import USAGE, DatabaseUrl, fail, read_settings
from palaver_runtime.services.administration.retention import Rule

_AGE = re.compile(r"(\d{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def retention(
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Keep so many of the newest messages of each conversation [PALAVER_KEEP_MESSAGES]."),
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Forget messages that are older, as 365d, 48h or 30m.")
    ] = None,
    conversations: Annotated[
        list[str] | None, typer.Option("--conversation", help="In this conversation alone; may be repeated.")
    ] = None,
    sessions: Annotated[
        str, typer.Option(metavar="AGE", help="Forget sessions that ended or expired so long ago.")
    ] = "30d",
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Forget old messages, and sessions that ended long ago.

    Messages are forgotten only by a rule: --keep, --older-than, or both. It is as if they had never been there; who has
    one still shows it. Servers go on meanwhile. Run it every night, as `palaver retention --older-than 365d --yes`.
    """
    settings = read_settings(database_url=database_url)
    rule = Rule(
        keep=settings.keep_messages if keep is None else keep,
        older_than=None if older_than is None else _age("--older-than", older_than),
    )
    ended_for = _age("--sessions", sessions)
    if not dry_run:
        what = " and ".join(
            [
                *([f"all but the newest {rule.keep} messages of each conversation"] if rule.keep else []),
                *([f"messages older than {older_than}"] if older_than else []),
                f"sessions that ended more than {sessions} ago",
            ]
        )
        agree(f"Forget {what}, for ever?", yes=yes)
    progress = Progress()

    async def work(admin: Administration) -> dict[str, object]:
        found: dict[str, int] = {}
        if rule != Rule():
            async for conversation_id, count in admin.retention.messages(rule, conversations or (), dry_run=dry_run):
                found[conversation_id] = count
                progress("messages", sum(found.values()))
        gone = await admin.retention.sessions(ended_for, dry_run=dry_run)
        return {
            "messages": sum(found.values()),
            "conversations": len(found),
            "sessions": gone,
            "done": not dry_run,
        }

    try:
        result = run(settings, work)
    finally:
        progress.close()
    say(result, as_json=as_json)


def _age(option: str, text: str) -> timedelta:
    match = _AGE.fullmatch(text)
    if match is None:
        fail(f"{option}: {text!r} is no age; give a number and d, h or m, as in 365d", USAGE)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
