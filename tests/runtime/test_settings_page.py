"""The reference page of the settings."""

from pathlib import Path

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings

from palaver_runtime import settings_page
from palaver_runtime.domain.limits import Rate
from palaver_runtime.settings import Settings
from palaver_runtime.settings_page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_page_is_what_the_settings_say() -> None:
    """Who changes a setting has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_setting_has_its_row() -> None:
    """Each stands there as the variable that it is, with what it takes and its default as one writes it."""
    rows = [each for each in page().splitlines() if each.startswith("| `PALAVER_")]
    assert [each.split("`")[1] for each in rows] == [f"PALAVER_{name.upper()}" for name in Settings.model_fields]
    assert "| `PALAVER_LIMIT_MESSAGES` | COUNT/SECONDSs | `40/4s` |" in page()
    assert "| `PALAVER_WORKERS` | whole number from 1 up to 64 | `1` |" in page()
    assert "| `PALAVER_LOG_FORMAT` | `human` or `json` | `human` |" in page()
    assert "| `PALAVER_MAX_FRAME_BYTES` | whole number from 1024 | `1000000` |" in page()


class Odd(BaseSettings):
    """Settings of which one says nothing."""

    told: float = Field(default=0.5, gt=0.0)
    """What it
    says."""
    untold: Rate = Rate(1, 2)


def test_setting_that_says_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting without a docstring below it has no place on the page."""
    monkeypatch.setattr(settings_page, "Settings", Odd)
    with pytest.raises(KeyError, match="untold"):
        page()
