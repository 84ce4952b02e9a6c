"""Settings are read in one way by all commands."""

import pytest
import typer

from palaver_runtime.invocation import USAGE, fail, read_settings, sentence


def test_flag_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is not given does not."""
    monkeypatch.setenv("PALAVER_DATABASE_URL", "sqlite:///env.db")
    assert read_settings(database_url="sqlite:///flag.db").database_url == "sqlite:///flag.db"
    assert read_settings(database_url=None).database_url == "sqlite:///env.db"


def test_settings_that_cannot_be_used_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them, with what is wrong, and never with their values."""
    monkeypatch.setenv("PALAVER_JWT_SECRET", "geheim")
    monkeypatch.setenv("PALAVER_LIMIT_MESSAGES", "often")
    with pytest.raises(typer.Exit) as exit_:
        read_settings()
    assert exit_.value.exit_code == USAGE
    said = capsys.readouterr().err
    assert "PALAVER_JWT_SECRET: " in said
    assert "PALAVER_LIMIT_MESSAGES: " in said
    assert "geheim" not in said


def test_failure_is_one_line_of_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """With its exit code."""
    with pytest.raises(typer.Exit) as exit_:
        fail("this cannot be", 3)
    assert exit_.value.exit_code == 3
    assert capsys.readouterr().err == "palaver: this cannot be\n"


def test_sentences_become_one() -> None:
    """What the server tells in sentences of their own stands behind the name of the program as all else does."""
    assert sentence("There is no such user") == "there is no such user"
    assert sentence("The disk is full", "Make room.") == "the disk is full; make room"
