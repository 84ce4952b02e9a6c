"""From the client's intermediate representation to text."""

from __future__ import annotations

from jinja2 import Environment

from palaver_codegen import ir
from palaver_codegen.client.build import build
from palaver_codegen.client.layout import fitted, united


def render(environment: Environment, dialect: ir.Dialect, header: str, package: str) -> dict[str, str]:
    """Return `client.py` and `meanings.py` of a dialect by their names; nothing for one that speaks gRPC alone."""
    module = build(dialect)
    if not (module.sent or module.received or module.requests):
        return {}
    events = [event.event for event in module.received]
    values = {
        "header": header,
        "dialect": dialect,
        "package": package,
        "module": module,
        "fitted": fitted,
        "exported": ("DIALECT", *sorted(["Client", "ErrorCode", "Event", "Refused", *events])),
        "union": united("Event: TypeAlias = ", ["client.Interrupted", "client.Resumed", *events]),
    }
    return {f"{name}.py": environment.get_template(f"{name}.py.j2").render(values) for name in ("client", "meanings")}
