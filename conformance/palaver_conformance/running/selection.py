"""Which scenarios are run."""

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from palaver_conformance.errors import UsageError
from palaver_conformance.scenario import Scenario


def choose(
    scenarios: Sequence[Scenario], only: Sequence[str] = (), skip: Sequence[str] = (), tags: Sequence[str] = ()
) -> list[Scenario]:
    """Return the scenarios that fit a pattern of `only` and have one of the tags, if there are any, and none of `skip`.

    A pattern is one of an id or a case. Raises UsageError for a pattern or tag that fits nothing: it is a misspelling,
    and would otherwise go unseen.
    """
    for pattern in (*only, *skip):
        if not any(_fits(each, pattern) for each in scenarios):
            raise UsageError(f"no scenario is called {pattern!r}: see palaver conform --list")
    known = sorted({tag for each in scenarios for tag in each.tags})
    for tag in tags:
        if tag not in known:
            raise UsageError(f"no scenario has the tag {tag!r}; the tags are: {', '.join(known)}")
    return [
        each
        for each in scenarios
        if (not only or any(_fits(each, pattern) for pattern in only))
        and (not tags or set(tags) & set(each.tags))
        and not any(_fits(each, pattern) for pattern in skip)
    ]


def named(scenarios: Sequence[Scenario], name: str) -> Scenario:
    """Return the scenario with this id or case; raises UsageError when there is none."""
    for each in scenarios:
        if name in (each.id, each.case):
            return each
    close = get_close_matches(name, [each.id for each in scenarios], n=1)
    hint = f"did you mean {close[0]}?" if close else "see palaver conform --list"
    raise UsageError(f"no scenario is called {name!r}: {hint}")


def _fits(scenario: Scenario, pattern: str) -> bool:
    return fnmatchcase(scenario.id, pattern) or (scenario.case is not None and fnmatchcase(scenario.case, pattern))
