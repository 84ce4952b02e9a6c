"""The reference page of the subject file."""

from pathlib import Path

from palaver_conformance.subject_file.keys import KEYS, Key
from palaver_conformance.subject_file.page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "subject-file.md"


def test_page_is_what_the_keys_say() -> None:
    """Who changes a key has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_key_has_a_row() -> None:
    """With the form of its value and the words that stand at the key, those of groups too."""
    rows = [f"| `{name}` | {key.form} | {key.says} |" for name, key in _all(dict(KEYS), "")]
    assert [line for line in page().splitlines() if line.startswith("| `")] == rows


def _all(keys: dict[str, Key], before: str) -> list[tuple[str, Key]]:
    return [
        found
        for name, key in keys.items()
        for found in ((f"{before}{name}", key), *_all(dict(key.keys or {}), f"{before}{name}."))
    ]
