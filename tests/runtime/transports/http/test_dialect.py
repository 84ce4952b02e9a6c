"""The transport's view of generated code."""

from dataclasses import fields

from palaver_runtime.transports.http import BoundRoute, HttpRefusal, Route
from palaver_wire import contract


def test_generated_table_has_what_the_transport_needs():
    """Every attribute that the transport reads is a field of the generated classes."""
    for protocol, generated in ((Route, contract.Route), (BoundRoute, contract.BoundRoute)):
        needed = {name for name, value in vars(protocol).items() if isinstance(value, property)}
        assert needed
        assert needed <= {field.name for field in fields(generated)}


def test_headers_of_refusals_are_not_shared():
    """Each refusal has headers of its own."""
    assert HttpRefusal(400, {}).headers is not HttpRefusal(400, {}).headers
