"""What web pages may do with a server: those that may, and those of somebody else."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from palaver_conformance.contract.model import HttpOperation
from palaver_conformance.drivers.page import Page, PageAnswer
from palaver_conformance.errors import NotApplicable
from palaver_conformance.expectation import ensure
from palaver_conformance.people.actor import Actor
from palaver_conformance.scenario import scenario

_ORIGINS = "events document, Connecting: a page of an origin that is not allowed gets no connection"
_CORS = "Fetch standard, CORS protocol and credentials"
_HEADERS = "house rules: no response is taken for a page"
_POLLING = {"EIO": "4", "transport": "polling"}
_WEBSOCKET = {"EIO": "4", "transport": "websocket"}
_FORBIDDEN = range(400, 500)


@scenario("origins.connect.refused", source=_ORIGINS)
async def a_page_of_somebody_else_gets_no_connection(newcomer: Actor) -> None:
    """A foreign, `null` or look-alike Origin is refused when it asks for a WebSocket, a good token or not."""
    for origin in _strangers(newcomer):
        answer = await _connect(newcomer, origin)
        _guarded(newcomer, answer.status in _FORBIDDEN, f"a page of {origin} to be refused a connection", answer)
    for friend in _friends(newcomer):
        answer = await _connect(newcomer, friend)
        ensure(answer.connected, f"a connection for {_who(friend)}", answer)


@scenario("origins.poll.refused", source=_ORIGINS)
async def a_page_of_somebody_else_cannot_poll(newcomer: Actor) -> None:
    """A foreign, `null` or look-alike Origin is refused by the other way to connect, too."""
    for origin in _strangers(newcomer):
        answer = await _poll(newcomer, origin)
        _guarded(newcomer, answer.status in _FORBIDDEN, f"a page of {origin} to be refused a connection", answer)
        _guarded(newcomer, not answer.readable, f"an answer that a page of {origin} cannot read", answer)
    for friend in _friends(newcomer):
        answer = await _poll(newcomer, friend)
        ensure(answer.status == 200, f"a connection for {_who(friend)}", answer)


@scenario("origins.request.unreadable", source=_CORS)
async def a_page_of_somebody_else_reads_nothing(newcomer: Actor) -> None:
    """A foreign, `null` or look-alike Origin may read no answer, and is allowed no request that has to be asked for."""
    for origin in _strangers(newcomer):
        for answer in (await _request(newcomer, origin), await _preflight(newcomer, origin)):
            _guarded(newcomer, not answer.readable, f"an answer that a page of {origin} cannot read", answer)
    friend = newcomer.setting.subject.origin
    if friend is not None:
        for answer in (await _request(newcomer, friend), await _preflight(newcomer, friend)):
            ensure(answer.readable, f"an answer that a page of {friend} can read", answer)


@scenario("origins.credentials.named", source=_CORS)
async def credentials_go_to_named_origins_only(newcomer: Actor) -> None:
    """A response with credentials never carries a wildcard origin, nor that of whoever asks."""
    for origin in _strangers(newcomer):
        async for answer in _answers(newcomer, origin):
            _guarded(
                newcomer,
                not (answer.readable and answer.with_credentials),
                f"no credentials for pages of {origin}, named or meant by a wildcard",
                answer,
            )
    friend = newcomer.setting.subject.origin
    if friend is not None:
        async for answer in _answers(newcomer, friend):
            wildcard = answer.headers.get("Access-Control-Allow-Origin") == "*"
            ensure(not (wildcard and answer.with_credentials), "no wildcard together with credentials", answer)


@scenario("origins.response.inert", source=_HEADERS)
async def no_response_is_taken_for_a_page(newcomer: Actor) -> None:
    """Every answer says that it is what it is called and has a policy that lets a page do nothing; errors too."""
    answers = [each async for each in _answers(newcomer, None)]
    if newcomer.setting.contract.handshake is not None:
        answers.append(await _page(newcomer).request("GET", "/no-such-path", None, {}, {}))
    for answer in answers:
        sniffed = answer.headers.get("X-Content-Type-Options", "").lower()
        _guarded(
            newcomer, sniffed == "nosniff", "X-Content-Type-Options: nosniff", (answer.status, dict(answer.headers))
        )
        policy = answer.headers.get("Content-Security-Policy", "")
        for directive in ("default-src 'none'", "frame-ancestors 'none'"):
            _guarded(newcomer, directive in policy, f"a Content-Security-Policy with {directive}", policy or "none")


def _guarded(user: Actor, met: bool, expected: str, arrived: object) -> None:
    """Fail unless something is met that documents do not speak of: `origin` in the subject says that it is wanted."""
    if not met and user.setting.subject.origin is None:
        raise NotApplicable(f"`origin` names no page that the server is for, and it lacks {expected}")
    ensure(met, expected, arrived)


def _strangers(user: Actor) -> list[str]:
    """Return origins that nobody has allowed: foreign ones, and some that look like the server's own or the allowed."""
    found = ["https://evil.example", "null"]
    known = [user.setting.subject.urls[0]]
    if user.setting.subject.origin is not None:
        known.append(user.setting.subject.origin)
    for each in known:
        parts = urlsplit(each)
        host, port = parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
        own = f"{parts.scheme}://{parts.netloc}"
        found += [
            f"{own}.evil.example",
            f"{parts.scheme}://evil{parts.netloc}",
            f"{parts.scheme}://{host}:{port + 1}",
            own.replace(host, f"{host}.", 1),
            f"{own}@evil.example",
            own.upper(),
        ]
    return found


