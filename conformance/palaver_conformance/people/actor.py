"""People in a scenario, in domain words: "alice sends", whatever her server's wire looks like."""

from collections.abc import Mapping, Sequence
from typing import Literal

from palaver_conformance.contract.model import Operation, Via
from palaver_conformance.errors import NotApplicable
from palaver_conformance.facts import Facts
from palaver_conformance.people.client import Client
from palaver_conformance.people.device import Device
from palaver_conformance.people.inbox import Received


class Actor(Client):
    """A user. Conversations and messages are the `Facts` that the server gave for them.

    Each of the verbs raises Refused when the server refuses.
    """

    async def expect(
        self, means: str, where: Mapping[str, object] | None = None, *, patience: float | None = None
    ) -> Received:
        """Take the oldest fitting event of the first connection, waiting for it if need be."""
        return await self.device.expect(means, where or {}, patience=patience)

    async def send(
        self,
        room: Facts,
        content: str,
        *,
        client_id: str | None = None,
        reply_to: Facts | None = None,
        attachments: Sequence[Facts] | None = None,
        metadata: Mapping[str, object] | None = None,
        via: Via | None = None,
        on: Device | None = None,
        instance: int = 0,
    ) -> Facts:
        """Send a message and return it as the server stored it."""
        operation = self.setting.contract.operation("message.send", via)
        values = {
            **self.address(operation, room),
            "content": content,
            "client_id": client_id,
            "reply_to": reply_to.id if reply_to is not None else None,
            "attachments": list(attachments) if attachments is not None else None,
            "metadata": dict(metadata) if metadata is not None else None,
        }
        return await self.sent(await self.perform("message.send", values, via=via, on=on, instance=instance), on=on)

    def address(self, operation: Operation, room: Facts) -> dict[str, object]:
        """Return what names a conversation in an operation: its id or, where that takes no id, the other user."""
        if "conversation" in operation.fields or "recipient" not in operation.fields:
            return {"conversation": room.id}
        if room.id not in self.partners:
            raise NotApplicable(f"{operation.name} names one other user, and the conversation has several or none")
        return {"recipient": self.partners[room.id]}

    async def sent(self, answer: Facts, *, on: Device | None = None) -> Facts:
        """Return the message that an answer to `message.send` is about.

        Where the answer has no more than its id, it is the message as the sender's connection receives it.
        """
        message = answer.get("message")
        if not isinstance(message, str):
            return answer.facts("message")
        return (await (on or self.device).see("message.created", {"message.id": message})).facts.facts("message")

    async def edit(self, message: Facts, content: str, *, via: Via | None = None) -> Facts:
        """Edit a message and return it."""
        values = {"id": message.id, "content": content}
        return (await self.perform("message.edit", values, via=via)).facts("message")

    async def delete(self, message: Facts, *, via: Via | None = None) -> None:
        """Delete a message."""
        await self.perform("message.delete", {"id": message.id}, via=via)

    async def sync(
        self,
        room: Facts,
        *,
        after: Facts | None = None,
        revision: int | None = None,
        limit: int | None = None,
        on: Device | None = None,
    ) -> Facts:
        """Ask for what was missed after a message; the answer has messages, changed, has_more, revision."""
        values = {
            "conversation": room.id,
            "last_message": after.id if after is not None else None,
            "revision": revision,
            "limit": limit,
        }
        return await self.perform("message.sync", values, on=on)

    async def history(
        self,
        room: Facts,
        *,
        before: Facts | None = None,
        after: Facts | None = None,
        limit: int | None = None,
        instance: int = 0,
    ) -> Facts:
        """Ask for a page of messages; the answer has messages, the oldest first, and has_more."""
        values: dict[str, object] = {
            "conversation": room.id,
            "before": before.id if before is not None else None,
            "after": after.id if after is not None else None,
            "limit": limit,
        }
        operation = self.setting.contract.operation("message.history")
        if before is not None and "before_sequence" in operation.fields:
            values |= {"before": None, "before_sequence": before.sequence}
        answer = await self.perform("message.history", values, instance=instance)
        shown = [each for each in answer.many("messages") if each.id not in self.setting.openings]
        return answer.having("messages", shown[::-1] if operation.descending else shown)

    @property
    def first_sequence(self) -> int:
        """The sequence of the first message that a scenario sends into a new conversation."""
        return 1 + len(self.setting.openings)

    @property
    def makes_groups(self) -> bool:
        """Whether the documents have conversations of more than two."""
        return self.setting.contract.groups

    async def create(self, *others: "Actor", name: str | None = None, instance: int = 0) -> Facts:
        """Create a group with others and return it; they join it themselves where it is not for the creator to say."""
        create = self.setting.contract.operation("conversation.create")
        if not self.makes_groups:
            raise NotApplicable("the documents have conversations of two alone")
        room = await self._create(create, "group", others, name, instance)
        if "users" not in create.fields:
            for other in others:
                await other.perform("participant.join", {"conversation": room.id}, instance=instance)
        return room

    async def direct(self, other: Client) -> Facts:
        """Get or create the conversation of two."""
        create = self.setting.contract.operation("conversation.create")
        if "users" not in create.fields or ("type" not in create.fields and create.takes_many("users")):
            raise NotApplicable(f"{create.name} makes no conversation of two")
        return await self._create(create, "direct", (other,), None, 0)

    async def tell(self, other: Client, content: str) -> Facts:
        """Send a message to a user, which makes the conversation of the two if there is none yet, and return it."""
        values = {"recipient": other.user, "content": content}
        return await self.sent(await self.perform("message.send", values))

    async def get(self, room: Facts) -> Facts:
        """Return a conversation as the server describes it now."""
        return (await self.perform("conversation.get", {"conversation": room.id})).facts("conversation")

    async def conversations(self, *, cursor: str | None = None, limit: int | None = None) -> Facts:
        """Ask for a page of one's conversations; the answer has conversations, perhaps next_cursor."""
        return await self.perform("conversation.list", {"cursor": cursor, "limit": limit})

    async def rename(self, room: Facts, name: str) -> Facts:
        """Change a conversation's name and return it."""
        values = {"conversation": room.id, "name": name}
        return (await self.perform("conversation.update", values)).facts("conversation")

    async def add(self, room: Facts, other: Client) -> Facts:
        """Add somebody to a conversation."""
        return await self.perform("participant.add", {"conversation": room.id, "user": other.user})

    async def remove(self, room: Facts, other: Client, *, instance: int = 0) -> Facts:
        """Remove somebody from a conversation."""
        values = {"conversation": room.id, "user": other.user}
        return await self.perform("participant.remove", values, instance=instance)

    async def leave(self, room: Facts) -> Facts:
        """Leave a conversation for good."""
        return await self.perform("participant.leave", {"conversation": room.id})

    async def mute(self, room: Facts, *, on: Device | None = None) -> Facts:
        """Stop receiving a conversation's events on one connection, and stay a participant."""
        return await self.perform("room.leave", {"conversation": room.id}, on=on)

    async def mark_read(self, room: Facts, message: Facts, *, via: Via | None = None) -> Facts:
        """Mark a conversation read up to a message, or to its end where the documents know no place in between.

        The answer has unread, message and sequence as far as the documents do.
        """
        fields = self.setting.contract.operation("receipt.mark", via).fields
        known: dict[str, object] = {"conversation": room.id, "message": message.id}
        if "sequence" in fields:
            known["sequence"] = message.sequence
        return await self.perform(
            "receipt.mark", {name: value for name, value in known.items() if name in fields}, via=via
        )

    async def unread(self, room: Facts) -> int:
        """Return how many messages are unread: as asked for, or as the listing of conversations has it."""
        if self.setting.contract.has("receipt.unread"):
            return (await self.perform("receipt.unread", {"conversation": room.id})).number("unread")
        listed = (await self.conversations()).many("conversations")
        return next((each.number("unread") for each in listed if each.id == room.id), 0)

    async def type(self, room: Facts, *, instance: int = 0) -> Facts:
        """Say that one is typing."""
        return await self.perform("typing.start", {"conversation": room.id}, instance=instance)

    async def stop_typing(self, room: Facts) -> Facts:
        """Say that one is not typing any more."""
        return await self.perform("typing.stop", {"conversation": room.id})

    async def online(self, room: Facts) -> set[str]:
        """Return the users of a conversation who are online."""
        return set((await self.perform("presence.list", {"conversation": room.id})).texts("users"))

    async def alive(self, *, on: Device | None = None) -> None:
        """Make sure that a connection still works, and that everything sent on it before has been handled."""
        await (on or self.device).alive()

    async def ping(self, *, on: Device | None = None) -> Facts:
        """Ask for a sign of life."""
        return await self.perform("session.ping", on=on)

    async def me(self) -> Facts:
        """Return oneself as the server knows one."""
        return (await self.perform("account.me")).facts("user")

    async def look_up(self, other: Client) -> Facts:
        """Return somebody as the server describes them."""
        return (await self.perform("user.get", {"user": other.user})).facts("user")

    async def log_out(self) -> None:
        """End the session of the access token."""
        await self.perform("account.logout")

    async def refresh(self, token: str) -> Facts:
        """Exchange a refresh token for a new session."""
        session = (await self.perform("account.refresh", {"refresh_token": token})).facts("session")
        for name in ("access_token", "refresh_token"):
            self.setting.trace.hide(session.text(name))
        return session

    async def _create(
        self,
        create: Operation,
        kind: Literal["group", "direct"],
        others: Sequence[Client],
        name: str | None,
        instance: int,
    ) -> Facts:
        users = [other.user for other in others]
        known: dict[str, object] = {
            "type": kind,
            "users": users if create.takes_many("users") else next(iter(users), None),
        }
        values = {field: value for field, value in known.items() if field in create.fields}
        if name is not None or create.requires("name"):
            values["name"] = name or "a room"
        result = await self.perform("conversation.create", values, instance=instance)
        conversation = result.get("conversation")
        room = Facts({"id": conversation}) if isinstance(conversation, str) else result.facts("conversation")
        if kind == "direct":
            self.partners[room.id] = users[0]
        return room
