"""Access tokens that are signed with the secret."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver_runtime.adapters.tokens import Claims, SecretTokens
from palaver_runtime.domain.errors import Unauthorized
from palaver_runtime.domain.values import Caller

SECRET = "a secret that is long enough for HS256"
# Long ago: the machine's clock must not matter.
NOW = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
END = int(NOW.timestamp()) + 60


def token(
    claims: dict[str, object] | None = None,
    *,
    secret: str = SECRET,
    algorithm: str = "HS256",
    headers: dict[str, object] | None = None,
    **more: object,
) -> str:
    """Sign a token that would be good, with these claims in place of its own."""
    body = {"sub": "ann", "exp": END, **more} if claims is None else claims
    return jwt.encode(body, secret, algorithm, headers=headers)


def raw(header: str, payload: str) -> str:
    """Sign what PyJWT would not."""
    parts = [base64.urlsafe_b64encode(each.encode()).rstrip(b"=") for each in (header, payload)]
    algorithm = jwt.get_algorithm_by_name("HS256")
    signature = algorithm.sign(b".".join(parts), algorithm.prepare_key(SECRET))
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def refusal(bad: str, tokens: SecretTokens | None = None, now: datetime = NOW) -> str:
    """Read a token that is not good; give why, having checked that nothing of the token is in it."""
    with pytest.raises(Unauthorized) as caught:
        (tokens or SecretTokens(SECRET)).read(bad, now)
    assert caught.value.__cause__ is None
    for part in bad.split("."):
        assert not part or part not in caught.value.message
    return caught.value.message


def test_issued_token_is_read() -> None:
    """What is issued stands for the user and the session, until it ends a quarter of an hour later."""
    tokens = SecretTokens(SECRET, claims=Claims(issuer="us", audience="chat"))
    issued, lifetime = tokens.issue("Ünï 😀", "s1", NOW)
    assert lifetime == 900
    end = NOW + timedelta(seconds=900)
    assert tokens.read(issued, NOW) == Caller(user_id="Ünï 😀", session_id="s1", expires_at=end)
    assert tokens.read(issued, end - timedelta(milliseconds=1)).user_id == "Ünï 😀"
    assert refusal(issued, tokens, end) == "The token has expired"


def test_lifetime_is_a_setting() -> None:
    """Tokens end when they are told to."""
    tokens = SecretTokens(SECRET, lifetime=timedelta(seconds=2))
    issued, lifetime = tokens.issue("ann", "s1", NOW)
    assert lifetime == 2
    assert tokens.read(issued, NOW).expires_at == NOW + timedelta(seconds=2)


@pytest.mark.parametrize(
    ("claims", "user_id"),
    [
        ({"sub": "ann"}, "ann"),
        ({"externalUserId": "bob"}, "bob"),
        ({"sub": "ann", "externalUserId": "bob"}, "bob"),
        ({"sub": 7, "externalUserId": "bob"}, "bob"),
        ({"sub": "a" * 255}, "a" * 255),
        ({"sub": "ann", "typ": "access"}, "ann"),
        ({"sub": "ann", "aud": ["anything"], "iss": "anybody", "jti": 5}, "ann"),
    ],
)
def test_token_of_another_service_is_read(claims: dict[str, object], user_id: str) -> None:
    """A token without a session of ours stands for externalUserId, or else for sub."""
    caller = SecretTokens(SECRET).read(token({"exp": END, **claims}), NOW)
    assert caller == Caller(user_id=user_id, session_id=None, expires_at=NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("claims", "admin"),
    [
        ({}, False),
        ({"role": "admin"}, True),
        ({"roles": ["admin"]}, True),
        ({"roles": ["user", 7, "admin"]}, True),
        ({"role": "user", "roles": ["admin"]}, True),
        ({"role": "Admin"}, False),
        ({"role": ["admin"]}, False),
        ({"roles": "admin"}, False),
        ({"roles": {"admin": True}}, False),
        ({"roles": ["administrator"]}, False),
        ({"role": True, "roles": None}, False),
        ({"admin": True}, False),
    ],
)
def test_administrator_is_who_the_token_says(claims: dict[str, object], admin: bool) -> None:
    """The role alone makes an administrator, or one of the roles; anything that resembles it does not."""
    caller = SecretTokens(SECRET).read(token(**claims), NOW)
    assert (caller.user_id, caller.admin) == ("ann", admin)


@pytest.mark.parametrize("user_id", ["", "a" * 256, "nul\0", "\ud800", 7, None, True, ["ann"], {"id": "ann"}])
@pytest.mark.parametrize("claim", ["sub", "externalUserId"])
def test_token_must_name_a_user(claim: str, user_id: object) -> None:
    """What cannot be a user's identifier is refused, also when the other claim could be."""
    claims = {"exp": END, "sub": "ann", claim: user_id}
    assert refusal(raw('{"alg":"HS256"}', json.dumps(claims))) == "The token names no user"


