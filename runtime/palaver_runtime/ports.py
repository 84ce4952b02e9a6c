"""What the services need from the world; the adapters provide it.

A service does its work in one transaction: it locks the conversation, checks, changes, and leaves the transaction;
only then does it publish what happened.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from palaver_runtime.domain.events import Change, Event
from palaver_runtime.domain.limits import Rate, Use
from palaver_runtime.domain.value import value
from palaver_runtime.domain.values import (
    Account,
    Caller,
    Conversation,
    ConversationSummary,
    Message,
    Participant,
    Position,
    Profile,
    ReadMark,
    Role,
    Session,
    User,
)

T = TypeVar("T")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Give the present moment: aware, UTC, whole milliseconds."""


class Publisher(Protocol):
    """Tells the connected what happened."""

    def publish(self, event: Event) -> None:
        """Hand an event over for delivery, after the commit that made it. Never blocks and never fails."""

    @property
    def heard(self) -> bool:
        """Whether there may be anybody who hears of anything."""


class Bus(Protocol):
    """Carries events between instances, and from an instance to itself.

    Topics name who may be interested. Every subscribed event reaches the receiver at most once by this way;
    what is lost is found again by its revision.
    """

    def publish(self, topics: Sequence[str], event: Event) -> None:
        """Send an event to whoever subscribes to any of the topics, this instance first. Never blocks."""

    def subscribe(self, topic: str) -> None:
        """Receive the topic's events from now on. A repeated call changes nothing."""

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving the topic's events."""

    @property
    def unheard(self) -> int | None:
        """How many changes have been published that nothing here subscribes to; None where others publish, too."""

    @property
    def heard(self) -> bool:
        """Whether anything is subscribed to, here or, as far as is known here, on other instances."""

    async def settled(self) -> None:
        """Wait until the subscriptions made so far are in force everywhere, as far as other instances are reached."""


