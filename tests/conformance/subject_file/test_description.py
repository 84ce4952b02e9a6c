"""What a subject file says."""

from palaver_conformance.people.issuers import Issued
from palaver_conformance.subject_file.description import Accounts, Description


def test_nothing_said() -> None:
    """An empty file says nothing, and users are then registered."""
    assert not Description().accounts.given


def test_secrets_are_known() -> None:
    """The key and all tokens are what nobody may be shown."""
    accounts = Accounts(secret="s", tokens=(Issued("a", "ta"), Issued("b", "tb")))
    assert accounts.given
    assert accounts.secrets == ("s", "ta", "tb")
