"""Documents: loaded with positions, bundled, validated and linted.

What other rooms use: `load_bundle` for a dialect's documents with every reference resolved, and `vocabulary` for
what `x-chat` can say.
"""

from palaver_codegen.documents.bundle import Bundle
from palaver_codegen.documents.check import check, load_bundle
from palaver_codegen.documents.folder import dialect_folder, known_dialects
from palaver_codegen.documents.problems import DocumentsRefused, Level, Place, Problem

__all__ = [
    "Bundle",
    "DocumentsRefused",
    "Level",
    "Place",
    "Problem",
    "check",
    "dialect_folder",
    "known_dialects",
    "load_bundle",
]
