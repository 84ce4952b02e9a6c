"""What docs/topics/dialects.md says of each dialect is what its documents say."""

from pathlib import Path

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract

PAGE = Path(__file__).parents[2] / "docs/topics/dialects.md"

ASKED = {
    "send a message": ("message.send",),
    "edit one": ("message.edit",),
    "delete one": ("message.delete",),
    "read the history": ("message.history",),
    "catch up": ("message.sync",),
    "mark as read": ("receipt.mark",),
    "count unread": ("receipt.unread",),
    "type": ("typing.start", "typing.stop"),
    "ask who is online": ("presence.list",),
    "make a conversation": ("conversation.create",),
    "list conversations": ("conversation.list",),
    "add, remove, join, leave": (
        "participant.add",
        "participant.remove",
        "participant.join",
        "participant.leave",
    ),
    "enter and leave a room on one connection": ("room.join", "room.leave"),
}
TOLD = {
    "a message": ("message.created",),
    "one's own is stored": ("message.accepted",),
    "an edit": ("message.edited",),
    "a deletion": ("message.deleted",),
    "a receipt": ("receipt.read",),
    "typing": ("typing.changed",),
    "online, offline": ("presence.online", "presence.offline"),
    "a new conversation": ("conversation.created", "conversation.joined"),
    "a changed conversation": ("conversation.updated",),
    "who came, who went": ("participant.added", "participant.removed", "conversation.removed"),
    "a room entered, left": ("room.joined", "room.left"),
    "a refusal": ("session.error",),
}


def operations(contract: Contract, means: str) -> list[str]:
    """Return what the wire calls the operations of a meaning; calls without their package."""
    return [each.name.rpartition(".")[2] for each in contract.operations if each.means == means]


def events(contract: Contract, means: str) -> list[str]:
    """Return what the wire calls the events of a meaning."""
    return [each.name for each in contract.events if each.means == means]


def table() -> str:
    """Return both tables in Markdown: a row for each thing to say, a column for each dialect."""
    known = {name: sources.load(name) for name in sources.known()}
    parts = []
    for title, rows, look in (("to ask", ASKED, operations), ("to tell", TOLD, events)):
        lines = [f"| {title} | {' | '.join(known)} |", f"|---|{'---|' * len(known)}"]
        for row, meanings in rows.items():
            cells = []
            for contract in known.values():
                names = dict.fromkeys(name for means in meanings for name in look(contract, means))
                cells.append("<br>".join(f"`{name}`" for name in names) or "-")
            lines.append(f"| {row} | {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def test_table_is_what_the_documents_say() -> None:
    """The tables of the page are made from the documents; after a change of these they are to be pasted anew."""
    assert table() in PAGE.read_text(encoding="utf-8"), f"put this into {PAGE.name}:\n\n{table()}"
