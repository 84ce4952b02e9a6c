"""From operations to the entries of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from palaver_codegen.docs import view
from palaver_codegen.docs.example import Example, examples, media_examples, message_examples, value_of
from palaver_codegen.docs.flows import name
from palaver_codegen.docs.proof import Proofs
from palaver_codegen.docs.prose import as_json, bare, code, phrase, prose
from palaver_codegen.docs.replies import Replies
from palaver_codegen.docs.shape import Row, shape
from palaver_codegen.docs.snippets import Snippet, grpc, rest, socketio, websocket
from palaver_codegen.docs.wire import Transport, Wire, origin, wires
from palaver_codegen.documents.operations import Direction, Message, Operation
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, mapping, sequence, text
from palaver_codegen.documents.vocabulary import vocabulary

_ANCHORS = {
    Direction.EVENT_IN: "emit",
    Direction.EVENT_OUT: "on",
    Direction.REQUEST: "request",
    Direction.CALL: "call",
}
_PLACES = {"path": "Path", "query": "Query", "header": "Headers", "cookie": "Cookies"}


def anchor(operation: Operation) -> str:
    """Return where an operation stands on its page. It depends on nothing but its direction and its name."""
    called = operation.key if operation.direction is Direction.REQUEST else name(operation)
    return f"{_ANCHORS[operation.direction]}-{slug(called)}"


def _meaning(operation: Operation) -> str:
    """Return what an operation means in the vocabulary, or in the authors' own words."""
    return operation.means or operation.own


