"""The envelope of a token."""

import base64
import json

import jwt
import pytest

from palaver_runtime.adapters.tokens.signature import Head, open_token, read_head
from palaver_runtime.domain.errors import Unauthorized

SECRET = "a secret that is long enough for HS256"


def test_head_says_which_key_a_token_names() -> None:
    """The algorithm and the name of the key are read, whatever else a head holds."""
    made = jwt.encode({}, SECRET, "HS256", headers={"kid": "k1", "jku": "http://127.0.0.1/", "jwk": {"kty": "oct"}})
    assert read_head(made) == Head("HS256", "k1")
    assert read_head(jwt.encode({}, SECRET)) == Head("HS256", None)


@pytest.mark.parametrize("kid", [7, ["k1"], {"k1": 1}, True])
def test_name_of_a_key_is_a_text(kid: object) -> None:
    """A head that names its key by anything else is refused before any key is looked for."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": kid}).encode()).rstrip(b"=").decode()
    with pytest.raises(Unauthorized, match="malformed"):
        read_head(f"{head}.e30.AAAA")


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "e30", "..", "W10.e30.AA", "\ud800.a.b", "x" * 20_000, "[" * 9000])
def test_what_has_no_head_is_refused(text: str) -> None:
    """Whatever is sent in place of a token is refused, and nothing else is raised."""
    with pytest.raises(Unauthorized, match="malformed"):
        read_head(text)


def test_large_token_is_not_read() -> None:
    """A token of more than 16 KiB is refused, however right its signature is."""
    made = jwt.encode({"sub": "x" * 20_000}, SECRET)
    for read in (lambda: read_head(made), lambda: open_token(made, SECRET, "HS256")):
        with pytest.raises(Unauthorized, match="malformed"):
            read()


def test_extensions_that_are_critical_are_refused() -> None:
    """A token that must not be taken without an extension is not taken, known as its name may be elsewhere."""
    for extension in ("exp", "b64", "x"):
        made = jwt.encode({}, SECRET, headers={"crit": [extension], extension: True})
        with pytest.raises(Unauthorized, match="malformed"):
            open_token(made, SECRET, "HS256")