def test_token_without_a_user_is_refused() -> None:
    """A token with neither claim stands for nobody."""
    assert refusal(token({"exp": END})) == "The token names no user"


@pytest.mark.parametrize("sid", ["", 7, ["s1"], "s\0", True])
def test_session_must_be_one(sid: object) -> None:
    """A session identifier of a wrong type is refused, and not taken for none."""
    assert refusal(token(sid=sid)) == "The token's sid is not a session"


@pytest.mark.parametrize("value", ["tomorrow", "1", True, [END], 1e300, 10**400, -(10**15), {}])
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_times_must_be_times(claim: str, value: object) -> None:
    """A time of a wrong type or out of the calendar is refused."""
    claims = {"sub": "ann", "exp": END, claim: value}
    assert refusal(raw('{"alg":"HS256"}', json.dumps(claims))) == f"The token's {claim} is not a time"


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_no_times(literal: str) -> None:
    """Not a number is no end."""
    assert "time" in refusal(raw('{"alg":"HS256"}', f'{{"sub":"ann","exp":{literal}}}'))


def test_token_must_end() -> None:
    """A token without an end is refused."""
    assert refusal(token({"sub": "ann"})) == "The token has no end"
    assert refusal(token({"sub": "ann", "exp": None})) == "The token has no end"


def test_fraction_of_a_second_counts() -> None:
    """An end with a fraction is exact to the millisecond."""
    assert SecretTokens(SECRET).read(token(exp=END + 0.25), NOW).expires_at == NOW + timedelta(seconds=60.25)


@pytest.mark.parametrize(("claim", "leeway"), [("nbf", 5), ("iat", 600)])
def test_token_is_not_good_before_its_time(claim: str, leeway: int) -> None:
    """A token of the future is refused, but for what clocks may differ: a little, or much where it is no promise."""
    begins, end = int(NOW.timestamp()), END + 900
    assert SecretTokens(SECRET).read(token({"sub": "ann", "exp": end, claim: begins + leeway}), NOW).user_id == "ann"
    assert refusal(token({"sub": "ann", "exp": end, claim: begins + leeway + 1})) == "The token is not valid yet"


def test_token_crosses_to_an_instance_whose_clock_is_behind() -> None:
    """What one instance issues is good on another whose clock is five minutes behind, or as much ahead."""
    tokens = SecretTokens(SECRET)
    issued, _ = tokens.issue("ann", "s1", NOW)
    for minutes in (-5, 5):
        assert tokens.read(issued, NOW + timedelta(minutes=minutes)).user_id == "ann"


def test_issuer_and_audience_are_checked_when_set() -> None:
    """With an issuer or an audience set, a token must name it; the audience may be one of several."""
    tokens = SecretTokens(SECRET, claims=Claims(issuer="us", audience="chat"))
    assert tokens.read(token(iss="us", aud=["mail", "chat"]), NOW).user_id == "ann"
    for issuer in ("them", None, ["us"]):
        claims = {"sub": "ann", "exp": END, "aud": "chat", "iss": issuer}
        assert "another issuer" in refusal(raw('{"alg":"HS256"}', json.dumps(claims)), tokens)
    for audience in ("mail", None, [], ["mail"], {"chat": 1}, "chats"):
        assert "another audience" in refusal(token(iss="us", aud=audience), tokens)


