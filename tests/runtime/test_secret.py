"""The signing secret: configured, kept beside the database, or made up for the moment."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from palaver_runtime.secret import signing_secret
from palaver_runtime.settings import MIN_SECRET_BYTES, Settings

LONG = "0123456789abcdef0123456789abcdef"


def _settings(tmp_path: Path, url: str = "sqlite:///{}/palaver.db") -> Settings:
    return Settings(database_url=url.format(tmp_path), jwt_secret=None)


def test_configured_secret_is_taken(tmp_path: Path) -> None:
    """A secret that was set is used as it is, and nothing is written."""
    settings = _settings(tmp_path).model_copy(update={"jwt_secret": Settings(jwt_secret=LONG).jwt_secret})
    assert signing_secret(settings) == LONG
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
def test_secret_is_kept_beside_the_database(tmp_path: Path, caplog: pytest.LogCaptureFixture, scheme: str) -> None:
    """One is made, long enough, for the owner's eyes alone, and given again after a restart."""
    settings = _settings(tmp_path, scheme + ":///{}/palaver.db?timeout=5")
    secret = signing_secret(settings)
    (path,) = tmp_path.iterdir()
    assert path.name == "palaver.secret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(secret.encode()) >= MIN_SECRET_BYTES
    assert signing_secret(settings) == secret
    assert caplog.records == []


def test_databases_have_secrets_of_their_own(tmp_path: Path) -> None:
    """Two databases do not share a secret."""
    first, second = (signing_secret(_settings(tmp_path, f"sqlite:///{{}}/{name}.db")) for name in "ab")
    assert first != second


def test_threads_that_start_together_agree(tmp_path: Path) -> None:
    """Of many who find no secret at the same time, all get the same one, and no file is left over."""
    barrier = Barrier(8)

    def start(number: int) -> str:
        barrier.wait()
        return signing_secret(_settings(tmp_path, "sqlite:///{}/" + f"{number}.db"))

    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            assert len(set(pool.map(start, [turn] * 8))) == 1
    assert len(list(tmp_path.iterdir())) == 20


def test_another_process_agrees(tmp_path: Path) -> None:
    """A second process on the same database takes the secret of the first."""
    program = (
        "import sys; from palaver_runtime.secret import signing_secret; from palaver_runtime.settings import Settings\n"
        "print(signing_secret(Settings(database_url=sys.argv[1], jwt_secret=None)))"
    )
    settings = _settings(tmp_path)
    command = [sys.executable, "-c", program, settings.database_url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == signing_secret(settings)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://palaver:geheim@db/palaver"]
)
def test_without_a_file_the_secret_passes(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no file to keep it beside, each start has another secret, and a warning names the remedy."""
    monkeypatch.chdir(tmp_path)
    settings = _settings(tmp_path, url)
    assert signing_secret(settings) != signing_secret(settings)
    assert len(signing_secret(settings).encode()) >= MIN_SECRET_BYTES
    assert {each.levelname for each in caplog.records} == {"WARNING"}
    assert "PALAVER_JWT_SECRET" in caplog.text
    assert "geheim" not in caplog.text
    assert list(tmp_path.iterdir()) == []
