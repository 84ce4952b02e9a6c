"""Who somebody is to the server."""

from palaver_conformance.people.account import Account


def test_secrets_are_what_proves_who_one_is() -> None:
    """The name is none; what the harness never got is left out."""
    assert Account("alice", "u1", "a token").secrets == ("a token",)
    assert Account("alice", "u1", "a token", "a refresh token", "a password").secrets == (
        "a token",
        "a refresh token",
        "a password",
    )
