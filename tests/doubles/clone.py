"""A folder that is to a reader what a clone of the repository is after `make setup`."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns("node_modules", "dist", "__pycache__")


def clone(folder: Path, *names: str) -> Path:
    """Make one in a folder, with these files and folders of the repository and the Makefile; return the folder."""
    (folder / ".venv").symlink_to(sys.prefix)
    # What has been set up is not set up again.
    (folder / "bootstrap.py").touch()
    for name in ("Makefile", *names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder
