"""What all calls over gRPC to one server have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from palaver_conformance.contract import pointer as pointers
from palaver_conformance.contract.messages import Messages


@dataclass(frozen=True)
class CallService:
    """How a server is called: the messages, where metadata has a token or an error code, and the usual port.

    None for what has no place in metadata, and for a port that the documents do not name.
    """

    messages: Messages
    token: str | None
    scheme: str | None
    code: str | None
    port: int | None

    def metadata(self, token: str) -> dict[str, str]:
        """Return the metadata of a caller, empty without a token or a place for it."""
        if not token or self.token is None:
            return {}
        return {self.token: f"{self.scheme} {token}" if self.scheme else token}

    def beside(self, urls: Sequence[str]) -> tuple[str, ...]:
        """Return where calls are answered if nobody says otherwise: at the usual port of each server's host."""
        if self.port is None:
            return ()
        return tuple(f"{_bracketed(urlsplit(url).hostname or '')}:{self.port}" for url in urls)


@dataclass(frozen=True)
class SaidNo:
    """How an answer says no: what is at `pointer` equals `equals`. `places` are those of what an error consists of."""

    pointer: str
    equals: object
    places: Mapping[str, str]

    def fits(self, answer: object) -> bool:
        """Tell whether an answer says no."""
        return pointers.has(answer, self.pointer) and pointers.get(answer, self.pointer) == self.equals


def service(document: Mapping[str, object]) -> CallService | None:
    """Return what the document of calls says of all of them; None when there is no such document."""
    if not document:
        return None
    metadata, servers = _node(document.get("metadata")), _node(document.get("servers"))
    token, code = _node(metadata.get("token")), _node(metadata.get("code"))
    hosts = [str(_node(each).get("host")) for each in servers.values()]
    return CallService(
        messages=Messages(str(document.get("descriptors"))),
        token=_text(token.get("name")),
        scheme=_text(token.get("scheme")),
        code=_text(code.get("name")),
        port=int(hosts[0].rpartition(":")[2]) if hosts else None,
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _node(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
