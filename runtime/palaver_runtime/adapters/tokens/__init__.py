"""Access tokens: JSON Web Tokens (RFC 7519) that this server signs, or an issuer whose published keys it knows."""

from palaver_runtime.adapters.tokens.claims import Claims
from palaver_runtime.adapters.tokens.reading import JwtTokens
from palaver_runtime.adapters.tokens.ring import KeyRing, Terms
from palaver_runtime.adapters.tokens.secret import SecretTokens
from palaver_runtime.adapters.tokens.sources import KeyFile, KeySource, KeysUnavailable

__all__ = [
    "Claims",
    "JwtTokens",
    "KeyFile",
    "KeyRing",
    "KeySource",
    "KeysUnavailable",
    "SecretTokens",
    "Terms",
]
