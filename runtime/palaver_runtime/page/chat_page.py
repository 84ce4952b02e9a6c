"""Where the page is, whom it may speak with, and what it may do in a browser."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver_runtime.page.files import FOLDER, File, assets, page_port, spoken
from palaver_runtime.places import Place
from palaver_runtime.transports.entrance import entrance, with_entrance

_LOOPBACK: Final = ("127.0.0.1", "localhost")
_USUAL_PORT: Final = 80


class ChatPage:
    """The page on the port of one dialect, for all that it speaks of those that are served.

    `host` is what the server listens on, `places` are where the dialects are, with real ports. `allowed` are the
    origins that the server takes anyway: those that lead to the page may speak with the dialects beside it.
    """

    def __init__(self, host: str, places: Mapping[str, Place], allowed: Iterable[str] = ()) -> None:
        #: The port of the page; None when nothing is served that it speaks.
        self.port = page_port(places)
        self._places = {name: places[name] for name in spoken() if name in places}
        self._hosts = _hosts(host)
        self._reached_as = [*self._hosts, *_names(allowed, self.port)]
        self._files = {**assets(), f"{FOLDER}dialects.json": File.of(self._table(), ".json")}

    @property
    def origins(self) -> frozenset[str]:
        """The origins of the page: no others than what the server itself listens on."""
        if self.port is None:
            return frozenset()
        return frozenset(f"http://{_address(host, self.port)}" for host in self._hosts)

    @property
    def headers(self) -> dict[str, dict[str, str]]:
        """The headers of responses by path, where they are not the usual ones: the page alone may do something."""
        return {"/": {"content-security-policy": self._policy()}}

    def before(self, app: ASGIApp) -> ASGIApp:
        """Return an application that answers for the files of the page, and leaves everything else to another."""

        async def with_page(scope: Scope, receive: Receive, send: Send) -> None:
            file = self._files.get(scope.get("path", "")) if scope["type"] == "http" else None
            if file is None or scope["method"] not in ("GET", "HEAD"):
                await app(scope, receive, send)
            else:
                await file.response(Request(scope))(scope, receive, send)

        return with_entrance(with_page, entrance(app))

    def _policy(self) -> str:
        """Return what the page may do: run, show and reach what comes from here, and nothing that is in its text."""
        elsewhere = sorted({place.port for place in self._places.values()} - {self.port})
        # The page's own websockets are meant by 'self', though not yet in every browser.
        reached = [f"ws://{_address(host, self.port)}" for host in self._reached_as if self.port and ":" not in host]
        for port in elsewhere:
            addresses = [_address(host, port) for host in self._reached_as if ":" not in host]
            reached += [f"{scheme}://{address}" for address in addresses for scheme in ("http", "ws")]
        return "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                " ".join(("connect-src 'self'", *reached)),
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                # No text can become markup or a script, wherever it came from.
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            )
        )

    def _table(self) -> bytes:
        """Say where the dialects are: a port that is the page's own is None, so that a proxy may give it another."""
        return orjson.dumps(
            [
                {"name": name, "port": None if place.port == self.port else place.port, "prefix": place.prefix}
                for name, place in self._places.items()
            ]
        )


def _hosts(host: str) -> tuple[str, ...]:
    """Return the names under which a browser on this machine reaches what listens on an address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _LOOPBACK if host == "localhost" else (host.lower(),)
    return _LOOPBACK if address.is_unspecified or str(address) in _LOOPBACK else (str(address),)


def _names(origins: Iterable[str], port: int | None) -> list[str]:
    """Return the hosts of those origins that lead to a port."""
    parts = [urlsplit(each) for each in origins if each != "*"]
    return [each.hostname for each in parts if each.scheme == "http" and each.hostname and (each.port or 80) == port]


def _address(host: str, port: int | None) -> str:
    """Return host and port as browsers write them."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port == _USUAL_PORT else f"{bracketed}:{port}"
