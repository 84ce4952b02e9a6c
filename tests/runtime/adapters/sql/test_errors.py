"""What is said of a database that cannot be used."""

from palaver_runtime.adapters.sql.errors import StoreUnavailable


def test_message_names_place_reason_and_remedy() -> None:
    """Whoever reads the message knows which database, what is wrong, and what to do."""
    error = StoreUnavailable("sqlite:///x.db", "the disk is full", "Make room.")
    assert str(error) == "The database sqlite:///x.db cannot be used: the disk is full. Make room."
    assert (error.url, error.reason, error.remedy) == ("sqlite:///x.db", "the disk is full", "Make room.")
