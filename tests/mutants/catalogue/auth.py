"""Who may connect, and how sessions end."""

from dataclasses import replace
from datetime import datetime

import jwt
from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime.adapters.sql.accounts import AccountWriter
from palaver_runtime.adapters.tokens import SecretTokens, claims, signature
from palaver_runtime.delivery.audience import Member
from palaver_runtime.dialects._sockets import Sockets
from palaver_runtime.dialects._voice import Line, bearer
from palaver_runtime.dialects.gateway.voice import GatewayVoice
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller, User
from palaver_runtime.ports import Redeemed
from palaver_runtime.services.accounts import AccountService, SignedIn
from palaver_runtime.transports.sockets import Handshake


@mutant("auth.connect.missing", "newcomer/1 to receive session.error")
def accepts_a_missing_token() -> None:
    """Whoever brings no token is taken for a guest."""
    identify = AccountService.identify

    async def lenient(self: AccountService, token: str | None) -> Caller:
        return await identify(self, token) if token else Caller(user_id="guest")

    AccountService.identify = lenient


@mutant("auth.connect.malformed", "to receive session.error")
def ignores_signatures() -> None:
    """Who signed a token does not matter."""
    signature._OPTIONS = {**signature._OPTIONS, "verify_signature": False}


@mutant("auth.token.forged", "a token that is unsigned (none)", dialect="social")
def takes_unsigned_tokens() -> None:
    """A token that says that it needs no signature gets away with that."""
    read = SecretTokens.read

    def trusting(self: SecretTokens, token: str, now: datetime) -> Caller:
        try:
            if jwt.get_unverified_header(token).get("alg") == "none":
                claimed = jwt.decode(token, options={"verify_signature": False})
                token = jwt.encode(claimed, self._secret, "HS256")
        except jwt.PyJWTError:
            pass
        return read(self, token, now)

    SecretTokens.read = trusting


@mutant("auth.token.forged", "a token that has expired", dialect="social")
def takes_expired_tokens() -> None:
    """A token is good for ever."""
    claims.Claimed.at = lambda self, now: replace(self.caller, expires_at=None)


@mutant("auth.token.forged", "a token that is not good yet", dialect="social")
def takes_tokens_before_their_time() -> None:
    """A token is good from the moment on that it is made, whatever it says."""
    begin = claims.Claimed.__init__

    def early(self: claims.Claimed, caller: Caller, begins_at: datetime | None) -> None:
        begin(self, caller, None)

    claims.Claimed.__init__ = early


@mutant("auth.token.altered", "a token that names a key that nobody has to be refused")
def reads_tokens_of_its_own_without_their_signature() -> None:
    """A token that this server has issued once is changed as one likes."""
    ignores_signatures.sabotage()


@mutant("auth.request.missing", "a refusal with UNAUTHORIZED", dialect="social")
def answers_requests_without_a_token() -> None:
    """Whoever asks without a token is taken for a guest."""
    authenticate = AccountService.authenticate

    async def lenient(self: AccountService, token: str | None) -> Caller:
        return await authenticate(self, token) if token else Caller(user_id="guest")

    AccountService.authenticate = lenient


@mutant("auth.refresh.rotates", "a new refresh token")
def gives_the_same_refresh_token_again() -> None:
    """A refresh token stays the one of its session."""
    refresh = AccountService.refresh

    async def same(self: AccountService, refresh_token: str) -> SignedIn:
        return replace(await refresh(self, refresh_token), refresh_token=refresh_token)

    AccountService.refresh = same


@mutant("auth.token.expires", "to receive session.error", tier=Tier.SUBTLE, dialect="social")
def keeps_expired_sockets() -> None:
    """How long a token is good is looked at when somebody connects, and never again."""

    async def keep(self: Sockets[Line], connection_id: str) -> None:
        """Do nothing."""

    Sockets._expire = keep


@mutant("auth.connect.priority", "the user to be")
def looks_into_the_header_first() -> None:
    """The header goes before all other places of a token."""
    token = GatewayVoice.token

    def header_first(self: GatewayVoice, handshake: Handshake) -> str | None:
        return bearer(handshake.headers) or token(self, handshake)

    GatewayVoice.token = header_first


@mutant("auth.refused.secret", "parts of the token in the error")
def repeats_refused_tokens() -> None:
    """A refusal says which token it was that is not good."""
    read = SecretTokens.read

    def frank(self: SecretTokens, token: str, now: datetime) -> Caller:
        try:
            return read(self, token, now)
        except Unauthorized as refusal:
            raise Unauthorized(f"{refusal.message}: {token}") from None

    SecretTokens.read = frank


@mutant("auth.register.duplicate", "a refusal with CONFLICT")
def tells_names_apart_by_case() -> None:
    """Alice and ALICE are two people."""
    add_user = AccountWriter.add_user

    class AsItIs(str):
        __slots__ = ()

        def lower(self) -> str:
            return str(self)

    async def exact(self: AccountWriter, user: User, password_hash: str | None = None) -> bool:
        name = None if user.name is None else AsItIs(user.name)
        return await add_user(self, replace(user, name=name), password_hash)

    AccountWriter.add_user = exact


@mutant("auth.login.same-answer", "the answer to be")
def tells_unknown_users_apart() -> None:
    """Signing in tells whether there is a user of that name."""
    login = AccountService.login

    async def frank(self: AccountService, name: str, password: str) -> SignedIn:
        async with self._store.reading() as tx:
            if await tx.account(name) is None:
                raise Unauthorized("There is no user of this name")
        return await login(self, name, password)

    AccountService.login = frank


@mutant("auth.refresh.reuse", "a refusal with UNAUTHORIZED")
def forgives_reused_refresh_tokens() -> None:
    """A refresh token works as often as it is used."""
    redeem = AccountWriter.redeem

    async def forgive(self: AccountWriter, refresh_hash: str, at: datetime) -> Redeemed | None:
        redeemed = await redeem(self, refresh_hash, at)
        return redeemed and replace(redeemed, reused=False)

    AccountWriter.redeem = forgive


@mutant("auth.refresh.reuse", "a refusal with UNAUTHORIZED", tier=Tier.SUBTLE)
def leaves_a_stolen_session_open() -> None:
    """A refresh token that comes a second time is refused, and whoever was first keeps the session."""

    async def leave(self: AccountWriter, session_id: str, at: datetime) -> bool:
        return False

    AccountWriter.end_session = leave


@mutant("auth.logout.closes", "to be closed within")
def keeps_sockets_after_logout() -> None:
    """Logging out ends the session and leaves its connections open."""

    def keep(self: Sockets[Line], member: Member, reason: str) -> None:
        """Do nothing."""

    Sockets.dismiss = keep