def slug(words: str) -> str:
    """Return words as a part of an address."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", words).strip("-") or "unnamed"


def samples(found: Iterable[Example]) -> tuple[view.Sample, ...]:
    """Return examples as they are shown."""
    written = ((each, as_json(each.value)) for each in found)
    return tuple(view.Sample(each.title, source, code(source, "json"), each.made) for each, source in written)


class Writer:
    """Makes the entries of a dialect. `pages` says on which page the operations of each direction stand.

    `typed` says that the snippets can use the generated types.
    """

    def __init__(
        self, operations: Sequence[Operation], proofs: Proofs, pages: Mapping[Direction, str], *, typed: bool
    ) -> None:
        self.replies = Replies(operations)
        self._proofs = proofs
        self._typed = typed
        self._pages = pages
        self._by_meaning: dict[str, list[view.Link]] = {}
        self._causes: dict[str, list[view.Link]] = {}
        self._wires: dict[int, dict[str, Wire]] = {}
        self._places: dict[int, dict[str, grpc.Place]] = {}
        for operation in operations:
            if operation.direction is Direction.EVENT_OUT and _meaning(operation):
                self._by_meaning.setdefault(_meaning(operation), []).append(self.link(operation))
            for meaning in sequence(operation.chat.get("emits")):
                self._causes.setdefault(text(meaning), []).append(self.link(operation))

    def link(self, operation: Operation) -> view.Link:
        """Return the name of an operation with its address."""
        return view.Link(name(operation), f"{self._pages[operation.direction]}#{anchor(operation)}")

    def entry(self, operation: Operation) -> view.Entry:
        """Return an operation as it is shown."""
        requests, answers = tuple(self._requests(operation)), tuple(self._answers(operation))
        verb, _, called = name(operation).rpartition(" ")
        meaning = vocabulary().meanings.get(operation.means)
        summary = bare(text(operation.node.get("summary")))
        emitted = [text(each) for each in sequence(operation.chat.get("emits"))]
        shapes = [part.shape for part in (*requests, *answers) if part.shape is not None]
        fields = dict.fromkeys(field for each in shapes for field in _names(each.rows))
        return view.Entry(
            anchor=anchor(operation),
            group=self._group(operation),
            direction="in" if operation.direction is Direction.EVENT_OUT else "out",
            verb=verb,
            name=called,
            summary=summary or (meaning.summary.rstrip(".") if meaning else ""),
            description=prose(text(operation.node.get("description"))),
            means=_meaning(operation),
            meaning=meaning.summary if meaning else "A matter of this API's own." if operation.own else "",
            secured=self._secured(operation),
            deprecated=operation.node.get("deprecated") is True,
            requests=requests,
            answers=answers,
            refusal=self._refusal(operation),
            errors=[view.Link(each, f"errors.html#error-{slug(each)}") for each in operation.errors],
            causes=self._causes.get(_meaning(operation), []) if operation.direction is Direction.EVENT_OUT else [],
            effects=[link for each in emitted for link in self._by_meaning.get(each, [])],
            snippet=self._snippet(operation),
            scenarios=self._proofs.of(operation),
            words=" ".join((_meaning(operation), *fields)),
        )

    def _group(self, operation: Operation) -> str:
        if operation.direction is Direction.EVENT_IN:
            return "Clients send"
        if operation.direction is Direction.EVENT_OUT:
            return "The server sends"
        if operation.direction is Direction.CALL:
            return operation.key.rpartition("/")[0]
        return text(next(iter(sequence(operation.node.get("tags"))), "")) or "endpoints"

    def _requests(self, operation: Operation) -> Iterator[view.Part]:
        document = operation.document
        if operation.direction is Direction.CALL:
            yield _part("Request", document, operation.node["request"])
        for place, title in _PLACES.items():
            listed = [each for each in operation.parameters() if text(each.get("in")) == place]
            if listed and operation.direction is Direction.REQUEST:
                yield view.Part(title, Markup(), shape(document, _of_parameters(listed)), ())
        body = operation.body()
        if body is not None:
            optional = Markup() if operation.body_required() else Markup("It may be left out.")
            found = samples(media_examples(document, operation.node.get("requestBody"), body))
            yield view.Part("Body", optional, shape(document, body), found)
        for message in operation.messages():
            yield _message_part("Payload", document, message)

    def _answers(self, operation: Operation) -> Iterator[view.Part]:
        document = operation.document
        if operation.direction is Direction.CALL:
            yield _part("Response", document, operation.node["response"])
        for status, response in mapping(operation.node.get("responses")).items():
            # What a refusal looks like stands on the page of errors, if the documents say that it is one.
            if status[:1] in "23" or not operation.errors:
                resolved = mapping(resolve(document, response))
                schema = operation.responses()[status]
                about = phrase(text(resolved.get("description")))
                shown = None if schema is None else shape(document, schema)
                found = () if schema is None else samples(media_examples(document, response, schema))
                yield view.Part("Response", about, shown, found, status=status)
        for reply in self.replies.of(operation):
            if reply.refuses:
                continue
            if reply.event is None:
                yield _message_part("Acknowledgement", document, reply.message)
            else:
                yield view.Part("Answered by", Markup(), None, (), self.link(reply.event))

    def _refusal(self, operation: Operation) -> Markup:
        """Return how the server says no to an event; what the status of a request says needs no words."""
        ways = []
        for reply in self.replies.of(operation):
            if reply.refuses and reply.event is None:
                ways.append(Markup('the <a href="errors.html#refusals">acknowledgement</a>'))
            elif reply.refuses and reply.event is not None:
                link = self.link(reply.event)
                ways.append(Markup('the event <a href="{}"><code>{}</code></a>').format(link.href, link.name))
        return Markup(" and ").join(ways)

    @staticmethod
    def _secured(operation: Operation) -> bool | None:
        """Whether a request or a call needs a token; None for an event, whose connection has one."""
        if operation.direction is Direction.CALL:
            token = "token" in mapping(operation.document.get("metadata"))
            return operation.node.get("secured", token) is True
        if operation.direction is not Direction.REQUEST:
            return None
        wanted = sequence(operation.node.get("security", operation.document.get("security")))
        return bool(wanted) and all(mapping(each) for each in wanted)

    def _snippet(self, operation: Operation) -> Snippet | None:
        if operation.direction is Direction.REQUEST:
            return rest.requesting(self._request(operation))
        if operation.direction is Direction.CALL:
            place = self._defined(operation.document).get(operation.key)
            value = examples(operation.document, operation.node["request"])[0].value
            return None if place is None else grpc.calling(place, value, secured=self._secured(operation) is True)
        messages = operation.messages()
        wire = self.wire(operation)
        if not messages or wire is None:
            return None
        if operation.direction is Direction.EVENT_IN:
            return self._sending(operation, wire, messages[0])
        noun = text(mapping(messages[0].payload).get("$ref")).rpartition("/")[2] or "payload"
        if wire.transport is Transport.SOCKETIO:
            return socketio.receiving(wire, messages[0].name, noun)
        return websocket.receiving(wire, messages[0].name, noun, typed=self._typed)

    def _sending(self, operation: Operation, wire: Wire, message: Message) -> Snippet:
        replies = self.replies.of(operation)
        value = message_examples(operation.document, message.key, message.payload)[0].value
        if wire.transport is Transport.SOCKETIO:
            acknowledged = any(reply.event is None for reply in replies)
            return socketio.sending(wire, message.name, value, acknowledged=acknowledged)
        answers = (name(reply.event) for reply in replies if reply.event is not None and not reply.refuses)
        return websocket.sending(wire, value, next(answers, ""), typed=self._typed)

    def _request(self, operation: Operation) -> rest.Request:
        document = operation.document
        given: dict[str, dict[str, Json]] = {"path": {}, "query": {}}
        for parameter in operation.parameters():
            place = text(parameter.get("in"))
            if place == "path" or (place == "query" and parameter.get("required") is True):
                own = parameter.get("example")
                value = value_of(document, parameter.get("schema")) if own is None else own
                given[place][text(parameter.get("name"))] = value
        body = operation.body()
        shown = [] if body is None else media_examples(document, operation.node.get("requestBody"), body)
        statuses = operation.responses()
        _, url, verb = operation.path
        return rest.Request(
            verb=str(verb).upper(),
            url=origin(document) + str(url),
            path=given["path"],
            query=given["query"],
            secured=self._secured(operation) is True,
            has_body=bool(shown),
            body=shown[0].value if shown else None,
            answers=all(schema is not None for status, schema in statuses.items() if status[:1] == "2"),
        )

    def wire(self, operation: Operation) -> Wire | None:
        """Return how the channel of an event is reached; None if the operation names none that exists."""
        known = self._wires.setdefault(id(operation.document), {})
        if not known:
            known |= wires(operation.document)
        channel = text(mapping(operation.node.get("channel")).get("$ref")).rpartition("/")[2]
        return known.get(channel)

    def _defined(self, document: dict[str, Json]) -> dict[str, grpc.Place]:
        if id(document) not in self._places:
            self._places[id(document)] = grpc.places(document)
        return self._places[id(document)]


def _part(title: str, document: dict[str, Json], schema: Json) -> view.Part:
    return view.Part(title, Markup(), shape(document, schema), samples(examples(document, schema)))


def _message_part(title: str, document: dict[str, Json], message: Message) -> view.Part:
    found = samples(message_examples(document, message.key, message.payload))
    return view.Part(title, Markup(), shape(document, message.payload), found)


def _of_parameters(listed: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """Return parameters of one place as the schema of an object."""
    properties: dict[str, Json] = {}
    required: list[Json] = []
    for parameter in listed:
        called = text(parameter.get("name"))
        schema = mapping(parameter.get("schema"))
        about = parameter.get("description")
        properties[called] = {**schema, "description": about} if about else schema
        if parameter.get("required") is True:
            required.append(called)
    return {"type": "object", "properties": properties, "required": required}


def _names(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if not row.variant:
            yield row.name
        yield from _names(row.rows)
