"""Where the reports of a run go."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from palaver_conformance.errors import Unwritten, UsageError
from palaver_conformance.report import json, junit, markdown
from palaver_conformance.report.badge import badge
from palaver_conformance.report.comparison import Earlier, compare
from palaver_conformance.report.summary import Run

STDOUT: Final = "-"
"""In place of a file: the report goes to where the command writes."""


@dataclass(frozen=True)
class Targets:
    """Which reports are wanted, by the file of each, and the earlier JSON report with which the run is compared."""

    json: str | None = None
    junit: Path | None = None
    html: Path | None = None
    badge: Path | None = None
    markdown: Path | None = None
    compare: Path | None = None
    earlier: Earlier | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Raise UsageError for what could not be written or read, before anything is run for it."""
        for target in (self.json, self.junit, self.html, self.badge, self.markdown):
            if target is not None and target != STDOUT and not Path(target).parent.is_dir():
                raise UsageError(f"the report cannot be written: there is no folder {Path(target).parent}")
        if self.compare is not None:
            # Read now, as the new report may go to the same file.
            object.__setattr__(self, "earlier", Earlier.load(self.compare))

    def all_in(self, folder: Path) -> Self:
        """Return these targets with a file in the folder, which is made, for each report that has none.

        Raises UsageError when the folder cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"the reports cannot be written to {folder}: {error.strerror}; name another folder"
            ) from error
        return replace(
            self,
            json=self.json or str(folder / "report.json"),
            junit=self.junit or folder / "junit.xml",
            html=self.html or folder / "report.html",
            badge=self.badge or folder / "badge.svg",
            markdown=self.markdown or folder / "summary.md",
        )

    def compared(self, run: Run) -> Run:
        """Return the run with its comparison, if one is wanted."""
        return run if self.earlier is None else replace(run, comparison=compare(self.earlier, run.outcomes))


def write(run: Run, targets: Targets) -> None:
    """Write all reports that are wanted; raises Unwritten when one cannot be written."""
    if targets.json is not None:
        put(targets.json, json.report(run))
    if targets.junit is not None:
        put(targets.junit, junit.report(run))
    if targets.html is not None:
        # Imported when it is wanted: most runs want none, and what fills templates takes its time to load.
        from palaver_conformance.report.html import page

        put(targets.html, page.html(run))
    if targets.badge is not None:
        put(targets.badge, badge(run))
    if targets.markdown is not None:
        put(targets.markdown, markdown.report(run))


def put(target: str | Path, text: str) -> None:
    """Write a text to a file, or to where the command writes; raises Unwritten when that does not go."""
    if target == STDOUT:
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unwritten(f"the report cannot be written to {target}: {error.strerror}") from error
