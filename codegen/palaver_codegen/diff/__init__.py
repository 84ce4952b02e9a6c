"""What is different between two versions of documents, and whom it breaks.

`compare` takes two bundles of a dialect. What clients send may only widen, what the server sends only narrow.
"""

from palaver_codegen.diff.change import Change, Subject
from palaver_codegen.diff.comparison import compare, compare_all
from palaver_codegen.diff.rules import Rule, Severity, rules

__all__ = ["Change", "Rule", "Severity", "Subject", "compare", "compare_all", "rules"]
