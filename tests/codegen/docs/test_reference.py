"""The reference has all that the documents have."""

from pathlib import Path

from palaver_codegen.docs.proof import Scenario
from palaver_codegen.docs.reference import reference
from palaver_codegen.docs.view import Reference
from palaver_codegen.documents import Bundle, load_bundle

FOREIGN = Path(__file__).parents[3] / "examples" / "overlay"


def test_sections(toy: Reference) -> None:
    """Each document is a section, in which every operation is; the first is the landing page."""
    assert [(page, len(section.entries)) for page, section in toy.sections] == [
        ("index.html", 4),
        ("rest.html", 3),
        ("grpc.html", 2),
    ]
    assert toy.transports == ["Socket.IO", "REST", "gRPC"]
    assert toy.events is not None
    assert {fact.name: fact.value for fact in toy.events.facts}["Token"] == "auth.token"


def test_errors(toy: Reference) -> None:
    """Every code says who returns it, and every shape of a refusal is shown once."""
    assert [problem.code for problem in toy.problems] == sorted(
        (problem.code for problem in toy.problems),
        key=lambda code: next(p.status for p in toy.problems if p.code == code),
    )
    invalid = next(problem for problem in toy.problems if problem.code == "INVALID")
    assert "note:send" in [link.name for link in invalid.returned_by]
    assert "The acknowledgement of a refused event" in [part.title for part in toy.refusals]
    assert "The response of a refused call" in [part.title for part in toy.refusals]


def test_types(toy: Reference, bundle: Bundle) -> None:
    """Every named schema of every document is there, with what uses it."""
    wanted = {name for document in bundle.documents for name in document["components"]["schemas"]}  # type: ignore[index, call-overload]
    assert {each.name for each in toy.types} == wanted
    stored = next(each for each in toy.types if each.name == "Stored")
    assert "note:send" in [link.name for link in stored.used_by]


def test_scenarios(bundle: Bundle) -> None:
    """Scenarios that fit are counted, and stand with their operations."""
    proven = reference(
        bundle,
        [Scenario("a", "A", "", "", "", ("message.send@socket",)), Scenario("b", "B", "", "", "", ("typing.start",))],
    )
    assert proven.scenarios == 1
    assert proven.events is not None
    assert [each.id for each in proven.events.entries[0].scenarios] == ["a"]


def test_documents_of_others() -> None:
    """Documents of a team that does not know Palaver, with an overlay, have a reference; their words are explained."""
    camp = reference(load_bundle(FOREIGN))
    assert camp.events is not None
    assert [each.name for each in camp.events.entries][:5] == ["light", "utter", "reword", "poke", "wave"]
    wave = camp.events.entries[4]
    assert (wave.means, wave.errors) == ("", [])
    assert {problem.code: list(problem.wire) for problem in camp.problems}["FORBIDDEN"] == ["keep-out"]
    assert "connect" in [told.flow.key for told in camp.flows]


def test_only_one_document(bundle: Bundle) -> None:
    """A dialect of REST alone begins with its REST page."""
    from dataclasses import replace

    alone = reference(replace(bundle, asyncapi=None, grpc=None))
    assert [page for page, _ in alone.sections] == ["index.html"]
    assert alone.rest is not None
