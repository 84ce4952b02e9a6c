"""`palaver conversations`."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import typer

from palaver_runtime.admin.output import AsJson, DryRun, Progress, Yes, agree, listing, moment, say
from palaver_runtime.admin.running import Administration, run
from palaver_runtime.invocation import DatabaseUrl, read_settings
from palaver_runtime.services.administration.conversations import Inventory

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_Which = Annotated[str, typer.Argument(metavar="CONVERSATION", help="The identifier of a conversation.")]


@app.command("list")
def list_conversations(
    user: Annotated[str | None, typer.Option(help="Those of a user alone, by identifier or name.")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List the conversations, by identifier."""

    async def work(admin: Administration) -> None:
        user_id = None if user is None else (await admin.users.find(user)).id

        async def rows() -> AsyncIterator[Mapping[str, object]]:
            async for inventory in admin.conversations.listing(user_id):
                yield _described(inventory)

        columns = {"id": 24, "type": 6, "people": 6, "messages": 8, "active_at": 29, "name": 1}
        await listing(columns, rows(), as_json=as_json, nothing="There are no conversations.")

    run(read_settings(database_url=database_url), work)


@app.command("show")
def show_conversation(which: _Which, as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """Show a conversation and who is in it; what was said is shown by `palaver export` alone."""
    inventory = run(read_settings(database_url=database_url), lambda admin: admin.conversations.show(which))
    conversation = inventory.conversation
    people = [
        {
            "user_id": each.user_id,
            "name": each.profile.name,
            "role": each.role.value,
            "joined_at": moment(each.joined_at),
        }
        for each in conversation.participants
    ]
    facts = _described(inventory) | {
        "public": conversation.public,
        "created_by": conversation.created_by,
        "created_at": moment(conversation.created_at),
        "revision": conversation.revision,
        "sequence": conversation.sequence,
    }
    if as_json:
        say(facts | {"metadata": conversation.metadata, "participants": people}, as_json=True)
        return
    say(facts, as_json=False)
    for each in people:
        named = f" ({each['name']})" if each["name"] else ""
        typer.echo(f"  {each['role']:6}  {each['user_id']}{named}, since {each['joined_at']}")


@app.command("delete")
def delete_conversation(
    which: _Which, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False, database_url: DatabaseUrl = None
) -> None:
    """Delete a conversation: everybody is taken out and told, and all messages are removed, for ever."""
    settings = read_settings(database_url=database_url)
    inventory = run(settings, lambda admin: admin.conversations.show(which))
    facts = _described(inventory)
    if dry_run:
        say(facts | {"done": False}, as_json=as_json)
        return
    agree(
        f"Delete the conversation {which} for ever, with {facts['people']} people and {inventory.messages} messages?",
        yes=yes,
    )
    progress = Progress()
    try:
        gone = run(settings, lambda admin: admin.conversations.delete(which, progress))
    finally:
        progress.close()
    say(facts | {"removed_messages": gone, "done": True}, as_json=as_json)


def _described(inventory: Inventory) -> dict[str, object]:
    conversation = inventory.conversation
    return {
        "id": conversation.id,
        "type": conversation.type.value,
        "name": conversation.name,
        "people": len(conversation.participants),
        "messages": inventory.messages,
        "active_at": moment(conversation.active_at),
    }
