"""Rules about regular expressions: that they compile, mean the whole value, and match in bounded time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import jsonschema_rs

from palaver_codegen.documents.problems import Level, Problem
from palaver_codegen.documents.rules.rule import Rule, Scope, check
from palaver_codegen.documents.rules.subject import Subject

PATTERN_INVALID = Rule(
    "pattern-invalid",
    Level.ERROR,
    Scope.READING,
    title="A pattern compiles without look-around and back references",
    reason="Generated models use Rust's regular expressions, which match in linear time whatever a client sends.",
    remedy="Use neither look-around nor back references.",
)
PATTERN_UNANCHORED = Rule(
    "pattern-unanchored",
    Level.WARNING,
    Scope.HOUSE,
    title="A pattern begins with ^ and ends with $",
    reason="JSON Schema looks for a pattern anywhere in the value: `[a-z]+` lets `<script>` in.",
    remedy="Write `^…$`; `^…` or `…$` where only one end is meant, with the rest said: `^Bearer .*$`.",
)
PATTERN_CATASTROPHIC = Rule(
    "pattern-catastrophic",
    Level.WARNING,
    Scope.STANDARD,
    title="A pattern does not repeat a repetition",
    reason="With `(a+)+` a validator that backtracks, as those of JavaScript and Python do, takes exponential time.",
    remedy="Write one repetition, or put something between the two that only one of them can match.",
)


@check(PATTERN_INVALID, PATTERN_UNANCHORED, PATTERN_CATASTROPHIC)
def patterns(subject: Subject) -> Iterator[Problem]:
    """Check every pattern: one that does not compile is not looked at any further."""
    options = jsonschema_rs.RegexOptions()
    known: dict[str, list[tuple[Rule, str, str]]] = {}
    for located in subject.schemas:
        pattern = located.schema.get("pattern")
        if isinstance(pattern, str):
            if pattern not in known:
                known[pattern] = list(_faults(pattern, options))
            for rule, reason, remedy in known[pattern]:
                yield rule.at(located.place("pattern"), reason, remedy)


def _faults(pattern: str, options: jsonschema_rs.RegexOptions) -> Iterator[tuple[Rule, str, str]]:
    try:
        jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=options)
    except ValueError:
        reason = f"{pattern!r} is not a regular expression that every validator understands"
        yield PATTERN_INVALID, reason, "use neither look-around nor \\1"
        return
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield PATTERN_UNANCHORED, f"{pattern!r} is looked for anywhere in the value", "write `^…$`"
    repeated = catastrophic(pattern)
    if repeated:
        reason = f"{repeated!r} repeats a repetition: some values take exponential time"
        yield PATTERN_CATASTROPHIC, reason, "write one repetition, or separate the two"


_CLASS = r"\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]"
_ATOM = re.compile(rf"\\[pPxu]\{{[^}}]*\}}|\\.|{_CLASS}|[^()|]", re.DOTALL)
_TIMES = re.compile(r"(?:\*|\+|\?|\{\d+(?P<comma>,)?(?P<most>\d*)\})[?+]?")
_GROUP = re.compile(r"\((?:\?(?::|P?<\w+>|[a-z]+:))?")


def catastrophic(pattern: str) -> str:
    """Return the first group that is repeated without bound and can match by one such repetition alone; else nothing.

    Such are `(a+)+`, `(a*b?)*` and `(x|a+)*`, not `(a+,)*`: there only the comma can end a round.
    """
    found: list[str] = []
    _alternatives(pattern, 0, found)
    return found[0] if found else ""


def _alternatives(pattern: str, at: int, found: list[str]) -> tuple[int, bool]:
    """Read up to the end of a group: where that is, and whether one of its alternatives is a repetition alone."""
    repetition, lone, needed = False, False, 0
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            lone, repetition, needed, at = lone or (repetition and needed == 0), False, 0, at + 1
            continue
        start, inner = at, False
        if group := _GROUP.match(pattern, at):
            at, inner = _alternatives(pattern, group.end(), found)
            at += 1
        elif atom := _ATOM.match(pattern, at):
            at = atom.end()
        else:
            return len(pattern), False
        end, unbounded, optional = _repetition(pattern, at)
        if inner and unbounded:
            found.append(pattern[start:end])
        at = end
        if unbounded or inner:
            repetition = True
        elif not optional and pattern[start] not in "^$":
            needed += 1
    return at, lone or (repetition and needed == 0)


def _repetition(pattern: str, at: int) -> tuple[int, bool, bool]:
    """Read the quantifier that may stand here: its end, whether it has no bound, and whether it lets nothing match."""
    times = _TIMES.match(pattern, at)
    if times is None:
        return at, False, False
    said = times.group()
    unbounded = said[0] in "*+" or (times["comma"] is not None and not times["most"])
    return times.end(), unbounded, said[0] in "*?" or said.startswith("{0")
