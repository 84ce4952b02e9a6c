"""Who somebody is: what tests alone can see, switched off."""

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import SimpleNamespace

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mutants.catalogue.credentials import limits_guesses_for_users_only
from mutants.mutant import mutant

from palaver_runtime import command, settings
from palaver_runtime.adapters import passwords
from palaver_runtime.adapters.passwords import Argon2Passwords
from palaver_runtime.adapters.tokens import JwtTokens, KeyRing, key_url, secret, sources
from palaver_runtime.adapters.tokens.signature import Opened, open_token
from palaver_runtime.domain.values import Caller
from palaver_runtime.fairness import Account, current
from palaver_runtime.page import chat_page
from palaver_runtime.services.sign_ins import Rate, SignIns

_TOKENS = "tests/runtime/adapters/tokens"
_PASSWORDS = "tests/runtime/adapters/test_passwords.py"
_SIGN_INS = "tests/runtime/services/test_sign_ins.py"
_SETTINGS = "tests/runtime/test_settings.py"


@mutant(f"{_TOKENS}/test_secret.py::test_algorithm_is_pinned", "DID NOT RAISE")
def takes_any_algorithm() -> None:
    """A token is checked by the algorithm that it names."""

    def choosing(token: str, key: str, algorithm: str) -> Opened:
        return open_token(token, key, str(jwt.get_unverified_header(token)["alg"]))

    secret.open_token = choosing


@mutant(f"{_TOKENS}/test_reading.py::test_public_key_is_no_secret", "DID NOT RAISE")
def takes_public_keys_for_secrets() -> None:
    """A key is a key: a token that says HS256 is checked with the issuer's, as if that were a secret."""
    read = JwtTokens.read

    async def confused(self: JwtTokens, token: str, now: datetime) -> Caller:
        key = await self._keys.find("rs256", "RS256")
        head, _, signature = token.rpartition(".")
        pem = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        right = base64.urlsafe_b64encode(hmac.new(pem, head.encode(), hashlib.sha256).digest()).rstrip(b"=")
        if right == signature.encode():
            return self._claims.caller(None, jwt.decode(token, options={"verify_signature": False}), now)
        return await read(self, token, now)

    JwtTokens.read = confused


@mutant(f"{_TOKENS}/test_ring.py::test_names_that_are_made_up_cost_one_fetch", "publisher.asked")
def fetches_keys_for_every_name() -> None:
    """Whenever a token names a key that is not known, the keys are fetched."""
    KeyRing._may_ask = lambda self: True


@mutant(f"{_TOKENS}/test_key_url.py::test_endless_answer_is_given_up", "it has more than 50 bytes")
def waits_for_keys_as_long_as_something_comes() -> None:
    """An answer with keys may take any time, as long as it is short."""
    sources._MOST_BYTES = 50
    key_url.asyncio = SimpleNamespace(timeout=lambda seconds: contextlib.nullcontext())


@mutant(f"{_PASSWORDS}::test_unknown_user_takes_as_long_as_a_known_one", "computed ==")
def answers_at_once_for_unknown_users() -> None:
    """Where there is no password to compare with, none is hashed."""
    verify = Argon2Passwords.verify

    async def quick(self: Argon2Passwords, password_hash: str | None, password: str) -> bool:
        return password_hash is not None and await verify(self, password_hash, password)

    Argon2Passwords.verify = quick


@mutant(f"{_PASSWORDS}::test_unknown_user_takes_as_long_as_a_known_one", "computed ==")
def hashes_passwords_in_passing() -> None:
    """A password costs whoever guesses it as little as the server."""
    passwords._PASSES = 1


@mutant(f"{_PASSWORDS}::test_few_passwords_are_looked_at_at_once", "len(looked_at) == 2")
def looks_at_all_passwords_at_once() -> None:
    """Whoever signs in has a thread."""
    begin = Argon2Passwords.__init__

    def generous(self: Argon2Passwords, *given: object, **named: object) -> None:
        begin(self, *given, **named)
        self._pool = ThreadPoolExecutor(64)

    Argon2Passwords.__init__ = generous


@mutant(f"{_PASSWORDS}::test_passwords_count_as_time_of_whoever_asks", "most > 0")
def looks_at_passwords_on_nobodys_account() -> None:
    """What passwords cost is not charged to whoever asks."""
    passwords.current = lambda: None


@mutant(f"{_PASSWORDS}::test_a_password_is_charged_before_it_has_been_looked_at", "account.wait() > 0.5")
def charges_passwords_afterwards() -> None:
    """What a password costs is charged once it is known."""

    class Later:
        def __init__(self, account: Account) -> None:
            self.turn = account.turn
            self._account, self._first = account, True

        def charge(self, seconds: float) -> None:
            if not self._first:
                self._account.charge(seconds)
            self._first = False

    def later() -> Later | None:
        account = current()
        return None if account is None else Later(account)

    passwords.current = later


@mutant(f"{_SIGN_INS}::test_one_address_has_so_many_attempts_for_a_name", "== 3")
def counts_no_guesses_from_one_address() -> None:
    """Who guesses from one address has the attempts of all."""
    attempt = SignIns.attempt

    async def generous(self: SignIns, name: str) -> None:
        spend = self._spend

        async def others(key: str, rate: Rate, *told: str) -> None:
            if rate is not self._rates.pair:
                await spend(key, rate, *told)

        self._spend = others
        try:
            await attempt(self, name)
        finally:
            self._spend = spend

    SignIns.attempt = generous


@mutant(f"{_SIGN_INS}::test_nobody_is_locked_out_where_they_have_signed_in", "198.51.100.7")
def locks_out_whoever_is_guessed_at() -> None:
    """Where somebody has signed in from makes no difference."""
    SignIns.succeeded = lambda self, name: None


@mutant(f"{_SIGN_INS}::test_throttle_does_not_tell_who_exists", 'said["ann"] == said["bob"]')
def throttles_those_who_exist() -> None:
    """Guesses count once it is known that there is such a user."""
    limits_guesses_for_users_only.sabotage()


@mutant(f"{_SETTINGS}::test_bad_setting_names_its_variable_and_the_remedy", "PALAVER_JWT_SECRET")
def takes_short_secrets() -> None:
    """Any secret does."""
    settings.MIN_SECRET_BYTES = 1


@mutant(f"{_SETTINGS}::test_bad_setting_names_its_variable_and_the_remedy", "serves all the same")
def is_never_strict() -> None:
    """Production is as easy as development."""

    def serve_dialects(*given: object) -> None:
        raise RuntimeError("serves all the same")

    command.serve_dialects = serve_dialects
    settings.Environment = SimpleNamespace(PRODUCTION=object(), DEVELOPMENT=settings.Environment.DEVELOPMENT)


@mutant(f"{_SETTINGS}::test_page_is_for_development_unless_said_otherwise", "serves_page is served")
def always_has_a_page() -> None:
    """There is a page to try the server by hand wherever it runs."""
    settings.Settings.serves_page = property(lambda self: self.page is not False)


@mutant("tests/runtime/page/test_chat_page.py::test_origins_are_those_that_lead_to_the_server", "origins == origins")
def lets_pages_of_any_name_in() -> None:
    """What a page is reached as is one of its origins, whoever has that name."""
    hosts: Callable[[str], tuple[str, ...]] = chat_page._hosts
    chat_page._hosts = lambda host: (*hosts(host), "chat.example.org")
