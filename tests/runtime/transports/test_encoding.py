"""What is sent, as JSON."""

from datetime import UTC, datetime

import pytest

from palaver_runtime.transports.encoding import encode
from palaver_wire.gateway import models

MARK = models.ParticipantChange(conversation_id="a" * 24, user_id="ü", timestamp=datetime(2026, 11, 20, tzinfo=UTC))
WRITTEN = '{"conversationId":"aaaaaaaaaaaaaaaaaaaaaaaa","userId":"ü","timestamp":"2026-11-20T00:00:00.000Z"}'


def test_json_is_compact() -> None:
    """And has no more escapes than it needs."""
    assert encode({"a": ["ü", None]}) == '{"a":["ü",null]}'


@pytest.mark.parametrize(("value", "text"), [(MARK, WRITTEN), (["event", MARK], f'["event",{WRITTEN}]')])
def test_models_have_the_names_of_the_wire(value: object, text: str) -> None:
    """By themselves, and among values."""
    assert encode(value) == text


def test_what_has_no_json_form_is_the_servers_mistake() -> None:
    """Nothing is made up for it."""
    with pytest.raises(TypeError):
        encode(object())
