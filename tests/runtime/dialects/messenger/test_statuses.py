"""Who was told what of whom."""

from datetime import UTC, datetime

from palaver_runtime.dialects.messenger.statuses import Statuses
from palaver_runtime.domain.events import PresenceChanged

AT = datetime(2026, 11, 20, tzinfo=UTC)


def _change(user_id: str, *, online: bool, conversation_id: str = "c") -> PresenceChanged:
    return PresenceChanged(conversation_id=conversation_id, user_id=user_id, online=online, at=AT)


def test_status_is_news_once() -> None:
    """The same of the same user, from another conversation, is no news; the contrary is, and so is another user."""
    statuses = Statuses()
    assert statuses.news("c1", _change("bob", online=True))
    assert not statuses.news("c1", _change("bob", online=True, conversation_id="d"))
    assert statuses.news("c1", _change("bob", online=False))
    assert not statuses.news("c1", _change("bob", online=False, conversation_id="d"))
    assert statuses.news("c1", _change("eve", online=False))
    assert statuses.news("c1", _change("bob", online=True))


def test_connections_are_told_each_on_its_own() -> None:
    """What one connection was told is news to another, and again after the first was forgotten."""
    statuses = Statuses()
    assert statuses.news("c1", _change("bob", online=True))
    assert statuses.news("c2", _change("bob", online=True))
    statuses.forget("c1")
    statuses.forget("c3")
    assert statuses.news("c1", _change("bob", online=True))
    assert not statuses.news("c2", _change("bob", online=True))
