"""REST, in both languages."""

import ast

from palaver_codegen.docs.snippets.rest import Request, preparing, requesting
from palaver_codegen.documents.tree import Json

BODY: Json = {"a": [True, None]}


def request(verb: str, *, body: bool = False, answers: bool = True) -> Request:
    """Return a request."""
    return Request(verb, "https://x.example/a/{id}", {"id": "b/c"}, {"all": True}, True, body, BODY, answers)


def test_everything_that_a_request_has() -> None:
    """Path, query, token and body are where they belong, escaped."""
    found = requesting(request("POST", body=True))
    assert 'fetch("https://x.example/a/b%2Fc?all=true", {' in found.typescript
    assert 'method: "POST"' in found.typescript
    assert "Authorization: `Bearer ${token}`" in found.typescript
    assert '"https://x.example/a/b%2Fc",' in found.python
    assert 'json={"a": [True, None]}' in found.python
    assert preparing().python.startswith("import httpx\n")


def test_only_what_it_has() -> None:
    """A GET needs no options but its headers; what has no answer has none to read; DELETE with a body is possible."""
    assert "method" not in requesting(request("GET")).typescript
    assert "json()" not in requesting(request("DELETE", answers=False)).python
    deletion = requesting(request("DELETE", body=True)).python
    ast.parse(deletion)
    assert 'httpx.request(\n    "DELETE",' in deletion