class Presence(Protocol):
    """Who is connected, and who is known to be online, over all instances.

    The two differ for moments: a connection is not announced before it is ready, and a user whose last connection
    has ended is not withdrawn before a while has passed.
    """

    async def arrive(self, user_id: str, connection_id: str) -> int:
        """Note a connection; give how many the user now has."""

    async def announce(self, user_id: str) -> bool:
        """Note that a user is online; True when that is news."""

    async def depart(self, connections: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Forget connections, each given after its user, and not those unknown; give the users of whom none is left."""

    async def withdraw(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Note that users are offline, but for those with a connection; give those of whom that is news."""

    async def online(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Give those of the users who are online."""


class Limiter(Protocol):
    """Counts what is done, over all instances."""

    async def spend(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Count a use of `key`; give 0.0 when it is within the rate, else the seconds until it would be.

        It counts as `cost` uses, or as many as the rate has.

        A use that is refused is not counted.
        """

    async def spend_all(self, uses: Sequence[Use]) -> list[float]:
        """Count several uses, each only if those before it are within their rates; give what `spend` does for each.

        After the first that is not, there is nothing more in the list.
        """

    async def settled(self) -> None:
        """Wait until what is being counted now is, some milliseconds at most; return at once where nothing is."""


class LocalLimiter(Limiter, Protocol):
    """Counts what is done here, for which nobody has to be asked."""

    def count(self, key: str, rate: Rate, cost: int = 1) -> float:
        """Do what `spend` does, at once."""

    def give_back(self, key: str) -> None:
        """Forget the latest use of a key, which was not made after all."""


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose."""

    async def hash(self, password: str) -> str:
        """Give what to store."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; None stands for an unknown user and takes as long as a known one."""


class Tokens(Protocol):
    """Issues and reads access tokens."""

    def issue(self, user_id: str, session_id: str, now: datetime) -> tuple[str, int]:
        """Make an access token; give it and its lifetime in seconds."""

    async def read(self, token: str, now: datetime) -> Caller:
        """Give whom a token stands for; raise Unauthorized for one that is not good.

        Raises Unavailable while it cannot be told.
        """


@value()
class Redeemed:
    """A refresh token that was known: its session, and whether it had been used before."""

    session_id: str
    reused: bool


@value()
class ListingPlace:
    """A place in the listing of conversations: activity, then identifier, both descending."""

    active_at: datetime
    conversation_id: str


class ClientKey(NamedTuple):
    """Under what a message can be sent again and remain one."""

    conversation_id: str
    sender_id: str
    client_id: str


class Asked(NamedTuple):
    """What a message that somebody wants to send has to do with."""

    conversation_id: str
    sender_id: str
    client_id: str | None
    reply_to: str | None


@value()
class Ground:
    """What messages are judged by; who and what is not there is left out.

    Where the conversations stand, who is there by (conversation, user), what was sent before, and what is replied to.
    """

    positions: Mapping[str, Position]
    participants: Mapping[tuple[str, str], Participant]
    repeated: Mapping[ClientKey, Message]
    messages: Mapping[str, Message]


@value()
class Advance:
    """Where a conversation stands after new messages, the latest of which is of a moment."""

    conversation_id: str
    position: Position
    active_at: datetime


@value()
class Standing:
    """A membership: since which revision the user is in the conversation, and where the conversation stands now."""

    user_id: str
    conversation_id: str
    joined_revision: int
    revision: int


@value()
class Place:
    """The place of a message: the conversation, its sequence there, and the revision that it came with."""

    conversation_id: str
    sequence: int
    created_revision: int


@value()
class Bearings:
    """Where a conversation stands for one of its participants, and the place of the last message that they know."""

    position: Position
    last: Place | None


@value(kw_only=True)
class Known:
    """What is known of somebody: the user, the session that was asked for, the conversations with their revisions."""

    user: User | None
    session: Session | None
    memberships: Mapping[str, int]


class Reader(Protocol):
    """What can be read within a transaction, all of it from one moment."""

    async def now(self) -> datetime:
        """Give the present moment by the clock of the database: aware, UTC, whole milliseconds."""

    async def user(self, user_id: str) -> User | None:
        """Give a user."""

    async def caller(self, user_id: str, session_id: str) -> tuple[User | None, Session | None]:
        """Give a user and, if it is theirs, a session, an ended one included."""

    async def known(self, user_id: str, session_id: str | None = None) -> Known:
        """Give a user with their conversations and, if it is theirs, a session, an ended one included."""

    async def account(self, name: str) -> Account | None:
        """Give the account of a name, without regard to case."""

    async def profiles(self, user_ids: Sequence[str]) -> dict[str, Profile]:
        """Give how some users, who may be many, are called; those who are nobody, or were deleted, are left out."""

    async def share_conversation(self, user_id: str, other_id: str) -> bool:
        """Tell whether two users are in a conversation together."""

    async def session(self, session_id: str) -> Session | None:
        """Give a session, ended ones included."""

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Give a conversation with its participants."""

    async def direct_conversation(self, user_id: str, other_id: str) -> Conversation | None:
        """Give the direct conversation of two users."""

    async def participant(self, conversation_id: str, user_id: str) -> Participant | None:
        """Give a user's place in a conversation."""

    async def memberships(self, user_id: str) -> dict[str, int]:
        """Give the user's conversations, each with its present revision."""

    async def standings(self, user_ids: Sequence[str]) -> tuple[Standing, ...]:
        """Give all memberships of some users, who may be many."""

    async def revisions(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """Give the present revisions of some conversations, which may be many; unknown ones are left out."""

    async def moved(self, known: Mapping[str, int]) -> dict[str, int]:
        """Give the present revisions of conversations, which may be many, where they are not those that are known."""

    async def miscounted(self, numbers: Mapping[str, int]) -> frozenset[str]:
        """Give those of some users, who may be many, who are not in so many conversations."""

    async def ended_sessions(self, session_ids: Sequence[str]) -> frozenset[str]:
        """Give those of some sessions, which may be many, that have ended."""

    async def deleted_users(self, user_ids: Sequence[str]) -> frozenset[str]:
        """Give those of some users, who may be many, who were deleted."""

    async def position(self, conversation_id: str) -> Position | None:
        """Give the counters of a conversation."""

    async def bearings(self, conversation_id: str, user_id: str, message_id: str | None) -> Bearings | None:
        """Give the bearings of a participant who knows a message, of whatever conversation; None for anybody else."""

    async def summaries(self, user_id: str, after: ListingPlace | None, limit: int) -> tuple[ConversationSummary, ...]:
        """Give the user's conversations, latest activity first, those after a place."""

    async def unread(self, conversation_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """Give for each of the conversations how much each of its participants has not read."""

    async def rooms(self, user_id: str, limit: int) -> tuple[Conversation, ...]:
        """Give the user's conversations and the public ones, latest activity first."""

    async def summary(self, conversation_id: str, user_id: str) -> ConversationSummary | None:
        """Give one conversation as the user finds it; None for one that the user is not in."""

    async def message(self, message_id: str) -> Message | None:
        """Give a message, deleted ones included."""

    async def history(
        self, conversation_id: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> tuple[Message, ...]:
        """Give up to `limit` messages by ascending sequence.

        With `after`, the first ones of a greater sequence; else the last ones, of a smaller sequence than `before`
        if given.
        """

    async def changed(
        self, conversation_id: str, *, since: int, until_sequence: int, limit: int
    ) -> tuple[Message, ...]:
        """Give messages up to a sequence whose revision is greater than `since`, by ascending revision."""

    async def read_mark(self, conversation_id: str, user_id: str) -> ReadMark:
        """Give how far a participant has read, and how much is unread."""

    async def changes(self, conversation_id: str, after: int, until: int) -> tuple[Change, ...]:
        """Give the changes of the revisions in (after, until], ascending, one for each revision that is committed."""


class Sending(Protocol):
    """What it takes to send messages: in a few statements, however many they are."""

    async def ground(self, asked: Sequence[Asked]) -> Ground:
        """Give what several messages have to do with: nobody changes it before they are added."""

    async def add_messages(self, advances: Collection[Advance], new: Sequence[Message]) -> None:
        """Add messages, by their numbers, to conversations that `ground` gave, and set the counters of these."""


class Writer(Reader, Sending, Protocol):
    """What can be changed within a transaction."""

    async def add_user(self, user: User, password_hash: str | None = None) -> bool:
        """Add a user; False, and nothing done, when the identifier or the name is taken."""

    async def add_session(self, session: Session, refresh_hash: str) -> None:
        """Add a session and its first refresh token."""

    async def add_refresh_token(self, session_id: str, refresh_hash: str) -> None:
        """Add a session's next refresh token."""

    async def redeem(self, refresh_hash: str, at: datetime) -> Redeemed | None:
        """Use up a refresh token; None for one that never was."""

    async def end_session(self, session_id: str, at: datetime) -> bool:
        """End a session; False when it had ended already."""

    async def lock(self, conversation_id: str) -> bool:
        """Keep others from changing a conversation until the transaction ends; False when there is none."""

    async def advance(self, conversation_id: str) -> int:
        """Take the next revision, for a change that is not a new message."""

    async def add_conversation(self, conversation: Conversation) -> bool:
        """Add a conversation and its participants; False when it is there, or the two of a direct one have one already.

        One that is being added at the same time is waited for.
        """

    async def update_conversation(
        self, conversation_id: str, name: str | None, metadata: Mapping[str, object], at: datetime
    ) -> None:
        """Set name and metadata."""

    async def add_participant(
        self, conversation_id: str, participant: Participant, *, read_sequence: int, joined_revision: int
    ) -> bool:
        """Add a participant who joins with a revision, having read up to a sequence; False for one who is there."""

    async def remove_participant(self, conversation_id: str, user_id: str) -> bool:
        """Remove a participant; False for somebody who is not there."""

    async def set_role(self, conversation_id: str, user_id: str, role: Role) -> None:
        """Change what a participant may do."""

    async def update_message(self, message: Message) -> None:
        """Replace content, attachments, metadata, revision and the marks of editing and deletion."""

    async def record(self, change: Change) -> None:
        """Write a change to the conversation's log. A MessageCreated needs none: the message is its own record."""

    async def advance_read_mark(
        self, conversation_id: str, user_id: str, message_id: str, sequence: int, at: datetime
    ) -> bool:
        """Move a read mark forward; False, and nothing done, when it is there or beyond."""

    async def lock_all(self, conversation_ids: Collection[str]) -> dict[str, Position]:
        """Lock several conversations, as `lock` does, and give where they stand; unknown ones are left out.

        Those who lock several never wait for each other in a circle.
        """

    async def forget_messages(self, until: Mapping[str, int]) -> int:
        """Remove the messages of some conversations, each up to a sequence, as if they had never been there.

        Gives how many there were. Their revisions are still told, as Superseded.
        """


class Store(Protocol):
    """The durable memory of the server."""

    @property
    def senders(self) -> int:
        """How many may be in `send` at the same time to any avail."""

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Open a transaction that changes nothing."""

    def writing(self) -> AbstractAsyncContextManager[Writer]:
        """Open a transaction that is committed at the end of the block, and rolled back when it raises."""

    async def read(self, work: Callable[[Reader], Coroutine[Any, Any, T]]) -> T:
        """Do some work as in the block of `reading`, where it waits for nothing but the transaction; it costs less."""

    async def ask(self, work: Callable[[Reader], Coroutine[Any, Any, T]]) -> T:
        """Do some work as by `read`: it costs least where all that is asked are users, places, or what is known.

        Those are the questions of every request: `user`, `caller`, `known`, `participant`, `memberships`; of those who
        come back, `bearings`, `history`, `changed`; and about those who go, `profiles`, `standings`.
        """

    async def known(self, user_id: str, session_id: str | None = None) -> Known:
        """Give what `Reader.known` gives, all that a connection asks when it comes; it costs less than to `ask`."""

    async def version(self) -> int | None:
        """Give a number that is another one once anything was committed, by whomever; None where none is known."""

    async def write(self, work: Callable[[Writer], Coroutine[Any, Any, T]]) -> T:
        """Do some work as in the block of `writing`, where it waits for nothing but the transaction; it costs less."""

    async def send(self, work: Callable[[Sending], Coroutine[Any, Any, T]]) -> T:
        """Do some work as by `write`, which only sends messages; it costs least.

        It may be done from the beginning again where others change at the same time what it goes by: of what was done
        before nothing is kept.
        """
