"""What tokens claim."""

from datetime import UTC, datetime, timedelta

import pytest

from palaver_runtime.adapters.tokens.claims import Claims, session_id
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller

NOW = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
GOOD = {"sub": "ann", "exp": int(NOW.timestamp()) + 60}


def test_claims_are_those_of_a_caller() -> None:
    """Good claims give whom they name until when, and no session, which not everybody's `sid` is."""
    caller = Claims().caller("JWT", {**GOOD, "sid": "s1"}, NOW)
    assert caller == Caller(user_id="ann", session_id=None, expires_at=NOW + timedelta(seconds=60))


def test_other_purposes_can_be_taken() -> None:
    """What else an issuer calls its access tokens is taken where it is named, and nothing else is."""
    claims = Claims(purposes=frozenset({"access", "Bearer"}))
    for purpose in ("access", "Bearer"):
        assert claims.caller(None, {**GOOD, "typ": purpose}, NOW).user_id == "ann"
    for purpose in ("bearer", "ID", "Refresh", ["Bearer"], {"Bearer": 1}, None):
        with pytest.raises(Unauthorized, match="not an access token"):
            claims.caller(None, {**GOOD, "typ": purpose}, NOW)
    with pytest.raises(Unauthorized, match="not an access token"):
        Claims().caller(None, {**GOOD, "typ": "Bearer"}, NOW)


def test_session_is_what_can_be_one() -> None:
    """A session is named by a text, or not at all."""
    assert session_id({"sid": "s1"}) == "s1"
    assert session_id({}) is None
    with pytest.raises(Unauthorized, match="not a session"):
        session_id({"sid": 7})
