"""The ledger of known failures: which scenarios may fail, why, whose business that is, and until when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.tree import Block, place_in
from palaver_conformance.errors import UsageError
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.subject_file.document import read, shown

_KEYS = ("reason", "owner", "expires")
_FAILED = (Verdict.FAIL, Verdict.UNTESTABLE)


@dataclass(frozen=True)
class Entry:
    """A scenario that is known to fail, until the end of a day."""

    scenario: str
    reason: str
    owner: str
    expires: date
    place: Place


@dataclass(frozen=True)
class Ledger:
    """The known failures of a server."""

    entries: Sequence[Entry] = ()

    def settle(
        self, outcomes: Sequence[Outcome], known: Collection[str], today: date
    ) -> tuple[list[Outcome], list[str]]:
        """Return the outcomes with failures that are known marked as such, and a line for each entry that is wrong.

        An entry is wrong when its scenario passes, when it has expired, or when it matches nothing: no scenario of
        this id is `known`, or it does not apply. Of one that was not run nothing is said.
        """
        entries = {entry.scenario: entry for entry in self.entries}
        settled = [self._settled(each, entries.get(each.scenario.id), today) for each in outcomes]
        verdicts = {each.scenario.id: each for each in outcomes}
        complaints = [
            f"{entry.place}: {told}"
            for entry in self.entries
            if (told := _complaint(entry, verdicts.get(entry.scenario), known, today))
        ]
        return settled, complaints

    def of(self, scenario: str) -> "Ledger":
        """Return the part of the ledger that is about one scenario, by its id."""
        return Ledger([entry for entry in self.entries if entry.scenario == scenario])

    @staticmethod
    def _settled(outcome: Outcome, entry: Entry | None, today: date) -> Outcome:
        if entry is None or entry.expires < today or outcome.verdict not in _FAILED:
            return outcome
        known = f"known: {entry.reason} ({entry.owner}, until {entry.expires}); {outcome.reason}"
        return replace(outcome, verdict=Verdict.KNOWN_FAILURE, reason=known)


def load(path: Path) -> Ledger:
    """Read a ledger; raises UsageError with a line for everything that is wrong with it."""
    problems: list[Problem] = []
    data = read(path)
    entries = [_entry(name, data, problems) for name in data]
    if problems:
        raise UsageError("\n".join(shown(problem) for problem in problems))
    return Ledger([entry for entry in entries if entry is not None])


def _entry(name: str, data: Block, problems: list[Problem]) -> Entry | None:
    place, value = data.places[name], data[name]
    if not isinstance(value, Block):
        problems.append(_problem(place, f"{name} is no group of keys", f"give it {', '.join(_KEYS)}"))
        return None
    for key in value:
        if key not in _KEYS:
            reason = f"there is no key {key!r} in an entry"
            problems.append(_problem(place_in(value, key), reason, f"the keys are {', '.join(_KEYS)}"))
    texts = {key: text.strip() for key in _KEYS if isinstance(text := value.get(key), str)}
    lacking = [key for key in _KEYS if not texts.get(key)]
    if lacking:
        reason = f"{name} has no {' and no '.join(lacking)}"
        problems.append(_problem(place, reason, "say why it may fail, whose business that is, and until when"))
        return None
    try:
        expires = date.fromisoformat(texts["expires"])
    except ValueError:
        reason = f"{texts['expires']!r} is no date"
        problems.append(_problem(place_in(value, "expires"), reason, "write it like 2026-12-31"))
        return None
    return Entry(name, texts["reason"], texts["owner"], expires, place)


def _problem(place: Place, reason: str, remedy: str) -> Problem:
    return Problem(place, "ledger", reason, remedy)


def _complaint(entry: Entry, outcome: Outcome | None, known: Collection[str], today: date) -> str:
    if entry.scenario not in known:
        close = get_close_matches(entry.scenario, known, n=1)
        hint = f": did you mean {close[0]}?" if close else ": remove the entry"
        return f"no scenario is called {entry.scenario}{hint}"
    if outcome is None:
        return ""
    if outcome.verdict is Verdict.PASS:
        return f"{entry.scenario} is listed as a known failure, and passes: remove the entry"
    if outcome.verdict is Verdict.NOT_APPLICABLE:
        return f"{entry.scenario} does not apply ({outcome.reason}): remove the entry, or leave the scenario out"
    if entry.expires < today:
        return f"{entry.scenario} was to be mended by {entry.owner} until {entry.expires}: {entry.reason}"
    return ""
