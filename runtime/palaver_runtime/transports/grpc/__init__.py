"""gRPC, from the generated table of calls and the descriptor set: no code is generated for messages."""

from palaver_runtime.transports.grpc.dialect import BoundCall, Call, CallDialect, CallRefusal, Refusal
from palaver_runtime.transports.grpc.failures import (
    CallRefused,
    Overloaded,
    TooLarge,
    UndeclaredAnswer,
    Undecodable,
)
from palaver_runtime.transports.grpc.server import GrpcServer

__all__ = [
    "BoundCall",
    "Call",
    "CallDialect",
    "CallRefusal",
    "CallRefused",
    "GrpcServer",
    "Overloaded",
    "Refusal",
    "TooLarge",
    "UndeclaredAnswer",
    "Undecodable",
]
