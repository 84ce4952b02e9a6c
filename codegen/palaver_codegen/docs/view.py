"""What pages are made of: everything that templates print, with every decision already made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from palaver_codegen.docs.diagram import Drawing
from palaver_codegen.docs.flows import Flow
from palaver_codegen.docs.proof import Scenario
from palaver_codegen.docs.shape import Shape
from palaver_codegen.docs.snippets import Snippet


@dataclass(frozen=True)
class Link:
    """A name, and where it leads, from the folder of the dialect."""

    name: str
    href: str


@dataclass(frozen=True)
class Sample:
    """A value to show, as text and as highlighted HTML. `made` says that no document has it."""

    title: str
    text: str
    html: Markup
    made: bool


@dataclass(frozen=True)
class Part:
    """One side of an operation: its payload, its parameters, or one of its answers."""

    title: str
    about: Markup
    shape: Shape | None
    samples: Sequence[Sample]
    link: Link | None = None
    status: str = ""


@dataclass(frozen=True)
class Entry:
    """An operation or an event. `direction` is `out` for what clients send and `in` for what they receive.

    `verb` is what stands before the name: the method of a request, empty for an event. `path` is the name with what is
    to be filled in marked. `group` is the heading under which the list of a page has it.
    """

    anchor: str
    group: str
    direction: str
    verb: str
    name: str
    summary: str
    description: Markup
    means: str
    meaning: str
    secured: bool | None
    deprecated: bool
    requests: Sequence[Part]
    answers: Sequence[Part]
    refusal: Markup
    errors: Sequence[Link]
    causes: Sequence[Link]
    effects: Sequence[Link]
    snippet: Snippet | None
    scenarios: Sequence[Scenario]
    words: str

    @property
    def key(self) -> str:
        """Its name in lists: with the verb, if it has one."""
        return f"{self.verb} {self.name}".strip()


@dataclass(frozen=True)
class Problem:
    """An error code: what it means, and who returns it. `wire` has the words by which the dialect says it."""

    code: str
    anchor: str
    status: int
    retryable: bool
    description: Markup
    raised: Markup
    wire: Sequence[str]
    returned_by: Sequence[Link]


@dataclass(frozen=True)
class NamedType:
    """A named schema, and what it is used in."""

    name: str
    anchor: str
    shape: Shape
    samples: Sequence[Sample]
    used_by: Sequence[Link]


@dataclass(frozen=True)
class Told:
    """A flow with its drawing."""

    flow: Flow
    drawing: Drawing


@dataclass(frozen=True)
class Fact:
    """A line of what has to be known before anything else."""

    name: str
    value: str


@dataclass(frozen=True)
class Section:
    """One document of a dialect, as a page: `setup` is what stands before all of its snippets."""

    title: str
    version: str
    description: Markup
    facts: Sequence[Fact]
    setup: Snippet | None
    entries: Sequence[Entry]

    @property
    def groups(self) -> Mapping[str, Sequence[Entry]]:
        """The entries by group, in the order in which groups first come."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.group, []).append(entry)
        return found


@dataclass(frozen=True)
class Reference:
    """All of a dialect. A section is None where there is no such document."""

    name: str
    title: str
    lead: str
    transports: Sequence[str]
    events: Section | None
    rest: Section | None
    calls: Section | None
    problems: Sequence[Problem]
    refusals: Sequence[Part]
    types: Sequence[NamedType]
    flows: Sequence[Told]
    scenarios: int

    @property
    def sections(self) -> Sequence[tuple[str, Section]]:
        """The sections that there are, each with the file of its page; the first is the landing page."""
        named = (("index.html", self.events), ("rest.html", self.rest), ("grpc.html", self.calls))
        there = [(page, section) for page, section in named if section is not None]
        return [("index.html" if at == 0 else page, section) for at, (page, section) in enumerate(there)]
