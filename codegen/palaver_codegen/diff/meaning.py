"""What an operation means, which codes it is refused with, and which events it causes: its `x-chat`."""

from __future__ import annotations

from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.operations import Operation
from palaver_codegen.documents.tree import mapping, sequence, text


def compare_meanings(versions: Versions, name: str, old: Operation, new: Operation) -> None:
    """Compare what two versions of an operation say of themselves; error codes are compared apart."""
    places = old.place("x-chat"), new.place("x-chat")
    if old.means != new.means:
        if not old.means:
            versions.add("meaning-added", name, f"means {new.means}", *places)
        elif not new.means:
            versions.add("meaning-removed", name, f"meant {old.means}", *places)
        else:
            versions.add("meaning-changed", name, f"means {new.means} and meant {old.means}", *places)
        return
    for part in ("fields", "result"):
        _compare_fields(versions, name, part, old, new)
    before, after = ([text(event) for event in sequence(operation.chat.get("emits"))] for operation in (old, new))
    places = old.place("x-chat", "emits"), new.place("x-chat", "emits")
    for event in before:
        if event not in after:
            versions.add("notification-removed", name, f"no longer causes {event}", *places)
    for event in after:
        if event not in before:
            versions.add("notification-added", name, f"causes {event} too", *places)


def _compare_fields(versions: Versions, name: str, part: str, old: Operation, new: Operation) -> None:
    before, after = mapping(old.chat.get(part)), mapping(new.chat.get(part))
    for field in dict.fromkeys((*before, *after)):
        was, now = before.get(field), after.get(field)
        if was == now:
            continue
        places = old.place("x-chat", part, field), new.place("x-chat", part, field)
        called = f"the canonical `{field}`" if part == "fields" else f"the canonical `{field}` of its answer"
        if was is None:
            versions.add("field-added", name, f"{called} is at {text(now) or 'the whole'}", *places)
        elif now is None:
            versions.add("field-removed", name, f"{called} was at {text(was) or 'the whole'}", *places)
        else:
            what = f"{called} is at {text(now) or 'the whole'} and was at {text(was) or 'the whole'}"
            versions.add("field-moved", name, what, *places)
