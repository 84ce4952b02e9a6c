"""Pages are written from references."""

import json
from dataclasses import replace

from palaver_codegen.docs.changes import Changelog
from palaver_codegen.docs.render import Publication, render
from palaver_codegen.docs.view import Reference
from palaver_codegen.documents import Bundle


def test_pages(toy: Reference, bundle: Bundle) -> None:
    """There is a page for each part, the documents themselves, and what all pages need."""
    files = render(
        [Publication(toy, {"asyncapi": bundle.document["asyncapi"], "openapi": bundle.document["openapi"]})], "Site"
    )
    assert {path for path in files if path.startswith("toy/")} == {
        *(f"toy/{name}.html" for name in ("index", "rest", "grpc", "errors", "types", "flows", "asyncapi", "openapi")),
        "toy/asyncapi.json",
        "toy/openapi.json",
    }
    assert {"index.html", "assets/style.css", "assets/site.js", "assets/search.js", "assets/redoc.js"} <= set(files)
    assert json.loads(files["toy/openapi.json"]) == bundle.document["openapi"]
    assert "<title>Errors · toy · Site</title>" in files["toy/errors.html"]


def test_changes_are_a_page(toy: Reference) -> None:
    """With a changelog there is a page of it, and every page leads there; without, neither is."""
    changed = render([Publication(toy, {}, changelog=Changelog("v1", "### Added\n\n- `note:send`"))], "Site")
    assert "<h3>Added</h3>" in changed["toy/changes.html"]
    assert "changes.html" in changed["toy/index.html"]
    plain = render([Publication(toy, {})], "Site")
    assert "toy/changes.html" not in plain
    assert "changes.html" not in plain["toy/index.html"]


def test_nothing_of_the_documents_is_html(toy: Reference) -> None:
    """Whatever a title or a document holds, it is text."""
    sly = replace(toy, name="toy", lead="<script>lead</script>")
    files = render([Publication(sly, {"openapi": {"info": {"title": "</script><script>"}}})], "<b>Site")
    assert not [path for path, text in files.items() if path.endswith(".html") and "<script>lead" in text]
    assert "<b>Site" not in files["index.html"]
    assert "</script><script>" not in files["toy/openapi.html"]


def test_same_documents_make_the_same_site(toy: Reference) -> None:
    """No time and no chance is in the files: what did not change is not written."""
    assert render([Publication(toy, {})], "Site") == render([Publication(toy, {})], "Site")