@pytest.mark.parametrize("purpose", ["refresh", "id", "", 7, None, ["access"]])
def test_token_for_another_purpose_is_refused(purpose: object) -> None:
    """What says that it is something else than an access token is refused, in the claims and in the header."""
    assert refusal(token(typ=purpose)) == "The token is not an access token"


@pytest.mark.parametrize("kind", ["refresh+jwt", "secevent+jwt", "dpop+jwt"])
def test_header_of_another_type_is_refused(kind: str) -> None:
    """The type in the header counts too."""
    assert refusal(token(headers={"typ": kind})) == "The token is not an access token"
    assert SecretTokens(SECRET).read(token(headers={"typ": "at+JWT"}), NOW).user_id == "ann"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_algorithm_is_pinned(algorithm: str) -> None:
    """Another algorithm is refused, however right the signature is by it."""
    secret = SECRET * 3
    bad = token(secret=secret, algorithm=algorithm)
    assert "signature" in refusal(bad, SecretTokens(secret))


def test_unsigned_token_is_refused() -> None:
    """The algorithm `none` is none, in any case."""
    payload = base64.urlsafe_b64encode(json.dumps({"sub": "ann", "exp": END}).encode()).rstrip(b"=").decode()
    for name in ("none", "None", "NONE", ""):
        header = base64.urlsafe_b64encode(json.dumps({"alg": name}).encode()).rstrip(b"=").decode()
        assert "signature" in refusal(f"{header}.{payload}.")


def test_wrong_signature_is_refused() -> None:
    """A token signed with another secret, or changed after it was signed, is refused."""
    good = token()
    assert "signature" in refusal(token(secret=SECRET + "!"))
    header, payload, signature = good.split(".")
    other = token(sub="bob").split(".")[1]
    assert "signature" in refusal(f"{header}.{other}.{signature}")
    assert "signature" in refusal(f"{header}.{payload}.")


@given(st.text() | st.builds(".".join, st.lists(st.text("abcXYZ019-_=", max_size=30), min_size=3, max_size=3)))
def test_anything_else_is_refused(text: str) -> None:
    """Whatever is sent in place of a token is refused, and nothing else is raised."""
    with pytest.raises(Unauthorized):
        SecretTokens(SECRET).read(text, NOW)


@pytest.mark.parametrize("payload", ["[]", "7", '"x"', "null", "{", "", "[" * 100_000, '{"exp":' + "9" * 5000 + "}"])
def test_signed_nonsense_is_refused(payload: str) -> None:
    """A signature does not make a token of what is no JSON object, or too much of one."""
    with pytest.raises(Unauthorized):
        SecretTokens(SECRET).read(raw('{"alg":"HS256"}', payload), NOW)


def test_surrogates_in_a_token_are_refused() -> None:
    """Half a character, which no encoding takes, is no token."""
    with pytest.raises(Unauthorized):
        SecretTokens(SECRET).read("\ud800.a.b", NOW)


def test_short_secret_is_refused() -> None:
    """A secret that could be guessed is refused at start, without being repeated."""
    with pytest.raises(ValueError, match="the secret for tokens has 6 bytes") as caught:
        SecretTokens("secret")
    assert "32" in str(caught.value)


def test_a_token_that_was_good_ends_all_the_same() -> None:
    """Its signature is remembered, its times are looked at each time; and no other token is taken for it."""
    tokens, good = SecretTokens(SECRET), token()
    assert tokens.read(good, NOW).user_id == "ann"
    assert tokens.read(good, NOW).user_id == "ann"
    assert "expired" in refusal(good, tokens, NOW + timedelta(seconds=61))
    assert "signature" in refusal(token(secret="another secret that is long enough"), tokens)
    assert "signature" in refusal(good[:-2] + ("AA" if good[-2:] != "AA" else "BB"), tokens)
