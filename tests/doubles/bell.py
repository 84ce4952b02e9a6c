"""The toy of tests/codegen/golden over gRPC: its generated code, a handler that is told what to do, and its words."""

import asyncio
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from pydantic import MISSING, ValidationError

import palaver_wire
from palaver_runtime.transports.grpc import Call, CallRefusal, CallRefused

_GENERATED = Path(__file__).parents[1] / "codegen" / "golden" / "expected" / "palaver_wire"

# The toy is no dialect of ours; here it is imported as if it were.
_own = list(palaver_wire.__path__)
palaver_wire.__path__ = [*_own, str(_GENERATED)]
calls = importlib.import_module("palaver_wire.toy.calls")
models = importlib.import_module("palaver_wire.toy.models")
palaver_wire.__path__ = _own

BUNDLE = json.loads((_GENERATED / "toy" / "bundle.json").read_text())
RING, LIST_BELLS = calls.CALLS


class Stranger(Exception):
    """The token stands for nobody."""


@dataclass
class Bells:
    """Handles the toy's calls; texts that are in `failures` raise, and a call waits for the gate of its text."""

    rung: list[tuple[str, str]] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    failures: dict[str, Exception] = field(default_factory=dict)

    async def ring(self, caller: str, request: "models.RingRequest") -> "models.RingAnswer":
        """Ring, in the name of the caller."""
        self.begun.set()
        if request.text in self.gates:
            await self.gates[request.text].wait()
        if request.text in self.failures:
            raise self.failures[request.text]
        self.rung.append((caller, request.text))
        rung = models.Rung(
            id=f"b{len(self.rung)}",
            from_=caller,
            text=request.text,
            loudness="9000000000",
            heard_by=["bob"],
            pitches={},
            tower=models.Tower(style=models.TowerStyle.ROUND, plan=""),
        )
        return models.RingAnswer(success=True, rung=rung, error=MISSING)

    async def list_bells(self, request: "models.ListBellsRequest") -> "models.ListBellsAnswer":
        """List none, or fail."""
        if "list" in self.failures:
            raise self.failures["list"]
        return models.ListBellsAnswer(towers=[])


@dataclass
class BellWords:
    """Implements CallDialect: the token of a caller is their name."""

    metadata: list[Mapping[str, str]] = field(default_factory=list)
    failing: bool = False

    async def authenticate(self, metadata: Mapping[str, str]) -> str:
        """Take anybody with a token."""
        self.metadata.append(metadata)
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Stranger
        return token

    def refuse(self, error: Exception, call: Call) -> CallRefusal:
        """Say no with the text of what the client may know."""
        if self.failing:
            raise RuntimeError("no words")
        match error:
            case Stranger():
                return CallRefusal(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHORIZED", "who are you?")
            case CallRefused():
                return CallRefusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "INVALID", str(error))
            case ValidationError():
                return CallRefusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID", f"{error.error_count()} problems")
            case _:
                return CallRefusal(grpc.StatusCode.INTERNAL, "INTERNAL", "the server failed")
