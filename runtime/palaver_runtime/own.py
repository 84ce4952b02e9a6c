"""Dialects of others: modules that are looked for in folders of theirs."""

import sys
from collections.abc import Sequence
from pathlib import Path

from palaver_runtime import dialects

HERE = (Path(), Path("generated"))


def own_dialects(apps: Sequence[str], folders: Sequence[Path]) -> dict[str, dialects.Dialect]:
    """Import dialects that are not ours, by name; the folders, or HERE if there are none, go before all others.

    Raises NoDialect and DialectOutdated, as `load_own` does.
    """
    for folder in reversed(folders or HERE):
        if str(folder.resolve()) not in sys.path:
            sys.path.insert(0, str(folder.resolve()))
    return dict(dialects.load_own(module) for module in apps)
