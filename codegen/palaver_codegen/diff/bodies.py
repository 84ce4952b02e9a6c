"""Bodies of requests, and responses with their statuses, bodies and headers."""

from __future__ import annotations

from palaver_codegen.diff.errors import Codes
from palaver_codegen.diff.rules import Side
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, entries, mapping, place_in


def compare_bodies(versions: Versions, name: str, old: Operation, new: Operation) -> None:
    """Compare what two versions of a request carry."""
    before = mapping(resolve(old.document, old.node.get("requestBody")))
    after = mapping(resolve(new.document, new.node.get("requestBody")))
    places = old.place("requestBody"), new.place("requestBody")
    was, now = before.get("required") is True, after.get("required") is True
    if before and not after:
        versions.add("body-removed", name, "has no body any more", *places)
    elif after and not before:
        rule = "required-body-added" if now else "body-added"
        versions.add(rule, name, "has to have a body" if now else "may have a body", *places)
    if not before or not after:
        return
    if was != now:
        rule = "body-required" if now else "body-optional"
        versions.add(rule, name, f"its body is {'required' if now else 'optional'} now", *places, at=("body",))
    _compare_contents(versions, Side.REQUEST, name, before, after, ("body",))


def compare_responses(versions: Versions, codes: Codes, name: str, old: Operation, new: Operation) -> None:
    """Compare how two versions of a request are answered."""
    before, after = mapping(old.node.get("responses")), mapping(new.node.get("responses"))
    told = codes.added_statuses(old, new)
    for status in before:
        if status not in after:
            rule = "success-removed" if _good(status) else "failure-removed"
            places = old.place("responses", status), new.place("responses")
            versions.add(rule, name, f"does not answer {status} any more", *places)
    for status, response in after.items():
        if status in before:
            _compare_response(
                versions,
                f"response {status} of {name}",
                mapping(resolve(old.document, before[status])),
                mapping(resolve(new.document, response)),
            )
        elif _good(status) or status not in told:
            rule = "success-added" if _good(status) else "failure-added"
            places = old.place("responses"), new.place("responses", status)
            versions.add(rule, name, f"can answer {status} now", *places)


def _compare_response(versions: Versions, name: str, old: dict[str, Json], new: dict[str, Json]) -> None:
    before, after = mapping(old.get("content")), mapping(new.get("content"))
    places = place_in(old, "content"), place_in(new, "content")
    if before and not after:
        versions.add("response-body-removed", name, "has no body any more", *places)
    elif after and not before:
        versions.add("response-body-added", name, "has a body", *places)
    else:
        _compare_contents(versions, Side.RESPONSE, name, old, new, ())
    _compare_headers(versions, name, old, new)


def _compare_contents(
    versions: Versions,
    side: Side,
    name: str,
    old: dict[str, Json],
    new: dict[str, Json],
    at: tuple[str, ...],
) -> None:
    before, after = dict(entries(old.get("content"))), dict(entries(new.get("content")))
    places = place_in(old, "content"), place_in(new, "content")
    for kind in before:
        if kind not in after:
            versions.add(f"{side}-media-type-removed", name, f"is not {kind} any more", *places, at=at)
    for kind, media in after.items():
        if kind not in before:
            versions.add(f"{side}-media-type-added", name, f"can be {kind}", *places, at=at)
        elif "schema" in before[kind] or "schema" in media:
            versions.payloads(side, name, before[kind].get("schema"), media.get("schema"), at=at)


def _compare_headers(versions: Versions, name: str, old: dict[str, Json], new: dict[str, Json]) -> None:
    before = {key.lower(): mapping(resolve(versions.old, each)) for key, each in mapping(old.get("headers")).items()}
    after = {key.lower(): mapping(resolve(versions.new, each)) for key, each in mapping(new.get("headers")).items()}
    places = place_in(old, "headers"), place_in(new, "headers")
    for key, header in before.items():
        if key in after:
            versions.payloads(Side.RESPONSE, name, header.get("schema"), after[key].get("schema"), at=("headers", key))
            continue
        required = header.get("required") is True
        rule = "response-header-removed" if required else "response-optional-header-removed"
        versions.add(rule, name, f"has no header {key} any more", *places)
    for key in after:
        if key not in before:
            versions.add("response-header-added", name, f"has a header {key}", *places)


def _good(status: str) -> bool:
    return status[:1] in ("2", "3")
