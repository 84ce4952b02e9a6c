"""What is different from an earlier run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from palaver_conformance.errors import UsageError
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.report import VERSION

_FAILED = (Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR)
_BAD = (*_FAILED, Verdict.KNOWN_FAILURE)


@dataclass(frozen=True)
class Earlier:
    """An earlier run: what it was about, when it was, and the verdicts by scenario id."""

    subject: str
    specification: str
    started: datetime
    verdicts: Mapping[str, Verdict]

    @classmethod
    def load(cls, path: Path) -> "Earlier":
        """Read the JSON report of a run; raises UsageError when the file is none that this version can read."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(
                f"{path} cannot be read: {error.strerror}; --compare takes what --json has written"
            ) from error
        except ValueError as error:
            raise UsageError(f"{path} is no JSON report: {error}; --compare takes what --json has written") from error
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise UsageError(f"{path} is no JSON report of version {VERSION}: make the earlier run anew with --json")
        try:
            verdicts = {str(each["id"]): Verdict(each["verdict"]) for each in data["scenarios"]}
            started = datetime.fromisoformat(data["started"])
            return cls(str(data["subject"]), str(data["specification"]), started, verdicts)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{path} is no JSON report of a run: {error!r}") from error


@dataclass(frozen=True)
class Change:
    """A scenario that did not end as before; None stands for a run in which it was not."""

    scenario: str
    before: Verdict | None
    now: Verdict | None


@dataclass(frozen=True)
class Comparison:
    """All changes since an earlier run, the worst first.

    `changed` are those that neither pass nor fail now, or did not before: that no longer apply, or are known to fail.
    """

    earlier: Earlier
    newly_failing: Sequence[Change]
    newly_passing: Sequence[Change]
    changed: Sequence[Change]
    new: Sequence[Change]
    gone: Sequence[Change]

    @property
    def groups(self) -> Mapping[str, Sequence[Change]]:
        """The changes by what they are called."""
        return {
            "newly failing": self.newly_failing,
            "newly passing": self.newly_passing,
            "changed otherwise": self.changed,
            "new": self.new,
            "gone": self.gone,
        }


def compare(earlier: Earlier, outcomes: Sequence[Outcome]) -> Comparison:
    """Return what has changed."""
    now = {each.scenario.id: each.verdict for each in outcomes}
    changes = [Change(each, earlier.verdicts.get(each), verdict) for each, verdict in now.items()]
    both = [each for each in changes if each.before is not None and each.before is not each.now]
    failing = [each for each in both if each.now in _FAILED and each.before not in _FAILED]
    passing = [each for each in both if each.now is Verdict.PASS and each.before in _BAD]
    return Comparison(
        earlier,
        newly_failing=failing,
        newly_passing=passing,
        changed=[each for each in both if each not in failing and each not in passing],
        new=[each for each in changes if each.before is None],
        gone=[Change(each, verdict, None) for each, verdict in earlier.verdicts.items() if each not in now],
    )
