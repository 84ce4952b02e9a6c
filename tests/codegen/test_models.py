"""Generated models, imported and used."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from pydantic import MISSING, ValidationError

NOTE = {"id": "n1", "from": "ann", "text": "hello", "at": "2026-01-02T03:04:05.006Z", "mood": "calm"}


@pytest.fixture
def models(wire: Callable[[str], ModuleType]) -> ModuleType:
    """Return the toy's models."""
    return wire("toy.models")


def _read(model: Any, value: object) -> Any:
    return model.model_validate_json(json.dumps(value), strict=True, by_alias=True, by_name=False)


def _written(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True)


def test_absent_stays_absent_and_null_stays_null(models: ModuleType) -> None:
    """What was not on the wire is MISSING and is not written; a null that is allowed is written as such."""
    note = _read(models.Note, NOTE)
    assert note.answers is MISSING
    assert _written(note) == NOTE
    assert _written(_read(models.Note, NOTE | {"answers": None})) == NOTE | {"answers": None}


def test_attributes_have_python_names(models: ModuleType) -> None:
    """Names are in snake case, keywords protected; the wire's names are aliases, and are not told by name."""
    assert _read(models.Note, NOTE).from_ == "ann"
    assert _written(models.NoteFile(url="u", shown_as="s")) == {"url": "u", "shownAs": "s"}
    with pytest.raises(ValidationError):
        _read(models.NoteFile, {"url": "u", "shown_as": "s"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": 5},
        {"text": "x" * 81},
        {"id": "N 1"},
        {"mood": "sad"},
        {"extra": 1},
        {"files": [{}]},
        {"files": [{"url": "a"}] * 3},
        {"files": None},
        {"at": "2026-01-02"},
        {"at": "2026-01-02 03:04:05Z"},
        {"at": "1767323045"},
        {"at": "2026-01-02T03:04:05"},
    ],
)
def test_what_the_schema_refuses_is_refused(models: ModuleType, wrong: dict[str, object]) -> None:
    """Types are not converted, bounds hold, closed objects are closed, moments have one form."""
    assert _read(models.Note, NOTE)
    with pytest.raises(ValidationError):
        _read(models.Note, NOTE | wrong)


def test_moments_are_written_in_utc_with_milliseconds(models: ModuleType) -> None:
    """Whatever the zone and precision, the wire has one form."""
    moment = datetime(2026, 1, 2, 4, 4, 5, 6789, tzinfo=timezone(timedelta(hours=1)))
    note = models.Note(id="n1", from_="ann", text="", at=moment, mood=models.NoteMood.CALM)
    assert _written(note)["at"] == "2026-01-02T03:04:05.006Z"
    assert _read(models.Note, NOTE).at == datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)


def test_moment_may_have_a_pattern(edit: Callable[[str, str, str], None], wire: Callable[[str], ModuleType]) -> None:
    """A pattern beside `format: date-time` is for validators; the model is made all the same."""
    edit(
        "toy/schemas.yaml",
        "at: {type: string, format: date-time}",
        "at: {type: string, format: date-time, pattern: ^.*Z$}",
    )
    assert _read(wire("toy.models").Note, NOTE).at.year == 2026


def test_enum_with_a_default_is_not_null(
    edit: Callable[[str, str, str], None], wire: Callable[[str], ModuleType]
) -> None:
    """What is absent has the default that an enum's own schema gives; a null is refused there as elsewhere."""
    edit(
        "toy/asyncapi.yaml",
        "loud: {type: boolean, default: false}",
        "tone: {type: string, enum: [soft, loud], default: soft}",
    )
    send = wire("toy.models").Send
    assert _read(send, {"text": "hello"}).tone == "soft"
    assert _read(send, {"text": "hello", "tone": "loud"}).tone == "loud"
    with pytest.raises(ValidationError):
        _read(send, {"text": "hello", "tone": None})


def test_parameters_are_read_from_strings(models: ModuleType) -> None:
    """Path and query arrive as strings; numbers are read, defaults filled in, enums and bounds checked."""

    def read(**values: str) -> Any:
        return models.ListNotesParameters.model_validate_strings(values, strict=True, by_alias=True, by_name=False)

    assert (read(roomId="r").limit, read(roomId="r", limit="7").limit) == (20, 7)
    assert read(roomId="r", sortBy="mood").sort_by == models.ListNotesSortBy.MOOD
    for wrong in ({"limit": "x"}, {"limit": "101"}, {"sortBy": "size"}, {"page": "1"}):
        with pytest.raises(ValidationError):
            read(roomId="r", **wrong)


def test_unions_are_told_by_their_tag(models: ModuleType) -> None:
    """A member of a union is chosen by its constant."""
    assert isinstance(_read(models.Hush, {"room": "r", "until": {"kind": "moment", "seconds": 3}}).until, models.Moment)
    with pytest.raises(ValidationError):
        _read(models.Hush, {"room": "r", "until": {"kind": "forever", "seconds": 3}})


def test_models_are_values(models: ModuleType) -> None:
    """A model cannot be changed, and does not show what a client sent in its errors."""
    note = _read(models.Note, NOTE)
    with pytest.raises(ValidationError):
        note.text = "other"
    with pytest.raises(ValidationError) as error:
        _read(models.Note, NOTE | {"text": "secret" * 20})
    assert "secret" not in str(error.value)
