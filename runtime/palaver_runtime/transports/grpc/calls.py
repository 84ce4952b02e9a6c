"""One call from bytes to bytes: who calls, what is wanted, and an answer or a refusal."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Final, Generic, TypeVar
from urllib.parse import unquote

import grpc
import grpc.aio
from pydantic import BaseModel, ValidationError

from palaver_runtime import spans
from palaver_runtime.about import note, request_id
from palaver_runtime.fairness import Fairness
from palaver_runtime.metrics import OK, Meter
from palaver_runtime.transports.door import Proxies, counted_as
from palaver_runtime.transports.grpc.dialect import BoundCall, Call, CallDialect, CallRefusal, Refusal
from palaver_runtime.transports.grpc.failures import Overloaded, TooLarge, UndeclaredAnswer
from palaver_runtime.transports.grpc.messages import Rpc

logger = logging.getLogger(__name__)

C = TypeVar("C")
Context = grpc.aio.ServicerContext[bytes, bytes]

#: Statuses that are the server's fault.
_FAULTS: Final = frozenset(
    {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
# What has no code is told by the status alone.
_BROKEN: Final = CallRefusal(grpc.StatusCode.INTERNAL, "", "internal error")
_STOPPING: Final = CallRefusal(grpc.StatusCode.UNAVAILABLE, "", "the server is stopping")


class Running:
    """The calls that are being handled, `most` at a time.

    A call whose client went away or whose deadline passed is no longer waited for, yet what its handler began is
    finished: a change that is half made helps nobody. It counts until then.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._tasks: set[asyncio.Task[bytes]] = set()

    @property
    def full(self) -> bool:
        """Whether no more calls are taken on."""
        return len(self._tasks) >= self._most

    def add(self, task: asyncio.Task[bytes]) -> None:
        """Count a call until it has ended."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, seconds: float) -> None:
        """Wait until all have ended; cancel those that have not after so many seconds."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            logger.warning("%s lasts longer than %g s and is cancelled", task.get_name(), seconds)
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class Procedure(Generic[C]):
    """A bound call; its `answer` is what grpc.aio wants: a coroutine from bytes and context to bytes."""

    def __init__(
        self,
        bound: BoundCall,
        rpc: Rpc,
        dialect: CallDialect[C],
        running: Running,
        *,
        max_request_bytes: int,
        code_name: str | None,
        proxies: Proxies | None = None,
        admit: Callable[[str], Awaitable[None]] | None = None,
        fairness: Fairness | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._bound = bound
        self._rpc = rpc
        self._dialect = dialect
        self._running = running
        self._max_request_bytes = max_request_bytes
        self._code_name = code_name
        self._proxies = proxies or Proxies()
        self._admit = admit
        self._fairness = Fairness() if fairness is None else fairness
        self._meter = meter or Meter()

    async def answer(self, raw: bytes, context: Context) -> bytes:
        """Answer, or end the call with a status."""
        began = perf_counter()
        if self._running.full:
            self._meter.refused("calls")
            outcome: bytes | CallRefusal = self._refusal(Overloaded())
        else:
            outcome = await self._run(raw, _texts(context), _peer(context))
        result = OK if isinstance(outcome, bytes) else outcome.code or outcome.status.name
        self._meter.call(self._bound.call.key, result, perf_counter() - began)
        told = outcome if isinstance(outcome, bytes) else self._told(outcome)
        if isinstance(told, CallRefusal):
            trailing = ((self._code_name, told.code),) if self._code_name and told.code else ()
            await context.abort(told.status, told.message, trailing)
        return told

    async def _run(self, raw: bytes, metadata: Mapping[str, str], peer: str) -> bytes | CallRefusal:
        """Handle the call in a task that outlives it if need be."""
        task = asyncio.create_task(self._handle(raw, metadata, peer), name=f"call {self._bound.call.key}")
        self._running.add(task)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                return _STOPPING
            task.add_done_callback(self._abandoned)
            raise
        except Exception as error:
            return self._refusal(error)

    def _told(self, refusal: CallRefusal) -> bytes | CallRefusal:
        """Return a refusal as an answer, where an answer can say no."""
        if self._bound.call.refusal is None or not refusal.code:
            return refusal
        try:
            return self._rpc.encode(_no(self._bound.call.refusal, refusal))
        except UndeclaredAnswer:
            logger.exception("a failure of %s could not be told", self._bound.call.key)
            return _BROKEN

    def _abandoned(self, task: asyncio.Task[bytes]) -> None:
        """See to it that a failure which nobody waits for is logged, too."""
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._refusal(error)

    async def _handle(self, raw: bytes, metadata: Mapping[str, str], peer: str) -> bytes:
        note(request=request_id(None))
        with spans.span(f"call {self._bound.call.key}"):
            address = counted_as(self._proxies.client(peer, metadata.get("x-forwarded-for", "")))
            work = self._called(raw, metadata, address)
            return await (self._fairness.account(address).metered(work) if address else work)

    async def _called(self, raw: bytes, metadata: Mapping[str, str], address: str) -> bytes:
        call = self._bound.call
        if self._admit is not None:
            await self._admit(address)
        if len(raw) > self._max_request_bytes:
            raise TooLarge(self._max_request_bytes)
        # Who calls comes first: a stranger learns nothing from the validation.
        arguments: list[object] = [await self._dialect.authenticate(metadata)] if call.secured else []
        text = self._rpc.decode(raw)
        arguments.append(call.request.model_validate_json(text, strict=True, by_alias=True, by_name=False))
        return self._rpc.encode(_dump(call, await self._answer(arguments)))

    async def _answer(self, arguments: list[object]) -> object:
        try:
            return await self._bound.handle(*arguments)
        except ValidationError as error:
            # Of a model that the handler built: the client is not to blame.
            raise UndeclaredAnswer(f"the handler of {self._bound.call.key} built an invalid model") from error

    def _refusal(self, error: Exception) -> CallRefusal:
        key = self._bound.call.key
        try:
            refusal = self._dialect.refuse(error, self._bound.call)
        except Exception:
            logger.exception("a failure of %s could not be told", key)
            return _BROKEN
        if refusal.status in _FAULTS:
            logger.error("%s failed", key, exc_info=error)
        return refusal


def _dump(call: Call, answer: object) -> dict[str, object]:
    if not isinstance(answer, call.response):
        raise UndeclaredAnswer(f"{call.key} declares {call.response.__name__}, not {type(answer).__name__}")
    assert isinstance(answer, BaseModel)
    return answer.model_dump(mode="json", by_alias=True)


def _no(places: Refusal, refusal: CallRefusal) -> dict[str, object]:
    """Return the answer that says no, as the document has it."""
    answer: dict[str, object] = {}
    _put(answer, places.pointer, places.equals)
    _put(answer, places.code, refusal.code)
    if places.message is not None:
        _put(answer, places.message, refusal.message)
    return answer


def _put(answer: dict[str, object], pointer: str, value: object) -> None:
    """Set what a JSON Pointer to a field leads to; the names of fields have nothing to unescape."""
    *path, last = pointer.removeprefix("/").split("/")
    for name in path:
        below = answer.setdefault(name, {})
        assert isinstance(below, dict)
        answer = below
    answer[last] = value


def _peer(context: Context) -> str:
    """Return the address of who calls, "" for what is none: gRPC gives it as in ipv4:192.0.2.1:50123."""
    kind, _, place = unquote(context.peer()).partition(":")
    return place.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else ""


def _texts(context: Context) -> dict[str, str]:
    """Return the metadata with names in lower case; those given more than once are joined, binary ones left out."""
    joined: dict[str, str] = {}
    for name, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
