"""Events."""

from dataclasses import fields
from typing import get_args

from palaver_runtime.domain.events import Change, Event, Signal


def test_changes_have_a_revision_and_signals_have_none() -> None:
    """What is a change, and so ordered and stored, can be told by its revision."""
    for kind in get_args(Change):
        assert {"conversation_id", "revision"} <= {each.name for each in fields(kind)}
    for kind in get_args(Signal):
        assert "revision" not in {each.name for each in fields(kind)}
    assert set(get_args(Event)) == {*get_args(Change), *get_args(Signal)}
