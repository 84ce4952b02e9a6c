"""From the bundle of a dialect to its reference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from markupsafe import Markup

from palaver_codegen.docs import view
from palaver_codegen.docs.diagram import drawing
from palaver_codegen.docs.entries import Writer, samples, slug
from palaver_codegen.docs.example import examples, message_examples
from palaver_codegen.docs.flows import Cast, flows, name
from palaver_codegen.docs.proof import Proofs, Scenario
from palaver_codegen.docs.prose import bare, phrase, prose
from palaver_codegen.docs.shape import shape
from palaver_codegen.docs.snippets import Snippet, grpc, rest, socketio, websocket
from palaver_codegen.docs.wire import Transport, Wire, origin, wires
from palaver_codegen.documents import Bundle
from palaver_codegen.documents.fields import entity_of
from palaver_codegen.documents.operations import Direction, Operation, operations
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, entries, mapping, text

# What titles have in common by chance is shorter.
_SHORTEST = 3
_EVENTS = (Direction.EVENT_IN, Direction.EVENT_OUT)


def reference(bundle: Bundle, scenarios: Sequence[Scenario] = (), *, typed: bool = False) -> view.Reference:
    """Return all that the documents of a dialect say, and the scenarios that prove it.

    `typed` says that the types which its TypeScript snippets import will stand beside the pages.
    """
    found = [operation for document in bundle.documents for operation in operations(document)]
    order = list(Direction)
    found.sort(key=lambda operation: order.index(operation.direction))
    proofs = Proofs(scenarios, found)
    pages = _pages(bundle)
    writer = Writer(found, proofs, pages, typed=typed)
    written = {id(operation): writer.entry(operation) for operation in found}
    by_direction = {
        direction: [written[id(each)] for each in found if each.direction is direction] for direction in Direction
    }
    reached = list(wires(bundle.asyncapi).values()) if bundle.asyncapi is not None else []
    first = reached[0] if reached else None
    events = [entry for direction in _EVENTS for entry in by_direction[direction]]
    requests, calls = by_direction[Direction.REQUEST], by_direction[Direction.CALL]
    return view.Reference(
        name=bundle.dialect,
        title=_title(bundle),
        lead=_lead(bundle),
        transports=[
            *dict.fromkeys(str(each.transport) for each in reached),
            *(["REST"] if requests else []),
            *(["gRPC"] if calls else []),
        ],
        events=None
        if bundle.asyncapi is None
        else _events(bundle.asyncapi, reached, found, events, bundle.dialect if typed else ""),
        rest=None if bundle.openapi is None else _rest(bundle.openapi, requests),
        calls=None if bundle.grpc is None else _calls(bundle.grpc, calls),
        problems=_problems(bundle, found, writer),
        refusals=list(_refusals(bundle, found, writer)),
        types=_types(bundle, found, writer),
        flows=[view.Told(flow, drawing(flow)) for flow in flows(Cast(found, first, writer.replies))],
        scenarios=len(proofs.applicable),
    )


def _pages(bundle: Bundle) -> dict[Direction, str]:
    """Return the page of each direction; that of the first document is the landing page."""
    there = [
        (bundle.asyncapi, "index.html", _EVENTS),
        (bundle.openapi, "rest.html", (Direction.REQUEST,)),
        (bundle.grpc, "grpc.html", (Direction.CALL,)),
    ]
    found: dict[Direction, str] = {}
    for document, page, directions in there:
        if document is not None:
            found |= dict.fromkeys(directions, page if found else "index.html")
    return found


def _title(bundle: Bundle) -> str:
    """Return what the titles of all documents begin with, else the first of them."""
    titles = [text(mapping(document.get("info")).get("title")) for document in bundle.documents]
    shared = re.sub(r"\W+$", "", _common(titles))
    return shared if len(shared) >= _SHORTEST else next((title for title in titles if title), bundle.dialect)


def _common(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    pairs = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in pairs)


def _lead(bundle: Bundle) -> str:
    """Return the first paragraph that any document begins with."""
    for document in bundle.documents:
        about = text(mapping(document.get("info")).get("description")).strip()
        if about:
            return bare(about.split("\n\n")[0])
    return ""


def _section(
    document: dict[str, Json], facts: Sequence[view.Fact], setup: Snippet | None, listed: Sequence[view.Entry]
) -> view.Section:
    info = mapping(document.get("info"))
    return view.Section(
        title=text(info.get("title")),
        version=str(info.get("version", "")),
        description=prose(text(info.get("description"))),
        facts=facts,
        setup=setup,
        entries=listed,
    )


def _events(
    document: dict[str, Json],
    reached: Sequence[Wire],
    found: Sequence[Operation],
    listed: Sequence[view.Entry],
    types: str,
) -> view.Section:
    if not reached:
        return _section(document, (), None, listed)
    wire = reached[0]
    ready = next((name(each) for each in found if each.means == "session.ready"), "")
    if wire.transport is Transport.SOCKETIO:
        setup = socketio.connecting(wire, ready, types)
        where = [view.Fact("Address", wire.http), view.Fact("Namespace", wire.namespace), view.Fact("Path", wire.path)]
    else:
        setup = websocket.connecting(wire, types)
        where = [view.Fact("Address", wire.socket)]
    token = [view.Fact("Token", f"{wire.seat}.{wire.token}")] if wire.token else []
    facts = [view.Fact("Transport", str(wire.transport)), *where, *token]
    return _section(document, [*facts, *(view.Fact(*each) for each in wire.limits)], setup, listed)


def _rest(document: dict[str, Json], listed: Sequence[view.Entry]) -> view.Section:
    schemes = entries(mapping(document.get("components")).get("securitySchemes"))
    ways = [text(each.get("scheme")) or text(each.get("name")) or text(each.get("type")) for _, each in schemes]
    facts = [view.Fact("Address", origin(document)), *([view.Fact("Credentials", ", ".join(ways))] if ways else [])]
    return _section(document, facts, rest.preparing(), listed)


def _calls(document: dict[str, Json], listed: Sequence[view.Entry]) -> view.Section:
    hosts = [text(server.get("host")) for _, server in entries(document.get("servers"))]
    metadata = mapping(document.get("metadata"))
    facts = [view.Fact("Address", ", ".join(hosts))] if hosts else []
    for label, key in (("Token", "token"), ("Error code", "code")):
        called = text(mapping(metadata.get(key)).get("name"))
        facts += [view.Fact(label, f"metadata {called}")] if called else []
    return _section(document, facts, grpc.preparing(document, list(grpc.places(document).values())), listed)


def _problems(bundle: Bundle, found: Sequence[Operation], writer: Writer) -> list[view.Problem]:
    returned: dict[str, list[view.Link]] = {}
    for operation in found:
        if operation.direction is not Direction.EVENT_OUT:
            for code in operation.errors:
                returned.setdefault(code, []).append(writer.link(operation))
    words = wording(bundle)
    problems = []
    for code, entry in entries(bundle.errors):
        status = entry.get("status")
        problems.append(
            view.Problem(
                code=code,
                anchor=f"error-{slug(code)}",
                status=status if isinstance(status, int) else 500,
                retryable=entry.get("retryable") is True,
                description=phrase(text(entry.get("description"))),
                raised=prose(text(entry.get("raised"))),
                wire=words.get(code, ()),
                returned_by=returned.get(code, ()),
            )
        )
    return sorted(problems, key=lambda problem: (problem.status, problem.code))


def wording(bundle: Bundle) -> dict[str, list[str]]:
    """Return by which words of its own a dialect says each code, where it does not say the code itself."""
    found: dict[str, list[str]] = {}
    for document in bundle.documents:
        for _, schema in entries(mapping(document.get("components")).get("schemas")):
            for word, code in mapping(mapping(schema.get("x-chat")).get("codes")).items():
                if word not in found.setdefault(text(code), []):
                    found[text(code)].append(word)
    return found


def _refusals(bundle: Bundle, found: Sequence[Operation], writer: Writer) -> Iterator[view.Part]:
    """Yield each shape of a refusal, once: events, acknowledgements, response bodies, and what calls answer."""
    seen: set[str] = set()
    for operation in found:
        for reply in writer.replies.of(operation):
            if reply.refuses and reply.message.key not in seen:
                seen.add(reply.message.key)
                link = None if reply.event is None else writer.link(reply.event)
                title = "The acknowledgement of a refused event" if link is None else "The event"
                value = samples(message_examples(operation.document, reply.message.key, reply.message.payload))
                yield view.Part(title, Markup(), shape(operation.document, reply.message.payload), value, link)
    for document, schema in _bodies(bundle, found):
        title = "The body of a refused request"
        yield view.Part(title, Markup(), shape(document, schema), samples(examples(document, schema)))
    spoken = next((each for each in found if mapping(each.node.get("refusal"))), None)
    if spoken is not None:
        refusal = mapping(spoken.node["refusal"])
        when = mapping(refusal.get("when"))
        about = Markup(
            "A response whose <code>{}</code> is <code>{}</code> is a refusal: its code stands in <code>{}</code>."
        ).format(_last(when.get("pointer")), str(when.get("equals")).lower(), _last(refusal.get("code")))
        yield view.Part("The response of a refused call", about, None, ())


def _bodies(bundle: Bundle, found: Sequence[Operation]) -> Iterator[tuple[dict[str, Json], Json]]:
    """Yield the schemas of error bodies, each once."""
    seen: set[str] = set()
    for operation in found:
        if operation.direction is Direction.REQUEST and bundle.openapi is not None:
            for status, schema in operation.responses().items():
                called = text(mapping(schema).get("$ref"))
                wrong = status[:1] in "45" and entity_of(resolve(operation.document, schema)) == "error"
                if wrong and called not in seen:
                    seen.add(called)
                    yield operation.document, schema


def _last(pointer: Json) -> str:
    return text(pointer).rpartition("/")[2]


def _types(bundle: Bundle, found: Sequence[Operation], writer: Writer) -> list[view.NamedType]:
    used: dict[str, dict[str, view.Link]] = {}
    for operation in found:
        link = writer.link(operation)
        for called in _referred(operation):
            used.setdefault(called, {})[link.href] = link
    schemas: dict[str, tuple[dict[str, Json], Json]] = {}
    for document in bundle.documents:
        for called, schema in mapping(mapping(document.get("components")).get("schemas")).items():
            schemas.setdefault(called, (document, schema))
    for called, (_, schema) in schemas.items():
        for other in _names_in(schema):
            used.setdefault(other, {})[called] = view.Link(called, f"#type-{slug(called)}")
    return [
        view.NamedType(
            name=called,
            anchor=f"type-{slug(called)}",
            shape=shape(document, schema, flat=True),
            samples=samples(examples(document, schema)[:1]),
            used_by=list(used.get(called, {}).values()),
        )
        for called, (document, schema) in sorted(schemas.items(), key=lambda each: each[0].lower())
    ]


def _referred(operation: Operation) -> Iterator[str]:
    """Yield the names of the schemas that an operation itself names, not those within them."""
    schemas = [message.payload for message in (*operation.messages(), *operation.replies())]
    if operation.direction is Direction.CALL:
        schemas += [operation.node["request"], operation.node["response"]]
    if operation.direction is Direction.REQUEST:
        schemas += [operation.body(), *operation.responses().values()]
    for schema in schemas:
        yield from _names_in(schema)


def _names_in(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref" and isinstance(each, str):
                yield each.rpartition("/")[2]
            elif key not in ("example", "examples", "enum", "const", "default", "x-chat"):
                yield from _names_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names_in(each)
