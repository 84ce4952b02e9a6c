"""Getting users into a server."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from samples import setting

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import NotApplicable
from palaver_conformance.people import accounts
from palaver_conformance.people.issuers import Issued, Listed
from palaver_conformance.people.troupes import Troupe


async def test_registered_users_are_real_and_distinct(reference: str, shipped: Contract) -> None:
    """Two newcomers of one name are two users, whose tokens the server takes and the log does not show."""
    surroundings = setting(reference, shipped, 1.0)
    one, two = [await accounts.newcomer("alice", surroundings) for _ in range(2)]
    assert one.user != two.user
    assert (await one.me()).id == one.user
    log = "\n".join(map(str, surroundings.trace.shown()))
    for secret in (one.account.access_token, one.account.refresh_token, one.account.password):
        assert secret
        assert secret not in log
    await surroundings.subject.close()


async def test_no_way_in_does_not_apply() -> None:
    """Without registration and without a secret there are no users."""
    surroundings = setting("http://127.0.0.1:1")
    with pytest.raises(NotApplicable, match=r"account\.register"):
        await accounts.newcomer("alice", surroundings)
    await surroundings.subject.close()


def test_signed_token() -> None:
    """A token has the claims, is valid for a while, and is signed with the secret."""
    head, body, signature = accounts.sign({"sub": "alice"}, "secret").split(".")
    assert _json(head) == {"alg": "HS256", "typ": "JWT"}
    claims = _json(body)
    assert claims["sub"] == "alice"
    assert claims["exp"] > claims["iat"]
    expected = hmac.new(b"secret", f"{head}.{body}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == expected


def test_unsigned_token() -> None:
    """A token that names another algorithm has no signature."""
    head, body, signature = accounts.sign({"sub": "alice"}, "secret", "none").split(".")
    assert _json(head)["alg"] == "none"
    assert _json(body)["sub"] == "alice"
    assert signature == ""


async def test_token_of_a_user() -> None:
    """A token has the claims that are asked for, and is kept out of the log; without a secret there is none."""
    surroundings = setting("http://127.0.0.1:1")
    with pytest.raises(NotApplicable, match="no secret is known"):
        accounts.token("alice", surroundings)
    surroundings.subject.secret = "secret"
    made = accounts.token("alice", surroundings, exp=7)
    claims = _json(made.split(".")[1])
    assert (claims["sub"], claims["exp"]) == ("alice", 7)
    assert surroundings.trace.redact(f"token {made}") != f"token {made}"
    assert accounts.token("alice", surroundings, exp=7, iat=1) == accounts.sign(
        {"sub": "alice", "exp": 7, "iat": 1}, "secret"
    )
    other = accounts.token("alice", surroundings, secret="other", exp=7, iat=1)
    assert other == accounts.sign({"sub": "alice", "exp": 7, "iat": 1}, "other")
    await surroundings.subject.close()


def _json(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_issuer_goes_before_everything(reference: str, shipped: Contract) -> None:
    """Users of an issuer are used as they are, their tokens are hidden, and they are remembered to be given back."""
    registered = setting(reference, shipped)
    alice = await accounts.newcomer("alice", registered)
    await registered.subject.close()
    surroundings = setting(reference, shipped)
    surroundings.subject.issuer = Listed([Issued(alice.user, alice.account.access_token)])
    lent = await accounts.newcomer("bob", surroundings)
    assert (await lent.me()).id == lent.user == alice.user
    assert [each.user for each in surroundings.issued] == [alice.user]
    assert lent.account.access_token not in "\n".join(map(str, surroundings.trace.shown()))
    with pytest.raises(NotApplicable, match="0 administrators"):
        await accounts.administrator("root", surroundings)
    await surroundings.subject.close()


async def test_a_troupe_is_registered_once(reference: str, shipped: Contract) -> None:
    """Each place in a troupe is one user, made when it is first asked for, whose secrets no later scenario shows."""
    troupe = Troupe()
    users = []
    for names in (("alice",), ("owner", "member")):
        surroundings = replace(setting(reference, shipped), troupe=troupe)
        troupe.begin()
        people = [await accounts.newcomer(name, surroundings) for name in names]
        assert [each.name for each in people] == list(names)
        users += [(await each.me()).id for each in people]
        log = "\n".join(map(str, surroundings.trace.shown()))
        assert not any(each.account.access_token in log for each in people)
        await surroundings.subject.close()
    first, again, other = users
    assert first == again != other


def test_altered_token_keeps_its_signature() -> None:
    """What is put into head and claims is in it, and the signature is that of what was there before."""
    token = accounts.sign({"sub": "alice"}, "secret", kid="k")
    other = accounts.altered(token, head={"kid": "other"}, claims={"sub": "bob"})
    head, claims = accounts.opened(other)
    assert head == {"alg": "HS256", "typ": "JWT", "kid": "other"}
    assert claims == {**accounts.opened(token)[1], "sub": "bob"}
    assert other.rpartition(".")[2] == token.rpartition(".")[2]


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "bnVsbA.bnVsbA.x", "e30.e30.x"])
def test_other_tokens_cannot_be_opened(token: str) -> None:
    """What is no JSON Web Token has neither head nor claims."""
    with pytest.raises(NotApplicable, match="no JSON Web Tokens"):
        accounts.opened(token)


def test_key_that_a_token_brings() -> None:
    """It is the secret, as everybody can read it."""
    key = accounts.secret_key("secret")
    assert key["kty"] == "oct"
    assert base64.urlsafe_b64decode(f"{key['k']}==") == b"secret"
