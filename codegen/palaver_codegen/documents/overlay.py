"""OpenAPI Overlays: changes to documents that stay as they are, such as the `x-chat` that their authors never wrote.

Source: https://spec.openapis.org/overlay/v1.0.0.html. Beyond it, `x-palaver-document` says for the whole overlay, or
for one action, which document is meant: `asyncapi`, `openapi`, `grpc`, or a file beside the overlay. Without it that is
the document that the overlay `extends`, and without that every document in which the target hits something. And
`x-palaver-errors` has entries of the error catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.source import Source
from palaver_codegen.documents.tree import Block, Items, Json, mapping, place_in, text

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment

_ROOT_KEYS = ("overlay", "info", "extends", "actions")
_ACTION_KEYS = ("target", "description", "update", "remove")
_EXTENSION = "x-"
DOCUMENT, ERRORS = "x-palaver-document", "x-palaver-errors"

_Tokens = tuple[str | int, ...]


@dataclass(frozen=True)
class Documents:
    """What overlays are applied to: the root documents by kind, and any file beside an overlay."""

    roots: Mapping[str, Source]
    beside: Callable[[Source, str], Source | None]


def apply(overlay: Source, documents: Documents) -> list[Problem]:
    """Change the documents in place, action by action. An action that cannot be carried out changes nothing."""
    root = overlay.data
    assert isinstance(root, Block)
    problems = list(_shape(root))
    if problems:
        return problems
    actions = root["actions"]
    assert isinstance(actions, Items)
    for action in actions:
        assert isinstance(action, Block)
        problems += _act(action, overlay, root, documents)
    return problems


def catalogue(overlay: Source) -> Block | None:
    """Return the entries of the error catalogue that an overlay has, if it has some."""
    errors = mapping(overlay.data).get(ERRORS)
    return errors if isinstance(errors, Block) else None


def _shape(root: Block) -> Iterator[Problem]:
    """Check that this is an overlay, so that actions can rely on it."""
    version = text(root.get("overlay"))
    if not version.startswith("1.0."):
        reason = f"Overlay {version or 'of no version'} is not supported"
        yield _invalid(place_in(root, "overlay"), reason, "write `overlay: 1.0.0`")
        return
    info = mapping(root.get("info"))
    if not text(info.get("title")) or not text(info.get("version")):
        yield _invalid(place_in(root, "info"), "info has no title or no version", "write both, as texts")
    yield from _known(root, _ROOT_KEYS, "an overlay")
    for name in ("extends", DOCUMENT):
        if name in root and not text(root[name]):
            yield _invalid(root.places[name], f"{name} is no text", "name a document")
    actions = root.get("actions")
    if not isinstance(actions, Items) or not actions:
        yield _invalid(place_in(root, "actions"), "there are no actions", "write at least one, in a list")
        return
    for action, place in zip(actions, actions.places, strict=True):
        if isinstance(action, Block):
            yield from _action_shape(action)
        else:
            yield _invalid(place, "an action is no mapping", "give it a target, and update or remove")


def _action_shape(action: Block) -> Iterator[Problem]:
    yield from _known(action, _ACTION_KEYS, "an action")
    if not text(action.get("target")):
        yield _invalid(action.place, "the action has no target", "write a JSONPath expression")
    elif fault := _fault(text(action["target"])):
        yield _invalid(action.places["target"], f"the target is no JSONPath: {fault}", "see RFC 9535")
    if not isinstance(action.get("remove", False), bool):
        yield _invalid(action.places["remove"], "remove is neither true nor false", "write `remove: true`")
    elif action.get("remove", False) is False and "update" not in action:
        yield _invalid(action.place, "the action changes nothing", "write `update` or `remove: true`")


def _known(block: Block, keys: tuple[str, ...], what: str) -> Iterator[Problem]:
    for key in block:
        if key not in keys and not key.startswith(_EXTENSION):
            remedy = f"its keys are {', '.join(keys)}"
            yield _invalid(block.places[key], f"{what} has no key {key!r}", remedy)


@cache
def _paths() -> JSONPathEnvironment:
    """Return JSONPath strictly as RFC 9535 has it."""
    # Imported here: it takes a while, and most dialects have no overlay.
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)


def _fault(target: str) -> str:
    from jsonpath.exceptions import JSONPathError

    try:
        _paths().compile(target)
    except JSONPathError as error:
        return str(error).splitlines()[0]
    return ""


def _act(action: Block, overlay: Source, root: Block, documents: Documents) -> list[Problem]:
    """Carry out one action on each document that it is about."""
    place, target = action.places["target"], text(action["target"])
    sources, problem = _meant(action, overlay, root, documents)
    if problem is not None:
        return [problem]
    problems: list[Problem] = []
    hits = 0
    for source in sources:
        found = [match.parts for match in _paths().finditer(target, source.data)]
        hits += len(found)
        # From the last one back, so that what is taken out of a list moves none that is still to come.
        for tokens in reversed(found) if action.get("remove") is True else found:
            fault = _change(source, tokens, action)
            if fault:
                problems.append(Problem(place, "overlay-target", f"{target} {fault[0]}", fault[1]))
                break
    if not hits:
        names = ", ".join(source.label for source in sources) or "any document"
        reason = f"{target} hits nothing in {names}"
        problems.append(Problem(place, "overlay-target", reason, "correct the expression, or remove the action"))
    return problems


def _meant(action: Block, overlay: Source, root: Block, documents: Documents) -> tuple[list[Source], Problem | None]:
    """Return the documents that an action is about, or what is wrong with how it says so."""
    for holder, key in ((action, DOCUMENT), (root, DOCUMENT), (root, "extends")):
        if key in holder:
            name = text(holder[key])
            source = documents.roots.get(name) or (None if "://" in name else documents.beside(overlay, name))
            if source is None:
                reason = f"{key} is {name!r}, and there is no such document"
                known = ", ".join(documents.roots) or "a file"
                remedy = f"name a file beside the overlay, or say `{DOCUMENT}:` with one of {known}"
                return [], _invalid(holder.places[key], reason, remedy)
            return [source], None
    return list(documents.roots.values()), None


def _change(source: Source, tokens: _Tokens, action: Block) -> tuple[str, str] | None:
    """Change what the tokens lead to; return what is wrong and what to do about it, if it cannot be."""
    holder: Json = None
    node: Json = source.data
    for token in tokens:
        holder = node
        node = node[token]  # type: ignore[index]
    if not isinstance(node, Block | Items):
        return "hits something that is neither an object nor an array", "select what it is in"
    if action.get("remove") is True:
        if holder is None:
            return "is the whole document, which cannot be removed", "remove a part of it"
        _remove(holder, tokens[-1])
        return None
    update, place = action["update"], action.places["update"]
    if isinstance(node, Items):
        node.put(_copy(update), place)
        return None
    if not isinstance(update, Block):
        return "hits an object, and the update is none", "write the keys that are to be added to it"
    _merge(node, update)
    return None


def _remove(holder: Json, token: str | int) -> None:
    match holder, token:
        case Block(), str():
            holder.drop(token)
        case Items(), int():
            holder.drop(token)


def _merge(node: Block, update: Block) -> None:
    """Add what is new, go into objects, append to arrays, and replace everything else."""
    for key, value in update.items():
        old, place = node.get(key), update.places[key]
        if isinstance(old, Block) and isinstance(value, Block):
            _merge(old, value)
        elif isinstance(old, Items) and isinstance(value, Items):
            for item, there in zip(value, value.places, strict=True):
                old.put(_copy(item), there)
        else:
            node.put(key, _copy(value), place)


def _copy(value: Json) -> Json:
    """Return a copy with its places: one update may go to several targets, and each is changed by itself."""
    if isinstance(value, Block):
        block = Block(value.place)
        for key, entry in value.items():
            block.put(key, _copy(entry), value.places[key])
        return block
    if isinstance(value, Items):
        items = Items(value.place)
        for item, place in zip(value, value.places, strict=True):
            items.put(_copy(item), place)
        return items
    return value


def _invalid(place: Place, reason: str, remedy: str) -> Problem:
    return Problem(place, "overlay-invalid", reason, remedy)
