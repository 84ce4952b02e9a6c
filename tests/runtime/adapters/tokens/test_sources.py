"""Where keys are published."""

from pathlib import Path

import pytest

from palaver_runtime.adapters.tokens.sources import KeyFile, KeysUnavailable


async def test_file_is_read_anew(tmp_path: Path) -> None:
    """A file that is replaced gives what it now holds; one that is gone, or too large, is refused."""
    path = tmp_path / "jwks.json"
    source = KeyFile(path)
    assert source.place == str(path)
    with pytest.raises(KeysUnavailable, match="No such file"):
        await source.fetch()
    for text in (b"one", b"two"):
        path.write_bytes(text)
        assert await source.fetch() == text
    path.write_bytes(b"x" * 300_000)
    with pytest.raises(KeysUnavailable, match="more than 262144 bytes"):
        await source.fetch()
    await source.close()
