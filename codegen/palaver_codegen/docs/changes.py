"""What is new in a dialect since a revision, as the site shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from palaver_codegen.diff import compare
from palaver_codegen.diff.report import as_changelog
from palaver_codegen.diff.sides import read_revision
from palaver_codegen.documents import Bundle


@dataclass(frozen=True)
class Changelog:
    """What is new since a revision, as CommonMark."""

    since: str
    text: str


class Past:
    """The documents of a revision, to compare with."""

    def __init__(self, revision: str, spec: Path) -> None:
        """Read the folder as the revision has it.

        Raises `RevisionUnknown`, `GitMissing`, `NoDocuments`, or `DocumentsRefused` for documents that cannot be read.
        """
        self.revision = revision
        # What is read remembers where it was, and is not read again: the files can go.
        with TemporaryDirectory(prefix="palaver-docs-") as folder:
            side = read_revision(revision, str(spec), Path(folder))
        self._dialects = side.dialects

    def changelog(self, bundle: Bundle) -> Changelog:
        """Return what is different now."""
        old = self._dialects.get(bundle.dialect)
        if old is None:
            return Changelog(self.revision, "All of it is new.\n")
        return Changelog(self.revision, as_changelog(compare(old, bundle)))
