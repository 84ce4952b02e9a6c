"""Whose tokens are good here: those of the shared secret, and those of an issuer that publishes its keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from palaver_runtime.adapters.tokens import Claims, JwtTokens, KeyFile, KeyRing, KeySource, SecretTokens, Terms
from palaver_runtime.secret import signing_secret
from palaver_runtime.settings import Settings, is_loopback


@asynccontextmanager
async def trusted_tokens(settings: Settings) -> AsyncIterator[JwtTokens]:
    """Give what reads and issues tokens, with the keys of the issuer fetched, if they can be had."""
    claims = Claims(issuer=settings.jwt_issuer, audience=settings.jwt_audience)
    lifetime = timedelta(seconds=settings.access_token_seconds)
    secret = SecretTokens(signing_secret(settings), lifetime=lifetime, claims=claims)
    source = _source(settings)
    if source is None:
        yield JwtTokens(secret)
        return
    terms = Terms(
        refresh=settings.jwks_refresh_seconds,
        cooldown=settings.jwks_cooldown_seconds,
        keep=settings.jwks_keep_seconds,
    )
    ring = KeyRing(source, terms)
    try:
        await ring.start()
        yield JwtTokens(secret, ring, claims)
    finally:
        await ring.close()


def _source(settings: Settings) -> KeySource | None:
    if settings.jwks_url is not None:
        from palaver_runtime.adapters.tokens.key_url import KeyUrl  # brings a client of HTTP, which others do not need

        return KeyUrl(settings.jwks_url, direct=is_loopback(settings.jwks_url))
    return None if settings.jwks_file is None else KeyFile(settings.jwks_file)
