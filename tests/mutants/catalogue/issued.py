"""What is believed of tokens that an issuer has signed."""

from datetime import datetime

import jwt
from mutants.mutant import mutant
from servers.conditions import ISSUED, ROTATED

from palaver_runtime.adapters.tokens import JwtTokens, KeyRing, signature
from palaver_runtime.domain.values import Caller


@mutant("auth.token.altered", "a token that names somebody else to be refused", conditions=ISSUED)
def takes_any_signature_of_an_issuer() -> None:
    """Whether the signature of a token is right does not matter, as long as its key is known."""
    signature._OPTIONS = {**signature._OPTIONS, "verify_signature": False}


@mutant("auth.token.altered", "a token that has no signature to be refused", conditions=ISSUED)
def lets_tokens_choose_to_have_no_signature() -> None:
    """How a token is signed is what it says, not what its issuer's key is for."""
    read = JwtTokens.read

    async def trusting(self: JwtTokens, token: str, now: datetime) -> Caller:
        if jwt.get_unverified_header(token).get("alg") == "none":
            return self._claims.caller(None, jwt.decode(token, options={"verify_signature": False}), now)
        return await read(self, token, now)

    JwtTokens.read = trusting


@mutant("auth.token.altered", "a token that brings the key that has signed it to be refused", conditions=ISSUED)
def takes_the_keys_that_tokens_bring() -> None:
    """A token has its key with it."""
    read = JwtTokens.read

    async def trusting(self: JwtTokens, token: str, now: datetime) -> Caller:
        brought = jwt.get_unverified_header(token).get("jwk")
        if brought is None:
            return await read(self, token, now)
        opened = signature.open_token(token, jwt.PyJWK(brought).key, "HS256")
        return self._claims.caller(opened.header_type, opened.claims, now)

    JwtTokens.read = trusting


@mutant("auth.connect.valid", "signed with a key that its issuer does not have", conditions=ROTATED)
def never_looks_for_a_new_key() -> None:
    """The keys are those that there were at the start, until it is time to fetch them again."""
    KeyRing._may_ask = lambda self: False
