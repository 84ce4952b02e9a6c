"""What pages of other sites can do, and what a response may be taken for."""

from collections.abc import Mapping, Sequence

from mutants.defect import Tier
from mutants.mutant import mutant

from palaver_runtime import command
from palaver_runtime.transports.origins import Origins
from palaver_runtime.transports.socketio.engine import EngineServer


@mutant("origins.connect.refused", "a page of https://evil.example to be refused")
def lets_every_page_connect() -> None:
    """Whose page it is that opens a connection does not matter."""

    def everybody(self: Origins, origins: Sequence[str]) -> bool:
        return True

    Origins.allow = everybody


@mutant("origins.connect.refused", "a page of https://evil.example to be refused", dialect="envelope")
def lets_every_page_open_a_websocket() -> None:
    """Whose page it is that opens a bare WebSocket does not matter."""
    lets_every_page_connect.sabotage()


@mutant("origins.connect.refused", "a page of null to be refused")
def lets_pages_without_an_origin_of_their_own_connect() -> None:
    """`null`, which is the origin of every file and every frame in a sandbox, is taken for no origin."""
    _also(lambda origin, _: origin == "null")


@mutant("origins.connect.refused", "a page of https://chat.example.evil.example to be refused", tier=Tier.SUBTLE)
def compares_the_beginning_of_origins() -> None:
    """An origin that begins like an allowed one is allowed."""
    _also(lambda origin, allowed: any(origin.startswith(each) for each in allowed))


@mutant("origins.connect.refused", "a page of https://chat.example:444 to be refused", tier=Tier.SUBTLE)
def ignores_the_port_of_origins() -> None:
    """The same host on another port is allowed."""
    _also(lambda origin, allowed: origin.rpartition(":")[0] in allowed)


@mutant("origins.connect.refused", "a page of HTTPS://CHAT.EXAMPLE to be refused", tier=Tier.SUBTLE)
def ignores_the_case_of_origins() -> None:
    """Origins are compared without regard to case, as no browser writes them."""
    _also(lambda origin, allowed: origin.lower() in allowed)


@mutant("origins.connect.refused", "a page of https://chat.example. to be refused", tier=Tier.SUBTLE)
def ignores_a_dot_at_the_end_of_origins() -> None:
    """The same name with a dot behind it is allowed."""
    _also(lambda origin, allowed: origin.rstrip(".") in allowed)


@mutant("origins.poll.refused", "a page of https://evil.example to be refused")
def lets_every_page_poll() -> None:
    """The origin is looked at when a WebSocket is opened, and not when a page polls."""
    begin = EngineServer.handle_request

    async def careless(self: EngineServer, scope: Mapping[str, object], *given: object) -> object:
        if scope["type"] == "http":
            headers = [each for each in scope["headers"] if each[0] != b"origin"]
            scope = {**scope, "headers": headers}
        return await begin(self, scope, *given)

    EngineServer.handle_request = careless


@mutant("origins.request.unreadable", "an answer that a page of https://evil.example cannot read")
def lets_every_page_read() -> None:
    """Every page may read every answer, though without credentials."""

    def headers(self: Origins, origin: str | None) -> dict[str, str]:
        return {"access-control-allow-origin": "*"}

    Origins.headers = headers


@mutant("origins.credentials.named", "no credentials for pages of https://evil.example")
def names_whoever_asks() -> None:
    """The origin that asks is the one that is allowed, with credentials."""

    def headers(self: Origins, origin: str | None) -> dict[str, str]:
        return {"access-control-allow-origin": origin or "*", "access-control-allow-credentials": "true"}

    Origins.headers = headers


@mutant("origins.credentials.named", "no credentials for pages of https://evil.example")
def gives_credentials_to_a_wildcard() -> None:
    """Every origin is allowed, with credentials."""

    def headers(self: Origins, origin: str | None) -> dict[str, str]:
        return {"access-control-allow-origin": "*", "access-control-allow-credentials": "true"}

    Origins.headers = headers


@mutant("origins.response.inert", "X-Content-Type-Options: nosniff")
def leaves_out_the_security_headers() -> None:
    """Responses say nothing of how a browser is to treat them."""
    command.security_headers = lambda hsts_seconds: {}


@mutant("origins.response.inert", "a Content-Security-Policy with default-src 'none'", tier=Tier.SUBTLE)
def lets_responses_run_scripts() -> None:
    """The policy is one for pages."""
    security_headers = command.security_headers

    def lax(hsts_seconds: int) -> dict[str, str]:
        policy = "default-src 'self'; frame-ancestors 'none'"
        return {**security_headers(hsts_seconds), "content-security-policy": policy}

    command.security_headers = lax


def _also(allowed_too: object) -> None:
    allow = Origins.allow

    def lenient(self: Origins, origins: Sequence[str]) -> bool:
        return allow(self, origins) or all(allowed_too(each, self._allowed) for each in origins)

    Origins.allow = lenient
