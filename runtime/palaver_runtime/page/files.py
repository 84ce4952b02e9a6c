"""The files of the page, as they are sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from palaver_runtime.places import Place

#: Below which path everything but the page itself is, so that it is in the way of nothing that a dialect has.
FOLDER: Final = "/palaver/"

_ASSETS: Final = Path(__file__).with_name("assets")
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """Something that is sent to whoever asks; `tag` changes with the content."""

    content: bytes
    kind: str
    tag: str

    @classmethod
    def of(cls, content: bytes, suffix: str) -> "File":
        """Make one of its bytes, and of how its name ends."""
        return cls(content, _TYPES[suffix], f'"{hashlib.sha256(content).hexdigest()[:16]}"')

    def response(self, request: Request) -> Response:
        """Answer a GET or HEAD; who has it as it is gets no body."""
        # Always asked for again: a new version of the server has a new page.
        headers = {"etag": self.tag, "cache-control": "no-cache"}
        if self.tag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=self.kind)


def assets() -> dict[str, File]:
    """Return what the page consists of, by path."""
    found = {
        f"{FOLDER}{each.relative_to(_ASSETS).as_posix()}": File.of(each.read_bytes(), each.suffix)
        for each in sorted(_ASSETS.rglob("*"))
        if each.suffix in _TYPES
    }
    found["/"] = found.pop(f"{FOLDER}index.html")
    return found


def spoken() -> tuple[str, ...]:
    """Name the dialects that the page speaks; where several are served, it begins with the first of these."""
    return tuple(orjson.loads(Path(__file__).with_name("dialects.json").read_bytes()))


def page_port(places: Mapping[str, Place]) -> int | None:
    """Return the port on which the page is, among those where dialects are; None when it speaks none of these."""
    return next((places[name].port for name in spoken() if name in places), None)
