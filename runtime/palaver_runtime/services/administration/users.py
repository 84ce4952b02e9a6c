"""Looking after users: who there is, under which names and passwords, and how somebody is deleted."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby

from palaver_runtime.admin_ports import AdminStore, AdminWriter
from palaver_runtime.domain.errors import Conflict, Invalid, NotFound
from palaver_runtime.domain.events import Change, ConversationUpdated, MessageDeleted, SessionEnded
from palaver_runtime.domain.identifiers import new_id
from palaver_runtime.domain.values import ConversationType, User
from palaver_runtime.ports import Clock, Passwords, Publisher
from palaver_runtime.services.administration.paging import PAGE, Progress, pages, unheard
from palaver_runtime.services.administration.sessions import SessionAdministration
from palaver_runtime.services.memberships import depart

BATCH = 100
"""Messages that are erased in one transaction."""


_NAME = re.compile(r"[A-Za-z0-9_.-]{3,32}")


def _check_name(name: str) -> None:
    """Refuse what nobody could sign in with."""
    if not _NAME.fullmatch(name):
        raise Invalid("A name to sign in with has 3 to 32 letters, digits, dots, hyphens and underscores")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What belongs to a user: live sessions, groups and direct conversations, and messages that say something."""

    sessions: int
    groups: int
    directs: int
    messages: int


