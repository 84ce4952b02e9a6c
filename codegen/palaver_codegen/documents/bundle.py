"""Making one self-contained document of each root file: every reference in it is internal.

What other files define is copied into `components` under the last token of its reference. Two definitions that
would take one name are a problem, not a rename: names are part of the generated interface.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from palaver_codegen.documents import pointer
from palaver_codegen.documents.folder import Folder
from palaver_codegen.documents.hoist import hoist
from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.source import Source
from palaver_codegen.documents.tree import Block, Items, Json, entries, mapping, place_in, plain, text

# Below these keys a `$ref` is data, not a reference.
_DATA = frozenset({"example", "examples", "default", "const", "enum"})
# The keys below these are names that the author chose, `default` and `examples` included.
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "schemas", "messages", "errors"})

_Target = tuple[str, str]  # label of a file, pointer in it


@dataclass(frozen=True)
class Bundle:
    """A dialect's documents with every reference resolved to an internal one.

    `asyncapi`, `openapi` and `grpc` are None where the dialect has no such document; `errors` is the catalogue, reduced
    to the codes that the documents name; `catalogue` is the whole of it. Values know their places (see `tree`).
    """

    dialect: str
    labels: tuple[str, ...]
    asyncapi: dict[str, Json] | None
    openapi: dict[str, Json] | None
    grpc: dict[str, Json] | None
    errors: dict[str, Json]
    catalogue: dict[str, Json]

    @cached_property
    def document(self) -> dict[str, Json]:
        """What bundle.json holds: plain values in a stable order."""
        calls = {} if self.grpc is None else {"grpc": _ordered(self.grpc)}
        return {
            "dialect": self.dialect,
            "asyncapi": _ordered(self.asyncapi),
            "openapi": _ordered(self.openapi),
            **calls,
            "errors": plain(self.errors),
        }

    @property
    def documents(self) -> tuple[dict[str, Json], ...]:
        """The documents that there are."""
        return tuple(document for document in (self.asyncapi, self.openapi, self.grpc) if document is not None)


def bundle(folder: Folder) -> tuple[Bundle, list[Problem]]:
    """Bundle a dialect. With problems the bundle is as whole as it can be, so that lint rules can still read it."""
    problems = list(folder.problems)
    documents: list[dict[str, Json] | None] = []
    joined, protos = None, list[str]()
    if folder.grpc is not None:
        # Imported here: it brings the compiler of Protocol Buffers, and most dialects have no calls.
        from palaver_codegen.documents.protos import join

        joined, protos, found = join(folder.grpc)
        problems += found
    for source in (folder.asyncapi, folder.openapi, joined):
        if source is None:
            documents.append(None)
            continue
        bundler = _Bundler(folder, source)
        document = bundler.run()
        # Reading referenced files can have found more problems in them.
        problems += bundler.problems + hoist(document)
        documents.append(document)
    problems += [problem for problem in folder.problems if problem not in problems]
    asyncapi, openapi, grpc = documents
    catalogue = folder.catalogue()
    named = {code for document in documents for code in named_codes(document)}
    errors: dict[str, Json] = {code: entry for code, entry in catalogue.items() if code in named}
    labels = tuple(sorted([*(source.label for source in folder.sources), *protos]))
    return Bundle(folder.dialect, labels, asyncapi, openapi, grpc, errors, catalogue), problems


def named_codes(value: Json) -> set[str]:
    """Return every code in an `x-chat.errors` anywhere in a document."""
    found: set[str] = set()
    if isinstance(value, dict):
        errors = mapping(value.get("x-chat")).get("errors")
        found |= {code for code in errors if isinstance(code, str)} if isinstance(errors, list) else set()
        for entry in value.values():
            found |= named_codes(entry)
    return found


def _ordered(document: dict[str, Json] | None) -> Json:
    """Return a plain copy with the names in each section of `components` sorted; all other order is the author's."""
    if document is None:
        return None
    copy = mapping(plain(document))
    components = mapping(copy.get("components"))
    for section, members in entries(components):
        components[section] = dict(sorted(members.items()))
    if components:
        copy["components"] = dict(sorted(components.items()))
    return copy


