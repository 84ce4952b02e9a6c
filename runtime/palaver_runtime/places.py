"""Where dialects are served: each on a port of its own, or all on one port under paths of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.types import ASGIApp, Receive, Scope, Send

from palaver_runtime.transports.channel import Channel
from palaver_runtime.transports.entrance import entrance, with_entrance
from palaver_runtime.transports.request import Request


@dataclass(frozen=True, slots=True)
class Place:
    """A port, and the path before everything that is served there, empty or like `/name`."""

    port: int
    prefix: str = ""


def places(wanted: Mapping[str, int], port: int | None = None) -> dict[str, Place]:
    """Give each dialect a place: on the port that it wants, or on `port`.

    Of those that want the same port the first one by name gets it, the others the next numbers that nobody wants.
    Several on one port are told apart by a path prefix, which is the name.
    """
    names = sorted(wanted)
    if port is not None:
        return {name: Place(port, f"/{name}" if len(names) > 1 else "") for name in names}
    taken = set(wanted.values())
    found: dict[str, Place] = {}
    for name in names:
        number = wanted[name]
        if any(each.port == number for each in found.values()):
            while number in taken:
                number += 1
            taken.add(number)
        found[name] = Place(number)
    return found


def under(prefixed: Mapping[str, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """Return an application that hands requests on by their prefix, which the others never see.

    What has none of them, the lifespan included, is for `otherwise`. Whoever has an entrance keeps it.
    """
    entrances = {f"{prefix}/".encode(): found for prefix, each in prefixed.items() if (found := entrance(each))}

    def enter(channel: Channel, request: Request) -> bool:
        for prefix, within in entrances.items():
            if request.target.startswith(prefix):
                return within(channel, replace(request, target=request.target[len(prefix) - 1 :]))
        return False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        for prefix, below in prefixed.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                raw: bytes | None = scope.get("raw_path")
                inner = {**scope, "path": path[len(prefix) :] or "/"}
                if raw is not None:
                    inner["raw_path"] = raw[len(prefix) :] or b"/"
                await below(inner, receive, send)
                return
        await otherwise(scope, receive, send)

    return with_entrance(app, enter if entrances else None)
