"""The transport's view of generated code."""

from dataclasses import fields

from palaver_runtime.transports.grpc import BoundCall, Call, Refusal
from palaver_wire import contract


def test_generated_table_has_what_the_transport_needs():
    """Every attribute that the transport reads is a field of the generated classes."""
    for protocol, generated in (
        (Call, contract.Call),
        (BoundCall, contract.BoundCall),
        (Refusal, contract.Refusal),
    ):
        needed = {name for name, value in vars(protocol).items() if isinstance(value, property)}
        assert needed
        assert needed <= {field.name for field in fields(generated)}
