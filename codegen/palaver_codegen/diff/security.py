"""Who may call an endpoint: the ways of signing in that it takes."""

from __future__ import annotations

from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, place_in, sequence, text

# One way to sign in: all of these schemes, each with its scopes. None at all is to call it without.
_Way = frozenset[tuple[str, frozenset[str]]]
_TELLING = ("type", "scheme", "in", "name", "openIdConnectUrl")


def compare_security(versions: Versions, name: str, old: Operation, new: Operation) -> None:
    """Compare the ways of signing in; what a scheme is called is nobody's business."""
    before, after = _ways(old), _ways(new)
    # What holds for a whole document is told once.
    places = _place(old), _place(new)
    refused = [way for way in before if not any(_suffices(way, other) for other in after)]
    if refused:
        what = f"is not open any more to who calls it {_said(refused)}"
        versions.add("security-tightened", name, what, *places)
    admitted = [way for way in after if not any(_suffices(way, other) for other in before)]
    if admitted:
        versions.add("security-loosened", name, f"can be called {_said(admitted)}", *places)


def _place(operation: Operation) -> Place:
    return operation.place("security") if "security" in operation.node else place_in(operation.document, "security")


def _suffices(way: _Way, wanted: _Way) -> bool:
    """Whether who signs in one way has all that another one wants."""
    has = dict(way)
    return all(scheme in has and scopes <= has[scheme] for scheme, scopes in wanted)


def _ways(operation: Operation) -> list[_Way]:
    document = operation.document
    given = operation.node.get("security", document.get("security"))
    schemes = mapping(mapping(document.get("components")).get("securitySchemes"))
    return [
        frozenset(
            (_scheme(document, schemes.get(scheme), scheme), frozenset(text(scope) for scope in sequence(scopes)))
            for scheme, scopes in mapping(way).items()
        )
        for way in sequence(given)
    ] or [frozenset()]


def _scheme(document: Json, scheme: Json, name: str) -> str:
    known = mapping(resolve(document, scheme))
    words = [text(known.get(key)).lower() for key in _TELLING if key in known]
    return " ".join(words) or name


def _said(ways: list[_Way]) -> str:
    said = []
    for way in ways:
        parts = [
            f"{scheme} ({', '.join(sorted(scopes))})" if scopes else scheme for scheme, scopes in sorted(way, key=str)
        ]
        said.append(f"with {' and '.join(parts)}" if parts else "without signing in")
    return " or ".join(said)
