"""Several rounds of the same scenarios, as one outcome for each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from palaver_conformance.evidence.verdict import Outcome, Verdict

# The worst first: what is not always so is not so.
_ORDER = (Verdict.HARNESS_ERROR, Verdict.FAIL, Verdict.UNTESTABLE, Verdict.NOT_APPLICABLE, Verdict.PASS)


def combined(rounds: Sequence[Sequence[Outcome]]) -> list[Outcome]:
    """Return the worst outcome of each scenario, with the tally of all; the order is that of the first round.

    Of equally bad ones it is the first. A round that was stopped may lack some.
    """
    if len(rounds) == 1:
        return list(rounds[0])
    by_scenario: dict[str, list[Outcome]] = {}
    for each in (outcome for one in rounds for outcome in one):
        by_scenario.setdefault(each.scenario.id, []).append(each)
    return [
        replace(
            min(outcomes, key=lambda each: _ORDER.index(each.verdict)),
            tally=Counter(each.verdict for each in outcomes),
        )
        for outcomes in by_scenario.values()
    ]
