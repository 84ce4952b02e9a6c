"""What is not shown."""

from palaver_conformance.evidence.redaction import Redaction


def test_known_secrets_are_hidden() -> None:
    """Secrets known from the beginning and later ones are hidden; a longer one goes before a part of it."""
    redaction = Redaction(["secret", ""])
    redaction.hide("secret-and-more")
    redaction.hide("")
    assert redaction.redact("a secret, secret-and-more") == "a [redacted], [redacted]"


def test_what_looks_like_a_secret_is_hidden() -> None:
    """Tokens by their look, and values by their key, are hidden although nobody named them."""
    shown = Redaction().redact("eyJh.eyJz.c2ln and {\"password\": \"open sesame\"} and {'accessToken': 'abc'}")
    assert shown == "[redacted] and {\"password\": \"[redacted]\"} and {'accessToken': '[redacted]'}"


def test_addresses_are_shown_without_their_password() -> None:
    """Name and password before a host are hidden, and nothing else of an address, or of what has a sign for at."""
    shown = Redaction().redact("http://ann:pw@h:1/x?to=a@b, ann@example.test, http://h/@ann")
    assert shown == "http://[redacted]@h:1/x?to=a@b, ann@example.test, http://h/@ann"