class UserAdministration:
    """Looks after users.

    To delete somebody is to make them unknown, not to take words out of the conversations of others: names and password
    are forgotten, all sessions and connections end, and no token is good any more. They go out of every group, as
    if they had left. A direct conversation stays with the other one, who finds there nobody with a name. What they said
    stays, or is erased as if they had deleted it. The identifier stays, as messages and logs refer to it.
    """

    def __init__(
        self,
        store: AdminStore,
        publisher: Publisher,
        clock: Clock,
        passwords: Passwords,
        sessions: SessionAdministration,
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._passwords = passwords

    async def listing(self, *, deleted: bool = False) -> AsyncIterator[User]:
        """Give all users by ascending identifier."""
        found = pages(self._store, lambda tx, after: tx.users(after, PAGE, deleted=deleted), lambda user: user.id)
        async for page in found:
            for user in page:
                yield user

    async def find(self, who: str) -> User:
        """Give a user by identifier or, if there is none, by name; raise NotFound for nobody."""
        async with self._store.reading() as tx:
            user = await tx.user(who) or await tx.user_named(who)
        if user is None:
            raise NotFound(f"There is no user with the identifier or the name {who!r}")
        return user

    async def belongings(self, user_id: str) -> Belongings:
        """Count what belongs to a user."""
        groups = directs = messages = 0
        sessions = len([each async for each in self._sessions.listing(user_id)])
        async for conversation_id in self._conversations(user_id):
            async with self._store.reading() as tx:
                conversation = await tx.conversation(conversation_id)
            if conversation is not None:
                is_direct = conversation.type is ConversationType.DIRECT
                directs, groups = directs + is_direct, groups + (not is_direct)
        last = ""
        while True:
            async with self._store.reading() as tx:
                page = await tx.messages_by(user_id, last, PAGE)
            messages += len(page)
            if len(page) < PAGE:
                return Belongings(sessions=sessions, groups=groups, directs=directs, messages=messages)
            last = page[-1].id

    async def create(self, name: str, password: str, display_name: str | None) -> User:
        """Add a user who signs in here; raise Conflict when the name is taken."""
        _check_name(name)
        password_hash = await self._passwords.hash(password)
        user = User(id=new_id(), name=name, display_name=display_name, created_at=self._clock.now())
        async with self._store.writing() as tx:
            if not await tx.add_user(user, password_hash):
                raise Conflict("This user name is taken")
        return user

    async def rename(self, who: str, name: str | None, display_name: str | None) -> User:
        """Change a user's names, those that are not None; tell it in all conversations of the user.

        Raises Conflict when the name is taken, and for somebody who was deleted.
        """
        if name is not None:
            _check_name(name)
        user = await self._present(who)
        async with self._store.writing() as tx:
            renamed = await tx.rename_user(
                user.id,
                user.name if name is None else name,
                user.display_name if display_name is None else display_name,
            )
            if not renamed:
                raise Conflict("This user name is taken")
        async for conversation_id in self._conversations(user.id):
            await self._retell(conversation_id)
        return await self.find(user.id)

    async def reset_password(self, who: str, password: str) -> tuple[User, int]:
        """Give a user another password, and end all sessions: give the user and how many they were.

        Raises Conflict for a user who has no name to sign in with, and for somebody who was deleted.
        """
        user = await self._present(who)
        if user.name is None:
            raise Conflict("This user comes with tokens of another service, and has no name to sign in with here")
        password_hash = await self._passwords.hash(password)
        async with self._store.writing() as tx:
            await tx.set_password(user.id, password_hash)
        return user, await self._sessions.revoke_all(user.id)

    async def delete(self, who: str, *, erase: bool = False, progress: Progress = unheard) -> User:
        """Delete a user, and with `erase` all that the user said. What was interrupted is finished by a repetition."""
        user = await self.find(who)
        async with self._store.writing() as tx:
            await tx.anonymise(user.id, user.deleted_at or self._clock.now())
        await self._sessions.revoke_all(user.id)
        # Those of other services' tokens are of no session.
        self._publisher.publish(SessionEnded(user_id=user.id, session_id=None))
        done = 0
        async for conversation_id in self._conversations(user.id):
            await self._take_out(conversation_id, user.id)
            done += 1
            progress("conversations", done)
        if erase:
            await self._erase(user.id, progress)
        return await self.find(user.id)

    async def _present(self, who: str) -> User:
        user = await self.find(who)
        if user.deleted_at is not None:
            raise Conflict("This user was deleted")
        return user

    async def _take_out(self, conversation_id: str, user_id: str) -> None:
        async with self._store.writing() as tx:
            await tx.lock(conversation_id)
            conversation = await tx.conversation(conversation_id)
            if conversation is None or conversation.participant(user_id) is None:
                return
            changes: tuple[Change, ...]
            if conversation.type is ConversationType.DIRECT:
                changes = (await self._updated(tx, conversation_id),)
            else:
                changes = await depart(tx, conversation, user_id, self._clock.now())
        for change in changes:
            self._publisher.publish(change)

    async def _retell(self, conversation_id: str) -> None:
        async with self._store.writing() as tx:
            if not await tx.lock(conversation_id):
                return
            change = await self._updated(tx, conversation_id)
        self._publisher.publish(change)

    async def _updated(self, tx: AdminWriter, conversation_id: str) -> ConversationUpdated:
        """Record that a locked conversation is another, as its participants are called otherwise."""
        before = await tx.conversation(conversation_id)
        if before is None:
            raise RuntimeError("a conversation vanished while it was locked")
        await tx.update_conversation(conversation_id, before.name, before.metadata, self._clock.now())
        revision = await tx.advance(conversation_id)
        conversation = await tx.conversation(conversation_id)
        if conversation is None:
            raise RuntimeError("a conversation vanished while it was locked")
        change = ConversationUpdated(conversation_id=conversation_id, revision=revision, conversation=conversation)
        await tx.record(change)
        return change

    async def _erase(self, user_id: str, progress: Progress) -> None:
        """Erase all that a user said, a few messages in each transaction."""
        last, done = "", 0
        while True:
            async with self._store.reading() as tx:
                page = await tx.messages_by(user_id, last, BATCH)
            by_conversation = sorted(page, key=lambda message: message.conversation_id)
            for conversation_id, some in groupby(by_conversation, key=lambda message: message.conversation_id):
                changes = []
                async with self._store.writing() as writing:
                    await writing.lock(conversation_id)
                    for message_id in [each.id for each in some]:
                        message = await writing.message(message_id)
                        if message is None or message.deleted:
                            continue
                        revision = await writing.advance(conversation_id)
                        erased = message.erased(revision, self._clock.now())
                        change = MessageDeleted(conversation_id=conversation_id, revision=revision, message=erased)
                        await writing.update_message(erased)
                        await writing.record(change)
                        changes.append(change)
                for change in changes:
                    self._publisher.publish(change)
            done += len(page)
            progress("messages", done)
            if len(page) < BATCH:
                return
            last = page[-1].id

    async def _conversations(self, user_id: str) -> AsyncIterator[str]:
        """Give the user's conversations."""
        found = pages(self._store, lambda tx, after: tx.conversation_ids(after, PAGE, user_id=user_id), str)
        async for page in found:
            for conversation_id in page:
                yield conversation_id