def _friends(user: Actor) -> list[str | None]:
    """Return programs, which have no origin, and the origin that is known to be allowed."""
    allowed = user.setting.subject.origin
    return [None] if allowed is None else [None, allowed]


def _who(origin: str | None) -> str:
    return "a program, which has no origin" if origin is None else f"a page of {origin}"


def _page(user: Actor) -> Page:
    setting = user.setting
    return Page(setting.subject.urls[0], setting.trace.wire(f"{user.name}/page"), setting.timing.connect)


async def _connect(user: Actor, origin: str | None) -> PageAnswer:
    handshake = user.handshake
    query = {} if handshake.tag is not None else dict(_WEBSOCKET)
    if handshake.query_field is not None:
        query[handshake.query_field] = user.account.access_token
    return await _page(user).upgrade(handshake.path, origin, query)


async def _poll(user: Actor, origin: str | None) -> PageAnswer:
    handshake = user.handshake
    if handshake.tag is not None:
        raise NotApplicable("there is one way to connect")
    return await _page(user).request("GET", handshake.path, origin, _POLLING, {})


async def _request(user: Actor, origin: str | None) -> PageAnswer:
    token = {"Authorization": f"Bearer {user.account.access_token}"}
    return await _page(user).request("GET", _readable_path(user), origin, {}, token)


async def _preflight(user: Actor, origin: str | None) -> PageAnswer:
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    return await _page(user).request("OPTIONS", _readable_path(user), origin, {}, asks)


async def _answers(user: Actor, origin: str | None) -> AsyncIterator[PageAnswer]:
    """Give an answer of each kind that the documents have."""
    contract = user.setting.contract
    if contract.handshake is not None and contract.handshake.tag is None:
        yield await _poll(user, origin)
    if _paths(user):
        yield await _request(user, origin)
        yield await _preflight(user, origin)


def _readable_path(user: Actor) -> str:
    paths = _paths(user)
    if not paths:
        raise NotApplicable("the documents have no request that takes nothing but a token")
    return paths[0]


def _paths(user: Actor) -> list[str]:
    operations = [each for each in user.setting.contract.operations if isinstance(each, HttpOperation)]
    return [each.path for each in operations if each.method == "GET" and "{" not in each.path]
