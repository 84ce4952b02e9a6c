"""From references to the text of a site: `{path: content}`, nothing written, nothing read but templates and assets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from palaver_codegen.docs import redoc
from palaver_codegen.docs.changes import Changelog
from palaver_codegen.docs.entries import anchor
from palaver_codegen.docs.index import index
from palaver_codegen.docs.prose import code, phrase, prose
from palaver_codegen.docs.view import Fact, Reference, Section
from palaver_codegen.documents.operations import Direction
from palaver_codegen.documents.tree import Json

_LICENCES = """\
assets/redoc.js is Redoc, under the licence below; the comments in it name what else it contains, and under which.

"""
_BREAKS = re.compile(r"(?<=[^/])(?=/)|(?<=[:_.@-])(?=\w)|(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Publication:
    """A dialect to publish: its reference, its documents as they are bundled, its TypeScript types, and what is new."""

    reference: Reference
    documents: Mapping[str, Json]
    types: str = ""
    changelog: Changelog | None = None


@dataclass(frozen=True)
class _Page:
    """A line of the contents at the side."""

    name: str
    href: str
    count: int


def render(publications: Sequence[Publication], site: str) -> dict[str, str]:
    """Return every file of a site by its path; `site` is what it calls itself."""
    environment = _environment()
    references = [each.reference for each in publications]
    shared = {"site": site, "names": [each.name for each in references], "licences": True}
    found = {
        "index.html": environment.get_template("home.html.j2").render(
            shared,
            root="",
            body="home",
            dialect="",
            title=site,
            description=f"{site}: API reference.",
            references=references,
            counts={each.name: _counts(each) for each in references},
        ),
        "assets/style.css": _asset("style.css"),
        "assets/theme.js": _asset("theme.js"),
        "assets/site.js": _asset("site.js"),
        "assets/search.js": index(references),
        "assets/LICENSES.txt": _LICENCES + redoc.licence(),
        "assets/redoc.js": redoc.script(),
    }
    for publication in publications:
        for page, content in _dialect(environment, publication, shared):
            found[f"{publication.reference.name}/{page}"] = content
    return found


def _dialect(
    environment: Environment, publication: Publication, shared: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    reference = publication.reference
    contents = _contents(publication)
    full = _full(publication)
    values = {
        **shared,
        "root": "../",
        "body": "page",
        "dialect": reference.name,
        "reference": reference,
        "pages": contents,
        "description": reference.lead or reference.title,
    }

    def page(template: str, file: str, title: str, **more: object) -> tuple[str, str]:
        heading = f"{title} · {reference.name} · {shared['site']}"
        return file, environment.get_template(template).render(values, page=file, title=heading, **more)

    for file, section in reference.sections:
        kind, whole, raw = _kind(reference, section)
        types = f"{reference.name}.d.ts" if publication.types else ""
        given = {"section": section, "kind": kind, "full": full.get(whole, ""), "raw": raw, "types": types}
        yield page("section.html.j2", file, _named(kind), **given)
    yield page("errors.html.j2", "errors.html", "Errors")
    yield page("types.html.j2", "types.html", "Types")
    yield page("flows.html.j2", "flows.html", "Flows", hrefs=_hrefs(reference))
    if publication.types:
        yield f"{reference.name}.d.ts", publication.types
    if publication.changelog is not None:
        yield page("changes.html.j2", "changes.html", "Changes", changelog=publication.changelog)
    for whole, file in full.items():
        document = publication.documents[whole]
        text = json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")
        back = next(href for href, section in reference.sections if _kind(reference, section)[1] == whole)
        title = f"{reference.title} · {shared['site']}"
        given = {**values, "title": title, "back": back, "document": Markup(text)}  # noqa: S704 - no `<` is left
        yield file, environment.get_template("full.html.j2").render(given)
        yield f"{whole}.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _kind(reference: Reference, section: Section) -> tuple[str, str, str]:
    """Return what a section is about, and the name and file of the document that it is from."""
    if section is reference.events:
        return "events", "asyncapi", "asyncapi.json"
    return ("REST", "openapi", "openapi.json") if section is reference.rest else ("gRPC", "", "")


def _named(kind: str) -> str:
    return "Events" if kind == "events" else kind


def _contents(publication: Publication) -> list[_Page]:
    reference = publication.reference
    found = [
        _Page(_named(_kind(reference, section)[0]), file, len(section.entries)) for file, section in reference.sections
    ]
    found += [
        _Page("Flows", "flows.html", len(reference.flows)),
        _Page("Errors", "errors.html", len(reference.problems)),
        _Page("Types", "types.html", len(reference.types)),
    ]
    return found + ([_Page("Changes", "changes.html", 0)] if publication.changelog is not None else [])


def _full(publication: Publication) -> dict[str, str]:
    """Return the pages of Redoc by the document that they show."""
    files = {"asyncapi": "asyncapi.html", "openapi": "openapi.html"}
    return {kind: file for kind, file in files.items() if publication.documents.get(kind) is not None}


def _counts(reference: Reference) -> list[Fact]:
    named = (
        ("events", len(reference.events.entries) if reference.events else 0),
        ("endpoints", len(reference.rest.entries) if reference.rest else 0),
        ("calls", len(reference.calls.entries) if reference.calls else 0),
        ("error codes", len(reference.problems)),
        ("scenarios", reference.scenarios),
    )
    return [Fact(label, str(count)) for label, count in named if count]


def _hrefs(reference: Reference) -> dict[str, str]:
    """Return where each step of each flow is explained."""
    files = {id(section): file for file, section in reference.sections}
    by_direction = {
        Direction.EVENT_IN: reference.events,
        Direction.EVENT_OUT: reference.events,
        Direction.REQUEST: reference.rest,
        Direction.CALL: reference.calls,
    }
    found = {}
    for told in reference.flows:
        for number, step in enumerate(told.flow.steps):
            if step.operation is not None:
                file = files[id(by_direction[step.operation.direction])]
                found[f"{number}{told.flow.key}"] = f"{file}#{anchor(step.operation)}"
    return found


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("palaver_codegen.docs"),
        autoescape=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"phrase": phrase, "prose": prose, "code": code, "breakable": _breakable}
    return environment


def _breakable(name: str) -> Markup:
    """Return a name that may be broken where a reader would."""
    return Markup("<wbr>").join(escape(part) for part in _BREAKS.split(name))


def _asset(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
