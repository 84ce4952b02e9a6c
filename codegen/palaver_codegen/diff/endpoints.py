"""REST endpoints: methods and paths, and who may call them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from palaver_codegen.diff.bodies import compare_bodies, compare_responses
from palaver_codegen.diff.errors import Codes
from palaver_codegen.diff.meaning import compare_meanings
from palaver_codegen.diff.pairing import pair
from palaver_codegen.diff.parameters import compare_parameters
from palaver_codegen.diff.security import compare_security
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation, operations
from palaver_codegen.documents.tree import Json, mapping, place_in, sequence, text

_VARIABLE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Endpoint:
    """An operation at a method and a path."""

    operation: Operation
    path: str
    method: str

    @property
    def called(self) -> str:
        """How it is named in a report."""
        return f"{self.method.upper()} {self.path}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in its path, which nobody sees on the wire."""
        return tuple(each[1:-1] for each in _VARIABLE.findall(self.path))


def compare_endpoints(versions: Versions, codes: Codes) -> None:
    """Compare two OpenAPI documents."""
    _compare_base(versions)
    before, after = _endpoints(versions.old), _endpoints(versions.new)
    likenesses = (
        lambda endpoint: text(endpoint.operation.node.get("operationId")),
        lambda endpoint: endpoint.operation.means and (endpoint.method, endpoint.operation.means),
    )
    pairing = pair(before, after, likenesses)
    for endpoint in pairing.gone:
        versions.add("endpoint-removed", endpoint.called, "is gone", endpoint.operation.place())
    for endpoint in pairing.come:
        versions.add("endpoint-added", endpoint.called, "is new", None, endpoint.operation.place())
    for old, new in pairing.renamed:
        places = old.operation.place(), new.operation.place()
        versions.add("endpoint-moved", new.called, f"was {old.called}", *places)
    for old, new in (*pairing.kept, *pairing.renamed):
        _compare(versions, codes, old, new)


def _compare(versions: Versions, codes: Codes, old: Endpoint, new: Endpoint) -> None:
    name, one, other = new.called, old.operation, new.operation
    if other.node.get("deprecated") is True and one.node.get("deprecated") is not True:
        versions.add("endpoint-deprecated", name, "is deprecated", one.place(), other.place("deprecated"))
    compare_security(versions, name, one, other)
    compare_parameters(versions, name, one, other, dict(zip(old.variables, new.variables, strict=False)))
    compare_bodies(versions, name, one, other)
    compare_responses(versions, codes, name, one, other)
    compare_meanings(versions, name, one, other)
    codes.of_operation(versions, name, one, other)


def _endpoints(document: dict[str, Json]) -> dict[tuple[str, str], Endpoint]:
    """Return the endpoints, by method and by path with its variables nameless."""
    found = {}
    for operation in operations(document):
        _, path, method = operation.path
        found[str(method), _VARIABLE.sub("{}", str(path))] = Endpoint(operation, str(path), str(method))
    return found


def _compare_base(versions: Versions) -> None:
    before, after = set(_bases(versions.old)), set(_bases(versions.new))
    if before and after and not before & after:
        what = f"is {' or '.join(sorted(after))} and was {' or '.join(sorted(before))}"
        places = place_in(versions.old, "servers"), place_in(versions.new, "servers")
        versions.add("base-path-changed", "base path", what, *places)


def _bases(document: dict[str, Json]) -> Iterator[str]:
    for server in sequence(document.get("servers")):
        yield urlsplit(text(mapping(server).get("url"))).path.rstrip("/") or "/"
