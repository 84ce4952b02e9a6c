"""The secret that signs tokens, where nobody has set one."""

import contextlib
import logging
import os
import secrets
import tempfile
from pathlib import Path

from palaver_runtime.adapters.sql.examination import sqlite_file
from palaver_runtime.settings import Settings

logger = logging.getLogger(__name__)


def signing_secret(settings: Settings) -> str:
    """Give the configured secret, or in development one that is kept beside the SQLite database.

    Several processes on one database so take each other's tokens, and a restart invalidates none. On another
    database the secret lasts as long as the process, and a warning says so.
    """
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value()
    file = sqlite_file(settings.database_url)
    if file is not None:
        return _kept(file.with_suffix(".secret"))
    logger.warning("PALAVER_JWT_SECRET is not set: tokens are valid only here and until this process ends")
    return secrets.token_hex(32)


def _kept(path: Path) -> str:
    """Read a secret from a file, which is made complete or not at all, so that two processes agree."""
    if not path.exists():
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    return path.read_text().strip()