class _Bundler:
    """Copies one root document and pulls in what it refers to."""

    def __init__(self, folder: Folder, source: Source) -> None:
        self.folder = folder
        self.root = source
        self.problems: list[Problem] = []
        self.names: dict[_Target, tuple[str, str]] = {}
        self.waiting: deque[tuple[Source, str, str, str]] = deque()

    def run(self) -> Block:
        data = self.root.data
        assert isinstance(data, Block)
        self._adopt_aliases(data)
        document = self._copy(data, self.root, names=False)
        assert isinstance(document, Block)
        while self.waiting:
            self._pull(document, *self.waiting.popleft())
        return document

    def _adopt_aliases(self, data: Block) -> None:
        """Return a component that is only a reference to another file is where that file's definition goes."""
        for section, members in entries(data.get("components")):
            for name, member in entries(members):
                reference = text(member.get("$ref"))
                file, _, fragment = reference.partition("#")
                if not file or len(member) != 1 or "://" in reference:
                    continue
                target = self.folder.beside(self.root, file)
                if target is None or target is self.root or (target.label, fragment) in self.names:
                    continue
                try:
                    pointer.find(target.data, fragment)
                except (KeyError, ValueError):
                    continue  # reported when the component is copied
                self.names[target.label, fragment] = (section, name)
                self.waiting.append((target, fragment, section, name))

    def _copy(self, value: Json, source: Source, *, names: bool) -> Json:
        if isinstance(value, Block):
            copy = Block(value.place)
            for key, entry in value.items():
                place = value.places[key]
                if key == "$ref" and not names and isinstance(entry, str):
                    copy.put(key, self._reference(entry, source, place), place)
                elif key in _DATA and not names:
                    copy.put(key, entry, place)
                else:
                    copy.put(key, self._copy(entry, source, names=not names and key in _NAMED), place)
            return copy
        if isinstance(value, Items):
            items = Items(value.place)
            for item, place in zip(value, value.places, strict=True):
                items.put(self._copy(item, source, names=False), place)
            return items
        return value

    def _reference(self, reference: str, source: Source, place: Place) -> str:
        """Return the internal form of a reference; an unusable one is reported and left as it is."""
        if "://" in reference:
            self._problem(place, f"{reference!r} is on another machine", "copy the file into spec/")
            return reference
        file, _, fragment = reference.partition("#")
        target = self.folder.beside(source, file) if file else source
        if target is None:
            self._problem(place, f"file {file!r} does not exist or is not readable", "correct the path")
            return reference
        try:
            pointer.find(target.data, fragment)
        except ValueError as error:
            self._problem(place, f"{reference!r}: {error}", "write `file#/pointer`")
            return reference
        except KeyError as error:
            self._problem(place, f"{reference!r} leads nowhere", _nearest(target.data, fragment, str(error.args[0])))
            return reference
        return "#" + fragment if target is self.root else self._component(target, fragment, place)

    def _component(self, target: Source, fragment: str, place: Place) -> str:
        key = (target.label, fragment)
        if key not in self.names:
            tokens = pointer.split(fragment)
            name = tokens[-1] if tokens else target.path.stem
            section = tokens[-2] if len(tokens) > 1 and tokens[-2] in _SECTIONS else "schemas"
            self.names[key] = (section, name)
            taken = [other for other, where in self.names.items() if where == (section, name) and other != key]
            own = mapping(mapping(mapping(self.root.data).get("components")).get(section))
            if taken or name in own:
                other = f"{taken[0][0]}#{taken[0][1]}" if taken else f"{place_in(own, name)}"
                reason = f"two definitions want the name {name!r}: this one and {other}"
                self.problems.append(Problem(place, "name-collision", reason, "rename one of them"))
            else:
                self.waiting.append((target, fragment, section, name))
        section, name = self.names[key]
        return "#" + pointer.join(("components", section, name))

    def _pull(self, document: Block, target: Source, fragment: str, section: str, name: str) -> None:
        components = _section(document, "components")
        members = _section(components, section)
        value = pointer.find(target.data, fragment)
        place = pointer.place_at(target.data, pointer.split(fragment))
        members.put(name, self._copy(value, target, names=False), place)

    def _problem(self, place: Place, reason: str, remedy: str) -> None:
        self.problems.append(Problem(place, "dangling-reference", reason, remedy))


_SECTIONS = frozenset(
    {"schemas", "messages", "parameters", "responses", "requestBodies", "headers", "examples", "securitySchemes"}
)


def _section(holder: Block, key: str) -> Block:
    """Return the mapping under a key, made if it is absent."""
    if not isinstance(holder.get(key), Block):
        holder.put(key, Block(holder.place), holder.place)
    section = holder[key]
    assert isinstance(section, Block)
    return section


def _nearest(data: Json, fragment: str, missing: str) -> str:
    value = data
    for token in pointer.split(fragment):
        found, below = pointer.step(value, token)
        if not found:
            break
        value = below
    close = get_close_matches(missing, list(mapping(value)), n=1)
    return f"did you mean {close[0]!r}?" if close else "correct the pointer, or define what it names"
