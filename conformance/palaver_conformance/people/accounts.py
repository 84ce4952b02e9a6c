"""Getting users into the server: by registering them, by tokens that the harness signs, or by those of an issuer."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping

from palaver_conformance.errors import NotApplicable
from palaver_conformance.people.account import Account
from palaver_conformance.people.actor import Actor
from palaver_conformance.people.issuers import Issuer
from palaver_conformance.people.troupes import Troupe
from palaver_conformance.setting import Setting

_LIFETIME = 3600
_REGISTER = "account.register"
_SIGNED = "HS256"


async def newcomer(name: str, setting: Setting) -> Actor:
    """Return a user of the server, not connected yet: with a token of our own where we can sign one.

    It is somebody new unless a troupe plays, whose people get in when a scenario first asks for so many.

    Raises NotApplicable when the documents have no registration and there is no other way to a token.
    """
    if setting.subject.issuer is not None:
        return await _issued(name, setting, setting.subject.issuer)
    if setting.troupe is not None:
        return await _playing(name, setting, setting.troupe)
    return await _new(name, setting)


async def registered(name: str, setting: Setting) -> Actor:
    """Return a new user with a password, not connected yet; raises NotApplicable without registration."""
    unique = _unique(name)
    password = secrets.token_urlsafe(12)
    setting.trace.hide(password)
    actor = Actor(name, setting, Account(unique, "", "", password=password))
    values = {"name": unique, "password": password}
    session = (await actor.perform(_REGISTER, values)).facts("session")
    actor.account.user = session.facts("user").id
    actor.account.access_token = session.text("access_token")
    actor.account.refresh_token = session.text("refresh_token") if "refresh_token" in session else None
    setting.trace.hide(actor.account.access_token)
    setting.trace.hide(actor.account.refresh_token or "")
    return actor


def token(user: str, setting: Setting, *, secret: str | None = None, algorithm: str = _SIGNED, **claims: object) -> str:
    """Return a token for a user, with these claims and signed with the secret of the server unless another is given.

    Raises NotApplicable when no secret is known.
    """
    if setting.subject.secret is None:
        raise NotApplicable("no secret is known to sign tokens with")
    made = sign({"sub": user, **claims}, secret or setting.subject.secret, algorithm)
    setting.trace.hide(made)
    return made


async def administrator(name: str, setting: Setting) -> Actor:
    """Return a new user whose token names the role `admin`; raises NotApplicable where we get no such token."""
    if setting.subject.issuer is not None:
        return await _issued(name, setting, setting.subject.issuer, admin=True)
    if setting.subject.secret is None:
        raise NotApplicable("who is an administrator stands in tokens, and no secret is known to sign them with")
    return await _signed(name, _unique(name), setting, setting.subject.secret, role="admin")


async def _new(name: str, setting: Setting) -> Actor:
    if setting.subject.secret is not None:
        return await _signed(name, _unique(name), setting, setting.subject.secret)
    return await registered(name, setting)


async def _playing(name: str, setting: Setting, troupe: Troupe) -> Actor:
    place = troupe.place()
    if place not in troupe.accounts:
        troupe.accounts[place] = (await _new(name, setting)).account
    account = troupe.accounts[place]
    for secret in account.secrets:
        setting.trace.hide(secret)
    return Actor(name, setting, account)


async def _signed(name: str, unique: str, setting: Setting, secret: str, **claims: object) -> Actor:
    signed = sign({"sub": unique, **claims}, secret)
    setting.trace.hide(signed)
    actor = Actor(name, setting, Account(unique, unique, signed))
    await _introduce(actor)
    return actor


async def _issued(name: str, setting: Setting, issuer: Issuer, *, admin: bool = False) -> Actor:
    issued = await issuer.issue(_unique(name), admin=admin)
    setting.issued.append(issued)
    setting.trace.hide(issued.token)
    actor = Actor(name, setting, Account(issued.user, issued.user, issued.token))
    await _introduce(actor)
    return actor


async def _introduce(actor: Actor) -> None:
    """Use the token for something: its user exists for others from then on."""
    for means in ("account.me", "conversation.list"):
        if actor.setting.contract.has(f"{means}@http"):
            await actor.perform(means, via="http")
            return
    await (await actor.connect()).close()
    actor.devices.clear()


def _unique(name: str) -> str:
    return f"{name}-{secrets.token_hex(6)}"


def sign(claims: Mapping[str, object], secret: str, algorithm: str = _SIGNED, **heading: object) -> str:
    """Return a JSON Web Token with these claims, issued now, signed with HMAC-SHA256.

    With another algorithm to name in its head it has no signature; `heading` is in the head, too.
    """
    now = int(time.time())
    whole = {"iat": now, "exp": now + _LIFETIME, **claims}
    head = f"{_encode({'alg': algorithm, 'typ': 'JWT', **heading})}.{_encode(whole)}"
    if algorithm != _SIGNED:
        return f"{head}."
    digest = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{_base64(digest)}"


def opened(token: str) -> tuple[dict[str, object], dict[str, object]]:
    """Return head and claims of a JSON Web Token, whoever has signed it; raises NotApplicable for another one."""
    try:
        head, claims = (json.loads(base64.urlsafe_b64decode(each + "==")) for each in token.split(".")[:2])
    except ValueError:
        head, claims = None, None
    if not isinstance(head, dict) or not isinstance(claims, dict) or "alg" not in head:
        raise NotApplicable("the tokens of this server are no JSON Web Tokens")
    return head, claims


def altered(token: str, *, head: Mapping[str, object] | None = None, claims: Mapping[str, object] | None = None) -> str:
    """Return a JSON Web Token with other entries in head and claims, and the signature that it has."""
    old_head, old_claims = opened(token)
    signature = token.rpartition(".")[2]
    return f"{_encode({**old_head, **(head or {})})}.{_encode({**old_claims, **(claims or {})})}.{signature}"


def secret_key(secret: str) -> dict[str, object]:
    """Return a secret as the JSON Web Key that a head may hold."""
    return {"kty": "oct", "alg": _SIGNED, "k": _base64(secret.encode())}


def _encode(value: Mapping[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
