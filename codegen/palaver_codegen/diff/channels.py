"""Connecting: channels, and what their handshake takes."""

from __future__ import annotations

from palaver_codegen.diff.pairing import pair
from palaver_codegen.diff.rules import Side
from palaver_codegen.diff.versions import Versions
from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.tree import Json, entries, mapping, place_in, sequence, text

_SETTINGS = ("x-socketio", "x-websocket")
_HEARTBEAT = ("pingIntervalMs", "pingTimeoutMs")


def compare_channels(versions: Versions) -> dict[str, str]:
    """Compare the channels; return the address in the new document by the address in the old one."""
    before, after = (
        {_address(channel): (key, channel) for key, channel in entries(document.get("channels"))}
        for document in (versions.old, versions.new)
    )
    # With one channel on either side it is the same one, whatever it is called.
    alone = len(before) == len(after) == 1
    pairing = pair(before, after, (lambda found: found[0], lambda _: alone))
    for key, channel in pairing.gone:
        versions.add("channel-removed", _named(channel), "is gone", place_in(versions.old["channels"], key))
    for key, channel in pairing.come:
        versions.add("channel-added", _named(channel), "is new", None, place_in(versions.new["channels"], key))
    moved = {}
    for (_, old), (_, new) in (*pairing.kept, *pairing.renamed):
        moved[_address(old)] = _address(new)
        _compare(versions, old, new)
    return moved


def channel_address(channel: Json) -> str:
    """Return the address by which a channel is known."""
    return _address(mapping(channel))


def _compare(versions: Versions, old: dict[str, Json], new: dict[str, Json]) -> None:
    name = _named(new)
    if _address(old) != _address(new):
        what = f"was {_address(old)!r}"
        versions.add("channel-moved", name, what, place_in(old, "address"), place_in(new, "address"))
    for word in _SETTINGS:
        _compare_settings(versions, name, mapping(old.get(word)), mapping(new.get(word)))
    parts = []
    for channel in (old, new):
        websocket = mapping(mapping(channel.get("bindings")).get("ws"))
        auth = mapping(channel.get("x-socketio"))
        parts.append({"auth": auth, "query": websocket, "headers": websocket})
    for key in ("auth", "query", "headers"):
        before, after = parts[0][key], parts[1][key]
        places = place_in(before, key, place_in(old, "")), place_in(after, key, place_in(new, ""))
        if key in before and key in after:
            versions.payloads(Side.REQUEST, name, before[key], after[key], at=(key,))
        elif key in before:
            versions.add("credential-place-removed", name, "is not looked at any more", *places, at=(key,))
        elif key in after:
            versions.add("credential-place-added", name, "is looked at", *places, at=(key,))


def _compare_settings(versions: Versions, name: str, old: dict[str, Json], new: dict[str, Json]) -> None:
    if not old or not new:
        return
    for key in ("namespace", "path"):
        if old.get(key) != new.get(key):
            what = f"its {key} is {new.get(key)!r} and was {old.get(key)!r}"
            versions.add("channel-moved", name, what, *_places(old, new, key))
    if old.get("tag") != new.get("tag"):
        what = f"its tag is at {new.get('tag')!r} and was at {old.get('tag')!r}"
        versions.add("tag-moved", name, what, *_places(old, new, "tag"))
    before, after = ([text(each) for each in sequence(side.get("transports"))] for side in (old, new))
    if before and after:
        for each in before:
            if each not in after:
                places = _places(old, new, "transports")
                versions.add("transport-removed", name, f"does not offer {each} any more", *places)
        for each in after:
            if each not in before:
                versions.add("transport-added", name, f"offers {each} too", *_places(old, new, "transports"))
    largest, now = old.get("maxEventBytes"), new.get("maxEventBytes")
    if isinstance(largest, int) and isinstance(now, int) and largest != now:
        rule = "frame-size-lowered" if now < largest else "frame-size-raised"
        versions.add(rule, name, f"takes {now} bytes and took {largest}", *_places(old, new, "maxEventBytes"))
    for key in _HEARTBEAT:
        if old.get(key) != new.get(key):
            what = f"its `{key}` is {new.get(key)} and was {old.get(key)}"
            versions.add("heartbeat-changed", name, what, *_places(old, new, key))


def _places(old: Json, new: Json, key: str) -> tuple[Place, Place]:
    return place_in(old, key), place_in(new, key)


def _address(channel: dict[str, Json]) -> str:
    return text(channel.get("address"))


def _named(channel: dict[str, Json]) -> str:
    return f"handshake of {_address(channel)}"
