"""What people read of the rules: the list, the entry of one, and the page in docs/reference."""

from __future__ import annotations

import sys
from pathlib import Path

from palaver_codegen.documents.rules import RULES, Rule, Scope

_SCOPES = {
    Scope.READING: "what whoever reads the documents relies on",
    Scope.STANDARD: "what the standards say, and what contradicts itself",
    Scope.HOUSE: "how documents are written from which an API layer is generated",
}
_HEAD = """\
<!-- Written by `make generate` from the rules themselves. Do not edit. -->

# Lint rules

Every rule that `palaver lint` knows, with the level that it has unless the settings say otherwise. How to set levels,
and how to suppress a finding, is in [How to lint documents](../howto/lint-documents.md).

Each rule is for somebody's documents:

"""
_TABLE = """
With `style: foreign` those of the house are left out. A rule that is *fixed* can neither be suppressed nor be given
another level.

| rule | level | scope | what is right |
|---|---|---|---|
"""


def listed() -> str:
    """Return a line for each rule: id, level, whose documents it is for, title."""
    width = max(map(len, RULES))
    return "".join(f"{rule.id:<{width}}  {rule.level:<7}  {rule.scope:<8}  {rule.title}\n" for rule in RULES.values())


def explained(rule: Rule) -> str:
    """Return all that is said of a rule."""
    fixed = "\n  It can neither be suppressed nor be given another level." if rule.fixed else ""
    return (
        f"{rule.id}: {rule.title}.\n\n"
        f"  {rule.reason}\n\n"
        f"  Remedy: {rule.remedy}\n\n"
        f"  Level: {rule.level}. Scope: {rule.scope}, which is {_SCOPES[rule.scope]}.{fixed}\n"
    )


def page() -> str:
    """Return the reference page, in Markdown."""
    parts = [_HEAD, *(f"- **{scope}**: {said}\n" for scope, said in _SCOPES.items()), _TABLE]
    parts += [f"| [{rule.id}](#{rule.id}) | {rule.level} | {rule.scope} | {rule.title} |\n" for rule in RULES.values()]
    for rule in RULES.values():
        fixed = ", fixed" if rule.fixed else ""
        parts.append(f"\n## {rule.id}\n\n**{rule.title}.** ({rule.level}, {rule.scope}{fixed})\n\n{rule.reason}\n\n")
        parts.append(f"*Remedy.* {rule.remedy}\n")
    return "".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
