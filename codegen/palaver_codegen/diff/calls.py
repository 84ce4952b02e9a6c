"""Calls of gRPC: which there are, what they say of themselves, and the schemas that grpc.yaml gives their messages."""

from __future__ import annotations

from palaver_codegen.diff.errors import Codes
from palaver_codegen.diff.kinds import Kind
from palaver_codegen.diff.meaning import compare_meanings
from palaver_codegen.diff.pairing import pair
from palaver_codegen.diff.protos import Protos, compare_messages
from palaver_codegen.diff.rules import Side
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation, operations
from palaver_codegen.documents.tree import mapping, place_in, plain

# Of these the bytes tell more than the schema does: the fields of a message are compared by number.
_OF_BYTES = frozenset(
    {kind for kind in Kind if "property" in kind} | {Kind.TYPE_NARROWED, Kind.TYPE_WIDENED, Kind.TYPE_CHANGED}
)


def compare_calls(versions: Versions, codes: Codes) -> None:
    """Compare two documents of gRPC, and the .proto files behind them."""
    _compare_metadata(versions)
    before, after = ({each.key: each for each in operations(side)} for side in (versions.old, versions.new))
    protos = Protos(versions.old), Protos(versions.new)
    pairing = pair(before, after)
    for operation in pairing.gone:
        versions.add("call-removed", f"call {operation.key}", "is gone", operation.place())
    for operation in pairing.come:
        versions.add("call-added", f"call {operation.key}", "is new", None, operation.place())
    for old, new in pairing.kept:
        _compare(versions, codes, protos, old, new)


def _compare(versions: Versions, codes: Codes, protos: tuple[Protos, Protos], old: Operation, new: Operation) -> None:
    name = f"call {new.key}"
    for side, part, called in (
        (Side.REQUEST, "request", name),
        (Side.RESPONSE, "response", f"answer of {new.key}"),
    ):
        takes = [each.message_of(operation.key, side) for each, operation in zip(protos, (old, new), strict=True)]
        if takes[0].full_name != takes[1].full_name:
            word = "takes" if side is Side.REQUEST else "returns"
            what = f"{word} {takes[1].full_name} and not {takes[0].full_name}"
            versions.add("call-message-changed", name, what, old.place(part), new.place(part))
            continue
        compare_messages(versions, called, *takes)
        versions.payloads(side, called, old.node[part], new.node[part], without=_OF_BYTES)
    if plain(old.node.get("refusal")) != plain(new.node.get("refusal")):
        places = old.place("refusal"), new.place("refusal")
        versions.add("refusal-changed", name, "says no in another way", *places)
    _compare_secured(versions, name, old, new)
    compare_meanings(versions, name, old, new)
    codes.of_operation(versions, name, old, new)


def _compare_secured(versions: Versions, name: str, old: Operation, new: Operation) -> None:
    was, now = (operation.node.get("secured") is not False for operation in (old, new))
    places = old.place("secured"), new.place("secured")
    if now and not was:
        versions.add("security-tightened", name, "needs a token now", *places)
    elif was and not now:
        versions.add("security-loosened", name, "needs no token any more", *places)


def _compare_metadata(versions: Versions) -> None:
    before, after = mapping(versions.old.get("metadata")), mapping(versions.new.get("metadata"))
    for part, words in (("token", "the token"), ("code", "the error code")):
        was, now = mapping(before.get(part)), mapping(after.get(part))
        for key in ("name", "scheme"):
            if was.get(key) != now.get(key):
                what = f"the {key} of {words} is {now.get(key)} and was {was.get(key)}"
                places = place_in(was, key, place_in(versions.old, "")), place_in(now, key, place_in(versions.new, ""))
                versions.add("metadata-changed", "metadata of calls", what, *places)
