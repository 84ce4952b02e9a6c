"""Guessed passwords, and secrets that are written down."""

import logging
from datetime import datetime

from mutants.mutant import mutant
from starlette.types import ASGIApp

from palaver_runtime.adapters.tokens import SecretTokens
from palaver_runtime.domain.errors import RateLimited, Unauthorized
from palaver_runtime.domain.values import Caller
from palaver_runtime.services.accounts import AccountService, SignedIn
from palaver_runtime.services.sign_ins import SignIns
from palaver_runtime.transports import threshold
from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.request import Request


@mutant("limits.sign-ins.rate", "a limit within 60 guesses for somebody")
def lets_everybody_guess() -> None:
    """Passwords may be guessed as fast as one can ask."""

    async def generous(self: SignIns, name: str) -> None:
        """Count nothing."""

    SignIns.attempt = generous


@mutant("limits.sign-ins.rate", "a limit within 60 guesses for nobody")
def limits_guesses_for_users_only() -> None:
    """Guesses count once it is known that there is such a user."""
    login, attempt = AccountService.login, SignIns.attempt

    async def nothing(self: SignIns, name: str) -> None:
        """Count nothing."""

    async def revealing(self: AccountService, name: str, password: str) -> SignedIn:
        async with self._store.reading() as tx:
            known = await tx.account(name) is not None
        if known:
            await attempt(self._limits.sign_ins, name)
        return await login(self, name, password)

    SignIns.attempt = nothing
    AccountService.login = revealing


@mutant("limits.sign-ins.rate", "what is said of somebody who does not exist")
def locks_users_by_name() -> None:
    """Who has been guessed at too often is told so, by name."""
    login = AccountService.login

    async def frank(self: AccountService, name: str, password: str) -> SignedIn:
        try:
            return await login(self, name, password)
        except RateLimited as refusal:
            async with self._store.reading() as tx:
                if await tx.account(name) is not None:
                    raise RateLimited("This account is locked", refusal.retry_after) from None
            raise

    AccountService.login = frank


@mutant("limits.sign-ins.rate", "the reasons before the limit, for nobody")
def limits_everybodys_guesses_together() -> None:
    """Whoever signs in uses up the attempts of everybody."""
    attempt = SignIns.attempt

    async def together(self: SignIns, name: str) -> None:
        await attempt(self, "everybody")

    SignIns.attempt = together


@mutant("auth.token.unlogged", "a token that is refused is in it")
def logs_refused_tokens() -> None:
    """What is refused is written down, to find out why."""
    read = SecretTokens.read

    def noting(self: SecretTokens, token: str, now: datetime) -> Caller:
        try:
            return read(self, token, now)
        except Unauthorized:
            logging.getLogger("tokens").warning("refused: %s", token)
            raise

    SecretTokens.read = noting


@mutant("auth.token.unlogged", "a token is in it")
def logs_the_address_of_websockets() -> None:
    """The listener logs each websocket that is asked for, with the query."""
    begin = threshold.converse

    def chatty(channel: Channel, request: Request, app: ASGIApp) -> None:
        logging.getLogger("websockets").warning("%s asks for %s", request.client, request.target.decode())
        begin(channel, request, app)

    threshold.converse = chatty


@mutant("auth.token.unlogged", "a password is in it")
def logs_passwords() -> None:
    """Sign-ins are written down, with all that was given."""
    login = AccountService.login

    async def noting(self: AccountService, name: str, password: str) -> SignedIn:
        logging.getLogger("accounts").info("login(%r, %r)", name, password)
        return await login(self, name, password)

    AccountService.login = noting
