"""Asking for what was missed, by the operations that the documents have for it.

That is `message.sync`, or else `message.history` from the last message that was told. What it returns is told as the
events by which it would have been heard.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from palaver_client.facts import find, identifier, items, number, put
from palaver_client.marks import Mark, Marks, standing
from palaver_client.operations import Operations
from palaver_client.rooms import Rooms
from palaver_wire.client import Dialect, Fields, Json, Meaning, Part, Refused

Tell: TypeAlias = Callable[[str, Json], None]
"""Tells an event by its name and its payload as it would stand on the wire."""

Enter: TypeAlias = Callable[[str, Json], Awaitable[object]]
"""Sends what enters a room, and awaits the answer."""

Message: TypeAlias = "tuple[Json, Fields]"

_UNKNOWN = 404
_NOT_FOUND = frozenset({403, _UNKNOWN})


class CatchingUp:
    """Brings a client from where it stands to the present. Nothing is told before all of a conversation is there."""

    def __init__(self, dialect: Dialect, operations: Operations, marks: Marks, rooms: Rooms) -> None:
        self._dialect = dialect
        self._operations = operations
        self._marks = marks
        self._rooms = rooms
        self._by_entry = any(sent.meaning.entry for sent in dialect.sent.values())
        # Where no event says that a connection is ready, entering a room does.
        ready = any(received.meaning.means == "session.ready" for received in dialect.received.values())
        self._fenced = not ready and operations.has("room.join")

    @property
    def complete(self) -> bool:
        """Whether the documents have a way to ask for what was missed."""
        return self._operations.has("message.sync") or self._operations.has("message.history")

    async def begin(self) -> None:
        """Take note of where things stand, before the first connection is made."""
        if not self._by_entry:
            async for value, fields in self._listed():
                self._marks.begin(value, fields)

    async def run(self, tell: Tell, enter: Enter) -> bool:
        """Ask on a connection that is ready, while nothing else that it brings is told; tell whether all was found.

        Something may be missing where the server does not know the last message that was told, as after it was restored
        from a backup: from there the client goes on from where the conversation stands now. Raises what asking raises.
        """
        complete = self.complete
        wanted = await self._wanted(enter)
        for conversation, stands in wanted.items():
            try:
                await self._conversation(conversation, tell)
            except Refused as error:
                if error.status not in _NOT_FOUND:
                    raise
                # Nothing was missed in what one is no longer in.
                self._marks.forget(conversation)
                if error.status == _UNKNOWN and stands is not None:
                    self._marks.place(conversation, stands)
                    complete = False
        return complete

    async def _wanted(self, enter: Enter) -> dict[str, Mark | None]:
        """Return the conversations in which something may have been missed, and where each stands, if that is known."""
        if self._by_entry:
            return {conversation: None async for conversation in self._entered_again(enter)}
        known = self._marks.conversations
        if self._fenced:
            for conversation in known:
                await self._fence(conversation)
        if not self._operations.has("conversation.list"):
            return dict.fromkeys(known)
        found: dict[str, Mark] = {}
        async for value, fields in self._listed():
            if (identity := identifier(value, fields, "id")) is not None:
                found[identity] = standing(value, fields)
        for conversation in set(known) - set(found):
            self._marks.forget(conversation)
        if self._fenced:
            for conversation in set(found) - set(known):
                await self._fence(conversation)
        return {name: mark for name, mark in found.items() if _differs(mark, self._marks.of(name))}

    async def _listed(self) -> AsyncIterator[Message]:
        cursor: Json = None
        while self._operations.has("conversation.list"):
            value, meaning = await self._operations.ask("conversation.list", cursor=cursor)
            for each in items(value, meaning.result, "conversations"):
                yield each
            cursor = find(value, meaning.result, "next_cursor")
            if cursor is None:
                return

    async def _entered_again(self, enter: Enter) -> AsyncIterator[str]:
        for conversation, (name, asked) in self._rooms.entered.items():
            try:
                await enter(name, asked)
            except Refused as error:
                if error.retryable:
                    raise
                self._rooms.leave(conversation)
            else:
                yield conversation

    async def _fence(self, conversation: str) -> None:
        try:
            await self._operations.ask("room.join", conversation=conversation)
        except Refused as error:
            if error.status not in _NOT_FOUND:
                raise
            self._marks.forget(conversation)

    async def _conversation(self, conversation: str, tell: Tell) -> None:
        mark = self._marks.of(conversation) or Mark()
        if self._operations.has("message.sync"):
            await self._sync(conversation, mark, tell)
        elif self._operations.has("message.history"):
            for message in await self._history(conversation, mark):
                self._created(message, tell)

    async def _sync(self, conversation: str, mark: Mark, tell: Tell) -> None:
        messages: list[Message] = []
        changed: list[Message] = []
        last, revision, more = mark.message, mark.revision, True
        while more:
            value, meaning = await self._operations.ask(
                "message.sync", conversation=conversation, last_message=last, revision=revision
            )
            page = list(items(value, meaning.result, "messages"))
            messages += page
            changed += items(value, meaning.result, "changed")
            last = _identity(page[-1]) if page else last
            revision = number(value, meaning.result, "revision") or revision
            more = find(value, meaning.result, "has_more") is True
        for message in messages:
            self._created(message, tell)
        # A new message has the revision of its latest change, and older ones may have been changed before that.
        self._marks.place(conversation, replace(self._marks.of(conversation) or mark, revision=mark.revision))
        for message in changed:
            self._changed(message, mark.revision, tell)
        self._marks.caught_up(conversation, revision)

    async def _history(self, conversation: str, mark: Mark) -> list[Message]:
        """Return the messages after a mark, in order."""
        fields = self._operations.fields("message.history")
        found: list[Message] = []
        asked: dict[str, Json] = {}
        forward = "after" in fields and mark.message is not None
        if forward:
            asked["after"] = mark.message
        while True:
            value, meaning = await self._operations.ask("message.history", conversation=conversation, **asked)
            page = list(items(value, meaning.result, "messages"))
            if meaning.descending:
                page.reverse()
            found = found + page if forward else page + found
            if not page or find(value, meaning.result, "has_more") is not True:
                return found
            if forward:
                asked["after"] = _identity(page[-1])
                continue
            first = number(*page[0], "sequence")
            if first is not None and mark.sequence is not None and first <= mark.sequence + 1:
                return found
            asked["before"], asked["before_sequence"] = _identity(page[0]), first
            if not {"before", "before_sequence"} & set(fields):
                return found

    def _created(self, message: Message, tell: Tell) -> None:
        for name, meaning in self._events("message.created"):
            tell(name, self._payload(name, meaning, message))

    def _changed(self, message: Message, since: int | None, tell: Tell) -> None:
        revision = number(*message, "revision")
        if since is not None and revision is not None and revision <= since:
            return
        means = "message.deleted" if find(*message, "deleted") is True else "message.edited"
        for name, meaning in self._events(means):
            tell(name, self._payload(name, meaning, message))

    def _events(self, means: str) -> Iterator[tuple[str, Meaning]]:
        return ((name, each.meaning) for name, each in self._dialect.received.items() if each.meaning.means == means)

    def _payload(self, name: str, meaning: Meaning, message: Message) -> Json:
        """Return the payload of an event about a message, made of the message."""
        value, fields = message
        socket = self._dialect.socket
        payload: dict[str, Json] = {socket.tag: name} if socket is not None and socket.tag else {}
        for field, where in meaning.fields.items():
            if isinstance(where, Part):
                if where.pointer == "":
                    return value
                put(payload, where.pointer, value)
            elif (found := find(value, fields, field)) is not None:
                put(payload, where, found)
        return payload


def _identity(message: Message) -> str | None:
    return identifier(*message, "id")


def _differs(now: Mark, then: Mark | None) -> bool:
    """Whether something may have happened between two marks; what is not known may have."""
    if then is None or now.sequence is None or now.sequence != then.sequence:
        return True
    return now.revision != then.revision
