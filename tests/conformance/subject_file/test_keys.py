"""The keys of a subject file."""

from palaver_conformance.subject_file.keys import KEYS, Form


def test_groups_have_keys() -> None:
    """Whatever is a group says which keys it has, and nothing else does."""
    assert [
        name for name, key in KEYS.items() if (key.form in (Form.TABLE, Form.TABLES)) != (key.keys is not None)
    ] == []
