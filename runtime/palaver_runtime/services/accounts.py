"""Who people are, and how they prove it."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from palaver_runtime.domain.errors import Conflict, NotFound, Unauthorized
from palaver_runtime.domain.events import SessionEnded
from palaver_runtime.domain.identifiers import new_id
from palaver_runtime.domain.values import Caller, Session, User
from palaver_runtime.metrics import Metrics
from palaver_runtime.ports import Clock, Passwords, Publisher, Reader, Store, Tokens
from palaver_runtime.services.limits import Limits

REFRESH_TOKEN_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a caller gets for signing in; `expires_in` is the access token's lifetime in seconds."""

    user: User
    access_token: str
    refresh_token: str
    expires_in: int


class _Attempt:
    """The block in which somebody proves who they are; what comes of it is counted."""

    __slots__ = ("_kind", "_metrics")

    def __init__(self, metrics: Metrics, kind: str) -> None:
        self._metrics = metrics
        self._kind = kind

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._metrics.signed_in(self._kind)
        elif isinstance(error, Exception):
            self._metrics.signed_in(self._kind, error)


class AccountService:
    """Accounts, sessions and the tokens that stand for them.

    A session is a family of tokens: each refresh token is good once and replaced by the next. One that comes back
    a second time is in two hands, so the whole session ends.
    """

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        clock: Clock,
        limits: Limits,
        passwords: Passwords,
        tokens: Tokens,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._limits = limits
        self._passwords = passwords
        self._tokens = tokens
        self.metrics = metrics or Metrics()

    async def register(self, name: str, password: str, display_name: str | None) -> SignedIn:
        """Create an account and sign in; raise Conflict when the name is taken."""
        with _Attempt(self.metrics, "register"):
            await self._limits.sign_ins.registration(name)
            password_hash = await self._passwords.hash(password)
            user = User(id=new_id(), name=name, display_name=display_name, created_at=self._clock.now())
            if not await self._store.write(lambda tx: tx.add_user(user, password_hash)):
                raise Conflict("This user name is taken")
            self._limits.sign_ins.succeeded(name)
            return await self._begin_session(user)

    async def login(self, name: str, password: str) -> SignedIn:
        """Sign in; an unknown name and a wrong password get the same answer in the same time."""
        with _Attempt(self.metrics, "login"):
            await self._limits.sign_ins.attempt(name)
            account = await self._store.read(lambda tx: tx.account(name))
            if not await self._passwords.verify(account.password_hash if account else None, password) or not account:
                raise Unauthorized("User name or password is wrong")
            self._limits.sign_ins.succeeded(name)
            return await self._begin_session(account.user)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Exchange a refresh token for new tokens; raise Unauthorized for one that is not good, or not any more."""
        with _Attempt(self.metrics, "refresh"):
            now = self._clock.now()
            next_token = _new_refresh_token()
            stolen: Session | None = None
            async with self._store.writing() as tx:
                redeemed = await tx.redeem(_digest(refresh_token), now)
                session = await tx.session(redeemed.session_id) if redeemed else None
                user = await tx.user(session.user_id) if session else None
                usable = session is not None and session.ended_at is None and session.expires_at > now
                if redeemed and session and redeemed.reused:
                    usable = False
                    if await tx.end_session(session.id, now):
                        stolen = session
                if usable and session:
                    await tx.add_refresh_token(session.id, _digest(next_token))
            if stolen:
                self._publisher.publish(SessionEnded(user_id=stolen.user_id, session_id=stolen.id))
            if not usable or session is None or user is None:
                raise Unauthorized("The refresh token is not valid")
            return self._signed_in(user, session, next_token)

    async def logout(self, caller: Caller) -> None:
        """End the caller's session: its tokens stop working and its connections are closed."""
        if caller.session_id is None:
            raise Unauthorized("This token belongs to no session here, so there is none to end")
        async with self._store.writing() as tx:
            await tx.end_session(caller.session_id, self._clock.now())
        self._publisher.publish(SessionEnded(user_id=caller.user_id, session_id=caller.session_id))

    async def authenticate(self, token: str | None) -> Caller:
        """Give whom an access token stands for; a user who is first seen here is created."""
        with _Attempt(self.metrics, "token"):
            caller = await self._named(token)
            user, session = await self._store.ask(lambda tx: _known_as(tx, caller))
            return await self._let_in(caller, user, session)

    async def identify(self, token: str | None) -> Caller:
        """Give whom an access token stands for, by what it says alone: `introduce` tells whether that still holds.

        Raises as `authenticate` does; the two together are one attempt.
        """
        try:
            return await self._named(token)
        except Exception as error:
            self.metrics.signed_in("token", error)
            raise

    async def introduce(self, caller: Caller) -> tuple[Caller, Mapping[str, int]]:
        """Do the rest of what `authenticate` does; give the caller's conversations too, with their revisions."""
        with _Attempt(self.metrics, "token"):
            known = await self._store.known(caller.user_id, caller.session_id)
            return await self._let_in(caller, known.user, known.session), known.memberships

    async def _named(self, token: str | None) -> Caller:
        if not token:
            raise Unauthorized("Missing authentication token")
        return await self._tokens.read(token, self._clock.now())

    async def _let_in(self, caller: Caller, user: User | None, session: Session | None) -> Caller:
        """Give a caller with what is known of them, who may be new; raise Unauthorized when the session has ended."""
        if caller.session_id and (session is None or session.ended_at):
            raise Unauthorized("The session has ended")
        if user is not None and user.deleted_at is not None:
            raise Unauthorized("The user was deleted")
        if user is None:
            new = User(id=caller.user_id, created_at=self._clock.now())
            await self._store.write(lambda tx: tx.add_user(new))
            return caller
        profile = user.profile
        return caller if profile is caller.profile else replace(caller, profile=profile)

    async def me(self, caller: Caller) -> User:
        """Give the caller."""
        return await self.user(caller, caller.user_id)

    async def user(self, caller: Caller, user_id: str) -> User:
        """Give a user who is the caller or shares a conversation with the caller; raise NotFound for any other."""
        user = await self._store.read(lambda tx: _seen_by(tx, caller.user_id, user_id))
        if user is None:
            raise NotFound("There is no such user")
        return user

    async def _begin_session(self, user: User) -> SignedIn:
        now = self._clock.now()
        session = Session(
            id=new_id(), user_id=user.id, created_at=now, expires_at=now + timedelta(days=REFRESH_TOKEN_DAYS)
        )
        refresh_token = _new_refresh_token()
        await self._store.write(lambda tx: tx.add_session(session, _digest(refresh_token)))
        return self._signed_in(user, session, refresh_token)

    def _signed_in(self, user: User, session: Session, refresh_token: str) -> SignedIn:
        access_token, expires_in = self._tokens.issue(user.id, session.id, self._clock.now())
        return SignedIn(user=user, access_token=access_token, refresh_token=refresh_token, expires_in=expires_in)


async def _known_as(tx: Reader, caller: Caller) -> tuple[User | None, Session | None]:
    if caller.session_id:
        return await tx.caller(caller.user_id, caller.session_id)
    return await tx.user(caller.user_id), None


async def _seen_by(tx: Reader, viewer_id: str, user_id: str) -> User | None:
    if user_id == viewer_id or await tx.share_conversation(viewer_id, user_id):
        return await tx.user(user_id)
    return None


def _new_refresh_token() -> str:
    return f"rt_{secrets.token_urlsafe(32)}"


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()
