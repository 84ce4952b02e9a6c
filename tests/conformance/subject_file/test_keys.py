"""The keys of a subject file."""

from pathlib import Path

from palaver_conformance.subject_file.keys import KEYS, Form, Key

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "subject-file.md"


def test_groups_have_keys() -> None:
    """Whatever is a group says which keys it has, and nothing else does."""
    assert [
        name for name, key in KEYS.items() if (key.form in (Form.TABLE, Form.TABLES)) != (key.keys is not None)
    ] == []


def test_reference_has_every_key() -> None:
    """The reference page has a row for each key, with the words that are here."""
    page = REFERENCE.read_text()
    for name, key in _all(KEYS, ""):
        assert f"| `{name}` | {key.form} | {key.says} |" in page


def _all(keys: dict[str, Key], before: str) -> list[tuple[str, Key]]:
    return [
        found
        for name, key in keys.items()
        for found in ((f"{before}{name}", key), *_all(dict(key.keys or {}), f"{before}{name}."))
    ]
