"""The whole core on a store, with a recording publisher and a clock that the test moves."""

from doubles.clock import ManualClock
from doubles.passwords import PlainPasswords
from doubles.recorder import Recorder

from palaver_runtime.adapters.limits import MemoryLimiter
from palaver_runtime.adapters.memory import MemoryPresence
from palaver_runtime.adapters.tokens import JwtTokens, SecretTokens
from palaver_runtime.domain.commands import CreateConversation, SendMessage
from palaver_runtime.domain.limits import Rate
from palaver_runtime.domain.values import Caller, ConversationType, Message, Profile, User
from palaver_runtime.ports import Store
from palaver_runtime.services.accounts import AccountService
from palaver_runtime.services.announcements import AnnouncementService
from palaver_runtime.services.conversations import ConversationService
from palaver_runtime.services.directs import DirectService
from palaver_runtime.services.limits import Limits, Rates
from palaver_runtime.services.messages import MessageService
from palaver_runtime.services.presence import PresenceService
from palaver_runtime.services.receipts import ReceiptService
from palaver_runtime.services.sign_ins import SignInRates
from palaver_runtime.services.typing import TypingService

SECRET = "a secret that is long enough for HS256"
_MANY = Rate(10_000, 1)
PLENTY = Rates(messages=_MANY, requests=_MANY, sign_ins=SignInRates(pair=_MANY, name=_MANY, address=_MANY))


def caller(user_id: str) -> Caller:
    """Give a caller without a session."""
    return Caller(user_id=user_id)


def called(user_id: str) -> Profile:
    """Give the profile of a user whom `Chat.people` added."""
    return Profile(name=f"{user_id}.", display_name=user_id.title())


class Chat:
    """Every service, over one store."""

    def __init__(
        self,
        store: Store,
        rates: Rates = PLENTY,
        grace: float = 0.01,
        typing_timeout: float = 60,
        keep: int | None = None,
    ) -> None:
        self.store = store
        self.clock = ManualClock()
        self.recorder = Recorder()
        self.passwords = PlainPasswords()
        self.tokens = JwtTokens(SecretTokens(SECRET))
        self.seconds = 0.0
        limits = Limits(MemoryLimiter(lambda: round(self.seconds * 1_000_000_000)), rates)
        self.typing = TypingService(store, self.recorder, self.clock, typing_timeout)
        self.accounts = AccountService(store, self.recorder, self.clock, limits, self.passwords, self.tokens)
        self.conversations = ConversationService(store, self.recorder, self.clock, self.typing)
        self.messages = MessageService(store, self.recorder, self.clock, limits, self.typing, keep=keep)
        self.directs = DirectService(store, limits, self.conversations, self.messages)
        self.announcements = AnnouncementService(store, self.recorder, self.clock)
        self.receipts = ReceiptService(store, self.recorder, self.clock)
        self.memory = MemoryPresence()
        self.presence = PresenceService(store, self.memory, self.recorder, self.clock, max_connections=2, grace=grace)

    async def close(self) -> None:
        """End what the services have pending."""
        await self.messages.close()
        await self.typing.close()
        await self.presence.close()

    async def people(self, *user_ids: str) -> None:
        """Add users, each with a name and one to show."""
        async with self.store.writing() as tx:
            for user_id in user_ids:
                profile = called(user_id)
                user = User(
                    id=user_id, name=profile.name, display_name=profile.display_name, created_at=self.clock.now()
                )
                assert await tx.add_user(user)

    async def group(self, owner: str, *others: str) -> str:
        """Create a group and forget that it was told; give its identifier."""
        return await self._create(ConversationType.GROUP, owner, others)

    async def direct(self, owner: str, other: str) -> str:
        """Create a direct conversation and forget that it was told; give its identifier."""
        return await self._create(ConversationType.DIRECT, owner, (other,))

    async def say(
        self,
        user_id: str,
        conversation_id: str,
        content: str = "hello",
        *,
        client_id: str | None = None,
        reply_to: str | None = None,
    ) -> Message:
        """Send a message, a second after what was before."""
        self.clock.advance(seconds=1)
        command = SendMessage(conversation_id=conversation_id, content=content, client_id=client_id, reply_to=reply_to)
        return await self.messages.send(caller(user_id), command)

    async def _create(self, kind: ConversationType, owner: str, others: tuple[str, ...]) -> str:
        self.clock.advance(seconds=1)
        conversation, _ = await self.conversations.create(caller(owner), CreateConversation(type=kind, user_ids=others))
        self.recorder.take()
        return conversation.id
