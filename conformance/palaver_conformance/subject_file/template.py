"""Writing a subject file to begin with: explained by comments, and good as it is."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from palaver_conformance.errors import UsageError

DEFAULT: Final = Path("palaver-subject.yaml")


def write(path: Path) -> None:
    """Write it, as TOML if the name ends so; raises UsageError when it cannot be written, or is there already."""
    suffix = "toml" if path.suffix == ".toml" else "yaml"
    content = (files(__package__) / f"template.{suffix}").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{path} is there already: name another file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
