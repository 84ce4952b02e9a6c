"""The page: what stands in it comes from a run, how it looks from the templates beside this file."""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from palaver_conformance.evidence.coverage import Item
from palaver_conformance.evidence.verdict import Outcome, Verdict
from palaver_conformance.report.frames import Frame, read
from palaver_conformance.report.html.diagram import Diagram, diagram
from palaver_conformance.report.summary import Run

_MOST = 1000
_PROBLEMS = (Verdict.FAIL, Verdict.UNTESTABLE, Verdict.HARNESS_ERROR)


@dataclass(frozen=True)
class Card:
    """A scenario on the page; `log` has the latest entries of its wire log, `left_out` says how many came before."""

    outcome: Outcome
    diagram: Diagram | None
    log: Sequence[Frame]
    left_out: int

    @property
    def problem(self) -> bool:
        """Whether it speaks against the server, or the harness."""
        return self.outcome.verdict in _PROBLEMS


@dataclass(frozen=True)
class Capability:
    """The scenarios of a capability."""

    name: str
    cards: Sequence[Card]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many there are of each verdict, of those that occur."""
        found = Counter(card.outcome.verdict for card in self.cards)
        return {verdict: found[verdict] for verdict in Verdict if found[verdict]}


@dataclass(frozen=True)
class Area:
    """A part of the documents, and how much of it was exercised."""

    name: str
    items: Sequence[Item]

    @property
    def seen(self) -> Sequence[Item]:
        """What was exercised."""
        return [each for each in self.items if each.count]

    @property
    def missed(self) -> Sequence[Item]:
        """What was not and has no excuse."""
        return [each for each in self.items if not each.count and not each.excuse]

    @property
    def excused(self) -> Sequence[Item]:
        """What was not and has one."""
        return [each for each in self.items if not each.count and each.excuse]


def html(run: Run) -> str:
    """Return a run as a page that needs nothing else, and may not fetch anything."""
    style, script = _beside("style.css"), _beside("script.js")
    cards = [_card(outcome, run) for outcome in run.outcomes]
    names = dict.fromkeys(card.outcome.scenario.capability for card in cards)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            run=run,
            word=run.conclusion.capitalize(),
            tone={0: "pass", 1: "fail"}.get(run.exit_code, "harness-error"),
            counts={verdict: count for verdict, count in run.counts.items() if count},
            problems=[card for card in cards if card.problem],
            capabilities=[
                Capability(name, [card for card in cards if card.outcome.scenario.capability == name]) for name in names
            ],
            areas=[Area(kind, items) for kind, items in run.coverage.items().items() if items],
            style=style,
            script=script,
            policy="; ".join(
                (
                    "default-src 'none'",
                    f"style-src '{_hash(style)}'",
                    f"script-src '{_hash(script)}'",
                    "img-src data:",
                    "base-uri 'none'",
                    "form-action 'none'",
                )
            ),
        )
    )


def _card(outcome: Outcome, run: Run) -> Card:
    if not outcome.wire:
        return Card(outcome, None, (), 0)
    frames = read(outcome.wire, run.coverage.contract)
    return Card(outcome, diagram(frames, outcome.reason), frames[-_MOST:], max(0, len(frames) - _MOST))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("palaver_conformance.report", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _beside(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return what the page's policy knows an inline text by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
